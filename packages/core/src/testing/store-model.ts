/** The port's rules as plainly as they can be written: lists that are walked, copied whole before each batch. */
import type {
  CommitResult,
  EventStore,
  HeightRow,
  LogRow,
  MessageRow,
  ReactionRow,
  SealedBodyRow,
  StoredEvent,
  ViewChange,
  WriteBatch,
} from "../ports/index.ts";
import { boxNames } from "./store-batches.ts";
import { orderItems, readLeaves } from "./store-contract-sync.ts";
import { channelOf, deviceOf, eventId, scopeOf, spaceOf } from "./store-rows.ts";

interface World {
  events: StoredEvent[];
  messages: MessageRow[];
  reactions: ReactionRow[];
  log: LogRow[];
  heights: HeightRow[];
  sealed: SealedBodyRow[];
  boxes: Record<string, number[]>;
  meta: Record<string, number[]>;
}

export interface StoreModel {
  /** Null where the batch is refused. */
  commit(batch: WriteBatch): CommitResult | null;
  /** What expected() should equal, asked of a store. */
  read(store: EventStore): unknown;
  expected(): unknown;
}

const scopes = [scopeOf(1), scopeOf(2)];
const devices = [deviceOf(1), deviceOf(2), deviceOf(3)];
const bucketRange = [10, 11, 12];
const seqs = Array.from({ length: 7 }, (_, seq) => seq);
const ids = Array.from({ length: 15 }, (_, n) => eventId(n));
const ascending = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

class Refused extends Error {}

export function createStoreModel(): StoreModel {
  let world: World = {
    events: [],
    messages: [],
    reactions: [],
    log: [],
    heights: [],
    sealed: [],
    boxes: {},
    meta: {},
  };

  return {
    commit(batch) {
      const next = structuredClone(world);
      try {
        const result = apply(next, batch);
        world = next;
        return result;
      } catch (error) {
        if (error instanceof Refused) return null;
        throw error;
      }
    },
    read: (store) => ({
      has: ids.filter((id) => store.hasEvent(id)),
      byId: store.eventsById(ids),
      scopes: scopes.map((scope) => ({
        events: store.eventsOfScope(scope, 0, 1_000),
        heads: store.heads(scope),
        tips: store.chainTips(scope),
        buckets: store.buckets(scope),
        ids: bucketRange.map((bucket) => store.idsInBucket(scope, bucket)),
        middle: bucketRange.map((bucket) =>
          store.idsInBucket(scope, bucket, { from: eventId(3), to: eventId(9) }),
        ),
        at: devices.flatMap((device) =>
          seqs.map((seq) => store.eventsAt(scope, device, seq).map(({ id }) => id)),
        ),
        heights: store.heights(scope),
        ranges: readLeaves(store, scope),
        closed: store.closed(scope, 1_000),
        closedCount: store.closedCount(scope),
        closedPage: store.closed(scope, 2, eventId(5)),
        sealed: store.sealedIds(scope, 1_000),
        sealedPage: store.sealedIds(scope, 2, eventId(5)),
      })),
      messages: store.messages({ limit: 1_000 }),
      page: store.messages({ space: spaceOf(1), channel: channelOf(1), limit: 3 }),
      apples: store.search("app", { limit: 1_000 }),
      clients: ["k1", "k2", "k3"].map((clientId) => store.messageByClientId(clientId)),
      reactions: store.reactions(ids),
      sealed: ids.map((id) => store.sealedBody(id)),
      boxes: boxNames.map((name) => store.box(name)),
      log: store.logAfter(0, 1_000),
      bounds: store.logBounds(),
      meta: Object.fromEntries(store.metaKeys("").map((key) => [key, store.meta(key)])),
      stats: { events: store.stats().events, messages: store.stats().messages },
      scanned: [...store.scan()]
        .flat()
        .map((row) => (row.ok ? row.event.id : row.error))
        .sort(ascending),
      damage: store.checkIntegrity(),
    }),
    expected() {
      const { events, log, meta } = world;
      const messages = [...world.messages].sort(compareMessages);
      return {
        has: ids.filter((id) => events.some((event) => event.id === id)),
        byId: events,
        scopes: scopes.map((scope) => {
          const inScope = events.filter((event) => event.scope === scope);
          const inBucket = (bucket: number) =>
            inScope
              .filter((event) => event.bucket === bucket)
              .map((event) => event.id)
              .sort(ascending);
          const sealedHere = world.sealed.filter((row) => row.scope === scope);
          const closed = sealedHere.flatMap(({ id, body }) => (body === null ? id : [])).sort(ascending);
          const sealed = sealedHere.flatMap(({ id, body }) => (body === null ? [] : id)).sort(ascending);
          const pageOf = (all: readonly string[]) => all.filter((id) => id > eventId(5)).slice(0, 2);
          return {
            events: inScope,
            heads: inScope
              .map((event) => event.id)
              .filter((id) => !inScope.some((one) => one.prev === id || one.parents.includes(id)))
              .sort(ascending),
            tips: [...devices]
              .sort(ascending)
              .flatMap((device) => tipOf(inScope.filter((event) => event.device === device))),
            buckets: bucketRange
              .map((bucket) => ({ bucket, count: inBucket(bucket).length }))
              .filter((one) => one.count > 0),
            ids: bucketRange.map(inBucket),
            middle: bucketRange.map((bucket) =>
              inBucket(bucket).filter((id) => id >= eventId(3) && id < eventId(9)),
            ),
            at: devices.flatMap((device) =>
              seqs.map((seq) =>
                inScope.filter((event) => event.device === device && event.seq === seq).map(({ id }) => id),
              ),
            ),
            ranges: orderItems(inScope.map(({ timeMs, id }) => `${timeMs} ${id}` as const)),
            heights: world.heights
              .filter((row) => row.scope === scope)
              .sort((a, b) => ascending(a.holder, b.holder)),
            closed,
            closedCount: closed.length,
            closedPage: pageOf(closed),
            sealed,
            sealedPage: pageOf(sealed),
          };
        }),
        messages,
        page: messages.slice(-3),
        apples: messages.filter((row) => row.text.startsWith("app")).reverse(),
        clients: ["k1", "k2", "k3"].map(
          (clientId) => messages.find((row) => row.clientId === clientId) ?? null,
        ),
        reactions: world.reactions.filter((row) => row.present).sort(compareReactions),
        sealed: ids.map((id) => world.sealed.find((row) => row.id === id)?.body ?? null),
        boxes: boxNames.map((name) => world.boxes[name] ?? null),
        log,
        bounds: { oldest: log[0]?.cursor ?? 0, newest: log.at(-1)?.cursor ?? 0 },
        meta: Object.fromEntries(
          Object.keys(meta)
            .sort(ascending)
            .map((key) => [key, meta[key]]),
        ),
        stats: { events: events.length, messages: messages.length },
        scanned: events.map((event) => event.id).sort(ascending),
        damage: [],
      };
    },
  };
}

