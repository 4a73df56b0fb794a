/**
 * The event store of one device: events as bytes with the columns by which they are found, views for
 * reading, the ordered change log, and small secrets. `commit` is the only way to write; when it
 * resolves the whole batch is on disk. Adapters: memory, sqlite. Contract: testing/store-contract.
 */
import type { BoxName, ChannelId, DeviceId, EventId, PersonId, ScopeId, SpaceId } from "../ids.ts";
import type { KeptStructures, KeptWrites } from "./store-sync.ts";

/** Entries of the change log that are kept: a client that lags further reads the views afresh. */
export const LOG_ROWS_MAX = 200_000;

/** Which of a bucket's ids: from (inclusive) to (exclusive) in their order; or those that begin with one of these bytes. */
export type IdsPart =
  | { readonly from: EventId; readonly to: EventId | null }
  | { readonly firsts: Uint8Array };

export interface EventRecord {
  readonly id: EventId;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  /** Units of 2^22 ms. */
  readonly bucket: number;
  readonly device: DeviceId;
  readonly seq: number;
  /** Id of the device's previous event in this scope. */
  readonly prev: EventId | null;
  /** Heads that this event follows (prev included or not; both stop being heads). */
  readonly parents: readonly EventId[];
  readonly timeMs: number;
  readonly timeCount: number;
  readonly kind: number;
  /** The canonical outer form, as the wire carries it. */
  readonly outer: Uint8Array;
}

export interface StoredEvent extends EventRecord {
  /** Position in the order of arrival here; grows by one an event, over all scopes. */
  readonly arrival: number;
}

export interface SpaceRow {
  readonly id: SpaceId;
  readonly name: string;
  readonly kind: "community" | "group" | "direct";
  readonly createdMs: number;
}

export interface ChannelRow {
  readonly id: ChannelId;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly name: string;
  readonly createdMs: number;
}

export interface PersonRow {
  readonly id: PersonId;
  readonly name: string;
}

export interface MessageRow {
  readonly id: EventId;
  readonly space: SpaceId;
  readonly channel: ChannelId;
  readonly scope: ScopeId;
  readonly author: PersonId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly timeMs: number;
  readonly timeCount: number;
  readonly text: string;
  readonly replyTo: EventId | null;
  /** Only on the device that wrote it: the caller's idempotency key. */
  readonly clientId: string | null;
  /** Time of the edit whose text this is. Given by the store, from the acts on the message; absent where there is none. */
  readonly editedMs?: number;
  /** The text is gone for good. As before. */
  readonly deleted?: true;
  /** From then on it is not kept; absent where it is. */
  readonly expiresMs?: number;
}

export type ActKind = "edit" | "delete" | "pin" | "unpin";

/** What somebody did to a message, before or after it came here. */
export interface ActRow {
  readonly target: EventId;
  readonly kind: ActKind;
  readonly event: EventId;
  readonly scope: ScopeId;
  readonly author: PersonId;
  /** The author was owner or admin of the space in the event's own past. */
  readonly admin: boolean;
  readonly timeMs: number;
  readonly timeCount: number;
  /** Of an edit, empty once the message is deleted; else null. */
  readonly text: string | null;
}

/** Why an event is here without its body. "withheld": for no reason known here, so that it is asked for. */
export type ShedReason = "withheld" | "deleted" | "expired";

/** An event that came without its body. */
export interface BareRow {
  readonly id: EventId;
  readonly scope: ScopeId;
  readonly author: PersonId;
}

/** A message that is not kept beyond a time, whether it is shown or not. */
export interface ExpiringRow extends BareRow {
  readonly expiresMs: number;
}

/** The whole form of an event that was here without its body; its views follow. */
export interface FillRow {
  readonly id: EventId;
  readonly outer: Uint8Array;
}

/** An event whose body opens with a key that is used once. body: as it was opened here, with salt and padding; null: it did not open here. */
export interface SealedBodyRow {
  readonly id: EventId;
  readonly scope: ScopeId;
  readonly body: Uint8Array | null;
}

export interface ReactionRow {
  readonly message: EventId;
  readonly emoji: string;
  readonly author: PersonId;
  /** True adds, false removes; the later (timeMs, timeCount, event) wins for one (message, emoji, author). */
  readonly present: boolean;
  readonly timeMs: number;
  readonly timeCount: number;
  readonly event: EventId;
}

/** What a device says in a scope beyond this place is shown no more: its messages and reactions go, its events stay. */
export interface WithdrawnRow {
  readonly scope: ScopeId;
  readonly device: DeviceId;
  readonly afterSeq: number;
}

