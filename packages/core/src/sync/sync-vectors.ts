/** The examples of spec/vectors/sync.json, from fixed seeds. Tests compare, spec/vectors/write-links.ts writes. Not exported. */
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type {
  AnyId,
  BoxName,
  ChannelId,
  DeviceId,
  EpochId,
  EventId,
  PrekeyId,
  ScopeId,
  ShortId,
  SpaceId,
} from "../ids.ts";
import { createBloomFilter, encodeBloomFilter } from "./bloom/bloom-filter.ts";
import { encodeFrame } from "./frames.ts";
import type { Frame, SyncRung } from "./frames.ts";
import { drive, ItemStore, Party, testScope } from "./two-party.ts";
import type { Item } from "./two-party.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const id = <Id extends AnyId>(name: string, bytes = 32): Id =>
  toId<Id>(sha256(utf8(name)).subarray(0, bytes));
const scope = id<ScopeId>("scope");
const space = id<SpaceId>("space");
const epoch = id<EpochId>("epoch");
const prekey = id<PrekeyId>("prekey", 16);
const events = [id<EventId>("event 1"), id<EventId>("event 2")].toSorted();

export const frameExamples: readonly Frame[] = [
  { type: "ping", n: 7 },
  { type: "pong", n: 7 },
  { type: "events", scope, outers: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
  { type: "want", scope, ids: events },
  { type: "terms", scope, floor: 405_311, offers: true },
  { type: "offer", scope, ids: events },
  { type: "take", scope, ids: events, pages: 1 },
  { type: "earlyWant", scope, each: 50 },
  { type: "early", scope, outers: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
  { type: "earlyDone", scope },
  {
    type: "syncRoot",
    scope,
    session: 1,
    root: sha256(utf8("root")),
    rung: "cells",
    count: 12_345,
    day: 22_000,
  },
  { type: "syncCells", scope, session: 1, from: 0, count: 3, cells: sha256(utf8("cell")).subarray(0, 26) },
  { type: "syncCellsWant", scope, session: 1, to: 256 },
  { type: "syncWant", scope, session: 1, shorts: [id<ShortId>("short 1", 8), id<ShortId>("short 2", 8)] },
  { type: "syncRanges", scope, session: 1, message: Uint8Array.of(0x61) },
  {
    type: "syncBloom",
    scope,
    session: 1,
    from: 405_000,
    to: 67_108_863,
    count: 3,
    piece: encodeBloomFilter(
      createBloomFilter(events, { salt: sha256(utf8("salt")).subarray(0, 16), rate: 0.01 }),
    ),
    last: true,
  },
  {
    type: "syncBuckets",
    scope,
    session: 1,
    buckets: [
      { bucket: 1, root: sha256(utf8("a")) },
      { bucket: 405_311, root: sha256(utf8("b")) },
    ],
    last: true,
  },
  { type: "syncIds", scope, session: 1, bucket: 405_311, ids: events, last: false },
  { type: "syncDone", scope, session: 1, state: "agreed" },
  { type: "heights", scope, heights: [{ device: id<DeviceId>("device"), seq: 12 }] },
  {
    type: "boxWant",
    space,
    wants: [{ epoch, prekey }],
    locked: [{ scope, tag: new Uint8Array(32).fill(7), bucket: 9 }],
  },
  { type: "box", space, scope, epoch, prekey, name: id<BoxName>("box", 16), blob: Uint8Array.of(1, 2, 3) },
  { type: "linking", step: Uint8Array.of(4, 5) },
  { type: "talkRequest", request: Uint8Array.of(4, 5) },
  { type: "joinRequest", request: Uint8Array.of(4, 5) },
  { type: "joinResult", ok: false, code: "INVITE_EXPIRED", detail: "the invite ended on 3 May" },
  { type: "open", space },
  { type: "bodyWant", scope, ids: [id<EventId>("event", 32)] },
  {
    type: "bodies",
    scope,
    isLast: true,
    bodies: [{ id: id<EventId>("event", 32), body: Uint8Array.of(6, 7) }],
  },
  { type: "typing", scope, channel: id<ChannelId>("channel", 16) },
  { type: "error", code: "BUSY", detail: "" },
  { type: "hello", name: "Zoë", peerPort: null, heads: [{ space, heads: events }] },
];

function items(from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, n) => ({
    bucket: Math.floor((from + n) / 4),
    id: id<EventId>(`vector item ${from + n}`),
  }));
}

function rootsOf(held: readonly Item[]): object {
  const { roots } = new ItemStore(held);
  return {
    items: held,
    bucketRoots: roots.bucketRoots(testScope).map(({ bucket, root }) => ({ bucket, root: hex(root) })),
    scopeRoot: hex(roots.root(testScope)),
  };
}

/** The frames of a whole session in the order in which they are sent. */
function sessionExample(
  own: readonly Item[],
  theirs: readonly Item[],
  options: { rungs?: readonly SyncRung[] } = {},
): object {
  const [initiator, responder] = [new Party(own, "initiator", options), new Party(theirs, "responder")];
  const frames: object[] = [];
  for (const [from, party] of Object.entries({ initiator, responder })) {
    const send = party.send.bind(party);
    party.send = (frame, priority) => {
      const { type, payload } = encodeFrame(frame);
      frames.push({ from, type, payload: hex(payload), priority });
      send(frame, priority);
    };
  }
  initiator.run(initiator.session.start());
  drive(initiator, responder, () => 0);
  return { scope: testScope, initiator: own, responder: theirs, frames };
}

export function syncVectors(): object {
  return {
    version: 1,
    frames: frameExamples.map((frame) => {
      const { type, payload } = encodeFrame(frame);
      return { name: frame.type, type, payload: hex(payload) };
    }),
    roots: { scope: testScope, examples: [rootsOf([]), rootsOf(items(0, 1)), rootsOf(items(0, 12))] },
    session: sessionExample(items(0, 9), items(5, 14)),
    bloomSession: sessionExample(items(0, 9), items(5, 14), { rungs: ["bloom"] }),
  };
}
