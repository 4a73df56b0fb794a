/**
 * Test driver: two parties with a set each, joined by a link whose control frames overtake bulk ones, with a
 * pipeline that stores later than it receives. Every choice is the caller's `pick`. Not exported.
 */
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import { partOf } from "../ports/index.ts";
import type { ArrivedId, IdsPart } from "../ports/index.ts";
import { createListReader } from "./list-reader.ts";
import { decodeFrame, encodeFrame, isSyncFrame } from "./frames.ts";
import type { Frame, SyncRung } from "./frames.ts";
import { createRootIndex } from "./roots.ts";
import type { RootIndex } from "./roots.ts";
import { createSyncSession } from "./session.ts";
import type { SyncAction, SyncSession, SyncSource } from "./session-types.ts";
import { createSetIndex } from "./set-index.ts";
import type { SetIndex } from "./set-index.ts";

export interface Item {
  readonly bucket: number;
  readonly id: EventId;
}

export const testScope = "5c".repeat(32) as ScopeId;

/** An item as the bytes of an "outer form": bucket and id. */
function encodeItem({ bucket, id }: Item): Uint8Array {
  const bytes = new Uint8Array(36);
  new DataView(bytes.buffer).setUint32(0, bucket);
  bytes.set(Buffer.from(id, "hex"), 4);
  return bytes;
}

function decodeItem(bytes: Uint8Array): Item {
  return { bucket: Buffer.from(bytes).readUInt32BE(0), id: toId<EventId>(bytes.subarray(4)) };
}

export class ItemStore {
  readonly items = new Map<EventId, Item>();
  readonly roots: RootIndex;
  readonly sets: SetIndex;
  readonly #arrived: ArrivedId[] = [];
  readonly #byBucket = new Map<number, EventId[]>();

  constructor(items: readonly Item[]) {
    const buckets = () =>
      [...this.#byBucket.keys()]
        .sort((a, b) => a - b)
        .map((bucket) => ({ bucket, count: this.#byBucket.get(bucket)?.length ?? 0 }));
    this.sets = createSetIndex({
      buckets,
      ...createListReader(() => this.#arrived),
    });
    this.roots = createRootIndex({
      buckets,
      idsInBucket: (_, bucket, part) => this.ids(bucket, part),
    });
    for (const item of items) this.add(item);
  }

  ids(bucket: number, part?: IdsPart): EventId[] {
    return partOf((this.#byBucket.get(bucket) ?? []).toSorted(), part);
  }

  add(item: Item): void {
    if (this.items.has(item.id)) return;
    this.items.set(item.id, item);
    this.#arrived.push({ id: item.id, timeMs: item.bucket, arrival: this.#arrived.length + 1 });
    const ids = this.#byBucket.get(item.bucket);
    if (ids === undefined) this.#byBucket.set(item.bucket, [item.id]);
    else ids.push(item.id);
    this.roots.note(testScope, item.bucket, item.id);
  }
}

export function sourceOf(store: ItemStore): SyncSource {
  return {
    root: store.roots.root,
    bucketRoots: store.roots.bucketRoots,
    idsInBucket: (_, bucket, part) => store.ids(bucket, part),
    ...store.sets,
  };
}

/** Never the same twice, the same in each run. */
export function saltsOf(name: string): () => Uint8Array {
  let count = 0;
  return () => sha256(utf8(`salt ${name} ${(count += 1)}`)).subarray(0, 16);
}

type Wire = { readonly type: number; readonly payload: Uint8Array };

export class Party {
  readonly store: ItemStore;
  readonly session: SyncSession;
  readonly control: Wire[] = [];
  readonly bulk: Wire[] = [];
  /** Received, not stored yet; a function is a settle that waits for all before it. */
  readonly pipeline: (Item | (() => void))[] = [];
  readonly outcome: SyncAction[] = [];
  readonly sentFrames: Frame["type"][] = [];
  /** Items that this party refuses to store. */
  refused = new Set<EventId>();
  /** Asked for each item that comes: true loses it on the way. */
  loses: () => boolean = () => false;

  constructor(
    items: readonly Item[],
    role: "initiator" | "responder",
    {
      rungs,
      session = 1,
      bloomRate = 0.05,
      salt = saltsOf(role),
    }: { rungs?: readonly SyncRung[]; session?: number; bloomRate?: number; salt?: () => Uint8Array } = {},
  ) {
    this.store = new ItemStore(items);
    this.session = createSyncSession({
      scope: testScope,
      session,
      role,
      source: sourceOf(this.store),
      day: 22_000,
      salt,
      bloomRate,
      ...(rungs && { rungs }),
    });
  }

  run(actions: readonly SyncAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case "send":
          this.send(action.frame, action.priority);
          break;
        case "sendEvents":
          this.sendEvents(action.ids);
          break;
        case "sendAll":
          this.sendEvents([...this.store.items.keys()]);
          break;
        case "want":
          this.send({ type: "want", scope: action.scope, ids: action.ids }, "control");
          break;
        case "settle":
          this.pipeline.push(() => this.run(this.session.settled()));
          break;
        case "agreed":
        case "failed":
          this.outcome.push(action);
          break;
        default:
          action satisfies never;
      }
    }
  }

  /** A local write that is pushed to the peer. */
  append(item: Item): void {
    this.store.add(item);
    this.sendEvents([item.id]);
  }

  send(frame: Frame, priority: "control" | "bulk"): void {
    this.sentFrames.push(frame.type);
    this[priority].push(encodeFrame(frame));
  }

  sendEvents(ids: readonly EventId[]): void {
    const wanted = new Set(ids);
    const items = [...this.store.items.values()].filter(({ id }) => wanted.has(id));
    for (let at = 0; at < items.length; at += 400) {
      this.send(
        {
          type: "events",
          scope: testScope,
          outers: items.slice(at, at + 400).map((item) => encodeItem(item)),
        },
        "bulk",
      );
    }
  }

  receive({ type, payload }: Wire): void {
    const frame = decodeFrame(type, payload);
    if (frame.type === "events")
      this.pipeline.push(...frame.outers.filter(() => !this.loses()).map((outer) => decodeItem(outer)));
    else if (frame.type === "want") this.sendEvents(frame.ids);
    else if (isSyncFrame(frame)) this.run(this.session.receive(frame));
  }

  storeOne(): void {
    const next = this.pipeline.shift();
    if (typeof next === "function") next();
    else if (next !== undefined && !this.refused.has(next.id)) this.store.add(next);
  }
}

/** Runs until nothing is on the way. pick(n) chooses one of n steps; `idle` may add work at each step. */
export function drive(
  a: Party,
  b: Party,
  pick: (choices: number) => number,
  idle: () => void = () => {},
): void {
  for (;;) {
    idle();
    const steps: (() => void)[] = [];
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (from.control.length > 0) steps.push(() => to.receive(from.control.shift() as Wire));
      // Bulk frames wait while control frames are in line only by chance: both orders happen.
      if (from.bulk.length > 0) steps.push(() => to.receive(from.bulk.shift() as Wire));
      if (to.pipeline.length > 0) steps.push(() => to.storeOne());
    }
    if (steps.length === 0) return;
    (steps[pick(steps.length)] as () => void)();
  }
}
