/**
 * The event store in memory, for simulation and tests: deterministic, without threads, files or clocks.
 * A commit is applied in a microtask of its own, whole or not at all, in the order of calls. spec/store.
 */
import { StoreError } from "@kith/core";
import type {
  ChainTip,
  CommitResult,
  EventId,
  EventStore,
  MessagePage,
  MessageRow,
  ReactionRow,
  ScanRow,
  ScopeId,
  StoredEvent,
  ViewChange,
  WriteBatch,
} from "@kith/core";
import { partOf } from "@kith/core/ports";
import type { MessagePlace, SealedBodyRow } from "@kith/core/ports";
import { compareActs, settlePin } from "@kith/core/acts";
import { holdsWords, searchWords } from "../words.ts";
import { applyBatch } from "./apply.ts";
import { countUnread, placeOf } from "./unread.ts";
import { createMemoryDisk } from "./disk.ts";
import type { MemoryDisk } from "./disk.ts";
import { createKeptReads } from "./kept.ts";
import { compareMessages, compareReactions, placeAfter, placeOf as placeBefore } from "../order.ts";

export interface MemoryStoreOptions {
  /** Kept beyond close: opening another store on the same disk is a restart. A new one by default. */
  readonly disk?: MemoryDisk;
}

/** Rows between two chances to yield. */
const SCAN_ROWS = 256;

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
const byCreation = (a: { createdMs: number; id: string }, b: { createdMs: number; id: string }) =>
  a.createdMs - b.createdMs || byId(a, b);
/** How many are asked for; anything odd means none. */
const countOf = (limit: number) => Math.max(0, Math.floor(limit) || 0);

