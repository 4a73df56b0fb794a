/**
 * Events that are here and cannot be taken: no key here opens them, or the epoch that they lie under was not announced.
 * Held in memory, within bounds, for each device that brought them. spec/session SE7, spec/epoch EP84, EP91, EP92.
 */
import { decodeOuter, LOCKED_WANTS_MAX } from "@kith/core";
import type { DeviceId, EpochId, EventId, LockedPlace, OuterEvent, ScopeId } from "@kith/core";
import { LOCKED_BYTES_MAX, LOCKED_BYTES_PER_PEER_MAX } from "./limits.ts";

/**
 * Who brought an event that came by datagram: nobody. Any member holds the discovery key and can write any device
 * into a datagram, so neither faults nor stored bytes may be put down to the one that it names.
 */
export const NOBODY = "0".repeat(64) as DeviceId;

/** Events of one scope that wait for a key which the device that brought them had. */
export interface OverdueEvents {
  readonly scope: ScopeId;
  readonly from: DeviceId;
  readonly events: number;
  readonly sinceMs: number;
}

interface Locked extends LockedPlace {
  readonly atMs: number;
  /** Its key did not come by itself in time. */
  isOverdue: boolean;
  readonly outer: Uint8Array;
  readonly from: DeviceId;
  /** It opens under this epoch, which nothing here announces. null: no key here opens it. */
  readonly epoch: EpochId | null;
}

export interface LockedFrom {
  readonly scope: ScopeId;
  readonly from: DeviceId;
  readonly epoch: EpochId | null;
}

export class LockedEvents {
  readonly #nowMs: () => number;
  readonly #events = new Map<EventId, Locked>();
  readonly #bytesBy = new Map<DeviceId, number>();
  #bytes = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#events.size;
  }

  has(id: EventId): boolean {
    return this.#events.has(id);
  }

  /** It is known to lie under an epoch that was not announced. */
  isUnannounced(id: EventId): boolean {
    return (this.#events.get(id)?.epoch ?? null) !== null;
  }

  ids(): EventId[] {
    return [...this.#events.keys()];
  }

  /** It brought some, or nobody knows who did. */
  hasFrom(device: DeviceId): boolean {
    return this.#bytesBy.has(device) || this.#bytesBy.has(NOBODY);
  }

  add(outer: OuterEvent, { scope, from, epoch }: LockedFrom): void {
    const known = this.#events.get(outer.id);
    if (known && (outer.sealedBody === null || decodeOuter(known.outer).sealedBody !== null)) return;
    if (known) this.#forget(outer.id, known);
    const held = this.#bytesBy.get(from) ?? 0;
    if (held + outer.bytes.byteLength > LOCKED_BYTES_PER_PEER_MAX) return;
    // Devices are cheap to make up: beyond what all may have together the oldest is let go.
    for (const [oldest, locked] of this.#events) {
      if (this.#bytes + outer.bytes.byteLength <= LOCKED_BYTES_MAX) break;
      this.#forget(oldest, locked);
    }
    // Copied: the bytes are a view of a whole received chunk, which would be kept alive by it.
    this.#events.set(outer.id, {
      scope,
      tag: outer.tag.slice(),
      bucket: outer.bucket,
      outer: outer.bytes.slice(),
      from,
      epoch,
      atMs: this.#nowMs(),
      isOverdue: false,
    });
    const of = this.#bytesBy.get(from) ?? 0;
    this.#bytesBy.set(from, of + outer.bytes.byteLength);
    this.#bytes += outer.bytes.byteLength;
  }

  /** Those that a key (null) or the announcement of an epoch may have let go, by who brought them; they are here no more. */
  take(scope: ScopeId, epoch: EpochId | null): Map<DeviceId, Uint8Array[]> {
    const groups = new Map<DeviceId, Uint8Array[]>();
    for (const [id, locked] of this.#events) {
      if (locked.scope !== scope || locked.epoch !== epoch) continue;
      this.#forget(id, locked);
      const group = groups.get(locked.from);
      if (group) group.push(locked.outer);
      else groups.set(locked.from, [locked.outer]);
    }
    return groups;
  }

  /**
   * Their keys should have come by now. Where they lie, one place for each tag, to be asked about; of those that nobody
   * brought only in scopes that may be spoken of.
   */
  overdueFrom(device: DeviceId, maySpeakOf: (scope: ScopeId) => boolean): LockedPlace[] {
    const places = new Map<string, LockedPlace>();
    for (const locked of this.#events.values()) {
      if (locked.from !== device && !(locked.from === NOBODY && maySpeakOf(locked.scope))) continue;
      locked.isOverdue = true;
      const { scope, tag, bucket } = locked;
      if (places.size < LOCKED_WANTS_MAX)
        places.set(Buffer.from(tag).toString("hex"), { scope, tag, bucket });
    }
    return [...places.values()];
  }

  /** Those that are overdue, by scope and by who brought them. */
  overdue(): OverdueEvents[] {
    const found = new Map<string, OverdueEvents>();
    for (const { scope, from, atMs, isOverdue } of this.#events.values()) {
      if (!isOverdue) continue;
      const known = found.get(scope + from);
      const sinceMs = Math.min(atMs, known?.sinceMs ?? atMs);
      found.set(scope + from, { scope, from, events: (known?.events ?? 0) + 1, sinceMs });
    }
    return [...found.values()];
  }

  #forget(id: EventId, locked: Locked): void {
    this.#events.delete(id);
    this.#bytes -= locked.outer.byteLength;
    const left = (this.#bytesBy.get(locked.from) ?? 0) - locked.outer.byteLength;
    if (left > 0) this.#bytesBy.set(locked.from, left);
    else this.#bytesBy.delete(locked.from);
  }
}
