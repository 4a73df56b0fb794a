export type { Clock } from "./clock.ts";
export type { Random } from "./random.ts";
export type { Log, LogFacts } from "./log.ts";
export { FRAME_BYTES_MAX } from "./link.ts";
export type { Link, LinkHandlers, LinkRole, PeerAddress, Priority, Transport } from "./link.ts";
export type { Discovery } from "./discovery.ts";
export { partOf } from "./ids-part.ts";
export type { SignatureCheck, SignatureVerifier } from "./signatures.ts";
export { LOG_ROWS_MAX, StoreError } from "./store.ts";
export type {
  ActKind,
  ActRow,
  BareRow,
  BoxRow,
  ArrivedId,
  BucketCount,
  ChainTip,
  ChannelRow,
  CommitResult,
  EventRecord,
  EventStore,
  ExpiringRow,
  HeightRow,
  IdsPart,
  LogDraft,
  LogRow,
  LogType,
  MessagePage,
  MessagePlace,
  ReadMark,
  Unread,
  UnreadQuery,
  MessageRow,
  PersonRow,
  ReactionRow,
  ScanRow,
  SealedBodyRow,
  ShedReason,
  SpaceRow,
  StoredEvent,
  StoreStats,
  ViewChange,
  WithdrawnRow,
  WriteBatch,
} from "./store.ts";
export type {
  KeptCells,
  KeptRoot,
  KeptStructures,
  KeptWrites,
  RangeItems,
  RangeLeaf,
  RangeLeaves,
  RangeStart,
} from "./store-sync.ts";
