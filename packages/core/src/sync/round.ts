/** What one round of a session is to its rung: what it reads and may spend, and what a step of it comes to. spec/sync SY11, SY30. */
import type { EventId } from "../ids.ts";
import type { BloomWalk } from "./bloom/bloom-windows.ts";
import type { RungContext } from "./bucket-lists.ts";
import type { SyncFrame } from "./frames.ts";
import type { SyncAction, SyncFailure, SyncSource } from "./session-types.ts";

export interface Round extends RungContext {
  readonly source: SyncSource;
  /** What this side held when the round began, and of how many events. */
  readonly root: Uint8Array;
  readonly count: number;
  /** Whose key the cells are made under. */
  readonly day: number;
  readonly walk: BloomWalk;
  readonly salt: () => Uint8Array;
  readonly bloomRate: number;
  /** charge() of a message of ranges, of which a session has a number as well. */
  chargeMessage(bytes: number): boolean;
  /** False when neither side's set has changed since the round before, as far as this view shows it. */
  advance(view: Uint8Array): boolean;
  /** A list did not fit this session's budget. */
  leaveOut(): void;
}

/**
 * on: the round goes on. listed: all has been sent and asked for. round: nothing to wait for, the next round. rung:
 * this rung finds nothing more.
 */
export type RoundStep =
  | { readonly to: "on" | "listed" | "round" | "rung"; readonly actions: readonly SyncAction[] }
  | { readonly to: "failed"; readonly code: SyncFailure; readonly detail: string; readonly fault: boolean };

/** The initiator's side of one round. */
export interface RungAsker {
  /** Goes right behind the root. */
  readonly first: readonly SyncFrame[];
  /** null: no frame of this rung. */
  receive(frame: SyncFrame): RoundStep | null;
}

/** The responder's side of one round. */
export interface RungAnswerer {
  /** A list or filter has begun and not ended. */
  readonly isOpen: boolean;
  /** The answer to a root that differs, of a set of so many events. */
  open(theirCount: number): RoundStep;
  /** null: no frame that is expected. */
  receive(frame: SyncFrame): RoundStep | null;
}

export function goOn(...actions: readonly SyncAction[]): RoundStep {
  return { to: "on", actions };
}

export function failed(code: SyncFailure, detail: string, fault: boolean): RoundStep {
  return { to: "failed", code, detail, fault };
}

export function sendNow(frame: SyncFrame): SyncAction {
  return { do: "send", frame, priority: "control" };
}

export function sendEvents({ scope }: Round, ids: Iterable<EventId>): SyncAction[] {
  const list = [...ids];
  return list.length === 0 ? [] : [{ do: "sendEvents", scope, ids: list }];
}

/** Who holds nothing needs no search: all of it goes. SY27. */
export function sendAll({ scope, session }: Round): RoundStep {
  const frame = { type: "syncDone", scope, session, state: "sent" } as const;
  return goOn({ do: "sendAll", scope }, { do: "send", frame, priority: "bulk" });
}
