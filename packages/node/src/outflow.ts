/**
 * What one session sends of its own accord: new events at once, events of others to who may lack them, and
 * acknowledgements, gathered. What does not fit is left to reconciliation. spec/sync.
 */
import type { Clock, DeviceId, EventId, EventStore, Frame, ScopeId, StoredEvent } from "@kith/core";
import {
  EVENTS_FRAME_BYTES,
  FORWARD_DELAY_MS,
  FORWARD_EVENTS_MAX,
  HEIGHTS_DELAY_MS,
  PUSH_QUEUE_BYTES_MAX,
} from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";

export interface OutflowOptions {
  readonly session: PeerSession;
  readonly clock: Clock;
  readonly store: EventStore;
  readonly mayExchange: (scope: ScopeId) => boolean;
  /** Up to which number the other side says it keeps a device's chain. */
  readonly heightOf: (scope: ScopeId, device: DeviceId) => number;
  /** Offers events instead of sending them, where the other side has several to get them from; else does nothing. */
  readonly offer: (scope: ScopeId, ids: readonly EventId[]) => boolean;
  readonly onLagging: (scope: ScopeId) => void;
}

/** spec/sync. */
const EVENTS_PER_FRAME = 512;
const HEIGHTS_PER_FRAME = 1_024;

interface Forward {
  readonly dueMs: number;
  readonly scope: ScopeId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly id: EventId;
}

export class Outflow {
  readonly #options: OutflowOptions;
  readonly #outbox = new Map<ScopeId, Uint8Array[]>();
  #outboxQueued = false;
  readonly #lagging = new Set<ScopeId>();
  readonly #heightsDue = new Map<ScopeId, Map<DeviceId, number>>();
  #heightsQueued: "no" | "later" | "now" = "no";
  #forwards: Forward[] = [];
  readonly #cancels = new Set<() => void>();
  #closed = false;

  constructor(options: OutflowOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  /** Scopes of which something was not sent for want of room; empty afterwards. */
  takeLagging(): ScopeId[] {
    const scopes = [...this.#lagging];
    this.#lagging.clear();
    return scopes;
  }

  /** Sends the event with the others of its group of commits. */
  push(event: StoredEvent): void {
    if (this.#options.session.link.queuedBytes > PUSH_QUEUE_BYTES_MAX) {
      this.#lagging.add(event.scope);
      return;
    }
    const queue = this.#outbox.get(event.scope);
    if (queue) queue.push(event.outer);
    else this.#outbox.set(event.scope, [event.outer]);
    if (this.#outboxQueued) return;
    this.#outboxQueued = true;
    // After the other commits of the same group have been heard, so that they share frames.
    queueMicrotask(() => this.#flushOutbox());
  }

  #flushOutbox(): void {
    this.#outboxQueued = false;
    if (this.#closed) return;
    for (const [scope, outers] of this.#outbox) this.#sendEvents(scope, outers);
    this.#outbox.clear();
  }

  #sendEvents(scope: ScopeId, outers: readonly Uint8Array[]): void {
    let from = 0;
    let bytes = 0;
    for (const [index, outer] of outers.entries()) {
      if (
        index > from &&
        (bytes + outer.byteLength > EVENTS_FRAME_BYTES || index - from >= EVENTS_PER_FRAME)
      ) {
        this.#send({ type: "events", scope, outers: outers.slice(from, index) });
        from = index;
        bytes = 0;
      }
      bytes += outer.byteLength + 4;
    }
    if (from < outers.length) this.#send({ type: "events", scope, outers: outers.slice(from) });
  }

  /** Who is linked to the author has it from there; the others get it from us, unless they say they have it. */
  forwardLater(event: StoredEvent): void {
    if (event.device === this.#options.session.device) return;
    if (this.#forwards.length >= FORWARD_EVENTS_MAX) {
      this.#lagging.add(event.scope);
      return;
    }
    const dueMs = this.#options.clock.monotonicMs() + FORWARD_DELAY_MS;
    this.#forwards.push({ dueMs, scope: event.scope, device: event.device, seq: event.seq, id: event.id });
    if (this.#forwards.length === 1) this.#later(FORWARD_DELAY_MS, () => this.#forward());
  }

  #forward(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const due = this.#forwards.filter((each) => each.dueMs <= nowMs);
    this.#forwards = this.#forwards.slice(due.length);
    const lacking = due.filter(({ scope, device, seq }) => this.#options.heightOf(scope, device) < seq);
    const scopes = Map.groupBy(lacking, ({ scope }) => scope);
    for (const [scope, events] of scopes) {
      const ids = events.map(({ id }) => id);
      if (!this.#options.mayExchange(scope) || this.#options.offer(scope, ids)) continue;
      for (const event of this.#options.store.eventsById(ids)) this.push(event);
    }
    const next = this.#forwards[0];
    if (next) this.#later(Math.max(1, next.dueMs - nowMs), () => this.#forward());
    else for (const scope of this.#lagging) this.#options.onLagging(scope);
  }

  /** The event is on disk here. urgent: its author, or who brought it, is at the other end. */
  acknowledge(event: StoredEvent, urgent: boolean): void {
    let of = this.#heightsDue.get(event.scope);
    if (!of) this.#heightsDue.set(event.scope, (of = new Map()));
    of.set(event.device, Math.max(of.get(event.device) ?? 0, event.seq));
    if (urgent && this.#heightsQueued !== "now") {
      this.#heightsQueued = "now";
      queueMicrotask(() => this.#flushHeights());
    } else if (this.#heightsQueued === "no") {
      this.#heightsQueued = "later";
      this.#later(HEIGHTS_DELAY_MS, () => this.#flushHeights());
    }
  }

  #flushHeights(): void {
    this.#heightsQueued = "no";
    if (this.#closed) return;
    for (const [scope, of] of this.#heightsDue) {
      this.#sendHeights(
        scope,
        [...of].map(([device, seq]) => ({ device, seq })),
      );
    }
    this.#heightsDue.clear();
  }

  acknowledgeAll(scope: ScopeId): void {
    this.#sendHeights(
      scope,
      this.#options.store.chainTips(scope).map(({ device, seq }) => ({ device, seq })),
    );
  }

  #sendHeights(scope: ScopeId, heights: readonly { device: DeviceId; seq: number }[]): void {
    for (let at = 0; at < heights.length; at += HEIGHTS_PER_FRAME) {
      this.#send({ type: "heights", scope, heights: heights.slice(at, at + HEIGHTS_PER_FRAME) });
    }
  }

  #send(frame: Frame): void {
    if (!this.#closed) this.#options.session.send(frame, "control");
  }

  #later(delayMs: number, call: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#closed) call();
    });
    this.#cancels.add(cancel);
  }
}
