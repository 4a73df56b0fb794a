/** What the ways of reading the log have in common: one connection, from a cursor on, until it fails or is closed. */
import type { ErrorBody, LogEntry } from "@kith/contract";
import { KithApiError } from "../error.ts";

/** From the quickest to the one that passes everywhere. */
export type WayName = "websocket" | "events" | "polling";

export interface WayHandlers {
  /** The way works: entries after this cursor will come. */
  opened(cursor: string): void;
  entry(entry: LogEntry): void;
  /** Something came that is no entry: the other side lives. */
  alive(): void;
  /** Everything up to this cursor was of other spaces, or handed over: who resumes may do so from there. */
  passed(cursor: string): void;
  /** Said once, and nothing after it; null: cut or refused without a reason. */
  failed(error: KithApiError | null): void;
}

/** Where and of what a way is read. */
export interface Start {
  /** After this cursor, or from now on. */
  readonly since?: string | undefined;
  /** Only what is about this space, by id or unambiguous name. */
  readonly space?: string | undefined;
}

export interface Way {
  readonly name: WayName;
  /** What it returns closes it; nothing is reported after that. */
  open(from: Start, handlers: WayHandlers): () => void;
}

/** Handlers that say nothing once the way is closed or has failed. */
export function guardHandlers(
  handlers: WayHandlers,
  release: () => void,
): { readonly guarded: WayHandlers; readonly isDone: () => boolean; readonly close: () => void } {
  let done = false;
  const close = (): void => {
    if (done) return;
    done = true;
    release();
  };
  return {
    isDone: () => done,
    close,
    guarded: {
      opened: (cursor) => void (done || handlers.opened(cursor)),
      entry: (entry) => void (done || handlers.entry(entry)),
      alive: () => void (done || handlers.alive()),
      passed: (cursor) => void (done || handlers.passed(cursor)),
      failed(error) {
        if (done) return;
        close();
        handlers.failed(error);
      },
    },
  };
}

/** An object, or null for anything else and for what is no JSON: a proxy may answer in the node's place. */
export function parseObject(text: unknown): object | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export const isEntry = (frame: object): frame is LogEntry =>
  "cursor" in frame && typeof frame.cursor === "string" && "type" in frame;

export const isErrorBody = (value: object): value is ErrorBody =>
  "error" in value && typeof value.error === "object" && value.error !== null && "code" in value.error;

export function streamFault({ error }: ErrorBody): KithApiError {
  return new KithApiError({ status: 0, ...error });
}

/** Something else answered where the node should. */
export function badAnswer(status: number, what: string): KithApiError {
  return new KithApiError({
    status,
    code: "BAD_ANSWER",
    message: what,
    next: "check that the address is a Kith node's",
  });
}
