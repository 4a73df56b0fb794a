/**
 * `npm run bench:sync [-- --quick]`: what it costs to find d differences in N events by each rung of the ladder, in
 * one process, beside a list of all ids. Bytes are those of frames without events; a round trip is a change of the
 * side that speaks. Both sides' indexes are warm, as on a node that runs; what building them takes is told apart.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  BLOOM_SALT_BYTES,
  createRootIndex,
  createSetIndex,
  createSyncSession,
  encodeFrame,
  isSyncFrame,
} from "@kith/core";
import type { EventId, Frame, ScopeId, SyncAction, SyncRung, SyncSession, SyncSource } from "@kith/core";
import { readMachine } from "./machine.ts";

const scope = "5c".repeat(32) as ScopeId;
const DAY = 22_000;
const MS_PER_BUCKET = 2 ** 22;
/** A message every four seconds: about a thousand in a bucket. */
const MS_BETWEEN = 4_000;
const SIZES = process.argv.includes("--quick") ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
const DIFFERENCES = [0, 1, 10, 1_000, 10_000];
/** The whole ladder, and each rung by itself. */
const WAYS: Readonly<Record<string, readonly SyncRung[]>> = {
  ladder: ["cells", "ranges", "buckets"],
  cells: ["cells"],
  ranges: ["ranges"],
  buckets: ["buckets"],
  bloom: ["bloom"],
};

/** One side's set, with the reads that a store gives. */
class Side {
  readonly source: SyncSource;
  readonly arrived: { id: EventId; timeMs: number; arrival: number }[] = [];
  readonly #buckets = new Map<number, EventId[]>();
  readonly #timeOf: ReadonlyMap<EventId, number>;
  readonly #roots: ReturnType<typeof createRootIndex>;

