/**
 * Layouts of every peer frame but EVENTS: one CBOR array of fixed length each, long lists packed. Owns the
 * field order and bounds, which sync.cddl repeats. spec/sync SY3.
 */
import type { CborValue, LengthBounds } from "../crypto/index.ts";
import {
  coreError,
  decodeCbor,
  encodeCbor,
  readArray,
  readBool,
  readBytes,
  readId,
  readNullable,
  readText,
  readUint,
} from "../crypto/index.ts";
import { BUCKET_MAX, JOIN_REQUEST_BYTES_MAX } from "../event/index.ts";
import { idBytes } from "../ids.ts";
import type {
  AnyId,
  BoxName,
  ChannelId,
  DeviceId,
  EpochId,
  EventId,
  PrekeyId,
  ScopeId,
  SpaceId,
} from "../ids.ts";
import { FRAME_BYTES_MAX } from "../ports/index.ts";
import type { FieldFrame, FrameName, SyncDoneState, SyncRung } from "./frames.ts";
import {
  BLOOM_PIECE_BYTES_MAX,
  BODIES_BYTES_MAX,
  BODY_WANTS_MAX,
  BOX_BYTES_MAX,
  BOX_WANTS_MAX,
  LOCKED_WANTS_MAX,
  CELL_BYTES,
  CELLS_MAX,
  CODE_BYTES_MAX,
  DETAIL_BYTES_MAX,
  EARLY_EACH_MAX,
  HEIGHTS_MAX,
  HELLO_HEADS_MAX,
  DAY_MAX,
  HELLO_SPACES_MAX,
  LINKING_BYTES_MAX,
  OFFER_IDS_MAX,
  OFFERS_OPEN_MAX,
  PEER_NAME_BYTES_MAX,
  RANGES_MESSAGE_BYTES_MAX,
  SYNC_BUCKETS_MAX,
  SYNC_IDS_MAX,
  SYNC_SESSION_MAX,
  TALK_REQUEST_BYTES_MAX,
  WANT_IDS_MAX,
} from "./limits.ts";
import {
  packBuckets,
  packIds,
  packShortIds,
  unpackAscendingIds,
  unpackBuckets,
  unpackIds,
  unpackShortIds,
} from "./packed.ts";

/** Of an event's outer form. */
const TAG_BYTES = 32;
const rungs: readonly SyncRung[] = ["cells", "ranges", "buckets", "bloom"];
const doneStates: readonly SyncDoneState[] = ["listed", "sent", "agreed", "ended"];
const PORT_MAX = 65_535;

/** Throws FRAME_MALFORMED for lists and texts beyond their bounds. */
export function encodeFields(frame: FieldFrame): Uint8Array {
  return encodeCbor(fieldsOf(frame));
}

