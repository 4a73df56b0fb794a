/**
 * The rules of membership as statements about an answer: whatever way it was found, these hold of which events have
 * effect and of who is who. Shares no code with membership, so that an error there is not made here again. spec/space
 * SP4, SP7, SP8, SP24-SP29, SP31.
 */
import { publicScope, readJoinRequest } from "@kith/core";
import type {
  ControlEvent,
  DeviceId,
  EventId,
  InviteId,
  KindName,
  Membership,
  MembershipState,
  PersonId,
  Role,
} from "@kith/core";

export interface Answer {
  /** In an order in which each follows what it cites. */
  readonly events: readonly ControlEvent[];
  readonly membership: Membership;
  /** What an event's own past amounts to. */
  readonly pastOf: (event: ControlEvent) => MembershipState;
  readonly personOf: (device: DeviceId) => PersonId | null;
}

interface Entry {
  readonly event: ControlEvent;
  readonly bit: bigint;
  readonly past: bigint;
  readonly by: PersonId | null;
  /** Of a decision: its author's in its own past. */
  readonly rank: Role | null;
  /** A member.role that takes rights of somebody, in its own past: whatever becomes of that one's admission. */
  readonly lowers: boolean;
  readonly isEffective: boolean;
  readonly code: string;
}

/** What gives a rank to somebody. */
interface Ground {
  readonly entry: Entry;
  readonly role: Role;
}

interface Place {
  /** The higher the earlier. */
  readonly rank: number;
  /** Within a rank devices are ended first. spec/space SP77. */
  readonly endsDevice: boolean;
  readonly id: EventId;
}

const height: { readonly [role in Role]: number } = { owner: 3, admin: 2, member: 1, reader: 0 };

const needed: Partial<{ readonly [kind in KindName]: Role }> = {
  "channel.create": "member",
  "member.admit": "member",
  "epoch.create": "member",
  "epoch.rebox": "member",
  "epoch.headers": "member",
  "epoch.link": "member",
  "invite.create": "admin",
  "invite.revoke": "admin",
  "space.update": "admin",
  "channel.expiry": "admin",
  "member.confirm": "admin",
  "profile.set": "reader",
  "message.report": "reader",
  merge: "reader",
  "member.remove": "reader",
  "member.role": "reader",
  "device.link": "reader",
  "device.remove": "reader",
  "device.name": "reader",
  "device.prekey": "reader",
};

const decisions: ReadonlySet<KindName> = new Set([
  "member.remove",
  "member.role",
  "invite.revoke",
  "member.confirm",
  "device.remove",
]);

const areBeside = (a: Entry, b: Entry): boolean =>
  a !== b && (a.past & b.bit) === 0n && (b.past & a.bit) === 0n;

/** What is wrong, a sentence each, with the rule of spec/space that says so. */
export function checkRules(answer: Answer): string[] {
  const entries = readEntries(answer);
  const alive = entries.filter(({ isEffective }) => isEffective);
  return [
    ...checkOwnPasts(answer, alive),
    ...checkOrderOfDecision(entries, alive),
    ...checkVoids(entries, alive),
    ...checkEnded(entries, alive),
    ...checkStandings(answer, alive),
    ...checkInvites(entries, alive),
    ...checkFences(answer, alive),
  ];
}

function readEntries({ events, membership, pastOf, personOf }: Answer): Entry[] {
  const byId = new Map<EventId, Entry>();
  for (const event of events) {
    let past = 0n;
    for (const id of [...(event.header.prev ? [event.header.prev] : []), ...event.header.parents]) {
      const followed = byId.get(id);
      if (followed) past |= followed.past | followed.bit;
    }
    const verdict = membership.verdictOf(event.id);
    const by = personOf(event.header.device);
    const decides = event.body !== null && decisions.has(event.body.type);
    byId.set(event.id, {
      event,
      bit: 1n << BigInt(byId.size),
      past,
      by,
      lowers: event.body?.type === "member.role" && lowersIn(pastOf(event), event.body),
      rank: (by !== null && decides && pastOf(event).members.get(by)?.role) || null,
      isEffective: verdict?.effective === true,
      code: verdict === null || verdict.effective ? "" : verdict.code,
    });
  }
  return [...byId.values()];
}

