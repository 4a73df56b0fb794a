/** What a client tells, and to whom. */
import type { LogEntry, Message } from "@kith/contract";
import { KithApiError } from "./error.ts";
import type { StreamState } from "./follow.ts";
import type { Outgoing } from "./outbox.ts";
import type { Role } from "./share.ts";
import type { WayName } from "./ways/way.ts";

/** A device that came into reach or left it. */
export interface PeerChange {
  readonly id: string;
  readonly person: string | null;
  readonly name: string;
  readonly state: string;
  readonly path: string;
}

export interface ClientEvents {
  /** A stream is open and stands at this cursor. */
  connect: { readonly cursor: string };
  /** A stream changed its state. */
  status: StreamState;
  /** A stream's entries come over this way from here on; also when it climbs back to a better one. */
  way: WayName;
  /** Whether this tab reads the log for all tabs of the page, or is told. */
  role: Role;
  /** Of the stream that `connect` opened: every entry, and those of two types by themselves. */
  entry: LogEntry;
  message: Message;
  peer: PeerChange;
  /** A message in the outbox is kept, under way, stored under its real id, or refused. */
  outgoing: Outgoing;
  /** The stream that `connect` opened was refused for good, or a message was; or a listener threw (LISTENER_FAILED, with its `cause`). */
  error: KithApiError;
}

export interface Events {
  /** Returns the unsubscribe. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  /** Tells everybody, whoever of them throws. */
  emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void;
  /** A listener whose errors are told, and never met by what calls it: no way of the log ends by them. */
  guard<Event>(name: string, listener: (event: Event) => void): (event: Event) => void;
}

function listenerFault(name: string, cause: unknown): KithApiError {
  return new KithApiError(
    {
      status: 0,
      code: "LISTENER_FAILED",
      message: `a listener of "${name}" threw ${String(cause)}`,
      next: "see its cause; the stream goes on with the next entry",
    },
    { cause },
  );
}

export function createEvents(): Events {
  const listeners = new Map<keyof ClientEvents, Set<(event: never) => void>>();

  const emit: Events["emit"] = (name, event) => {
    for (const listener of listeners.get(name) ?? [])
      guard(name, listener as (event: unknown) => void)(event);
  };

  const guard: Events["guard"] = (name, listener) => (event) => {
    try {
      listener(event);
    } catch (cause) {
      if (name !== "error" && (listeners.get("error")?.size ?? 0) > 0)
        emit("error", listenerFault(name, cause));
      // As a throw in any other listener: the runtime's to report, after what is under way here.
      else
        queueMicrotask(() => {
          throw cause;
        });
    }
  };

  return {
    emit,
    guard,
    on(name, listener) {
      const own = listeners.get(name) ?? new Set();
      listeners.set(name, own);
      own.add(listener);
      return () => own.delete(listener);
    },
  };
}
