/**
 * What a removal closes: what the removed person's devices say beyond its fences stays in the set, so that all
 * replicas hold the same, and is shown to nobody; it is shown again when the removal turns out void. spec/space SP31.
 */
import { projectEvent } from "@kith/core";
import type { DeviceId, Header, KeyTable, ScopeId, ViewChange } from "@kith/core";
import { reopen } from "./reopen.ts";
import type { Replica } from "./replica.ts";

export interface Fence {
  /** The last seq that counts whatever it cites. */
  readonly upTo: number;
  /** By what: removals, and the admissions that may follow them. */
  readonly hearing: string;
}

/** Of each device that a removal ends, those that were let in again too: what they said in between stays closed. */
export function fencesOf({
  membership,
  content,
}: Pick<Replica, "membership" | "content">): Map<DeviceId, Fence> {
  const fences = new Map<DeviceId, Fence>();
  if (membership.removals().length === 0) return fences;
  const { devices, removed } = membership.state();
  for (const device of [...devices.keys(), ...[...removed.values()].flatMap((facts) => facts.devices)]) {
    const hearing = membership.hearingOf(device);
    if (hearing !== null) fences.set(device, { upTo: membership.heardUpTo(device, content, []), hearing });
  }
  return fences;
}

/** The fences as they are now, and what that takes from the page or brings back to it. */
export function moveFences(
  replica: Replica,
  /** The outer bytes of an event that is stored or about to be. */
  outerAt: (scope: ScopeId, device: DeviceId, seq: number) => Uint8Array | null,
  keys: KeyTable,
): ViewChange[] {
  const before = replica.fences;
  replica.fences = fencesOf(replica);
  const views: ViewChange[] = [];
  for (const device of new Set([...before.keys(), ...replica.fences.keys()])) {
    const [was, now] = [before.get(device), replica.fences.get(device)];
    if (was?.hearing === now?.hearing) continue;
    const afterSeq = Math.min(was?.upTo ?? Infinity, now?.upTo ?? Infinity);
    if (afterSeq === Infinity) continue;
    // What cites an admission is heard beyond the fence, and which admissions count may have changed as well.
    views.push({ op: "withdraw", row: { scope: replica.content, device, afterSeq } });
    for (let seq = afterSeq + 1; ; seq += 1) {
      const outer = outerAt(replica.content, device, seq);
      if (outer === null) break;
      const event = reopen(outer, keys);
      if (event?.body) views.push(...showContent({ ...event, body: event.body }, replica));
    }
  }
  return views;
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
