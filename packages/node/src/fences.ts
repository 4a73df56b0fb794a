/**
 * What a removal closes: what the removed person's devices say beyond its fences stays in the set, so that all
 * replicas hold the same, and is shown to nobody; it is shown again when the removal turns out void. spec/space SP31, SP57, SP81.
 */
import { projectEvent } from "@kith/core";
import type {
  ChainTip,
  DeviceId,
  EventId,
  Fence as RemovalFence,
  Header,
  KeyTable,
  Membership,
  PersonId,
  Right,
  Roster,
  RosterRight,
  ScopeId,
  ViewChange,
} from "@kith/core";
import { reopen } from "./reopen.ts";
import type { Fences, Replica } from "./replica.ts";

/** How far a device is heard. */
export interface DeviceFence {
  /** The last seq that counts whatever it cites. */
  readonly upTo: number;
  /** By what: removals, and the admissions that may follow them. */
  readonly hearing: string;
}

/** Who decides how far somebody is heard. */
export interface Judges {
  readonly membership: Membership;
  readonly rosters: ReadonlyMap<ScopeId, Roster>;
  /** The first number that a device used twice in a scope; undefined for one that used none. */
  readonly forkOf: (scope: ScopeId, device: DeviceId) => number | undefined;
}

/** By scope, of each device that something ends, those that were let in again too: what they said in between stays closed. */
export function fencesOf(replica: Pick<Replica, "membership" | "rosters" | "content" | "scopes">): Fences {
  const fences = new Map<ScopeId, ReadonlyMap<DeviceId, DeviceFence>>([
    [replica.content, withForks(replica, replica.content, publicFences(replica))],
  ]);
  for (const [scope, roster] of replica.rosters)
    fences.set(scope, withForks(replica, scope, privateFences(roster, replica.membership)));
  return fences;
}

/** Of a device that is heard no further, nothing counts from where it said two things at once. */
function withForks(
  { scopes, membership }: Pick<Replica, "scopes" | "membership">,
  scope: ScopeId,
  fences: Map<DeviceId, DeviceFence>,
): Map<DeviceId, DeviceFence> {
  for (const [device, seq] of scopes.get(scope)?.forks ?? []) {
    const known = fences.get(device);
    if (!known && !membership.state().removedDevices.has(device)) continue;
    fences.set(device, {
      upTo: Math.min(known?.upTo ?? Infinity, seq - 1),
      hearing: `${known?.hearing ?? ""}/${seq}`,
    });
  }
  return fences;
}

/** The judges of a space as this device holds it. */
export function judgesOf({
  membership,
  rosters,
  scopes,
}: Pick<Replica, "membership" | "rosters" | "scopes">): Judges {
  return { membership, rosters, forkOf: (scope, device) => scopes.get(scope)?.forks.get(device) };
}

function publicFences({
  membership,
  content,
}: Pick<Replica, "membership" | "content">): Map<DeviceId, DeviceFence> {
  const fences = new Map<DeviceId, DeviceFence>();
  const ever = membership.devicesEver();
  if (membership.removals().length === 0 && membership.state().devices.size === ever.size) return fences;
  // Of who was let in again on another device also the one that stays out.
  for (const device of ever) {
    const hearing = membership.hearingOf(device);
    if (hearing !== null) fences.set(device, { upTo: membership.heardUpTo(device, content, []), hearing });
  }
  return fences;
}

function privateFences(roster: Roster, membership: Membership): Map<DeviceId, DeviceFence> {
  const fences = new Map<DeviceId, DeviceFence>();
  for (const person of roster.everyone()) {
    const hearing = roster.hearingOf(person);
    if (hearing === null) continue;
    // Also of whom only void events let in, or one in whose place others stand now.
    for (const device of membership.devicesEverOf(person))
      fences.set(device, { upTo: roster.heardUpTo({ person, device }, []), hearing });
  }
  return fences;
}

/** Of who is or was of the space. */
export function devicesOf(membership: Membership, person: PersonId): readonly DeviceId[] {
  const { members, removed } = membership.state();
  return (members.get(person) ?? removed.get(person))?.devices ?? [];
}

/** The fences as they are now, and what that takes from the page or brings back to it. */
export function moveFences(
  replica: Replica,
  /** The outer bytes of events that are stored or about to be. */
  outersAt: (scope: ScopeId, device: DeviceId, seq: number) => Uint8Array[],
  keys: KeyTable,
): ViewChange[] {
  const before = replica.fences;
  replica.fences = fencesOf(replica);
  const views: ViewChange[] = [];
  for (const [scope, fences] of replica.fences) {
    const earlier = before.get(scope);
    for (const device of new Set([...(earlier?.keys() ?? []), ...fences.keys()])) {
      const [was, now] = [earlier?.get(device), fences.get(device)];
      if (was?.hearing === now?.hearing) continue;
      const afterSeq = Math.min(was?.upTo ?? Infinity, now?.upTo ?? Infinity);
      if (afterSeq === Infinity) continue;
      // What cites an admission is heard beyond the fence, and which admissions count may have changed as well.
      views.push({ op: "withdraw", row: { scope, device, afterSeq } });
      for (let seq = afterSeq + 1; ; seq += 1) {
        const outers = outersAt(scope, device, seq);
        if (outers.length === 0) break;
        for (const outer of outers) {
          const event = reopen(outer, keys);
          if (event?.body) views.push(...showContent({ ...event, body: event.body }, judgesOf(replica)));
        }
      }
    }
  }
  return views;
}

/** How far these devices are heard after a removal: as far as they are here. */
export function fencesAt(
  tips: ReadonlyMap<DeviceId, ChainTip> | undefined,
  scope: ScopeId,
  devices: readonly DeviceId[],
): RemovalFence[] {
  return devices.flatMap((device) => {
    const tip = tips?.get(device);
    return tip ? [{ scope, device, seq: tip.seq, id: tip.id }] : [];
  });
}

/** Nothing of what lies beyond a fence. */
export function showContent(
  event: Pick<Parameters<typeof projectEvent>[0], "id" | "header" | "body">,
  judges: Judges,
): ViewChange[] {
  const { membership, rosters } = judges;
  return isHeard(event.header, judges)
    ? projectEvent({ ...event, membership, roster: rosters.get(event.header.scope) })
    : [];
}

/** Whether the author of a stored content event was entitled to write it, in its own past. */
export function judgeWriting(
  { id, device, scope, auth }: Pick<Header, "device" | "scope" | "auth"> & { readonly id: EventId },
  { membership, rosters }: Pick<Judges, "membership" | "rosters">,
): Right | RosterRight {
  const roster = rosters.get(scope);
  if (!roster) return membership.mayAct(device, "write", auth);
  // What says who is in the channel was judged when the roster took it.
  const author = roster.authorOf(id);
  return author === null ? roster.mayWrite(device, auth) : { ok: true, person: author, role: "member" };
}

export function isHeard(
  { device, scope, seq, auth }: Pick<Header, "device" | "scope" | "seq" | "auth">,
  { membership, rosters, forkOf }: Judges,
): boolean {
  const roster = rosters.get(scope);
  const right = roster?.mayWrite(device, auth);
  if (right?.ok === false) return false;
  const upTo =
    roster && right?.ok
      ? roster.heardUpTo({ person: right.person, device }, auth)
      : membership.heardUpTo(device, scope, auth);
  if (seq > upTo) return false;
  const fork = forkOf(scope, device);
  if (fork === undefined || seq < fork) return true;
  // Both are heard of who may still speak; of who was let in again, what followed that.
  return upTo === Infinity && !membership.state().removedDevices.has(device);
}
