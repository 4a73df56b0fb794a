/**
 * What must hold of private channels once the network has healed: one state for one set in any order of arrival, everybody
 * in a channel holds and shows all of it, everybody removed from the space is fenced. spec/space SP50-SP59.
 */
import { decodeBody, decodeOuter, kinds, openEvent } from "@kith/core";
import type { Body, EventId, KeyTable, Roster, ScopeId, StoredEvent } from "@kith/core";
import type { History } from "./history.ts";
import type { Party } from "./party.ts";

const MESSAGES_MAX = 10_000;

/** observer: has the keys of all, and the control events of the fullest member. */
export async function checkChannels(history: History, observer: Party): Promise<void> {
  for (const scope of history.privateScopes) await checkChannel(history, observer, scope);
}

async function checkChannel(history: History, observer: Party, scope: ScopeId): Promise<void> {
  const { replica } = observer;
  if (!replica) return;
  const control = idsIn(observer, replica.control);
  const inside = history.parties
    .filter((party) => party.replica && idsIn(party, replica.control) === control)
    .filter((party) => party.ownChannels.some((roster) => roster.scope === scope) && !party.isOver)
    .toSorted((a, b) => countIn(b, scope) - countIn(a, scope));
  const [first] = inside;
  if (!first) return;
  const ids = idsIn(first, scope);
  const roster = await refill(history, observer, first, scope);
  for (const party of inside) {
    const own = party.rosters.get(scope);
    if (own && idsIn(party, scope) === ids && describe(party, own) !== describe(observer, roster, party))
      history.violate(
        `(2) ${party.name} and another order of arrival differ about a private channel: ${describe(party, own)} and ${describe(observer, roster, party)}`,
      );
  }
  checkFences(history, observer, roster);
  const { devices, members } = replica.membership.state();
  for (const party of history.parties) {
    const { person } = party.identity;
    if (!roster.people().has(person) || !devices.has(party.device)) continue;
    if (party.replica === null || idsIn(party, replica.control) !== control) continue;
    // Who has left the channel makes no boxes for it any more: under a key that those who stay lack, its leave is not heard.
    if (party.rosters.get(scope)?.endingsOf(person).length) continue;
    if (idsIn(party, scope) !== ids && !isBeyondReach(history, { observer, party, scope, roster }))
      history.violate(
        `(3) ${party.name} holds ${countIn(party, scope)} events of a private channel, and there are ${countIn(observer, scope)}`,
      );
  }
  const canFence = inside.some(
    ({ identity: { person } }) => members.get(person)?.role !== "reader" && roster.people().has(person),
  );
  if (canFence && roster.unfenced().length > 0)
    history.violate(`(3) nobody fenced ${roster.unfenced().length} removals in a private channel`);
}

/**
 * Of who was let in once and is out, nothing is shown beyond the lowest word about how far they were heard. Reads the events
 * themselves, and asks the roster for no more than which of them hold.
 */
function checkFences(history: History, { store, replica, ledger }: Party, roster: Roster): void {
  if (!replica || roster.facts === null) return;
  const { scope } = roster;
  const events = store
    .eventsOfScope(scope, 0, Infinity)
    .flatMap(({ outer }) => reopen(outer, ledger.keys) ?? []);
  const holding = new Set(roster.removals());
  const shown = store.messages({ channel: roster.facts.id, limit: MESSAGES_MAX });
  for (const { identity, device, name } of history.parties) {
    const { person } = identity;
    const lettingIn = events.filter(
      ({ body }) => body?.type === "channel.add" && body.people.includes(person),
    );
    if (roster.people().has(person) || lettingIn.length > 1 || roster.facts.founder === person) continue;
    const words = events.flatMap(({ id, body }) =>
      (body?.type === "channel.fence" || body?.type === "channel.remove") &&
      body.person === person &&
      holding.has(id)
        ? [body.fences.find((fence) => fence.device === device)?.seq ?? 0]
        : [],
    );
    const upTo = Math.min(...words);
    for (const { id } of shown) {
      const event = store.event(id);
      if (event?.device === device && event.seq > upTo)
        history.violate(
          `[SP57] ${name} is heard in a private channel beyond what was said of its part there`,
        );
    }
  }
}

