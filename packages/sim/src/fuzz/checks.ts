/** What must hold of a history once its network has healed: (1) to (4) of docs/simulation, and the rules of membership. */
import { decodeOuter, kinds, publicScope } from "@kith/core";
import { takeBodies } from "@kith/node/parts";
import type { EventId, ScopeId, StoredEvent } from "@kith/core";
import type { Grant, Outsider } from "./chronicle.ts";
import type { History } from "./history.ts";
import { SILENT } from "./party.ts";
import type { Party } from "./party.ts";
import { PEOPLE } from "./people.ts";
import { checkSealed } from "./sealed-acts.ts";
import { checkChannels, reads } from "./channel-checks.ts";
import { checkExpiry } from "./expiry-checks.ts";
import { checkReading } from "./reading-checks.ts";
import { checkRules } from "./rules.ts";

/** Of messages in one list: more than a history has. */
const MESSAGES_MAX = 10_000;

export async function checkHistory(history: History): Promise<void> {
  checkForged(history);
  checkKeys(history);
  checkJoinOnly(history);
  checkRevocations(history);
  checkExpiry(history);
  checkSealed(history);
  // Of those who take themselves for members who holds most: a removed device may lack the key of what removed it.
  const claimants = history.parties.filter((party) => party.role !== null && !party.isOver);
  const devices = await devicesOfAll(history, claimants);
  const [first] = claimants
    .filter(({ device }) => devices?.has(device) !== false)
    .toSorted((a, b) => countOf(b) - countOf(a));
  if (!first) {
    // Some may leave at once, each taking the others for those who stay.
    if (!history.parties.some(hasLeft)) history.violate("(4) nobody is left who takes itself for a member");
    return;
  }
  const ids = idsOf(first);
  const observer = await observe(history, first);
  await checkMembers(history, observer, ids);
  for (const party of history.parties) {
    if (idsOf(party) !== ids) continue;
    const own = describe(party);
    const seen = describe(observer, party);
    for (const [part, text] of Object.entries(own)) {
      if (text !== seen[part as keyof typeof seen])
        history.violate(`(2) ${party.name} and another order of arrival differ in ${part}`);
    }
  }
  if (!observer.replica) return;
  const { membership } = observer.replica;
  const events = [...history.chronicle.control.values()].filter(({ id }) => membership.has(id));
  const persons = new Map(history.parties.map(({ device, identity }) => [device, identity.person]));
  const problems = checkRules({
    events,
    membership,
    pastOf: (event) => history.chronicle.pastOf(event),
    personOf: (device) => persons.get(device) ?? null,
  });
  for (const problem of problems) history.violate(problem);
  await checkChannels(history, observer);
  checkReading(history, observer);
}

/** Nobody takes what its named author has not signed. */
function checkForged(history: History): void {
  for (const id of history.forged) {
    for (const { name, store } of history.parties)
      if (store.hasEvent(id as EventId))
        history.violate(`(0) ${name} took an event that its author did not sign`);
  }
}

/** (1) No device of whom the author knew to be out can have the key of what was written then, and none that is out was known to. */
function checkKeys(history: History): void {
  const { chronicle, parties } = history;
  for (const { scope, epoch, author, outside, strangers, id } of chronicle.posts) {
    if (strangers.length > 0)
      history.violate(
        `(1) ${author.name} wrote ${id.slice(0, 6)} under an epoch that it knew no members' devices to hold`,
      );
    for (const [party, removals] of outsiders(parties, outside)) {
      const ways = chronicle.waysOf(party, epoch);
      const hadHeard = (grant: Grant): boolean =>
        removals.every((removal) => chronicle.hadHeard(grant, removal));
      // Who is let in again may read an open channel's history, and so may who is a member for one for whom the removal is void.
      const isDue = (grant: Grant): boolean =>
        grant.members.has(party.device) &&
        grant.channels.get(scope)?.has(party.identity.person) !== false &&
        hadHeard(grant);
      // Who put it under another need not have heard of that, but of what put them out.
      const isClosed = ways.every(
        ({ grant, later }) =>
          (isDue(grant) && (later === null || hadHeard(later))) || (later !== null && isDue(later)),
      );
      const holdsOtherwise = ways.length === 0 && party.ledger.keys.get(epoch) !== null;
      if (!isClosed || holdsOtherwise)
        history.violate(`(1) ${party.name} can read ${id.slice(0, 6)}, of whose removal ${author.name} knew`);
    }
  }
}

