/**
 * What a removal closes: what the removed person's devices say beyond its fences stays in the set, so that all
 * replicas hold the same, and is shown to nobody; it is shown again when the removal turns out void. spec/space SP31, SP81.
 */
import { projectEvent } from "@kith/core";
import type {
  ChainTip,
  DeviceId,
  EventStore,
  Fence,
  Header,
  KeyTable,
  ScopeId,
  ViewChange,
} from "@kith/core";
import { reopen } from "./reopen.ts";
import type { Replica } from "./replica.ts";

/** The last seq that counts, of each device that a removal ends. */
export function fencesOf({
  membership,
  content,
}: Pick<Replica, "membership" | "content">): Map<DeviceId, number> {
  const fences = new Map<DeviceId, number>();
  if (membership.removals().length === 0) return fences;
  const heads = membership.heads();
  const { removed, removedDevices } = membership.state();
  const ended = [...[...removed.values()].flatMap(({ devices }) => devices), ...removedDevices.keys()];
  for (const device of ended) {
    const upTo = membership.heardUpTo(device, content, heads);
    if (upTo !== Infinity) fences.set(device, upTo);
  }
  return fences;
}

/** The fences as they are now, and what that takes from the page or brings back to it. */
export function moveFences(replica: Replica, store: EventStore, keys: KeyTable): ViewChange[] {
  const before = replica.fences;
  replica.fences = fencesOf(replica);
  const views: ViewChange[] = [];
  for (const device of new Set([...before.keys(), ...replica.fences.keys()])) {
    const was = before.get(device) ?? Infinity;
    const now = replica.fences.get(device) ?? Infinity;
    if (now < was) views.push({ op: "withdraw", row: { scope: replica.content, device, afterSeq: now } });
    for (let seq = was + 1; seq <= now; seq += 1) {
      const stored = store.eventAt(replica.content, device, seq);
      if (stored === null) break;
      const event = reopen(stored.outer, keys);
      if (event?.body) views.push(...showContent({ ...event, body: event.body }, replica));
    }
  }
  return views;
}

/** How far these devices are heard after a removal: as far as they are here. */
export function fencesAt(
  tips: ReadonlyMap<DeviceId, ChainTip> | undefined,
  scope: ScopeId,
  devices: readonly DeviceId[],
): Fence[] {
  return devices.flatMap((device) => {
    const tip = tips?.get(device);
    return tip ? [{ scope, device, seq: tip.seq, id: tip.id }] : [];
  });
}

/** Nothing of what lies beyond a fence. */
export function showContent(
  event: Pick<Parameters<typeof projectEvent>[0], "id" | "header" | "body">,
  { membership }: Pick<Replica, "membership">,
): ViewChange[] {
  return isHeard(event.header, membership) ? projectEvent({ ...event, membership }) : [];
}

export function isHeard(
  { device, scope, seq, auth }: Pick<Header, "device" | "scope" | "seq" | "auth">,
  membership: Replica["membership"],
): boolean {
  return seq <= membership.heardUpTo(device, scope, auth);
}
