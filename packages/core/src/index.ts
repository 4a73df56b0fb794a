export { idBytes, isId16, isId32, toId } from "./ids.ts";
export type {
  AnyId, BoxName, ChannelId, DeviceId, EpochId, EventId, InviteId, PersonId, PrekeyId, ScopeId, SpaceId,
} from "./ids.ts";
export { FRAME_BYTES_MAX, LOG_ROWS_MAX, StoreError } from "./ports/index.ts";
export type {
  BoxRow, BucketCount, ChainTip, ChannelRow, Clock, CommitResult, Discovery, EventRecord, EventStore, HeightRow, Link,
  LinkHandlers, LinkRole, Log, LogDraft, LogFacts, LogRow, LogType, MessagePage, MessageRow, PeerAddress, PersonRow,
  Priority, Random, ReactionRow, ScanRow, SignatureCheck, SignatureVerifier, SpaceRow, StoredEvent, StoreStats,
  Transport, ViewChange, WriteBatch,
} from "./ports/index.ts";
