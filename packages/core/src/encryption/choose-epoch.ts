/**
 * The sender rule: which epoch a new event may be sealed under. Owns the choice alone: who is a member
 * and which removals hold come as facts. spec/epoch EP12-EP14.
 */
import type { EpochKeys } from "../event/index.ts";
import type { DeviceId, EpochId, EventId } from "../ids.ts";

export interface EpochInfo {
  readonly keys: EpochKeys;
  /** Its author and everyone known to hold it, by its own boxes or by re-boxes. */
  readonly holders: ReadonlySet<DeviceId>;
  /** Of a join-only scope: somebody whom it is for does not have it, and came after it. Left out: false. */
  readonly lacking?: boolean;
  /** Causal depth of its event over the control log. */
  readonly depth: number;
  /** Those removals that lie in its event's auth past. */
  readonly removalsFollowed: ReadonlySet<EventId>;
}

export interface EpochChoice {
  readonly epochs: readonly EpochInfo[];
  readonly isCurrentDevice: (device: DeviceId) => boolean;
  /** Every valid removal this device knows. */
  readonly removals: readonly EventId[];
}

/** The epoch to send under, or null: then create one first. */
export function chooseEpoch({ epochs, isCurrentDevice, removals }: EpochChoice): EpochKeys | null {
  // The best first: who holds an epoch takes longest to say, and is asked of few.
  for (const epoch of epochs.toSorted(comparePreference)) {
    if (!removals.every((removal) => epoch.removalsFollowed.has(removal))) continue;
    if (epoch.lacking === true || ![...epoch.holders].every(isCurrentDevice)) continue;
    return epoch.keys;
  }
  return null;
}

function comparePreference(a: EpochInfo, b: EpochInfo): number {
  return b.depth - a.depth || compareIds(a.keys.epoch, b.keys.epoch);
}

function compareIds(a: EpochId, b: EpochId): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