function fieldsOf(frame: FieldFrame): CborValue {
  switch (frame.type) {
    case "ping":
    case "pong":
      return [frame.n];
    case "want":
      return [idBytes(frame.scope), packIds(frame.ids, WANT_IDS_MAX)];
    case "terms":
      return [idBytes(frame.scope), frame.floor, frame.offers];
    case "offer":
      return [idBytes(frame.scope), packIds(frame.ids, OFFER_IDS_MAX)];
    case "take":
      return [idBytes(frame.scope), packIds(frame.ids, WANT_IDS_MAX), frame.pages];
    case "earlyWant":
      return [idBytes(frame.scope), frame.each];
    case "earlyDone":
      return [idBytes(frame.scope)];
    case "syncRoot":
      return [
        idBytes(frame.scope),
        frame.session,
        frame.root,
        rungs.indexOf(frame.rung),
        frame.count,
        frame.day,
      ];
    case "syncCells":
      return [
        idBytes(frame.scope),
        frame.session,
        frame.from,
        frame.count,
        upTo(frame.cells, CELLS_MAX * CELL_BYTES),
      ];
    case "syncCellsWant":
      return [idBytes(frame.scope), frame.session, frame.to];
    case "syncWant":
      return [idBytes(frame.scope), frame.session, packShortIds(frame.shorts, CELLS_MAX)];
    case "syncRanges":
      return [idBytes(frame.scope), frame.session, bounded(frame.message, RANGES_MESSAGE_BYTES_MAX)];
    case "syncBloom":
      return [
        idBytes(frame.scope),
        frame.session,
        frame.from,
        frame.to,
        frame.count,
        upTo(frame.piece, BLOOM_PIECE_BYTES_MAX),
        frame.last,
      ];
    case "syncBuckets":
      return [idBytes(frame.scope), frame.session, packBuckets(frame.buckets, SYNC_BUCKETS_MAX), frame.last];
    case "syncIds":
      return [
        idBytes(frame.scope),
        frame.session,
        frame.bucket,
        packIds(frame.ids, SYNC_IDS_MAX),
        frame.last,
      ];
    case "syncDone":
      return [idBytes(frame.scope), frame.session, doneStates.indexOf(frame.state)];
    case "heights":
      return [
        idBytes(frame.scope),
        list(frame.heights, HEIGHTS_MAX, ({ device, seq }) => [idBytes(device), seq]),
      ];
    case "boxWant":
      return [
        idBytes(frame.space),
        list(frame.wants, BOX_WANTS_MAX, ({ epoch, prekey }) => ids(epoch, prekey)),
        list(frame.locked, LOCKED_WANTS_MAX, ({ scope, tag, bucket }) => [idBytes(scope), tag, bucket]),
      ];
    case "box":
      return [
        ...ids(frame.space, frame.scope, frame.epoch, frame.prekey, frame.name),
        bounded(frame.blob, BOX_BYTES_MAX),
      ];
    case "linking":
      return [bounded(frame.step, LINKING_BYTES_MAX)];
    case "talkRequest":
      return [bounded(frame.request, TALK_REQUEST_BYTES_MAX)];
    case "joinRequest":
      return [bounded(frame.request, JOIN_REQUEST_BYTES_MAX)];
    case "joinResult":
      return [frame.ok, text(frame.code, CODE_BYTES_MAX), text(frame.detail, DETAIL_BYTES_MAX)];
    case "open":
      return [idBytes(frame.space)];
    case "bodyWant":
      return [idBytes(frame.scope), packIds(frame.ids, BODY_WANTS_MAX)];
    case "bodies":
      return [
        idBytes(frame.scope),
        frame.isLast,
        list(frame.bodies, BODY_WANTS_MAX, ({ id, body }) => [idBytes(id), bounded(body, BODIES_BYTES_MAX)]),
      ];
    case "typing":
      return ids(frame.scope, frame.channel);
    case "error":
      return [text(frame.code, CODE_BYTES_MAX), text(frame.detail, DETAIL_BYTES_MAX)];
    case "hello":
      return [
        text(frame.name, PEER_NAME_BYTES_MAX),
        frame.peerPort,
        list(frame.heads, HELLO_SPACES_MAX, ({ space, heads }) => [
          idBytes(space),
          packIds(heads, HELLO_HEADS_MAX),
        ]),
      ];
  }
}