function lowersIn({ members }: MembershipState, { person, role }: { person: PersonId; role: Role }): boolean {
  const member = members.get(person);
  return member !== undefined && height[role] < height[member.role];
}

const nameOf = ({ event }: Entry): string => `${event.body?.type ?? "unreadable"} ${event.id.slice(0, 6)}`;

/** An event has effect only by a right that its author had in the event's own past. */
function checkOwnPasts({ pastOf }: Answer, alive: readonly Entry[]): string[] {
  return alive.flatMap((entry): string[] => {
    const { body, header } = entry.event;
    if (body === null || body.type === "space.create") return [];
    // Keys are judged by the sender rule; working each out costs as much as all the rest.
    if (["epoch.create", "epoch.rebox", "epoch.headers", "epoch.link", "merge"].includes(body.type))
      return [];
    const past = pastOf(entry.event);
    const person = past.devices.get(header.device)?.person;
    const role = person === undefined ? undefined : past.members.get(person)?.role;
    if (person === undefined || role === undefined)
      return [`[SP4] ${nameOf(entry)} counts, and its author was no member in its past`];
    const least = needed[body.type];
    if (least === undefined || height[role] < height[least])
      return [`[SP8] ${nameOf(entry)} counts, by a ${role}`];
    if (body.type !== "member.remove" && body.type !== "member.role") return [];
    const target = past.members.get(body.person)?.role;
    if (target === undefined) {
      const refuses = body.type === "member.remove" && past.pending.has(body.person);
      if (!refuses) return [`[SP4] ${nameOf(entry)} counts, about nobody`];
      return height[role] < height.admin ? [`[SP122] ${nameOf(entry)} counts, and refuses by a ${role}`] : [];
    }
    if (person === body.person)
      return body.type === "member.role" && height[body.role] >= height[target]
        ? [`[SP7] ${nameOf(entry)} counts, and raises its own author`]
        : [];
    if (height[role] < height.admin || height[role] <= height[target])
      return [`[SP7] ${nameOf(entry)} counts, by a ${role} about a ${target}`];
    if (body.type === "member.role" && role !== "owner" && height[body.role] >= height[role])
      return [`[SP7] ${nameOf(entry)} counts, by a ${role} who gives ${body.role}`];
    return [];
  });
}

/** A removal, or a loss of rank. */
function isAgainst({ event: { body }, lowers }: Entry, person: PersonId): boolean {
  if (body?.type === "member.remove") return body.person === person;
  return body?.type === "member.role" && body.person === person && lowers;
}

/**
 * Where it comes when decisions meet: rank, then id. null: not to be told, as what stands against the author is void now,
 * and may not have been. open: void as well, and was not then.
 */
function placeOf(
  entry: Entry,
  entries: readonly Entry[],
  alive: readonly Entry[],
  open: Entry = entry,
): Place | null {
  const { by, event, past } = entry;
  if (by === null || hangsOnUses(entry, entries)) return null;
  const against = entries.filter((other) => isAgainst(other, by));
  const grants = groundsOf(by, alive).filter(({ entry: grant }) => lies(grant, past));
  const isUnclear = against.some(
    (other) => !other.isEffective && other !== open && grants.some((grant) => areBeside(grant.entry, other)),
  );
  if (isUnclear) return null;
  const rank = rankIn(by, past, alive, (grant) => against.some((other) => areBeside(other, grant)));
  // What had taken of it by then took it, whatever becomes of that.
  const own = entry.rank === null ? -1 : height[entry.rank];
  return {
    rank: rank === null ? -1 : Math.min(own, height[rank]),
    endsDevice: event.body?.type === "device.remove",
    id: event.id,
  };
}

/**
 * Its author was let in over an invite that was used too often, or an owner was who alone lets one step down: whether that
 * admission counts hangs on decisions about others, and until those are made it decides nothing. What was decided
 * meanwhile stays.
 */