/** (5) Of a join-only scope nobody reads what was written by who had not heard of them, unless somebody broke the rules for them. */
function checkJoinOnly(history: History): void {
  const { chronicle, parties, rogues } = history;
  for (const { id, epoch, author, readers } of chronicle.posts) {
    for (const party of parties) {
      const keys = party.ledger.keys.get(epoch);
      if (keys?.profile !== "join-only" || keys.secrets.contentSecret === null) continue;
      if (readers.has(party.identity.person)) continue;
      const givers = chronicle.waysOf(party, epoch).flatMap(({ grant, later }) => [grant, later ?? grant]);
      if (givers.some(({ giver }) => rogues.includes(giver))) continue;
      history.violate(
        `(5) ${party.name} can read ${id.slice(0, 6)}, whose author ${author.name} had not heard of it`,
      );
    }
  }
}

/** Who has the link of an open invite alone has no key of what is written after its revocation. spec/invite IN32. */
function checkRevocations(history: History): void {
  for (const { id, author, unfollowed } of history.chronicle.posts)
    if (unfollowed.length > 0 && !history.rogues.includes(author))
      history.violate(
        `[IN32] ${author.name} wrote ${id.slice(0, 6)} under an epoch from before an open invite was revoked, which it knew`,
      );
}

/** The devices that are out, each with what put it out. */
function* outsiders(
  parties: readonly Party[],
  outside: readonly Outsider[],
): Generator<readonly [Party, readonly EventId[]]> {
  for (const { who, removals } of outside)
    for (const party of parties)
      if (party.identity.person === who || party.device === who) yield [party, removals];
}

/**
 * Members' devices by all that anybody holds: whom a device let in that others had removed may hear of that from nobody.
 * null: they hold the same.
 */
async function devicesOfAll(history: History, claimants: readonly Party[]) {
  const [one] = claimants;
  if (!one || new Set(claimants.map(idsOf)).size === 1) return null;
  const events = new Map<EventId, StoredEvent>();
  for (const party of history.parties)
    for (const scope of openScopes(party))
      for (const event of party.store.eventsOfScope(scope, 0, Infinity)) events.set(event.id, event);
  const observer = await observe(history, one, [...events.values()]);
  return observer.replica?.membership.state().devices ?? null;
}

/** All that one device holds, or these events, in another order, on a device with every key there is. */
async function observe(
  history: History,
  { store, device, scopes: all, rosters }: Party,
  events = openScopes({ scopes: all, rosters }).flatMap((scope) => store.eventsOfScope(scope, 0, Infinity)),
): Promise<Party> {
  const observer = history.createParty(PEOPLE - 1);
  for (const party of history.parties) {
    for (const scope of party.scopes)
      for (const keys of party.ledger.keys.ofScope(scope))
        if (keys.secrets.contentSecret) observer.ledger.addSecrets(keys);
  }
  // Of what nobody has whole any more the headers.
  for (const party of history.parties)
    for (const scope of party.scopes)
      for (const keys of party.ledger.keys.ofScope(scope)) observer.ledger.addSecrets(keys);
  observer.ledger.openSpace(history.space);
  const scopes = openScopes({ scopes: all, rosters });
  for (let left = events.length; left > 1; left -= 1) {
    const at = history.random.below(left);
    [events[left - 1], events[at]] = [events[at]!, events[left - 1]!];
  }
  // Several at a time, so that what is looked at between them is right as well.
  while (events.length > 0) {
    const some = events.splice(0, 16);
    for (const scope of scopes) {
      const outers = some.filter((event) => event.scope === scope).map(({ outer }) => outer);
      if (outers.length > 0) await observer.ingest.deliver({ scope, outers, from: device });
    }
    observer.view();
  }
  await takeAllBodies(observer, history.parties);
  return observer;
}

/** Whose keys everybody has destroyed. */
async function takeAllBodies({ store, ledger, clock }: Party, parties: readonly Party[]): Promise<void> {
  const options = { store, ledger, log: SILENT, nowMs: () => clock.nowMs() };
  for (const party of parties)
    for (const scope of party.scopes) {
      const bodies = party.store.sealedIds(scope, MESSAGES_MAX).flatMap((id) => {
        const body = party.store.sealedBody(id);
        return body ? [{ id, body }] : [];
      });
      await takeBodies(options, bodies);
    }
}

/** Control and public: what every member holds. */
function openScopes({ scopes, rosters }: Pick<Party, "scopes" | "rosters">): ScopeId[] {
  return scopes.filter((scope) => !rosters.has(scope));
}

/** Private channels aside, which are not everybody's. */
function countOf(party: Party): number {
  return openScopes(party).reduce(
    (sum, scope) => sum + party.store.eventsOfScope(scope, 0, Infinity).length,
    0,
  );
}