  constructor(ids: readonly EventId[], timeOf: ReadonlyMap<EventId, number>) {
    this.#timeOf = timeOf;
    const reader = {
      buckets: () =>
        [...this.#buckets]
          .map(([bucket, held]) => ({ bucket, count: held.length }))
          .sort((a, b) => a.bucket - b.bucket),
      idsInBucket: (_: ScopeId, bucket: number, range?: { from: EventId; to: EventId | null }) => {
        const held = this.#buckets.get(bucket) ?? [];
        return range === undefined
          ? held
          : held.filter((id) => id >= range.from && (range.to === null || id < range.to));
      },
      idsOfScope: (_: ScopeId, after: number, limit: number) => this.arrived.slice(after, after + limit),
      idsBefore: (_: ScopeId, before: number, limit: number) => {
        const to = Math.min(this.arrived.length, before - 1);
        return this.arrived.slice(Math.max(0, to - limit), to).reverse();
      },
      rangeLeaves: () => null,
      rangeItems: () => ({ timesMs: new Float64Array(0), ids: new Uint8Array(0) }),
    };
    this.#roots = createRootIndex(reader);
    for (const id of ids) this.#put(id);
    for (const held of this.#buckets.values()) held.sort();
    this.source = {
      root: this.#roots.root,
      bucketRoots: this.#roots.bucketRoots,
      idsInBucket: reader.idsInBucket,
      ...createSetIndex(reader),
    };
  }

  #put(id: EventId): number {
    const bucket = Math.floor((this.#timeOf.get(id) ?? 0) / MS_PER_BUCKET);
    const held = this.#buckets.get(bucket);
    if (held === undefined) this.#buckets.set(bucket, [id]);
    else held.push(id);
    this.arrived.push({ id, timeMs: this.#timeOf.get(id) ?? 0, arrival: this.arrived.length + 1 });
    return bucket;
  }

  /** What arrives in the course of a session. */
  take(ids: readonly EventId[]): void {
    const dirty = new Set<number>();
    for (const id of ids) {
      const bucket = this.#put(id);
      dirty.add(bucket);
      this.#roots.note(scope, bucket, id);
    }
    for (const bucket of dirty) this.#buckets.get(bucket)?.sort();
  }
}

interface Cost {
  readonly bytes: number;
  readonly trips: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly outcome: string;
}

/** Both sides in turns until neither has anything to say. */
function reconcile(a: Side, b: Side, rungs: readonly SyncRung[]): Cost {
  const open = (role: "initiator" | "responder", side: Side): SyncSession =>
    createSyncSession({
      scope,
      session: 1,
      role,
      source: side.source,
      day: DAY,
      rungs,
      salt: () => randomBytes(BLOOM_SALT_BYTES),
    });
  const ends = [
    { side: a, session: open("initiator", a), outbox: [] as Frame[] },
    { side: b, session: open("responder", b), outbox: [] as Frame[] },
  ] as const;
  let bytes = 0;
  let turns = 0;
  let outcome = "none";

  function run(at: 0 | 1, actions: readonly SyncAction[]): void {
    const own = ends[at];
    const far = ends[at === 0 ? 1 : 0];
    for (const action of actions) {
      switch (action.do) {
        case "send":
          own.outbox.push(action.frame);
          break;
        case "want":
          own.outbox.push({ type: "want", scope, ids: action.ids });
          break;
        case "sendEvents":
          far.side.take(action.ids);
          break;
        case "sendAll":
          far.side.take(own.side.arrived.map(({ id }) => id));
          break;
        case "settle":
          run(at, own.session.settled());
          break;
        case "agreed":
        case "failed":
          if (at === 0) outcome = action.do === "agreed" ? "found" : action.code;
          break;
        default:
          action satisfies never;
      }
    }
  }

  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  run(0, ends[0].session.start());
  for (let at: 0 | 1 = 0; ends[0].outbox.length + ends[1].outbox.length > 0; at = at === 0 ? 1 : 0) {
    const frames = ends[at].outbox.splice(0);
    const far = at === 0 ? 1 : 0;
    if (frames.length > 0) turns += 1;
    for (const frame of frames) {
      bytes += encodeFrame(frame).payload.length;
      if (frame.type === "want") ends[at].side.take(frame.ids);
      else if (isSyncFrame(frame)) run(far, ends[far].session.receive(frame));
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    bytes,
    trips: Math.ceil(turns / 2),
    cpuMs: (user + system) / 1_000,
    wallMs: performance.now() - beganMs,
    outcome,
  };
}

function idOf(name: string): EventId {
  return createHash("sha256").update(name).digest("hex") as EventId;
}

function warm(side: Side): number {
  const beganMs = performance.now();
  side.source.root(scope);
  side.source.cells(scope, DAY);
  side.source.rangeSet(scope);
  return performance.now() - beganMs;
}

const machine = readMachine();
console.log(`${machine.cores} cores (${machine.cpu}), Node ${process.version}`);
console.log("N, d: each difference is new, half of them on either side.\n");
console.log(
  ["N", "d", "way", "metadata", "trips", "CPU ms", "wall ms", ""]
    .map((word, index) => word.padStart([9, 6, 9, 12, 6, 8, 8, 0][index] ?? 0))
    .join(" "),
);
for (const size of SIZES) {
  const shared = Array.from({ length: size }, (_, at) => idOf(`shared ${at}`));
  for (const difference of DIFFERENCES) {
    const half = Math.ceil(difference / 2);
    const fresh = Array.from({ length: difference }, (_, at) => idOf(`fresh ${size} ${difference} ${at}`));
    const timeOf = new Map<EventId, number>();
    shared.forEach((id, at) => timeOf.set(id, at * MS_BETWEEN));
    // Both sides write at the same times.
    fresh.forEach((id, at) => timeOf.set(id, (size + Math.floor(at % half)) * MS_BETWEEN));
    let buildMs = 0;
    for (const [way, rungs] of Object.entries(WAYS)) {
      const a = new Side([...shared, ...fresh.slice(0, half)], timeOf);
      const b = new Side([...shared, ...fresh.slice(half)], timeOf);
      buildMs = (warm(a) + warm(b)) / 2;
      const { bytes, trips, cpuMs, wallMs, outcome } = reconcile(a, b, rungs);
      const cells = [String(size), String(difference), way, bytes.toLocaleString("en"), String(trips)];
      const row = [...cells, cpuMs.toFixed(1), wallMs.toFixed(1), outcome === "found" ? "" : outcome];
      console.log(row.map((cell, index) => cell.padStart([9, 6, 9, 12, 6, 8, 8, 0][index] ?? 0)).join(" "));
    }
    const naive = (size + half) * 32;
    console.log(
      `${String(size).padStart(9)} ${String(difference).padStart(6)} ${"id list".padStart(9)} ${naive.toLocaleString("en").padStart(12)} ${"1".padStart(6)}`,
    );
    if (difference === 0) console.log(`  indexes of one side from nothing: ${buildMs.toFixed(0)} ms`);
  }
}