function hangsOnUses({ by, event: { body } }: Entry, entries: readonly Entry[]): boolean {
  const all = entries.flatMap((entry) => requestIn(entry) ?? []);
  const hinges = new Set([by]);
  if (body?.type === "member.remove" || body?.type === "member.role")
    for (const { event } of entries)
      if (event.body?.type === "member.role" && event.body.role === "owner") hinges.add(event.body.person);
  return all
    .filter(({ person }) => hinges.has(person))
    .some(({ invite }) => {
      const users = new Set(all.filter((each) => each.invite === invite).map(({ person }) => person));
      const made = entries.find(
        ({ event: { body } }) => body?.type === "invite.create" && body.invite === invite,
      );
      return made?.event.body?.type === "invite.create" && users.size > made.event.body.usesMax;
    });
}

/**
 * Something of a higher place follows it, and may have hung on it: then it was decided in that one's turn, also where that
 * one turned out void for another cause. spec/space SP41, SP120.
 */
function mayBeBrought(one: Entry, other: Place, entries: readonly Entry[], alive: readonly Entry[]): boolean {
  return entries.some((later) => {
    if ((later.past & one.bit) === 0n || !isDecision(later)) return false;
    const place = placeOf(later, entries, alive);
    return place === null || isBefore(place, other);
  });
}

function isBefore(a: Place, b: Place): boolean {
  if (a.rank !== b.rank) return a.rank > b.rank;
  return a.endsDevice === b.endsDevice ? a.id < b.id : a.endsDevice;
}

function isDecision({ event: { body }, lowers }: Entry): boolean {
  switch (body?.type) {
    case "member.remove":
    case "invite.revoke":
    case "member.confirm":
    case "device.remove":
      return true;
    case "member.role":
      return lowers;
    default:
      return false;
  }
}

/** About somebody who is nobody, or of no lower rank, by what counts of its past. spec/space SP7. */
function isVoidBesides({ event: { body }, past, by }: Entry, alive: readonly Entry[]): boolean {
  if (body?.type !== "member.remove" && body?.type !== "member.role") return false;
  const [its, own] = [rankIn(body.person, past, alive), by && rankIn(by, past, alive)];
  return its === null || (own !== null && by !== body.person && height[its] >= height[own]);
}

/** Of decisions that meet, only what is decided before may void what is decided after. */
function checkOrderOfDecision(entries: readonly Entry[], alive: readonly Entry[]): string[] {
  return entries.flatMap((entry): string[] => {
    const { by, isEffective, code } = entry;
    if (isEffective || by === null || code !== "REMOVED" || !isDecision(entry)) return [];
    // One code is all that is told. Or it is by the removal of its device, which has a turn of its own.
    if (isVoidBesides(entry, alive) || endingsOf(entry, alive).length > 0) return [];
    const own = placeOf(entry, entries, alive);
    const against = alive.filter((other) => areBeside(other, entry) && isAgainst(other, by));
    const causes = against.map((other) => placeOf(other, entries, alive, entry));
    const isClear = own !== null && causes.every((cause) => cause !== null);
    return !isClear ||
      against.some((other) => mayBeBrought(other, own, entries, alive)) ||
      causes.some((cause) => isBefore(cause, own))
      ? []
      : [`[SP25] ${nameOf(entry)} is void by what is decided after it`];
  });
}

/** A decision voids what its target did beside it, but for what was decided before. */
function checkVoids(entries: readonly Entry[], alive: readonly Entry[]): string[] {
  const found: string[] = [];
  for (const decision of alive) {
    const { body } = decision.event;
    if (body?.type !== "member.remove" && body?.type !== "member.role") continue;
    if (!isDecision(decision)) continue;
    for (const other of alive) {
      const { body: done } = other.event;
      if (other.by !== body.person || !areBeside(decision, other) || done === null) continue;
      if (done.type === "space.create" || isDecidedBefore(other, decision, entries, alive)) continue;
      if (body.type === "member.remove") {
        found.push(`[SP24] ${nameOf(other)} counts beside the removal of its author`);
        continue;
      }
      const isOfOthers =
        (done.type === "member.remove" || done.type === "member.role") && done.person !== body.person;
      const least = isOfOthers ? "admin" : (needed[done.type] ?? "owner");
      if (height[body.role] < height[least])
        found.push(`[SP24] ${nameOf(other)} counts beside the demotion of its author to ${body.role}`);
    }
  }
  return found;
}

