/**
 * How batches travel to the writer thread: one flat array of primitives and one buffer of bytes that is
 * handed over, not copied. Measured against cloning the batches and against packing everything into
 * bytes: docs/decisions/0002-store. Writer and reader of the layout stand side by side here.
 */
import type { EventRecord, LogDraft, ViewChange, WriteBatch } from "@kith/core";
import type { KeptWrites } from "@kith/core/ports";

export type Value = string | number | null;

/** An id as it is compared and as it is stored. */
export interface Id {
  readonly text: string;
  readonly bytes: Buffer;
}

/** One transaction's worth of batches. */
export interface Group {
  /** Where each batch begins, as pairs of positions in values and bytes: a refused batch is left midway. */
  readonly starts: number[];
  readonly values: Value[];
  /** Ids and other words that repeat, each once; values hold their places. An event names 13, of which one is new. */
  readonly words: string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Boxes or small values are deleted, which may be secrets. */
  readonly forgets: boolean;
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
  readonly #words: string[] = [];
  readonly #places = new Map<string, number>();
  #bytes = new Uint8Array(GROUP_BYTES_START);
  #used = 0;
  #forgets = false;

  add(batch: WriteBatch): void {
    const values = this.#values;
    const weightBefore = this.#weigh();
    this.#starts.push(values.length, this.#used);
    const events = batch.events ?? [];
    values.push(events.length);
    for (const { event, views, log } of events) {
      this.#event(event);
      // The spans of what belongs to the event, so that a known one is passed over in a step.
      const span = values.push(0, 0);
      const used = this.#used;
      this.#views(views);
      this.#log(log);
      values[span - 2] = values.length - span;
      values[span - 1] = this.#used - used;
    }
    this.#views(batch.views ?? []);
    this.#log(batch.log ?? []);
    const heights = batch.heights ?? [];
    values.push(heights.length);
    for (const row of heights) {
      for (const word of [row.scope, row.holder, row.device]) this.#word(word);
      values.push(row.seq);
    }
    const boxes = batch.boxes ?? [];
    values.push(boxes.length);
    for (const row of boxes) {
      this.#word(row.name);
      this.#blobOrNull(row.blob);
      this.#forgets ||= row.blob === null;
    }
    const meta = batch.meta ?? [];
    values.push(meta.length);
    for (const row of meta) {
      values.push(row.key);
      this.#blobOrNull(row.value);
      this.#forgets ||= row.value === null;
    }
    this.#kept(batch);
    this.batches += 1;
    this.weight += this.#weigh() - weightBefore;
  }

  /** Hands the gathered batches over; the builder is spent. */
  finish(): Group {
    return {
      starts: this.#starts,
      values: this.#values,
      words: this.#words,
      bytes: this.#bytes.subarray(0, this.#used),
      forgets: this.#forgets,
    };
  }