export function createMemoryStore(options: MemoryStoreOptions = {}): EventStore {
  const disk = options.disk ?? createMemoryDisk();
  let accepted: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | null = null;

  function assertOpen(): void {
    if (closed !== null) throw new StoreError("STORE_CLOSED", "the store is closed; open it again");
  }

  function messages(page: MessagePage): MessageRow[] {
    const limit = countOf(page.limit);
    const before = page.before === undefined ? undefined : placeOf(disk, page.before);
    const after = page.after === undefined ? undefined : placeOf(disk, page.after);
    const unplaced =
      (page.before !== undefined && before === undefined) ||
      (page.after !== undefined && after === undefined);
    if (limit === 0 || unplaced) return [];
    const from = after === undefined ? 0 : placeAfter<MessagePlace>(disk.timeline, after, compareMessages);
    const to =
      before === undefined
        ? disk.timeline.length
        : placeBefore<MessagePlace>(disk.timeline, before, compareMessages);
    const rows: MessageRow[] = [];
    const take = (row: MessageRow) => {
      if (page.space !== undefined && row.space !== page.space) return;
      if (page.channel !== undefined && row.channel !== page.channel) return;
      rows.push(row);
    };
    if (after !== undefined) {
      for (let at = from; at < to && rows.length < limit; at += 1) take(disk.timeline[at] as MessageRow);
      return rows;
    }
    for (let at = to - 1; at >= 0 && rows.length < limit; at -= 1) take(disk.timeline[at] as MessageRow);
    return rows.reverse();
  }

  function search(
    query: string,
    { space, before, limit }: Parameters<EventStore["search"]>[1],
  ): MessageRow[] {
    const words = searchWords(query);
    const bound = before === undefined ? null : placeOf(disk, before);
    if (words.length === 0 || bound === undefined) return [];
    const found: MessageRow[] = [];
    const end =
      bound === null
        ? disk.timeline.length
        : placeBefore<MessagePlace>(disk.timeline, bound, compareMessages);
    for (let at = end - 1; at >= 0 && found.length < countOf(limit); at -= 1) {
      const row = disk.timeline[at] as MessageRow;
      if (space !== undefined && row.space !== space) continue;
      if (holdsWords(row.text, words)) found.push(row);
    }
    return found;
  }

  function sealedOf(scope: ScopeId, isAsked: (row: SealedBodyRow) => boolean): EventId[] {
    return [...disk.sealed.values()]
      .flatMap((row) => (row.scope === scope && isAsked(row) ? row.id : []))
      .sort();
  }

  const store: EventStore = {
    async commit(batch): Promise<CommitResult> {
      assertOpen();
      const own = copyBatch(batch);
      const result = accepted.then(() => applyBatch(disk, own));
      accepted = result.catch(() => undefined);
      return result;
    },
    hasEvent: (id) => disk.events.has(id),
    event: (id) => disk.events.get(id) ?? null,
    eventsById(ids) {
      const found = [...new Set(ids)].map((id) => disk.events.get(id)).filter((event) => event !== undefined);
      return found.sort((a, b) => a.arrival - b.arrival);
    },
    arrivals: (ids) => store.eventsById(ids).map(({ arrival }) => arrival),
    outersAt: (arrivals) => arrivals.flatMap((arrival) => disk.arrived[arrival - 1]?.outer ?? []),
    eventsOfScope(scope, afterArrival, limit) {
      const events = disk.scopes.get(scope)?.events ?? [];
      const from = placeAfter(
        events,
        { arrival: afterArrival } as StoredEvent,
        (a, b) => a.arrival - b.arrival,
      );
      return events.slice(from, from + countOf(limit));
    },
    idsOfScope: (scope, afterArrival, limit) =>
      store
        .eventsOfScope(scope, afterArrival, limit)
        .map(({ arrival, id, timeMs }) => ({ arrival, id, timeMs })),
    idsBefore(scope, beforeArrival, limit) {
      const events = disk.scopes.get(scope)?.events ?? [];
      const to = placeAfter(
        events,
        { arrival: beforeArrival - 1 } as StoredEvent,
        (a, b) => a.arrival - b.arrival,
      );
      return events
        .slice(Math.max(0, to - countOf(limit)), to)
        .reverse()
        .map(({ arrival, id, timeMs }) => ({ arrival, id, timeMs }));
    },
    ...createKeptReads(disk),
    eventsAt: (scope, device, seq) => [...(disk.scopes.get(scope)?.chain.get(`${device}/${seq}`) ?? [])],
    chainTips(scope) {
      return [...(disk.scopes.get(scope)?.tips.values() ?? [])]
        .sort((a, b) => (a.device < b.device ? -1 : 1))
        .map(({ device, seq, id, timeMs, timeCount }): ChainTip => ({ device, seq, id, timeMs, timeCount }));
    },
    heads: (scope) => [...(disk.scopes.get(scope)?.heads ?? [])].sort(),
    buckets(scope) {
      const counts = [...(disk.scopes.get(scope)?.buckets ?? [])].map(([bucket, ids]) => ({
        bucket,
        count: ids.length,
      }));
      return counts.sort((a, b) => a.bucket - b.bucket);
    },
    idsInBucket: (scope, bucket, part) => partOf(disk.scopes.get(scope)?.buckets.get(bucket) ?? [], part),

    spaces: () => [...disk.spaces.values()].sort(byCreation),
    channels: (space) => [...disk.channels.values()].filter((row) => row.space === space).sort(byCreation),
    people: () => [...disk.people.values()].sort(byId),
    messages,
    message: (id) => disk.messages.get(id) ?? null,
    messageByClientId(clientId) {
      const id = disk.clientIds.get(clientId);
      return id === undefined ? null : (disk.messages.get(id) ?? null);
    },
    unread: (query) => countUnread(disk, query),
    reactions(ids) {
      const rows: ReactionRow[] = [];
      for (const id of new Set(ids)) rows.push(...(disk.reactions.get(id)?.values() ?? []));
      return rows.filter((row) => row.present).sort(compareReactions);
    },
    search,

    acts: (message) => [...(disk.acts.get(message)?.values() ?? [])].sort(compareActs),
    pinned: (channel) =>
      [...disk.acts].flatMap(([id, acts]) => {
        const row = disk.messages.get(id);
        if (row?.channel !== channel || row.deleted === true) return [];
        return settlePin(row, [...acts.values()]) === null ? [] : row;
      }),
    earlyTargets: () =>
      [...disk.acts.entries()]
        .flatMap(([id, acts]) => (acts.size > 0 && !disk.events.has(id) ? id : []))
        .sort(),
    shedReason: (id) => disk.shed.get(id)?.why ?? null,
    expiring: (limit) =>
      [...disk.expiring.values()]
        .sort((a, b) => a.expiresMs - b.expiresMs || byId(a, b))
        .slice(0, countOf(limit)),
    withheld(scope, limit, after = "" as EventId) {
      const bare = [...disk.shed].filter(([, row]) => row.scope === scope && row.why === "withheld");
      return bare
        .flatMap(([id]) => (id > after ? id : []))
        .sort()
        .slice(0, countOf(limit));
    },
    sealedBody: (id) => disk.sealed.get(id)?.body ?? null,
    closed: (scope, limit, after = "" as EventId) =>
      sealedOf(scope, ({ id, body }) => body === null && id > after).slice(0, countOf(limit)),
    closedCount: (scope) => sealedOf(scope, ({ body }) => body === null).length,
    sealedIds: (scope, limit, after = "" as EventId) =>
      sealedOf(scope, ({ id, body }) => body !== null && id > after).slice(0, countOf(limit)),

    heights(scope) {
      const rows = [...(disk.scopes.get(scope)?.heights.values() ?? [])];
      return rows.sort((a, b) => (a.holder + a.device < b.holder + b.device ? -1 : 1));
    },
    box: (name) => disk.boxes.get(name) ?? null,
    meta: (key) => disk.meta.get(key) ?? null,
    metaKeys: (prefix) => [...disk.meta.keys()].filter((key) => key.startsWith(prefix)).sort(),

    logAfter(cursor, limit) {
      const from = Math.max(0, cursor - (disk.log[0]?.cursor ?? 1) + 1);
      return disk.log.slice(from, from + countOf(limit));
    },
    logBounds: () => ({ oldest: disk.log[0]?.cursor ?? 0, newest: disk.log.at(-1)?.cursor ?? 0 }),

    stats() {
      let bytes = 0;
      for (const event of disk.events.values()) bytes += event.outer.length;
      return { events: disk.events.size, messages: disk.messages.size, bytes };
    },
    *scan() {
      let rows: ScanRow[] = [];
      for (const event of disk.events.values()) {
        rows.push({ ok: true, event });
        if (rows.length < SCAN_ROWS) continue;
        yield rows;
        rows = [];
      }
      if (rows.length > 0) yield rows;
    },
    checkIntegrity: () => [],
    close() {
      closed ??= accepted.then(() => undefined);
      return closed;
    },
  };
  return refuseAfterClose(store, assertOpen);
}

