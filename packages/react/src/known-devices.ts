/** Every device of the people one shares a space with: those that are linked, and those that are known and away. Pure. */
import type { Member, Peer } from "@kith/contract";

export interface KnownDevice {
  readonly id: string;
  readonly person: string;
  readonly name: string;
  readonly connected: boolean;
  /** What the node tells of its link; null for one that is away. */
  readonly link: Peer | null;
}

export function listDevices(
  peers: readonly Peer[],
  members: readonly Member[],
  self: string | null,
): readonly KnownDevice[] {
  const known = new Map<string, KnownDevice>();
  for (const { person, name, devices } of members) {
    for (const id of devices) {
      if (id !== self) known.set(id, { id, person, name, connected: false, link: null });
    }
  }
  for (const peer of peers) {
    const { id, person, connected } = peer;
    known.set(id, { id, person, name: peer.name, connected, link: peer });
  }
  return [...known.values()].sort(byReach);
}

/** In reach first, then by name. */
function byReach(a: KnownDevice, b: KnownDevice): number {
  if (a.connected !== b.connected) return a.connected ? -1 : 1;
  return a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
}