export type ViewChange =
  | { readonly op: "space"; readonly row: SpaceRow }
  | { readonly op: "channel"; readonly row: ChannelRow }
  | { readonly op: "person"; readonly row: PersonRow }
  | { readonly op: "message"; readonly row: MessageRow }
  | { readonly op: "reaction"; readonly row: ReactionRow }
  | { readonly op: "act"; readonly row: ActRow }
  | { readonly op: "bare"; readonly row: BareRow }
  | { readonly op: "fill"; readonly row: FillRow }
  | { readonly op: "expiring"; readonly row: ExpiringRow }
  /** Its time is over: nothing of it stays but the event without its body, whatever comes later. */
  | { readonly op: "expire"; readonly row: BareRow }
  /** Kept until the event sheds its body; a body that is here already stays as it is. */
  | { readonly op: "sealed"; readonly row: SealedBodyRow }
  | { readonly op: "withdraw"; readonly row: WithdrawnRow };

export type LogType =
  | "message"
  | "reaction"
  | "edit"
  | "peer"
  | "space"
  | "group"
  | "delivery"
  | "network"
  | "file"
  | "alias"
  | "report"
  | "typing";

/** An entry of the change log before it has a cursor. A message entry names its event and carries no data. */
export interface LogDraft {
  readonly type: LogType;
  readonly atMs: number;
  /** JSON text, or null where `ref` names a message to be read when the entry is. */
  readonly data: string | null;
  readonly ref: EventId | null;
}

export interface LogRow extends LogDraft {
  readonly cursor: number;
}

/** holder has told us, over its own authenticated link, that it keeps device's chain in scope up to seq. */
export interface HeightRow {
  readonly scope: ScopeId;
  readonly holder: DeviceId;
  readonly device: DeviceId;
  readonly seq: number;
}

export interface BoxRow {
  readonly name: BoxName;
  /** null deletes. */
  readonly blob: Uint8Array | null;
}

export interface WriteBatch extends KeptWrites {
  /** Appended in this order; an id that is already there is skipped with its views and log drafts. */
  readonly events?: readonly {
    readonly event: EventRecord;
    readonly views: readonly ViewChange[];
    readonly log: readonly LogDraft[];
  }[];
  readonly views?: readonly ViewChange[];
  readonly log?: readonly LogDraft[];
  readonly heights?: readonly HeightRow[];
  readonly boxes?: readonly BoxRow[];
  /** Small named values (identity, epoch secrets, settings); null deletes. */
  readonly meta?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

export interface CommitResult {
  /** Those events of the batch that were new. */
  readonly appended: readonly StoredEvent[];
  /** The batch's log entries, with cursors. Cursors of successive commits only grow. */
  readonly log: readonly LogRow[];
}

export interface ChainTip {
  readonly device: DeviceId;
  readonly seq: number;
  readonly id: EventId;
  readonly timeMs: number;
  readonly timeCount: number;
}

export interface ArrivedId {
  readonly arrival: number;
  readonly id: EventId;
  readonly timeMs: number;
}

export interface BucketCount {
  readonly bucket: number;
  readonly count: number;
}

/** Where a message stands in the order in which people read. */
export type MessagePlace = Pick<MessageRow, "id" | "timeMs" | "timeCount" | "device" | "seq">;

export interface MessagePage {
  readonly space?: SpaceId;
  readonly channel?: ChannelId;
  /** Exclusive bounds, of messages that have expired too; results are always oldest first by (timeMs, timeCount, device, seq, id). */
  readonly before?: EventId;
  readonly after?: EventId;
  /** Without `after`: the newest `limit` rows (before `before` if given). */
  readonly limit: number;
}

/** How far a channel has been read: up to a message in its order, when events up to `arrival` were here. */
export interface ReadMark {
  readonly message: EventId;
  readonly arrival: number;
}

export interface UnreadQuery {
  readonly space: SpaceId;
  readonly channel: ChannelId;
  /** null: nothing has been read. */
  readonly mark: ReadMark | null;
  /** Whose own messages do not count. */
  readonly author: PersonId;
  /** Others whose messages do not count either. */
  readonly without?: readonly PersonId[];
  /** Counted to here. */
  readonly most: number;
  /** Rows looked at, newest first: of the channel's by their order, and of all that arrived after the mark. */
  readonly look: number;
}

export interface Unread {
  readonly count: number;
  /** Texts of those of them that hold an @, in no order. */
  readonly calls: readonly string[];
}

export interface StoreStats {
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
}

/** One row of a full scan; error says why the row could not be read from the medium. */
export type ScanRow =
  | { readonly ok: true; readonly event: StoredEvent }
  | { readonly ok: false; readonly id: EventId | null; readonly error: string };

export interface EventStore extends KeptStructures {
  /** Durable when it resolves. Rejects with a StoreError (STORE_FULL, STORE_FAILED ...) and then has written nothing. */
  commit(batch: WriteBatch): Promise<CommitResult>;

