/**
 * Messages whose time is over: what comes of them late is taken without its body, and what is here is put away when it is
 * due, by this device's own clock. Asks nobody and tells nobody: every device does the same. spec/space SP132-SP136.
 */
import { expiryMs, kinds, shedBody } from "@kith/core";
import type {
  ChannelId,
  Clock,
  EventId,
  EventStore,
  Log,
  LogDraft,
  PersonId,
  SpaceId,
  ViewChange,
} from "@kith/core";
import type { Candidate } from "./ledger-types.ts";
import type { Ledger } from "./ledger.ts";
import { EXPIRED_AT_ONCE_MAX, EXPIRY_LOOK_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";

/**
 * An old replica or a backup may still have the body. In the control scope every event stays whole, or replicas would differ
 * over what to take.
 */
export function withoutExpired(event: Candidate, { control }: Replica, nowMs: number): Candidate {
  const { header, outer } = event;
  if (header.scope === control || !isExpired(header, nowMs)) return event;
  return { ...event, outer: shedBody(outer), body: null, padded: null };
}

export function isExpired(header: Parameters<typeof expiryMs>[0], nowMs: number): boolean {
  return (expiryMs(header) ?? Infinity) <= nowMs;
}

/** That it will be due, whoever is shown it; or that it is. None for what is kept. */
export function expiryViews({ id, header }: Candidate, author: PersonId, nowMs: number): ViewChange[] {
  const expiresMs = expiryMs(header);
  if (expiresMs === null) return [];
  const row = { id, scope: header.scope, author };
  return [expiresMs <= nowMs ? { op: "expire", row } : { op: "expiring", row: { ...row, expiresMs } }];
}

export interface ExpiriesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: EventStore;
  readonly ledger: Ledger;
}

export class Expiries {
  readonly #options: ExpiriesOptions;
  readonly #unsubscribe: () => void;
  #cancel: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: ExpiriesOptions) {
    this.#options = options;
    this.#unsubscribe = options.ledger.onCommitted(({ events }) => {
      if (events.some(({ kind }) => kind === kinds["message.expire"])) this.#arm();
    });
  }

  /** Resolves when a sweep that is under way is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#cancel?.();
    await this.#running;
  }

  /** Puts away all that is due. Where the disk refuses that, it is tried again later. */
  async sweep(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => (this.#running = null));
    await this.#running;
  }

  async #sweep(): Promise<void> {
    const { clock, log, store, ledger } = this.#options;
    try {
      while (!this.#isClosed) {
        const nowMs = clock.nowMs();
        const due = store.expiring(EXPIRED_AT_ONCE_MAX).filter(({ expiresMs }) => expiresMs <= nowMs);
        if (due.length === 0) break;
        const gathering = ledger.gather(null);
        gathering.fills.push({
          views: due.map(({ id, scope, author }) => ({ op: "expire", row: { id, scope, author } })),
          log: this.#telling(due.map(({ id }) => id)),
        });
        await ledger.commit(gathering);
      }
      this.#arm();
    } catch (error) {
      log.warn("message:not-expired", { error: String(error) });
      this.#wait(EXPIRY_LOOK_MS);
    }
  }

  /** For who shows them now; what is not shown is not told of. */
  #telling(ids: readonly EventId[]): LogDraft[] {
    const { clock, store } = this.#options;
    const shown = new Map<ChannelId, { readonly space: SpaceId; readonly messages: EventId[] }>();
    for (const id of ids) {
      const row = store.message(id);
      if (row === null) continue;
      const known = shown.get(row.channel);
      if (known) known.messages.push(id);
      else shown.set(row.channel, { space: row.space, messages: [id] });
    }
    return [...shown].map(([channel, { space, messages }]) => ({
      type: "space",
      atMs: clock.nowMs(),
      ref: null,
      data: JSON.stringify({ space, change: "messages-expired", channel, messages }),
    }));
  }

  #arm(): void {
    const [next] = this.#options.store.expiring(1);
    if (next === undefined) this.#cancel?.();
    // In short steps: a machine that slept, or whose clock was set, is late by no more than one.
    else this.#wait(Math.min(EXPIRY_LOOK_MS, Math.max(0, next.expiresMs - this.#options.clock.nowMs())));
  }

  #wait(ms: number): void {
    this.#cancel?.();
    if (!this.#isClosed) this.#cancel = this.#options.clock.after(ms, () => void this.sweep());
  }
}
