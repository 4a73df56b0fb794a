/** The log of changes over a WebSocket, handed on unparsed: what reading it costs is in every figure. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { Door } from "./line.ts";

/** The type stands among the first bytes of every entry. */
const HEAD_BYTES = 96;

export interface Watch {
  /** Calls with each entry from now on, one listener at a time; null: nobody listens. */
  listen(listener: ((entry: Buffer) => void) | null): void;
  /** Resolves once `count` more messages have been told, with the time (performance.now) of the last. */
  messages(count: number): Promise<number>;
  /** When the first link came up, and when `count` messages after it had been told; one stream for both. */
  linkedThenMessages(count: number): { readonly linked: Promise<number>; readonly last: Promise<number> };
  /** Resolves at the first entry of the type that holds these words. */
  entry(type: string, ...words: readonly string[]): Promise<number>;
  close(): void;
}

/** Follows the log from now on. */
export async function watchLog({ port, token }: Door): Promise<Watch> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?hello=1`, ["kith"], {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await once(socket, "message");
  let listener: ((entry: Buffer) => void) | null = null;
  let failed: Error | null = null;
  let onFailed: ((error: Error) => void) | null = null;
  socket.on("message", (data: Buffer) => listener?.(data));
  const fail = (error: Error): void => {
    failed = error;
    onFailed?.(error);
  };
  socket.on("error", fail);
  socket.on("close", (code) => fail(new Error(`the log was closed with ${code}`)));

  function awaitEntry(isLast: (entry: Buffer) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      if (failed) {
        reject(failed);
        return;
      }
      onFailed = reject;
      listener = (entry) => {
        if (!isLast(entry)) return;
        listener = null;
        onFailed = null;
        resolve(performance.now());
      };
    });
  }

  return {
    listen: (next) => void (listener = next),
    messages: (count) => {
      let left = count;
      return awaitEntry((entry) => isOfType(entry, "message") && --left === 0);
    },
    linkedThenMessages: (count) => {
      let left = count;
      const { promise: linked, resolve: onLinked } = Promise.withResolvers<number>();
      const last = awaitEntry((entry) => {
        if (left === count && isOfType(entry, "peer") && entry.includes('"state":"connected"')) {
          onLinked(performance.now());
        }
        return isOfType(entry, "message") && --left === 0;
      });
      return { linked, last };
    },
    entry: (type, ...words) =>
      awaitEntry((entry) => isOfType(entry, type) && words.every((word) => entry.includes(word))),
    close: () => socket.terminate(),
  };
}

export function isOfType(entry: Buffer, type: string): boolean {
  return entry.subarray(0, HEAD_BYTES).includes(`"type":"${type}"`);
}
