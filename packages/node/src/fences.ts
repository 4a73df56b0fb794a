/**
 * What a removal closes: what the removed person's devices say beyond its fences stays in the set, so that all
 * replicas hold the same, and is shown to nobody; it is shown again when the removal turns out void. spec/space SP31, SP57.
 */
import { projectEvent } from "@kith/core";
import type {
  DeviceId,
  EventId,
  EventStore,
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

/** Who decides how far somebody is heard. */
export interface Judges {
  readonly membership: Membership;
  readonly rosters: ReadonlyMap<ScopeId, Roster>;
}

/** The last seq that counts, of each device that something ends, by scope. */
export function fencesOf(replica: Pick<Replica, "membership" | "rosters" | "content">): Fences {
  const fences = new Map<ScopeId, ReadonlyMap<DeviceId, number>>([[replica.content, publicFences(replica)]]);
  for (const [scope, roster] of replica.rosters) fences.set(scope, privateFences(roster, replica.membership));
  return fences;
}

function publicFences({
  membership,
  content,
}: Pick<Replica, "membership" | "content">): Map<DeviceId, number> {
  const fences = new Map<DeviceId, number>();
  if (membership.removals().length === 0) return fences;
  const heads = membership.heads();
  for (const { devices } of membership.state().removed.values()) {
    for (const device of devices) {
      const upTo = membership.heardUpTo(device, content, heads);
      if (upTo !== Infinity) fences.set(device, upTo);
    }
  }
  return fences;
}

function privateFences(roster: Roster, membership: Membership): Map<DeviceId, number> {
  const fences = new Map<DeviceId, number>();
  const heads = [...membership.heads(), ...roster.heads()];
  for (const person of roster.everyone()) {
    for (const device of devicesOf(membership, person)) {
      const upTo = roster.heardUpTo({ person, device }, heads);
      if (upTo !== Infinity) fences.set(device, upTo);
    }
  }
  return fences;
}

/** Of who is or was of the space. */
export function devicesOf(membership: Membership, person: PersonId): readonly DeviceId[] {
  const { members, removed } = membership.state();
  return (members.get(person) ?? removed.get(person))?.devices ?? [];
}

/** The fences as they are now, and what that takes from the page or brings back to it. */
export function moveFences(replica: Replica, store: EventStore, keys: KeyTable): ViewChange[] {
  const before = replica.fences;
  replica.fences = fencesOf(replica);
  const views: ViewChange[] = [];
  for (const [scope, now] of replica.fences) {
    const was = before.get(scope);
    for (const device of new Set([...(was?.keys() ?? []), ...now.keys()])) {
      const [from, to] = [was?.get(device) ?? Infinity, now.get(device) ?? Infinity];
      if (to < from) views.push({ op: "withdraw", row: { scope, device, afterSeq: to } });
      for (let seq = from + 1; seq <= to; seq += 1) {
        const stored = store.eventAt(scope, device, seq);
        if (stored === null) break;
        const event = reopen(stored.outer, keys);
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
