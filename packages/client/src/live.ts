/** The one stream that a program opens with `connect`, told as events, and what is known about it. Spec: client, CL14. */
import type { LogEntry, Message } from "@kith/contract";
import type { KithApiError } from "./error.ts";
import type { Events, PeerChange } from "./events.ts";
import type { StreamState } from "./follow.ts";
import type { WayName } from "./ways/way.ts";

export interface ConnectOptions {
  /** Cursor of the last entry already seen; without it, where the last `connect` was left, else now. */
  readonly since?: string;
  /** Id or unambiguous name: only entries about that space. */
  readonly space?: string;
  readonly signal?: AbortSignal;
}

export interface ConnectionInfo {
  readonly url: string;
  readonly isConnected: boolean;
  /** `ended` before the first `connect`, and after a refusal or `disconnect`. */
  readonly state: StreamState;
  readonly way: WayName | null;
  /** The place in the log: pass it as `since` to another program, or this one's next run. */
  readonly cursor: string | null;
  /** Messages that wait in the outbox. */
  readonly unsent: number;
  readonly error: KithApiError | null;
}

interface LiveOptions {
  readonly url: string;
  readonly events: Events;
  subscribe(
    options: ConnectOptions,
    onEntry: (entry: LogEntry) => void,
    onEnd: (error: KithApiError | null) => void,
    watch: {
      state(state: StreamState): void;
      way(way: WayName): void;
      connected(cursor: string): void;
    },
  ): () => void;
  readonly outbox: { wake(): void; heard(message: Message): void; list(): readonly unknown[] };
}

export interface Live {
  connect(options?: ConnectOptions): void;
  disconnect(): void;
  info(): ConnectionInfo;
}

export function createLive({ url, events, subscribe, outbox }: LiveOptions): Live {
  let end: (() => void) | null = null;
  let state: StreamState = "ended";
  let way: WayName | null = null;
  let cursor: string | null = null;
  let error: KithApiError | null = null;

  function heed(entry: LogEntry): void {
    ({ cursor } = entry);
    events.emit("entry", entry);
    // What a node tells is shaped as the contract says; `data` is only not typed there.
    if (entry.type === "message") {
      const message = entry.data as Message;
      if (message.clientId !== undefined) outbox.heard(message);
      events.emit("message", message);
    } else if (entry.type === "peer") events.emit("peer", entry.data as PeerChange);
  }

  return {
    connect({ since, ...options } = {}) {
      if (end !== null) return;
      error = null;
      state = "connecting";
      const from = since ?? cursor ?? undefined;
      cursor = from ?? null;
      end = subscribe(
        from === undefined ? options : { ...options, since: from },
        heed,
        (reason) => {
          end = null;
          state = "ended";
          error = reason;
          if (reason !== null) events.emit("error", reason);
        },
        {
          state: (next) => (state = next),
          way: (next) => (way = next),
          connected(at) {
            cursor ??= at;
            outbox.wake();
          },
        },
      );
    },
    disconnect() {
      end?.();
      end = null;
    },
    info: () => ({
      url,
      isConnected: state === "open",
      state,
      way,
      cursor,
      unsent: outbox.list().length,
      error,
    }),
  };
}