  #weigh(): number {
    return this.#values.length * 16 + this.#words.length * 64 + this.#used;
  }

  #word(text: string | null): void {
    if (text === null) {
      this.#values.push(null);
      return;
    }
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#words.push(text) - 1;
      this.#places.set(text, place);
    }
    this.#values.push(place);
  }

  #event(event: EventRecord): void {
    for (const word of [event.id, event.space, event.scope, event.device, event.prev]) this.#word(word);
    this.#values.push(event.parents.length);
    for (const parent of event.parents) this.#word(parent);
    this.#values.push(event.bucket, event.seq, event.timeMs, event.timeCount, event.kind);
    this.#blob(event.outer);
  }

  #kept({ roots = [], cells = [], rebuild = [] }: KeptWrites): void {
    this.#values.push(roots.length);
    for (const row of roots) {
      this.#word(row.scope);
      this.#values.push(row.bucket, row.count);
      this.#blob(row.root);
    }
    this.#values.push(cells.length);
    for (const row of cells) {
      this.#word(row.scope);
      this.#values.push(row.day, row.arrival, row.size);
      this.#blob(row.words);
    }
    this.#values.push(rebuild.length);
    for (const scope of rebuild) this.#word(scope);
  }

  #views(views: readonly ViewChange[]): void {
    const values = this.#values;
    values.push(views.length);
    for (const view of views) {
      this.#word(view.op);
      switch (view.op) {
        case "space":
          this.#word(view.row.id);
          values.push(view.row.name, view.row.kind, view.row.createdMs);
          break;
        case "channel":
          for (const word of [view.row.id, view.row.space, view.row.scope]) this.#word(word);
          values.push(view.row.name, view.row.createdMs);
          break;
        case "person":
          this.#word(view.row.id);
          values.push(view.row.name);
          break;
        case "message": {
          const row = view.row;
          for (const word of [row.id, row.space, row.channel, row.scope, row.author, row.device, row.replyTo])
            this.#word(word);
          values.push(row.seq, row.timeMs, row.timeCount, row.clientId, row.text, row.expiresMs ?? null);
          break;
        }
        case "reaction": {
          const row = view.row;
          for (const word of [row.message, row.emoji, row.author, row.event]) this.#word(word);
          values.push(row.present ? 1 : 0, row.timeMs, row.timeCount);
          break;
        }
        case "act": {
          const row = view.row;
          for (const word of [row.target, row.kind, row.event, row.scope, row.author]) this.#word(word);
          values.push(row.admin ? 1 : 0, row.timeMs, row.timeCount, row.text);
          break;
        }
        case "bare":
        case "expire":
          for (const word of [view.row.id, view.row.scope, view.row.author]) this.#word(word);
          break;
        case "expiring":
          for (const word of [view.row.id, view.row.scope, view.row.author]) this.#word(word);
          values.push(view.row.expiresMs);
          break;
        case "fill":
          this.#word(view.row.id);
          this.#blob(view.row.outer);
          break;
        case "sealed":
          for (const word of [view.row.id, view.row.scope]) this.#word(word);
          this.#blobOrNull(view.row.body);
          break;
        case "withdraw":
          for (const word of [view.row.scope, view.row.device]) this.#word(word);
          values.push(view.row.afterSeq);
          break;
        default:
          view satisfies never;
      }
    }
  }

  #log(log: readonly LogDraft[]): void {
    this.#values.push(log.length);
    for (const draft of log) {
      this.#word(draft.type);
      this.#word(draft.ref);
      this.#values.push(draft.atMs, draft.data);
    }
  }

  #blobOrNull(blob: Uint8Array | null): void {
    if (blob === null) this.#values.push(-1);
    else this.#blob(blob);
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
  readonly #words: readonly string[];
  /** By place; made when first asked for. */
  readonly #ids: Id[] = [];
  readonly #bytes: Uint8Array;

  constructor(group: Group) {
    this.#starts = group.starts;
    this.#values = group.values;
    this.#words = group.words;
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

  numberOrNull(): number | null {
    return this.#values[this.#at++] as number | null;
  }

  number(): number {
    return this.#values[this.#at++] as number;
  }

  word(): string {
    return this.#words[this.number()] as string;
  }

  id(): Id {
    return this.#idAt(this.number());
  }

  idOrNull(): Id | null {
    const place = this.#values[this.#at++] as number | null;
    return place === null ? null : this.#idAt(place);
  }

  #idAt(place: number): Id {
    const text = this.#words[place] as string;
    return (this.#ids[place] ??= { text, bytes: Buffer.from(text, "hex") });
  }

  /** Null where the writer noted a deletion, or that there is none. */
  blob(): Uint8Array | null {
    const length = this.number();
    if (length < 0) return null;
    const blob = this.#bytes.subarray(this.#byte, this.#byte + length);
    this.#byte += length;
    return blob;
  }

  /** Over so many values and the bytes that belong to them. */
  skip(values: number, bytes: number): void {
    this.#at += values;
    this.#byte += bytes;
  }
}
