/** Frames between authenticated peers, roots, reconciliation by roots and id lists, cells, filters. spec/sync, spec/sync-cells. */
export { decodeFrame, encodeFrame, frameName, frameTypes, isSyncFrame } from "./frames.ts";
export type {
  BucketRoot,
  FieldFrame,
  Frame,
  LockedPlace,
  SealedBody,
  FrameName,
  SyncDoneState,
  SyncFrame,
  SyncRung,
} from "./frames.ts";
export { decodeEventsFrame, encodeEventsFrame, eventsFrameBytes } from "./events-frame.ts";
export {
  BLOOM_SALT_BYTES,
  bloomCapacity,
  createBloomFilter,
  decodeBloomFilter,
  encodeBloomFilter,
  missingFrom,
} from "./bloom/bloom-filter.ts";
export type { BloomFilter, BloomOptions } from "./bloom/bloom-filter.ts";
export { filterRecent, missingFromRecent } from "./bloom/bloom-recent.ts";
export type { RecentFilter } from "./bloom/bloom-recent.ts";
export {
  BLOOM_FILTER_BYTES_MAX,
  BLOOM_RATE,
  BOX_BYTES_MAX,
  BODIES_BYTES_MAX,
  BODY_WANTS_MAX,
  BOX_WANTS_MAX,
  LOCKED_WANTS_MAX,
  CELL_BYTES,
  CELL_STAGES,
  CELLS_MAX,
  CODE_BYTES_MAX,
  DETAIL_BYTES_MAX,
  EARLY_BYTES_MAX,
  EARLY_EACH_MAX,
  EARLY_EVENTS_MAX,
  EVENTS_PER_FRAME_MAX,
  HEIGHTS_MAX,
  HELLO_HEADS_MAX,
  HELLO_SPACES_MAX,
  OFFER_IDS_MAX,
  OFFERS_OPEN_MAX,
  PEER_NAME_BYTES_MAX,
  RBSR_MESSAGE_BYTES_MAX,
  RBSR_MESSAGE_BYTES_MIN,
  RBSR_RANGES_MAX,
  RBSR_TIMESTAMP_MAX,
  SYNC_BUCKETS_MAX,
  SYNC_IDS_MAX,
  SYNC_METADATA_BYTES_MAX,
  SYNC_ROUNDS_MAX,
  SYNC_SESSION_MAX,
  SYNC_SESSIONS_MAX,
  WANT_IDS_MAX,
} from "./limits.ts";
export {
  addIds,
  addSum,
  carrySum,
  createIdSum,
  createRangeSet,
  createReconciler,
  fingerprintOf,
} from "./rbsr/index.ts";
export type {
  IdSum,
  MemoryRangeSet,
  RangeSet,
  Reconciled,
  Reconciler,
  ReconcilerOptions,
} from "./rbsr/index.ts";
export { bucketRoot, createRootIndex, leafHash, scopeRoot } from "./roots.ts";
export type { RootIndex, RootReader } from "./roots.ts";
export { FLOOR_RUNGS, createFloorView } from "./floor-view.ts";
export { createSyncSession } from "./session.ts";
export type {
  SyncAction,
  SyncFailure,
  SyncSession,
  SyncSessionOptions,
  SyncSource,
} from "./session-types.ts";
export { createCellDecoder } from "./riblt/cell-decoder.ts";
export type { CellDecoder, CellDecoderOptions, CellDecodeResult } from "./riblt/cell-decoder.ts";
export { createCellSketch } from "./riblt/cell-sketch.ts";
export type { CellSketch, CellSketchOptions } from "./riblt/cell-sketch.ts";
export { cellDay, dayCellKey, findByShortId, sessionCellKey, shortIdOf } from "./riblt/short-id.ts";
export { createDigestIndex, shortIdsOf } from "./digest-index.ts";
export type { DigestIndex, RecentIds, ScopeDigest } from "./digest-index.ts";
export { checkKept } from "./check-kept.ts";
export { createSetIndex } from "./set-index.ts";
export type { ArrivalReader, SetIndex, SetReader } from "./set-index.ts";
export type { SetKeeper } from "./kept-sketch.ts";