/** Throws CoreErrors of any code; frames.ts makes FRAME_MALFORMED of them. */
export function decodeFields(name: Exclude<FrameName, "events" | "early">, payload: Uint8Array): FieldFrame {
  const value = decodeCbor(payload, { bytesMax: FRAME_BYTES_MAX });
  switch (name) {
    case "ping":
    case "pong": {
      const [n] = readArray(value, 1, name);
      return { type: name, n: readUint(n, "n") };
    }
    case "want": {
      const [scope, packed] = readArray(value, 2, name);
      return { type: name, scope: readScope(scope), ids: unpackIds(readPacked(packed), WANT_IDS_MAX) };
    }
    case "terms": {
      const [scope, floor, offers] = readArray(value, 3, name);
      return {
        type: name,
        scope: readScope(scope),
        floor: readUint(floor, "floor", BUCKET_MAX),
        offers: readBool(offers, "offers"),
      };
    }
    case "offer": {
      const [scope, packed] = readArray(value, 2, name);
      return { type: name, scope: readScope(scope), ids: unpackIds(readPacked(packed), OFFER_IDS_MAX) };
    }
    case "take": {
      const [scope, packed, pages] = readArray(value, 3, name);
      return {
        type: name,
        scope: readScope(scope),
        ids: unpackIds(readPacked(packed), WANT_IDS_MAX),
        pages: readUint(pages, "pages", OFFERS_OPEN_MAX),
      };
    }
    case "earlyWant": {
      const [scope, each] = readArray(value, 2, name);
      return { type: name, scope: readScope(scope), each: readUint(each, "each", EARLY_EACH_MAX) };
    }
    case "earlyDone": {
      const [scope] = readArray(value, 1, name);
      return { type: name, scope: readScope(scope) };
    }
    case "syncRoot": {
      const [scope, session, root, rung, count, day] = readArray(value, 6, name);
      return {
        type: name,
        ...readSession(scope, session),
        root: readBytes(root, 32, "root"),
        rung: rungs[readUint(rung, "rung", rungs.length - 1)] as SyncRung,
        count: readUint(count, "count"),
        day: readUint(day, "day", DAY_MAX),
      };
    }
    case "syncCells": {
      const [scope, session, from, count, cells] = readArray(value, 5, name);
      return {
        type: name,
        ...readSession(scope, session),
        from: readUint(from, "from", CELLS_MAX),
        count: readUint(count, "count"),
        cells: readBytes(cells, { max: CELLS_MAX * CELL_BYTES }, "cells"),
      };
    }
    case "syncCellsWant": {
      const [scope, session, to] = readArray(value, 3, name);
      return { type: name, ...readSession(scope, session), to: readUint(to, "to", CELLS_MAX) };
    }
    case "syncWant": {
      const [scope, session, packed] = readArray(value, 3, name);
      const shorts = unpackShortIds(readPacked(packed), CELLS_MAX);
      return { type: name, ...readSession(scope, session), shorts };
    }
    case "syncRanges": {
      const [scope, session, message] = readArray(value, 3, name);
      return {
        type: name,
        ...readSession(scope, session),
        message: readBytes(message, within(RANGES_MESSAGE_BYTES_MAX), "message"),
      };
    }
    case "syncBloom": {
      const [scope, session, from, to, count, piece, last] = readArray(value, 7, name);
      return {
        type: name,
        ...readSession(scope, session),
        from: readUint(from, "from", BUCKET_MAX),
        to: readUint(to, "to", BUCKET_MAX),
        count: readUint(count, "count"),
        piece: readBytes(piece, { max: BLOOM_PIECE_BYTES_MAX }, "piece"),
        last: readBool(last, "last"),
      };
    }
    case "syncBuckets": {
      const [scope, session, packed, last] = readArray(value, 4, name);
      const buckets = unpackBuckets(readPacked(packed), SYNC_BUCKETS_MAX);
      return { type: name, ...readSession(scope, session), buckets, last: readBool(last, "last") };
    }
    case "syncIds": {
      const [scope, session, bucket, packed, last] = readArray(value, 5, name);
      return {
        type: name,
        ...readSession(scope, session),
        bucket: readUint(bucket, "bucket", BUCKET_MAX),
        ids: unpackAscendingIds(readPacked(packed), SYNC_IDS_MAX),
        last: readBool(last, "last"),
      };
    }
    case "syncDone": {
      const [scope, session, index] = readArray(value, 3, name);
      const state = doneStates[readUint(index, "state", doneStates.length - 1)] as SyncDoneState;
      return { type: name, ...readSession(scope, session), state };
    }
    case "heights": {
      const [scope, items] = readArray(value, 2, name);
      const heights = readList(items, HEIGHTS_MAX, "heights", (item) => {
        const [device, seq] = readArray(item, 2, "height");
        return { device: readId<DeviceId>(device, 32, "device"), seq: readUint(seq, "seq") };
      });
      return { type: name, scope: readScope(scope), heights };
    }
    case "boxWant": {
      const [space, items, places] = readArray(value, 3, name);
      const wants = readList(items, BOX_WANTS_MAX, "wants", (item) => {
        const [epoch, prekey] = readArray(item, 2, "want");
        return { epoch: readId<EpochId>(epoch, 32, "epoch"), prekey: readId<PrekeyId>(prekey, 16, "prekey") };
      });
      const locked = readList(places, LOCKED_WANTS_MAX, "locked", (item) => {
        const [scope, tag, bucket] = readArray(item, 3, "locked");
        return {
          scope: readScope(scope),
          tag: readBytes(tag, TAG_BYTES, "tag"),
          bucket: readUint(bucket, "bucket", BUCKET_MAX),
        };
      });
      return { type: name, space: readSpace(space), wants, locked };
    }
    case "box": {
      const [space, scope, epoch, prekey, boxName, blob] = readArray(value, 6, name);
      return {
        type: name,
        space: readSpace(space),
        scope: readScope(scope),
        epoch: readId<EpochId>(epoch, 32, "epoch"),
        prekey: readId<PrekeyId>(prekey, 16, "prekey"),
        name: readId<BoxName>(boxName, 16, "name"),
        blob: readBytes(blob, within(BOX_BYTES_MAX), "blob"),
      };
    }
    case "linking": {
      const [step] = readArray(value, 1, name);
      return { type: name, step: readBytes(step, within(LINKING_BYTES_MAX), "step") };
    }
    case "talkRequest": {
      const [request] = readArray(value, 1, name);
      return { type: name, request: readBytes(request, within(TALK_REQUEST_BYTES_MAX), "request") };
    }
    case "joinRequest": {
      const [request] = readArray(value, 1, name);
      return { type: name, request: readBytes(request, within(JOIN_REQUEST_BYTES_MAX), "request") };
    }
    case "joinResult": {
      const [ok, code, detail] = readArray(value, 3, name);
      return { type: name, ok: readBool(ok, "ok"), ...readWords(code, detail) };
    }
    case "open": {
      const [space] = readArray(value, 1, name);
      return { type: name, space: readSpace(space) };
    }
    case "bodyWant": {
      const [scope, wanted] = readArray(value, 2, name);
      return { type: name, scope: readScope(scope), ids: unpackIds(readPacked(wanted), BODY_WANTS_MAX) };
    }
    case "bodies": {
      const [scope, isLast, bodies] = readArray(value, 3, name);
      return {
        type: name,
        scope: readScope(scope),
        isLast: readBool(isLast, "last bodies"),
        bodies: readList(bodies, BODY_WANTS_MAX, "bodies", (pair) => {
          const [id, body] = readArray(pair, 2, "body");
          return {
            id: readId<EventId>(id, 32, "event"),
            body: readBytes(body, within(BODIES_BYTES_MAX), "body"),
          };
        }),
      };
    }
    case "typing": {
      const [scope, channel] = readArray(value, 2, name);
      return { type: name, scope: readScope(scope), channel: readId<ChannelId>(channel, 16, "channel") };
    }
    case "error": {
      const [code, detail] = readArray(value, 2, name);
      return { type: name, ...readWords(code, detail) };
    }
    case "hello": {
      const [peerName, port, items] = readArray(value, 3, name);
      return {
        type: name,
        name: readText(peerName, { bytesMax: PEER_NAME_BYTES_MAX }, "name"),
        peerPort: readNullable(port, (item) => readUint(item, "port", PORT_MAX)),
        heads: readList(items, HELLO_SPACES_MAX, "heads", (item) => {
          const [space, packed] = readArray(item, 2, "heads");
          return { space: readSpace(space), heads: unpackIds(readPacked(packed), HELLO_HEADS_MAX) };
        }),
      };
    }
  }
}