function idsOf(party: Party): string {
  const { store } = party;
  return openScopes(party)
    .map((scope) =>
      store
        .eventsOfScope(scope, 0, Infinity)
        .map(({ id }) => id)
        .sort()
        .join(),
    )
    .join(" ");
}

/** What people would see of it, and what their devices would do. */
function describe({ replica, store, ledger }: Party, reader: Party | null = null) {
  if (!replica) throw new Error("nothing to describe");
  const { membership, control, space, fences } = replica;
  const { info, members, devices, channels, invites, pending, removed, overturned, expiries } =
    membership.state();
  const sorted = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const heads = membership.heads();
  const ids = store.eventsOfScope(control, 0, Infinity).map(({ id }) => id);
  const texts = store.messages({ space, limit: MESSAGES_MAX });
  return {
    space: JSON.stringify(info),
    members: JSON.stringify(sorted(members)),
    devices: JSON.stringify([...devices.keys()].sort()),
    channels: JSON.stringify(sorted(channels)),
    invites: JSON.stringify(sorted(invites)),
    pending: JSON.stringify(sorted(pending)),
    removed: JSON.stringify(sorted(removed)),
    overturned: JSON.stringify(overturned.toSorted((a, b) => (a.event < b.event ? -1 : 1))),
    verdicts: JSON.stringify(ids.sort().map((id) => [id, membership.verdictOf(id)])),
    order: JSON.stringify([heads, membership.removals()]),
    fences: JSON.stringify(
      sorted(fences.get(publicScope(space)) ?? new Map<string, { upTo: number }>()).map(
        ([device, { upTo }]) => [device, upTo],
      ),
    ),
    heard: JSON.stringify(
      [...devices.keys()].sort().map((id) => membership.heardUpTo(id, publicScope(space), heads)),
    ),
    expiries: JSON.stringify(sorted(expiries)),
    // Those for a time are looked at apart: whether one is over is for each device's own clock.
    messages: JSON.stringify(
      texts
        .filter(({ id }) => store.event(id)?.kind !== kinds["message.expire"])
        .filter(
          ({ channel, id }) => channels.has(channel) && (!reader || reads(reader, store.event(id), ledger)),
        )
        .map(({ id, author, text, channel }) => [id, author, text, channel]),
    ),
  };
}

/** (3) Who is a member knows it, and holds all that there is. */
async function checkMembers(history: History, observer: Party, ids: string): Promise<void> {
  const members = observer.replica?.membership.state().members;
  for (const party of history.parties) {
    // A second device that was never linked, or is so no more, is of nobody.
    if (
      !members?.has(party.identity.person) ||
      observer.replica?.membership.state().devices.has(party.device) !== true
    )
      continue;
    // Who has left makes no boxes any more: under a key that those who stay lack, its leave is not heard.
    if (hasLeft(party)) continue;
    if ((party.role !== null && idsOf(party) === ids) || isBeyondReach(history, observer, party)) continue;
    // Who removed it, and is out by now, gave the key of that removal to nobody who stays.
    if ((await devicesOfAll(history, history.parties))?.has(party.device) === false) continue;
    history.violate(
      party.role === null
        ? `(3) ${party.name} is a member and does not know it`
        : `(3) ${party.name} holds ${party.store.stats().events} events, and there are ${observer.store.stats().events}`,
    );
  }
}

/**
 * It lacks a key that none but readers hold: who may not write cannot say to whom it gives a key, and so gives none. Or none
 * but who came later to a join-only scope, and has no more than the headers for those who are due more (EP89).
 */
export function isBeyondReach(history: History, observer: Party, party: Party): boolean {
  const devices = observer.replica?.membership.state().devices;
  const givers = history.parties.filter(
    ({ role, device }) => role !== null && role !== "reader" && devices?.has(device) === true,
  );
  return observer.scopes.some((scope) =>
    observer.store.eventsOfScope(scope, 0, Infinity).some(({ outer }) => {
      const { tag, bucket } = decodeOuter(outer);
      const epoch = observer.ledger.keys.find(tag, bucket)?.epoch;
      if (!epoch || party.ledger.keys.get(epoch)) return false;
      // A key that came as a box alone, from somebody who is out, its holder gives to nobody (EP31).
      return givers.every(
        ({ ledger, replica }) => !ledger.keys.get(epoch)?.secrets.contentSecret || !replica?.book.get(epoch),
      );
    }),
  );
}

/** By its own doing, as it knows. */
function hasLeft({ replica, identity: { person } }: Party): boolean {
  return replica?.membership.state().removed.get(person)?.by === person;
}