/** The caller may use its buffers again as soon as commit has returned. */
export function copyBatch(batch: WriteBatch): WriteBatch {
  return {
    ...batch,
    events: (batch.events ?? []).map((entry) => ({
      ...entry,
      event: { ...entry.event, outer: entry.event.outer.slice() },
      views: entry.views.map(copyView),
    })),
    views: (batch.views ?? []).map(copyView),
    boxes: (batch.boxes ?? []).map((row) => ({ ...row, blob: row.blob?.slice() ?? null })),
    meta: (batch.meta ?? []).map((row) => ({ ...row, value: row.value?.slice() ?? null })),
  };
}

function copyView(view: ViewChange): ViewChange {
  if (view.op === "fill") return { ...view, row: { ...view.row, outer: view.row.outer.slice() } };
  if (view.op === "sealed") return { ...view, row: { ...view.row, body: view.row.body?.slice() ?? null } };
  return view;
}

/** Every read throws STORE_CLOSED once the store is closed, as the one on disk does. */
function refuseAfterClose(store: EventStore, assertOpen: () => void): EventStore {
  const guarded = { ...store } as Record<string, unknown>;
  for (const [name, method] of Object.entries(store)) {
    if (name === "commit" || name === "close") continue;
    guarded[name] = (...values: unknown[]) => {
      assertOpen();
      return (method as (...values: unknown[]) => unknown)(...values);
    };
  }
  return guarded as unknown as EventStore;
}
