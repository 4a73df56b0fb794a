/**
 * Tells a datagram heard for the first time from a recording: a sender's counter only grows within a boot.
 * Owns the bounded memory of counters; refuses to trust clocks, which may be days apart. spec/discovery DI9, DI10, DI16.
 */
import { FRESH_SENDERS_MAX, REPLAY_WINDOW_COUNTS } from "./limits.ts";
import type { BeaconPayload, RepairPayload } from "./payload.ts";

export interface Freshness {
  /** True once for each count of a boot, ascending: also remembers it. */
  isFresh(payload: BeaconPayload): boolean;
}

export function createFreshness(options: { readonly sendersMax?: number } = {}): Freshness {
  const { sendersMax = FRESH_SENDERS_MAX } = options;
  // Highest count by device and boot, or by nearby key, the one unheard for longest first.
  const counts = new Map<string, number>();
  return {
    isFresh(payload) {
      const { count } = payload;
      const sender =
        payload.kind === "member" ? `${payload.device} ${hex(payload.boot)}` : `nearby ${hex(payload.key)}`;
      const highest = counts.get(sender);
      if (highest !== undefined && count <= highest) return false;
      counts.delete(sender);
      counts.set(sender, count);
      if (counts.size > sendersMax) {
        const oldest = counts.keys().next();
        if (!oldest.done) counts.delete(oldest.value);
      }
      return true;
    },
  };
}

export interface ReplayWindow {
  /** True once for each count that is not too old: also remembers it. In any order, unlike beacons. */
  isFresh(payload: RepairPayload): boolean;
}

interface Seen {
  highest: number;
  /** One bit for each of the newest counts, at their remainder. */
  readonly bits: Uint8Array;
}

/** For wants and events, of which several are sent at once and overtake each other. RFC 6479 does the same. */
export function createReplayWindow(options: { readonly sendersMax?: number } = {}): ReplayWindow {
  const { sendersMax = FRESH_SENDERS_MAX } = options;
  const senders = new Map<string, Seen>();
  return {
    isFresh({ device, boot, count }) {
      const sender = `${device} ${hex(boot)}`;
      const seen = senders.get(sender) ?? {
        highest: -1,
        bits: new Uint8Array(REPLAY_WINDOW_COUNTS / 8),
      };
      senders.delete(sender);
      senders.set(sender, seen);
      if (senders.size > sendersMax) {
        const oldest = senders.keys().next();
        if (!oldest.done) senders.delete(oldest.value);
      }
      if (count <= seen.highest - REPLAY_WINDOW_COUNTS) return false;
      const passed = Math.min(count - seen.highest, REPLAY_WINDOW_COUNTS);
      for (let step = 0; step < passed; step += 1) setBit(seen.bits, count - step, false);
      seen.highest = Math.max(seen.highest, count);
      if (hasBit(seen.bits, count)) return false;
      setBit(seen.bits, count, true);
      return true;
    },
  };
}

function hasBit(bits: Uint8Array, count: number): boolean {
  const at = count % REPLAY_WINDOW_COUNTS;
  return (((bits[at >> 3] as number) >> (at & 7)) & 1) === 1;
}

function setBit(bits: Uint8Array, count: number, on: boolean): void {
  // Only for counts from 0 on: below, nothing was ever set.
  if (count < 0) return;
  const at = count % REPLAY_WINDOW_COUNTS;
  const mask = 1 << (at & 7);
  bits[at >> 3] = on ? (bits[at >> 3] as number) | mask : (bits[at >> 3] as number) & ~mask;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