/** Removals of the device that wrote an event, beside it. */
function endingsOf(entry: Entry, alive: readonly Entry[]): Entry[] {
  return alive.filter((other) => {
    const { body } = other.event;
    return (
      body?.type === "device.remove" && body.device === entry.event.header.device && areBeside(other, entry)
    );
  });
}

/** The removal of a device voids what that did beside it, but for what was decided before; nothing brings it back. */
function checkEnded(entries: readonly Entry[], alive: readonly Entry[]): string[] {
  const found: string[] = [];
  for (const entry of alive) {
    const { body } = entry.event;
    const given = deviceIn(entry)?.device;
    const isBack = alive.some(
      ({ event: { body: done }, bit }) =>
        done?.type === "device.remove" && done.device === given && (entry.past & bit) !== 0n,
    );
    if (isBack) found.push(`[SP78] ${nameOf(entry)} counts, of a device that was removed before`);
    // Two that end each other go by seniority.
    if (body?.type === "device.remove" || body?.type === "space.create") continue;
    for (const removal of endingsOf(entry, alive)) {
      if (isDecision(entry)) {
        const [own, its] = [placeOf(entry, entries, alive), placeOf(removal, entries, alive)];
        // Of one rank removals of devices are decided first.
        if (own === null || its === null || own.rank > its.rank) continue;
        if (mayBeBrought(entry, its, entries, alive)) continue;
      }
      found.push(`[SP76] ${nameOf(entry)} counts beside the removal of its device`);
    }
  }
  return found;
}

/** One decided stays. What cannot be told is taken for it. */
function isDecidedBefore(
  one: Entry,
  other: Entry,
  entries: readonly Entry[],
  alive: readonly Entry[],
): boolean {
  if (!isDecision(one)) return false;
  const [a, b] = [placeOf(one, entries, alive), placeOf(other, entries, alive)];
  return a === null || b === null || isBefore(a, b) || mayBeBrought(one, b, entries, alive);
}

function removalsOf(person: PersonId, alive: readonly Entry[]): Entry[] {
  return alive.filter(({ event: { body } }) => body?.type === "member.remove" && body.person === person);
}

/** Read once: its signatures are checked with it. */
const requests = new WeakMap<ControlEvent, ReturnType<typeof readJoinRequest>>();

function requestIn({ event }: Entry) {
  if (event.body?.type !== "member.admit") return null;
  const known = requests.get(event);
  if (known !== undefined) return known;
  const request = readJoinRequest(event.body.request);
  requests.set(event, request);
  return request;
}

/** Admissions, the founding among them, and whether each came as the person's first. */
function groundsOf(person: PersonId, alive: readonly Entry[]): Ground[] {
  const grounds: Ground[] = [];
  for (const entry of alive) {
    const { body } = entry.event;
    if (body?.type === "space.create" && body.person === person) grounds.push({ entry, role: "owner" });
    if (body?.type === "member.role" && body.person === person) grounds.push({ entry, role: body.role });
    const request = requestIn(entry);
    if (request?.person !== person || isIn(person, entry.past, alive)) continue;
    grounds.push({ entry, role: roleOfInvite(request.invite, alive) });
  }
  return grounds;
}

function roleOfInvite(invite: InviteId, alive: readonly Entry[]): Role {
  for (const { event } of alive)
    if (event.body?.type === "invite.create" && event.body.invite === invite) return event.body.role;
  return "reader";
}

/** past null: in the whole set. */
const lies = ({ bit }: Entry, past: bigint | null): boolean => past === null || (past & bit) !== 0n;

function isIn(person: PersonId, past: bigint | null, alive: readonly Entry[]): boolean {
  const removals = removalsOf(person, alive).filter((removal) => lies(removal, past));
  return alive.some((entry) => {
    const { body } = entry.event;
    const isGround =
      (body?.type === "space.create" && body.person === person) || requestIn(entry)?.person === person;
    return isGround && lies(entry, past) && removals.every(({ bit }) => (entry.past & bit) !== 0n);
  });
}