/** All of the channel, in another order. */
async function refill(history: History, observer: Party, from: Party, scope: ScopeId): Promise<Roster> {
  observer.ledger.openPrivateScope(history.space, scope);
  const events = from.store.eventsOfScope(scope, 0, Infinity);
  for (let left = events.length; left > 1; left -= 1) {
    const at = history.random.below(left);
    [events[left - 1], events[at]] = [events[at]!, events[left - 1]!];
  }
  while (events.length > 0) {
    const outers = events.splice(0, 16).map(({ outer }) => outer);
    await observer.ingest.deliver({ scope, outers, from: from.device });
  }
  const roster = observer.rosters.get(scope);
  if (!roster) throw new Error("the channel was opened");
  return roster;
}

function describe({ store, replica, ledger }: Party, roster: Roster, reader: Party | null = null): string {
  const fences = [...(replica?.fences.get(roster.scope) ?? [])].map(([device, { upTo }]) => [device, upTo]);
  const texts =
    roster.facts === null ? [] : store.messages({ channel: roster.facts.id, limit: MESSAGES_MAX });
  return JSON.stringify([
    roster.facts,
    [...roster.people()].sort(),
    roster.removals(),
    roster.heads(),
    roster.unfenced(),
    roster.expiry(),
    fences.sort(),
    texts
      .filter(({ id }) => store.event(id)?.kind !== kinds["message.expire"])
      .filter(({ id }) => !reader || reads(reader, store.event(id), ledger))
      .map(({ id, text }) => [id, text]),
  ]);
}

const countIn = ({ store }: Party, scope: ScopeId): number => store.eventsOfScope(scope, 0, Infinity).length;

function idsIn({ store }: Party, scope: ScopeId): string {
  return store
    .eventsOfScope(scope, 0, Infinity)
    .map(({ id }) => id)
    .sort()
    .join();
}

/** It lacks a key of the channel that nobody in it can give: holders are out, or may not write. */
function isBeyondReach(
  { parties }: History,
  { observer, party, scope, roster }: { observer: Party; party: Party; scope: ScopeId; roster: Roster },
): boolean {
  const givers = parties.filter(
    (other) =>
      other.role !== null &&
      other.role !== "reader" &&
      !other.isOver &&
      roster.people().has(other.identity.person),
  );
  const lacksKey = observer.store.eventsOfScope(scope, 0, Infinity).some(({ outer }) => {
    const { tag, bucket } = decodeOuter(outer);
    const epoch = observer.ledger.keys.find(tag, bucket)?.epoch;
    return (
      epoch !== undefined &&
      party.ledger.keys.get(epoch) === null &&
      // A key that came as a box alone, from somebody who is out, its holder gives to nobody (EP31).
      givers.every(
        ({ ledger, replica }) => !ledger.keys.get(epoch)?.secrets.contentSecret || !replica?.book.get(epoch),
      )
    );
  });
  return lacksKey;
}

function reopen(
  bytes: Uint8Array,
  keys: KeyTable,
): { readonly id: EventId; readonly body: Body | null } | null {
  const outer = decodeOuter(bytes);
  const key = keys.find(outer.tag, outer.bucket);
  const event = key && openEvent(outer, key);
  return event ? { id: event.id, body: event.body && decodeBody(event.header.kind, event.body) } : null;
}

/** Of what another device shows, this one may be without what was written before its person came, or came here without a key. */
export function reads(reader: Party, event: StoredEvent | null, { keys }: Party["ledger"]): boolean {
  if (!event) return false;
  const { tag, bucket } = decodeOuter(event.outer);
  const epoch = keys.find(tag, bucket)?.epoch;
  if (reader.store.sealedBody(event.id) !== null) return true;
  return epoch === undefined || reader.ledger.keys.get(epoch)?.secrets.contentSecret !== null;
}