function apply(world: World, batch: WriteBatch): CommitResult {
  const appended: StoredEvent[] = [];
  const firstCursor = world.log.length + 1;
  for (const { event, views, log } of batch.events ?? []) {
    if (world.events.some((one) => one.id === event.id)) continue;
    const stored = { ...event, arrival: world.events.length + 1 };
    world.events.push(stored);
    appended.push(stored);
    for (const view of views) applyView(world, view);
    for (const draft of log) world.log.push({ ...draft, cursor: world.log.length + 1 });
  }
  for (const view of batch.views ?? []) applyView(world, view);
  for (const draft of batch.log ?? []) world.log.push({ ...draft, cursor: world.log.length + 1 });
  for (const row of batch.heights ?? []) {
    const known = world.heights.find(
      (one) => one.scope === row.scope && one.holder === row.holder && one.device === row.device,
    );
    if (known === undefined) world.heights.push(row);
    else if (row.seq > known.seq) world.heights[world.heights.indexOf(known)] = row;
  }
  for (const { name, blob } of batch.boxes ?? []) {
    if (blob === null) delete world.boxes[name];
    else world.boxes[name] = [...blob];
  }
  for (const { key, value } of batch.meta ?? []) {
    if (value === null) delete world.meta[key];
    else world.meta[key] = [...value];
  }
  return { appended, log: world.log.filter((row) => row.cursor >= firstCursor) };
}

function applyView(world: World, view: ViewChange): void {
  if (view.op === "message") {
    const row = view.row;
    if (
      row.clientId !== null &&
      world.messages.some((one) => one.clientId === row.clientId && one.id !== row.id)
    )
      throw new Refused();
    world.messages = [...world.messages.filter((one) => one.id !== row.id), row];
  } else if (view.op === "reaction") {
    const row = view.row;
    const same = (one: ReactionRow) =>
      one.message === row.message && one.emoji === row.emoji && one.author === row.author;
    const known = world.reactions.find(same);
    if (known === undefined) world.reactions.push(row);
    else if (compareReactions(row, known) > 0) world.reactions[world.reactions.indexOf(known)] = row;
  } else if (view.op === "sealed") {
    const row = view.row;
    const known = world.sealed.find((one) => one.id === row.id);
    if (known === undefined) world.sealed.push(row);
    else if (known.body === null && row.body !== null) world.sealed[world.sealed.indexOf(known)] = row;
  }
}

function tipOf(chain: readonly StoredEvent[]): unknown[] {
  const [tip] = [...chain].sort((a, b) => b.seq - a.seq || b.arrival - a.arrival);
  if (tip === undefined) return [];
  const { device, seq, id, timeMs, timeCount } = tip;
  return [{ device, seq, id, timeMs, timeCount }];
}

function compareMessages(a: MessageRow, b: MessageRow): number {
  return (
    a.timeMs - b.timeMs ||
    a.timeCount - b.timeCount ||
    ascending(a.device, b.device) ||
    a.seq - b.seq ||
    ascending(a.id, b.id)
  );
}

function compareReactions(a: ReactionRow, b: ReactionRow): number {
  return a.timeMs - b.timeMs || a.timeCount - b.timeCount || ascending(a.event, b.event);
}