  hasEvent(id: EventId): boolean;
  event(id: EventId): StoredEvent | null;
  /** Those that exist, in order of arrival. */
  eventsById(ids: readonly EventId[]): StoredEvent[];
  /** Places in the order of arrival of those that exist, ascending, each once: causes before what follows them. */
  arrivals(ids: readonly EventId[]): number[];
  /** Outer forms alone, of what stands at these places (ascending): what a peer is sent. */
  outersAt(arrivals: readonly number[]): Uint8Array[];
  /** In order of arrival, after the given position, at most limit. */
  eventsOfScope(scope: ScopeId, afterArrival: number, limit: number): StoredEvent[];
  /** The same without what events say: how an index over ids keeps up. */
  idsOfScope(scope: ScopeId, afterArrival: number, limit: number): ArrivedId[];
  /** In order of arrival; more than one where the device signed several with one number. */
  eventsAt(scope: ScopeId, device: DeviceId, seq: number): StoredEvent[];
  /** The highest seq of each device; of several there the last that arrived. */
  chainTips(scope: ScopeId): ChainTip[];
  heads(scope: ScopeId): EventId[];
  /** Ascending; buckets that hold at least one event. */
  buckets(scope: ScopeId): BucketCount[];
  /** Ascending ids of a bucket; all of them where no part is named. Takes as long as the bucket has events, whatever the part. */
  idsInBucket(scope: ScopeId, bucket: number, part?: IdsPart): EventId[];

  spaces(): SpaceRow[];
  channels(space: SpaceId): ChannelRow[];
  people(): PersonRow[];
  messages(page: MessagePage): MessageRow[];
  message(id: EventId): MessageRow | null;
  messageByClientId(clientId: string): MessageRow | null;
  /**
   * Messages of others that stand after the mark, or stand before it and arrived later: what a device that was
   * away brings is new, however old it is. None for a mark whose message is not here.
   */
  unread(query: UnreadQuery): Unread;
  /** Present ones only, oldest first. */
  reactions(messages: readonly EventId[]): ReactionRow[];
  /**
   * Full text, newest first; before: a message, exclusive, one that is not here has nothing before it. Never throws for a
   * malformed query: it is taken as words.
   */
  search(query: string, options: { space?: SpaceId; before?: EventId; limit: number }): MessageRow[];

  /** On one message; oldest first by (timeMs, timeCount, event). */
  acts(message: EventId): ActRow[];
  /** Messages of the channel that are pinned (spec/space SP150) and not deleted, in no order. */
  pinned(channel: ChannelId): MessageRow[];
  /** Messages that somebody did something to and whose event is not here. */
  earlyTargets(): EventId[];
  /** null: the event is here whole, or not at all. */
  shedReason(id: EventId): ShedReason | null;
  /** Events of the scope whose body is missing without a reason, in the order of their ids from after this one; at most limit. */
  withheld(scope: ScopeId, limit: number, after?: EventId): EventId[];

  /** Messages that are here and will expire, the next one first; at most limit. */
  expiring(limit: number): ExpiringRow[];

  /** As it was opened here; null: it was not, or the event has shed it. */
  sealedBody(id: EventId): Uint8Array | null;
  /** Events of the scope whose body did not open here and is not shed, in the order of their ids from after this one; at most limit. */
  closed(scope: ScopeId, limit: number, after?: EventId): EventId[];
  /** How many there are. */
  closedCount(scope: ScopeId): number;
  /** Events of the scope with a kept body, in the order of their ids from after this one; at most limit: what a backup takes. */
  sealedIds(scope: ScopeId, limit: number, after?: EventId): EventId[];

  heights(scope: ScopeId): HeightRow[];
  box(name: BoxName): Uint8Array | null;
  meta(key: string): Uint8Array | null;
  /** Keys with this prefix, ascending. */
  metaKeys(prefix: string): string[];

  /** Entries after the cursor, ascending, at most limit. */
  logAfter(cursor: number, limit: number): LogRow[];
  /** Oldest kept and newest cursor; both 0 when empty. Older entries are trimmed beyond LOG_ROWS_MAX. */
  logBounds(): { oldest: number; newest: number };

  stats(): StoreStats;
  /** Every event, damaged rows included, in batches so that the caller may yield between them. */
  scan(): Generator<ScanRow[]>;
  /** Checks the medium itself; empty when sound. */
  checkIntegrity(): string[];
  close(): Promise<void>;
}

export class StoreError extends Error {
  readonly code:
    | "STORE_FULL"
    | "STORE_FAILED"
    | "STORE_CLOSED"
    | "STORE_KEY"
    | "STORE_CORRUPT"
    | "STORE_BUSY"
    | "STORE_NEWER";
  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
