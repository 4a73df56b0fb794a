/** Small rows for tests of stores: numbers become ids, whatever is not named has a plain value. */
import type { ChannelId, DeviceId, EventId, PersonId, ScopeId, SpaceId } from "../ids.ts";
import type { EventRecord, MessageRow, ReactionRow, ViewChange, WriteBatch } from "../ports/index.ts";

const hex = (tag: string, n: number, digits: number) =>
  tag.padEnd(digits - 8, "0") + n.toString(16).padStart(8, "0");

// The tag's first digit spreads ids of one kind, so that their order is not the order of the numbers' kinds.
export const eventId = (n: number) => hex("e", n, 64) as EventId;
export const spaceOf = (n: number) => hex("5", n, 64) as SpaceId;
export const scopeOf = (n: number) => hex("c", n, 64) as ScopeId;
export const deviceOf = (n: number) => hex((9 - (n % 8)).toString(16), n, 64) as DeviceId;
export const personOf = (n: number) => hex("a", n, 64) as PersonId;
export const channelOf = (n: number) => hex("4", n, 32) as ChannelId;

export function eventOf(n: number, facts: Partial<EventRecord> = {}): EventRecord {
  return {
    id: eventId(n),
    space: spaceOf(1),
    scope: scopeOf(1),
    bucket: 10,
    device: deviceOf(1),
    seq: 0,
    prev: null,
    parents: [],
    timeMs: 1_760_000_000_000 + n,
    timeCount: 0,
    kind: 1,
    outer: Uint8Array.of(n & 0xff, 1, 2),
    ...facts,
  };
}

export function messageOf(n: number, facts: Partial<MessageRow> = {}): MessageRow {
  return {
    id: eventId(n),
    space: spaceOf(1),
    channel: channelOf(1),
    scope: scopeOf(1),
    author: personOf(1),
    device: deviceOf(1),
    seq: n,
    timeMs: 1_760_000_000_000 + n,
    timeCount: 0,
    text: `message ${n}`,
    replyTo: null,
    clientId: null,
    ...facts,
  };
}

export function reactionOf(message: number, facts: Partial<ReactionRow> = {}): ReactionRow {
  return {
    message: eventId(message),
    emoji: "\u{1f44d}",
    author: personOf(1),
    present: true,
    timeMs: 1,
    timeCount: 0,
    event: eventId(1_000),
    ...facts,
  };
}

/** An event with what belongs to it; log says how many drafts name it. */
export function entryOf(
  event: EventRecord,
  facts: { views?: readonly ViewChange[]; log?: number } = {},
): NonNullable<WriteBatch["events"]>[number] {
  const log = Array.from(
    { length: facts.log ?? 0 },
    () => ({ type: "message", atMs: 1, data: null, ref: event.id }) as const,
  );
  return { event, views: facts.views ?? [], log };
}

/** An entry that names no event. */
export function draft(data: string) {
  return { type: "peer", atMs: 1, data, ref: null } as const;
}

/** The number behind an event id. */
export function numberOf(id: string): number {
  return Number.parseInt(id.slice(-8), 16);
}

/** Values without the difference between Buffer and Uint8Array. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (_, inner: unknown) => {
      if (inner instanceof Uint8Array) return [...inner];
      const buffer = inner as { type?: unknown; data?: unknown } | null;
      return buffer?.type === "Buffer" && Array.isArray(buffer.data) ? buffer.data : inner;
    }),
  );
}
