/**
 * What a removal closes: what the removed person's devices say beyond its fences stays in the set, so that all
 * replicas hold the same, and is shown to nobody; it is shown again when the removal turns out void. spec/space SP31, SP57.
 */
import { projectEvent } from "@kith/core";
import type {
  DeviceId,
  EventId,
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
}

/** By scope, of each device that something ends, those that were let in again too: what they said in between stays closed. */
export function fencesOf(replica: Pick<Replica, "membership" | "rosters" | "content">): Fences {
  const fences = new Map<ScopeId, ReadonlyMap<DeviceId, DeviceFence>>([
    [replica.content, publicFences(replica)],
  ]);
  for (const [scope, roster] of replica.rosters) fences.set(scope, privateFences(roster, replica.membership));
  return fences;
}

function publicFences({
  membership,
  content,
}: Pick<Replica, "membership" | "content">): Map<DeviceId, DeviceFence> {
  const fences = new Map<DeviceId, DeviceFence>();
  if (membership.removals().length === 0) return fences;
  const { devices, removed } = membership.state();
  for (const device of [...devices.keys(), ...[...removed.values()].flatMap((facts) => facts.devices)]) {
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
    for (const device of devicesOf(membership, person))
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
  /** The outer bytes of an event that is stored or about to be. */
  outerAt: (scope: ScopeId, device: DeviceId, seq: number) => Uint8Array | null,
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
        const outer = outerAt(scope, device, seq);
        if (outer === null) break;
        const event = reopen(outer, keys);
        if (event?.body) views.push(...showContent({ ...event, body: event.body }, replica));
      }
    }
  }
  return views;
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
  { membership, rosters }: Judges,
): Right | RosterRight {
  const roster = rosters.get(scope);
  if (!roster) return membership.mayAct(device, "write", auth);
  // What says who is in the channel was judged when the roster took it.
  const author = roster.authorOf(id);
  return author === null ? roster.mayWrite(device, auth) : { ok: true, person: author, role: "member" };
}

export function isHeard(
  { device, scope, seq, auth }: Pick<Header, "device" | "scope" | "seq" | "auth">,
  { membership, rosters }: Judges,
): boolean {
  const roster = rosters.get(scope);
  if (!roster) return seq <= membership.heardUpTo(device, scope, auth);
  const right = roster.mayWrite(device, auth);
  return right.ok && seq <= roster.heardUpTo({ person: right.person, device }, auth);
}