function rankIn(
  person: PersonId,
  past: bigint | null,
  alive: readonly Entry[],
  isIgnored: (grant: Entry) => boolean = () => false,
): Role | null {
  if (!isIn(person, past, alive)) return null;
  const removals = removalsOf(person, alive).filter((removal) => lies(removal, past));
  const grounds = groundsOf(person, alive).filter(
    ({ entry }) =>
      lies(entry, past) && !isIgnored(entry) && removals.every(({ bit }) => (entry.past & bit) !== 0n),
  );
  const last = grounds.filter(({ entry }) => !grounds.some((later) => (later.entry.past & entry.bit) !== 0n));
  const [first, ...others] = last.map(({ role }) => role);
  if (first === undefined) return null;
  return others.reduce((least, role) => (height[role] < height[least] ? role : least), first);
}

/** Who came in after every removal is in, with the least of the ranks that nothing later replaces. */
function checkStandings({ membership }: Answer, alive: readonly Entry[]): string[] {
  const found: string[] = [];
  const { members } = membership.state();
  const people = new Set(alive.flatMap((entry) => requestIn(entry)?.person ?? entry.by ?? []));
  for (const person of people) {
    const expected = rankIn(person, null, alive);
    const role = members.get(person)?.role ?? null;
    const short = person.slice(0, 6);
    if ((expected === null) !== (role === null))
      found.push(`[SP26] ${short} is ${role ?? "out"}, and should be ${expected ?? "out"}`);
    else if (expected !== role) found.push(`[SP27] ${short} is ${role}, and should be ${expected}`);
  }
  return found;
}

/** A removal revokes what its target had made or used until then, and what is open. */
function checkInvites(entries: readonly Entry[], alive: readonly Entry[]): string[] {
  const found: string[] = [];
  for (const removal of alive) {
    const { body } = removal.event;
    if (body?.type !== "member.remove") continue;
    const revoked = new Set<InviteId>();
    for (const entry of entries) {
      const isUntilThen = (entry.past & removal.bit) === 0n;
      const made = entry.event.body;
      const isTheirs = made?.type === "invite.create" && (entry.by === body.person || made.mode === "open");
      if (isTheirs && entry.isEffective && isUntilThen) revoked.add(made.invite);
      const request = requestIn(entry);
      // A use whose author had no right to it is none.
      if (request?.person === body.person && isUntilThen && entry.isEffective) revoked.add(request.invite);
    }
    for (const entry of alive) {
      const request = requestIn(entry);
      if (request && revoked.has(request.invite) && (removal.past & entry.bit) === 0n)
        found.push(`[SP29] ${nameOf(entry)} counts, over an invite that ${nameOf(removal)} revoked`);
    }
  }
  return found;
}

/** Whose a device is, by an event that made it one's. */
function deviceIn(entry: Entry): { readonly device: DeviceId; readonly person: PersonId } | null {
  const { body, header } = entry.event;
  if (body?.type === "space.create") return { device: header.device, person: body.person };
  if (body?.type === "device.link") return body.certificate;
  return requestIn(entry)?.certificate ?? null;
}

/** The lowest fence holds, until the device is let in again after the removal; after its own removal it never is. */
function checkFences({ membership, events }: Answer, alive: readonly Entry[]): string[] {
  const scope = publicScope(membership.space);
  const devices = new Set(events.map(({ header }) => header.device));
  return [...devices].flatMap((device): string[] => {
    const grounds = alive.filter((entry) => deviceIn(entry)?.device === device);
    const removals = alive.filter((removal) => {
      const { body } = removal.event;
      if (body?.type === "device.remove") return body.device === device && grounds.length > 0;
      if (body?.type !== "member.remove") return false;
      const isTheirs = grounds.some((entry) => deviceIn(entry)?.person === body.person);
      return isTheirs && !grounds.some(({ past }) => (past & removal.bit) !== 0n);
    });
    // Only void events let it in.
    const start = grounds.length === 0 ? 0 : Infinity;
    const expected = removals.reduce((least, { event: { body } }) => {
      const fences = body?.type === "member.remove" || body?.type === "device.remove" ? body.fences : [];
      const fence = fences.find((one) => one.device === device && one.scope === scope);
      return Math.min(least, fence?.seq ?? 0);
    }, start);
    const upTo = membership.heardUpTo(device, scope, membership.heads());
    return upTo === expected
      ? []
      : [`[SP31] device ${device.slice(0, 6)} is heard up to ${upTo}, and should be up to ${expected}`];
  });
}