function ids(...all: readonly AnyId[]): Uint8Array[] {
  return all.map((id) => idBytes(id));
}

function list<Item>(items: readonly Item[], max: number, encode: (item: Item) => CborValue): CborValue[] {
  if (items.length > max) throw coreError("FRAME_MALFORMED", `${items.length} entries, a frame holds ${max}`);
  return items.map((item) => encode(item));
}

function bounded(bytes: Uint8Array, max: number): Uint8Array {
  if (bytes.length === 0 || bytes.length > max)
    throw coreError("FRAME_MALFORMED", `${bytes.length} bytes; allowed are 1 to ${max}`);
  return bytes;
}

function text(value: string, bytesMax: number): string {
  if (Buffer.byteLength(value) > bytesMax)
    throw coreError("FRAME_MALFORMED", `a text longer than ${bytesMax} bytes; shorten it`);
  return value;
}

function upTo(bytes: Uint8Array, max: number): Uint8Array {
  return bytes.length === 0 ? bytes : bounded(bytes, max);
}

function within(max: number): LengthBounds {
  return { min: 1, max };
}

function readList<Item>(
  value: CborValue | undefined,
  max: number,
  what: string,
  read: (item: CborValue) => Item,
): Item[] {
  return readArray(value, { max }, what).map((item) => read(item));
}

function readScope(value: CborValue | undefined): ScopeId {
  return readId<ScopeId>(value, 32, "scope");
}

function readSpace(value: CborValue | undefined): SpaceId {
  return readId<SpaceId>(value, 32, "space");
}

function readPacked(value: CborValue | undefined): Uint8Array {
  return readBytes(value, { max: FRAME_BYTES_MAX }, "list");
}

function readSession(
  scope: CborValue | undefined,
  session: CborValue | undefined,
): { scope: ScopeId; session: number } {
  return { scope: readScope(scope), session: readUint(session, "session", SYNC_SESSION_MAX) };
}

function readWords(
  code: CborValue | undefined,
  detail: CborValue | undefined,
): { code: string; detail: string } {
  return {
    code: readText(code, { bytesMax: CODE_BYTES_MAX }, "code"),
    detail: readText(detail, { bytesMax: DETAIL_BYTES_MAX }, "detail"),
  };
}
