/**
 * How batches travel to the writer thread: one flat array of primitives and one buffer of bytes that is
 * handed over, not copied. Measured against cloning the batches and against packing everything into
 * bytes: docs/decisions/0002-store. Writer and reader of the layout stand side by side here.
 */
import type { EventRecord, LogDraft, ViewChange, WriteBatch } from "@kith/core";

export type Value = string | number | null;

/** One transaction's worth of batches. */
export interface Group {
  /** Where each batch begins, as pairs of positions in values and bytes: a refused batch is left midway. */
  readonly starts: number[];
  readonly values: Value[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What became of one batch. */
export type BatchOutcome =
  | {
      readonly ok: true;
      /** Positions in batch.events of the new ones; null means all of them. */
      readonly appended: readonly number[] | null;
      readonly firstArrival: number;
      readonly firstCursor: number;
    }
  | { readonly ok: false; readonly failure: Failure };

/** An error as it crosses the thread boundary. */
export interface Failure {
  readonly code:
    | "STORE_FULL"
    | "STORE_FAILED"
    | "STORE_CLOSED"
    | "STORE_KEY"
    | "STORE_CORRUPT"
    | "STORE_BUSY"
    | "STORE_NEWER";
  readonly message: string;
}

const GROUP_BYTES_START = 65_536;

/** Gathers batches; takes its copy of them when they are added. */
export class GroupBuilder {
  batches = 0;
  /** Bytes of the blobs plus an estimate for the values: what a group is bounded by. */
  weight = 0;
  readonly #starts: number[] = [];
  readonly #values: Value[] = [];
  #bytes = new Uint8Array(GROUP_BYTES_START);
  #used = 0;

  add(batch: WriteBatch): void {
    const values = this.#values;
    const weightBefore = values.length * 16 + this.#used;
    this.#starts.push(values.length, this.#used);
    const events = batch.events ?? [];
    values.push(events.length);
    for (const { event, views, log } of events) {
      this.#event(event);
      // The span of what belongs to the event, so that a known one is passed over in a step.
      const span = values.push(0);
      this.#views(views);
      this.#log(log);
      values[span - 1] = values.length - span;
    }
    this.#views(batch.views ?? []);
    this.#log(batch.log ?? []);
    const heights = batch.heights ?? [];
    values.push(heights.length);
    for (const row of heights) values.push(row.scope, row.holder, row.device, row.seq);
    const boxes = batch.boxes ?? [];
    values.push(boxes.length);
    for (const row of boxes) {
      values.push(row.name);
      this.#blob(row.blob);
    }
    const meta = batch.meta ?? [];
    values.push(meta.length);
    for (const row of meta) {
      values.push(row.key);
      if (row.value === null) values.push(-1);
      else this.#blob(row.value);
    }
    this.batches += 1;
    this.weight += values.length * 16 + this.#used - weightBefore;
  }

  /** Hands the gathered batches over; the builder is spent. */
  finish(): Group {
    return { starts: this.#starts, values: this.#values, bytes: this.#bytes.subarray(0, this.#used) };
  }

  #event(event: EventRecord): void {
    this.#values.push(
      event.id,
      event.space,
      event.scope,
      event.bucket,
      event.device,
      event.seq,
      event.prev,
      event.parents.join(""),
      event.timeMs,
      event.timeCount,
      event.kind,
    );
    this.#blob(event.outer);
  }

  #views(views: readonly ViewChange[]): void {
    const values = this.#values;
    values.push(views.length);
    for (const view of views) {
      values.push(view.op);
      switch (view.op) {
        case "space":
          values.push(view.row.id, view.row.name, view.row.kind, view.row.createdMs);
          break;
        case "channel":
          values.push(view.row.id, view.row.space, view.row.scope, view.row.name, view.row.createdMs);
          break;
        case "person":
          values.push(view.row.id, view.row.name);
          break;
        case "message": {
          const row = view.row;
          values.push(
            row.id,
            row.space,
            row.channel,
            row.scope,
            row.author,
            row.device,
            row.seq,
            row.timeMs,
            row.timeCount,
            row.replyTo,
            row.clientId,
            row.text,
          );
          break;
        }
        case "reaction": {
          const row = view.row;
          values.push(
            row.message,
            row.emoji,
            row.author,
            row.present ? 1 : 0,
            row.timeMs,
            row.timeCount,
            row.event,
          );
          break;
        }
        default:
          view satisfies never;
      }
    }
  }

  #log(log: readonly LogDraft[]): void {
    this.#values.push(log.length);
    for (const draft of log) this.#values.push(draft.type, draft.atMs, draft.data, draft.ref);
  }

  /** Pushes the length and copies the bytes. */
  #blob(blob: Uint8Array): void {
    const needed = this.#used + blob.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = grown;
    }
    this.#bytes.set(blob, this.#used);
    this.#used = needed;
    this.#values.push(blob.length);
  }
}

/** Reads a group in the order in which it was written; both run in one process and one version. */
export class GroupReader {
  #at = 0;
  #byte = 0;
  readonly #starts: readonly number[];
  readonly #values: readonly Value[];
  readonly #bytes: Uint8Array;

  constructor(group: Group) {
    this.#starts = group.starts;
    this.#values = group.values;
    this.#bytes = group.bytes;
  }

  get batches(): number {
    return this.#starts.length / 2;
  }

  seekBatch(index: number): void {
    this.#at = this.#starts[index * 2] as number;
    this.#byte = this.#starts[index * 2 + 1] as number;
  }

  text(): string {
    return this.#values[this.#at++] as string;
  }

  textOrNull(): string | null {
    return this.#values[this.#at++] as string | null;
  }

  number(): number {
    return this.#values[this.#at++] as number;
  }

  /** Null where the writer noted a deletion. */
  blob(): Uint8Array | null {
    const length = this.number();
    if (length < 0) return null;
    const blob = this.#bytes.subarray(this.#byte, this.#byte + length);
    this.#byte += length;
    return blob;
  }

  skipValues(count: number): void {
    this.#at += count;
  }
}
