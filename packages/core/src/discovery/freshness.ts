/**
 * Tells a beacon heard for the first time from a recording: a sender's counter only grows within a boot.
 * Owns the bounded memory of counters; refuses to trust clocks, which may be days apart. spec/discovery DI9, DI10.
 */
import { FRESH_SENDERS_MAX } from "./limits.ts";
import type { BeaconPayload } from "./payload.ts";

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
        payload.nearby === null
          ? `${payload.device} ${hex(payload.boot)}`
          : `nearby ${hex(payload.nearby.key)}`;
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

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
