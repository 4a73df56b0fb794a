/**
 * Who a device speaks for and with what rank, as far as one causal past goes. Admissions and changes of rank make it,
 * removals end it. Owns no decision about which of these have effect. spec/space SP23-SP27.
 */
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { DeviceId, PersonId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import type { ControlNode, NameClaim, ProfileClaim } from "./node.ts";
import { leastRole } from "./roles.ts";
import type { Role } from "./types.ts";

/** An event that makes somebody a member, or changes the rank. */
interface Ground {
  readonly index: number;
  readonly past: Past;
}

/** depth: links from the root, by the certificate that it came with. */
interface DeviceGround extends Ground {
  readonly depth: number;
}

export interface RankGround extends Ground {
  readonly role: Role;
}

export interface PersonEntry {
  readonly person: PersonId;
  readonly joinedMs: number;
  readonly admissions: readonly Ground[];
  readonly devices: readonly DeviceId[];
  readonly claim: ProfileClaim;
}

export interface DeviceEntry {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly certificate: DeviceCertificate;
  readonly prekeys: readonly PrekeyBundle[];
  readonly admissions: readonly DeviceGround[];
  readonly linkedMs: number;
  readonly by: DeviceId;
  readonly claim: NameClaim | null;
}

/** What was decided against one person. */
export interface Sentence {
  readonly removals: readonly ControlNode[];
  readonly demotions: readonly { readonly node: ControlNode; readonly role: Role }[];
}

export interface Standings {
  readonly persons: Map<PersonId, PersonEntry>;
  readonly devices: Map<DeviceId, DeviceEntry>;
  /** What was granted and changed: also of somebody whom only a concurrent event lets in. */
  readonly ranks: Map<PersonId, readonly RankGround[]>;
  readonly sentences: Map<PersonId, Sentence>;
  /** Removals of single devices, in order. */
  readonly ended: Map<DeviceId, readonly ControlNode[]>;
}

const lies = (ground: Ground, past: Past | null): boolean => past === null || pastHas(past, ground.index);

/** The admission by which somebody waits who is no member: one that a removal follows, and so refuses, waits no more. past null: in the whole set. */
export function waitingOf<Entry extends Ground>(
  standings: Standings & { readonly pending: ReadonlyMap<PersonId, readonly Entry[]> },
  person: PersonId,
  past: Past | null,
): Entry | null {
  const waiting = standings.pending.get(person) ?? [];
  return waiting.find((ground) => lies(ground, past) && survives(standings, person, ground, past)) ?? null;
}

/** Neither lies in the other's past. */
export function areConcurrent(a: Ground, b: Ground): boolean {
  return a.index !== b.index && !pastHas(a.past, b.index) && !pastHas(b.past, a.index);
}

/** What was granted holds only where it follows every removal of the person. */
function survives({ sentences }: Standings, person: PersonId, ground: Ground, past: Past | null): boolean {
  const removals = sentences.get(person)?.removals ?? [];
  return removals.every((removal) => !lies(removal, past) || pastHas(ground.past, removal.index));
}

export function isMember(
  standings: Standings,
  { person, admissions }: PersonEntry,
  past: Past | null,
): boolean {
  return admissions.some((ground) => lies(ground, past) && survives(standings, person, ground, past));
}

export function isDeviceHere(standings: Standings, entry: DeviceEntry, past: Past | null): boolean {
  const { person, admissions } = entry;
  return (
    !isEnded(standings, entry, past) &&
    admissions.some((ground) => lies(ground, past) && survives(standings, person, ground, past))
  );
}

/** As isDeviceHere in the whole set, leaving out what follows this event: what comes later changes nothing about it. */
export function isDeviceBeside(standings: Standings, entry: DeviceEntry, event: Ground): boolean {
  const counts = (other: Ground): boolean => !pastHas(other.past, event.index);
  const removals = standings.sentences.get(entry.person)?.removals ?? [];
  return (
    standings.ended.get(entry.device)?.some(counts) !== true &&
    entry.admissions.some(
      (ground) =>
        counts(ground) &&
        removals.every((removal) => !counts(removal) || pastHas(ground.past, removal.index)),
    )
  );
}

/** A device that was removed does not come back: a new one is linked. */
function isEnded({ ended }: Standings, { device }: DeviceEntry, past: Past | null): boolean {
  return ended.get(device)?.some((removal) => lies(removal, past)) === true;
}

/** Links from the root, by the certificates that it is here by; Infinity for a device that is not. */
export function depthOf(standings: Standings, entry: DeviceEntry, past: Past | null): number {
  if (isEnded(standings, entry, past)) return Infinity;
  const { person, admissions } = entry;
  return admissions.reduce(
    (least, ground) =>
      ground.depth < least && lies(ground, past) && survives(standings, person, ground, past)
        ? ground.depth
        : least,
    Infinity,
  );
}

/** Whether the one may end the other: it is nearer to the root, or as near and of the lower id. */
export function isSenior(standings: Standings, one: DeviceEntry, other: DeviceEntry, past: Past): boolean {
  const [a, b] = [depthOf(standings, one, past), depthOf(standings, other, past)];
  return a < b || (a === b && one.device < other.device);
}

/** past null: in the whole set. Of ranks that nothing later replaces the least holds. null: no member. */
export function rankOf(
  standings: Standings,
  entry: PersonEntry,
  past: Past | null,
  counts: (ground: Ground) => boolean = () => true,
): Role | null {
  if (!isMember(standings, entry, past)) return null;
  const alive = (standings.ranks.get(entry.person) ?? []).filter(
    (ground) => lies(ground, past) && counts(ground) && survives(standings, entry.person, ground, past),
  );
  let role: Role | null = null;
  for (const ground of alive) {
    if (alive.some((later) => pastHas(later.past, ground.index))) continue;
    role = role === null ? ground.role : leastRole(role, ground.role);
  }
  return role;
}

/** The rank of a device as far as this causal past goes; null when it is of no member. */
export function standingOf(
  standings: Standings,
  device: DeviceId,
  past: Past,
): { readonly person: PersonId; readonly role: Role } | null {
  const entry = standings.devices.get(device);
  const person = entry && standings.persons.get(entry.person);
  if (!entry || !person || !isDeviceHere(standings, entry, past)) return null;
  const role = rankOf(standings, person, past);
  return role ? { person: entry.person, role } : null;
}
