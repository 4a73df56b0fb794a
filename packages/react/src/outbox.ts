/**
 * What was sent and is not known to be on the node's disk yet. Pure: an explicit state for each message, changed
 * by events; the sender carries them out. Not the client's outbox, which is a program's: there all messages stand in one
 * line and wait as long as it takes. Here each conversation is a line of its own, a message goes after the draft it was,
 * and a node that is too busy for half a minute leaves it to the person.
 */
import type { Failure } from "./types.ts";

/** A node that answers but cannot take it is asked again for so long; then the person decides. */
export const BUSY_MS_MAX = 30_000;

export interface Outgoing {
  /** The clientId: the same in every attempt, so that it is one message however often it is sent. */
  readonly key: string;
  readonly space: string;
  readonly channel: string;
  readonly text: string;
  readonly replyTo: string | null;
  readonly atMs: number;
  /** held: the page said that nothing is posted there for now. */
  readonly state: "sending" | "waiting" | "held" | "failed";
  /** May be posted now. One that waits goes on waiting in the eyes of the reader until an attempt succeeds. */
  readonly isDue: boolean;
  readonly failure: Failure | null;
  /** Since when the node answers that it cannot; null when it last did not answer at all. */
  readonly busySinceMs: number | null;
}

export type OutboxEvent =
  | {
      readonly type: "send";
      readonly message: Pick<Outgoing, "key" | "space" | "channel" | "text" | "replyTo" | "atMs">;
    }
  /** Kept of an earlier page of this tab: older than all that was sent since. */
  | { readonly type: "restore"; readonly messages: Outbox }
  /** On disk: by the answer or by the log, whichever was first. */
  | { readonly type: "saved"; readonly key: string }
  | { readonly type: "away" }
  | { readonly type: "busy"; readonly key: string; readonly failure: Failure; readonly nowMs: number }
  | { readonly type: "refused"; readonly key: string; readonly failure: Failure }
  /** The node answers again, or it is time to ask. */
  | { readonly type: "again" }
  /** Nothing of this conversation is posted, until it is asked for again. */
  | { readonly type: "held"; readonly channel: string }
  /** What was held may go by now. */
  | { readonly type: "ask-held" }
  | { readonly type: "retry"; readonly key: string }
  | { readonly type: "discard"; readonly key: string };

export type Outbox = readonly Outgoing[];

const isHeld = ({ state, isDue }: Outgoing): boolean => state === "held" && !isDue;
const isWaiting = ({ state, isDue }: Outgoing): boolean => state === "waiting" && !isDue;

/** Behind one that waits there is nothing to try yet: it would wait as well. */
function begin(outbox: Outbox): Pick<Outgoing, "state" | "isDue" | "failure" | "busySinceMs"> {
  const waits = outbox.some(({ state }) => state === "waiting");
  return { state: waits ? "waiting" : "sending", isDue: !waits, failure: null, busySinceMs: null };
}

export function advance(outbox: Outbox, event: OutboxEvent): Outbox {
  const change = (key: string, next: (one: Outgoing) => Outgoing): Outbox => {
    const index = outbox.findIndex((one) => one.key === key);
    const one = outbox[index];
    return one === undefined ? outbox : outbox.with(index, next(one));
  };
  switch (event.type) {
    case "send":
      if (outbox.some(({ key }) => key === event.message.key)) return outbox;
      return [...outbox, { ...event.message, ...begin(outbox) }];
    case "restore": {
      const older = event.messages.filter(({ key }) => outbox.every((one) => one.key !== key));
      return older.length === 0 ? outbox : [...older, ...outbox];
    }
    case "saved":
    case "discard":
      return outbox.some(({ key }) => key === event.key)
        ? outbox.filter(({ key }) => key !== event.key)
        : outbox;
    case "away":
      // One that gets no answer speaks for all.
      return outbox.map((one) =>
        one.state === "failed" || one.state === "held"
          ? one
          : { ...one, state: "waiting", isDue: false, busySinceMs: null },
      );
    case "busy":
      return change(event.key, (one) => {
        const busySinceMs = one.busySinceMs ?? event.nowMs;
        return event.nowMs - busySinceMs >= BUSY_MS_MAX
          ? { ...one, state: "failed", isDue: false, failure: event.failure, busySinceMs: null }
          : { ...one, state: "waiting", isDue: false, busySinceMs };
      });
    case "refused":
      return change(event.key, (one) => ({
        ...one,
        state: "failed",
        isDue: false,
        failure: event.failure,
      }));
    case "again":
      return outbox.some(isWaiting)
        ? outbox.map((one) => (isWaiting(one) ? { ...one, isDue: true } : one))
        : outbox;
    case "held":
      return outbox.map((one) =>
        one.channel === event.channel && one.state !== "failed"
          ? { ...one, state: "held", isDue: false, busySinceMs: null }
          : one,
      );
    case "ask-held":
      // Held in the eyes of the reader until it is answered.
      return outbox.some(isHeld)
        ? outbox.map((one) => (isHeld(one) ? { ...one, isDue: true } : one))
        : outbox;
    case "retry":
      return change(event.key, (one) => (one.state === "failed" ? { ...one, ...begin([]) } : one));
    default:
      return event satisfies never;
  }
}

/** One of each conversation at a time, so that they are written in the order they were sent. */
export function nextToPost(outbox: Outbox, underWay: ReadonlySet<string>): Outgoing[] {
  const blocked = new Set(outbox.filter(({ key }) => underWay.has(key)).map(({ channel }) => channel));
  const next: Outgoing[] = [];
  for (const one of outbox) {
    if (one.state === "failed" || blocked.has(one.channel)) continue;
    blocked.add(one.channel);
    if (one.isDue) next.push(one);
  }
  return next;
}
