/**
 * The ordered log of what changed, as surfaces read it: one cursor over everything, durable, so that a
 * reader that comes back with its last cursor misses nothing and sees nothing twice. spec/http.
 */
import { readUtf8, utf8 } from "@kith/core";
import type { EventId, EventStore, LogRow, LogType, MessageRow, Random } from "@kith/core";
import { ServiceError } from "./service.ts";
import type { LogEntry, Message } from "./service.ts";

/** Stands before the oldest entry that is kept: for a reader that has no cursor yet. */
const LOG_BEGINNING = "0";

export interface ChangeLogOptions {
  readonly store: EventStore;
  /** Tells this log from that of another or an earlier data directory. */
  readonly logId: string;
  readonly render: (row: MessageRow, options: { fresh: boolean }) => Message;
}

const LOG_ID_META = "log/id";

/** Made with the store. */
export async function loadLogId({
  store,
  random,
}: {
  readonly store: EventStore;
  readonly random: Random;
}): Promise<string> {
  const known = store.meta(LOG_ID_META);
  if (known) return readUtf8(known);
  const logId = Buffer.from(random.bytes(4)).toString("hex");
  await store.commit({ meta: [{ key: LOG_ID_META, value: utf8(logId) }] });
  return logId;
}

export class ChangeLog {
  readonly #options: ChangeLogOptions;
  readonly #listeners = new Set<(entries: readonly LogEntry[]) => void>();
  #newest: number;

  constructor(options: ChangeLogOptions) {
    this.#options = options;
    this.#newest = options.store.logBounds().newest;
  }

  cursor(): string {
    return this.#name(this.#newest);
  }

  /** Throws CURSOR_UNKNOWN. */
  after(cursor: string, limit: number): LogEntry[] {
    const at = this.#parse(cursor);
    return (
      this.#options.store
        .logAfter(at, limit)
        // The store may show rows of a commit that has not been told yet: readers get those when it is, in order.
        .filter((row) => row.cursor <= this.#newest)
        .map((row) => this.#entry(row, row.ref ? this.#options.store.message(row.ref) : null, false))
    );
  }

  onEntries(listener: (entries: readonly LogEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rows of one commit, just stored; messages as projected, so that they need not be read back. */
  publish(rows: readonly LogRow[], messages: ReadonlyMap<EventId, MessageRow>): void {
    const last = rows.at(-1);
    if (!last) return;
    if ((rows[0]?.cursor ?? 0) <= this.#newest) {
      throw new Error(`LOG_ORDER: cursor ${rows[0]?.cursor} was published after ${this.#newest}`);
    }
    this.#newest = last.cursor;
    if (this.#listeners.size === 0) return;
    const entries = rows.map((row) =>
      row.ref !== null && messages.has(row.ref)
        ? this.#entry(row, messages.get(row.ref) ?? null, true)
        : this.#entry(row, row.ref && this.#options.store.message(row.ref), false),
    );
    for (const listener of this.#listeners) listener(entries);
  }

  /** An entry for whoever listens now: it is stored nowhere and stands at the cursor of what came before it. */
  tell(type: LogType, atMs: number, data: unknown): void {
    const entry: LogEntry = { cursor: this.cursor(), type, atMs, data, message: null };
    for (const listener of this.#listeners) listener([entry]);
  }

  #entry(row: LogRow, message: MessageRow | null, fresh: boolean): LogEntry {
    return {
      cursor: this.#name(row.cursor),
      type: row.type,
      atMs: row.atMs,
      data: row.data === null ? null : (JSON.parse(row.data) as unknown),
      message: message ? this.#options.render(message, { fresh }) : null,
    };
  }

  #name(cursor: number): string {
    return `${this.#options.logId}-${cursor}`;
  }

  #parse(cursor: string): number {
    const match = /^([0-9a-f]{8})-(\d{1,15})$/.exec(cursor);
    const at = Number(match?.[2]);
    const { oldest } = this.#options.store.logBounds();
    if (cursor === LOG_BEGINNING) return Math.max(0, oldest - 1);
    if (!match || match[1] !== this.#options.logId || at > this.#newest || at < oldest - 1) {
      throw new ServiceError(
        "CURSOR_UNKNOWN",
        "This cursor is not of this log, or what followed it has been trimmed.",
        "Read the messages again and go on from the current cursor.",
      );
    }
    return at;
  }
}
