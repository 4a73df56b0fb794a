/**
 * Who reads what once the network has healed: of a message of an honest device everybody for whom it was has all of its key, and not the
 * headers alone. What is missing altogether shows in events that do not open. spec/epoch EP87-EP89.
 */
import type { EpochKeys, PersonId, ScopeId } from "@kith/core";
import type { Post } from "./chronicle.ts";
import type { History } from "./history.ts";
import type { Party } from "./party.ts";

/** observer: has the keys of all, and the control events of the fullest member. */
export function checkReading(history: History, observer: Party): void {
  const { parties, rogues, chronicle } = history;
  const devices = observer.replica?.membership.state().devices;
  const present = parties.filter(
    ({ device, role, isOver }) => devices?.has(device) === true && role !== null && !isOver,
  );
  for (const post of chronicle.posts) {
    if (rogues.includes(post.author)) continue;
    for (const party of present) {
      const keys = party.ledger.keys.get(post.epoch);
      if (keys === null || !isHeadersAlone(keys) || !isFor(observer, post, party.identity.person, keys))
        continue;
      if (isNewcomer(history, post, party)) continue;
      const giver = present.find((other) => other !== party && mayGive(other, post, party));
      if (giver)
        history.violate(
          `(7) ${party.name} has the headers alone of ${post.id.slice(0, 6)}, which ${post.author.name} wrote for it and ${giver.name} can read`,
        );
    }
  }
}

/** Who was taken out of the space, rightly or not, and is back with another device comes anew, and may have none of the old ones. */
function isNewcomer(
  { chronicle }: History,
  { devices }: Post,
  { device, identity: { person } }: Party,
): boolean {
  if (devices.has(device)) return false;
  return [...chronicle.control.values()].some(
    ({ body }) => body?.type === "member.remove" && body.person === person,
  );
}

/** Of a sealed scope secrets are destroyed; what is due there is looked at by what was made for whom. */
const isHeadersAlone = ({ profile, secrets }: EpochKeys): boolean =>
  profile !== "sealed" && secrets.contentSecret === null;

/** An archive is for whoever is there now; of what is join-only each message for those whom its author knew of. */
function isFor(observer: Party, { scope, readers }: Post, person: PersonId, { profile }: EpochKeys): boolean {
  return profile === "join-only" ? readers.has(person) : isInside(observer, scope, person);
}

function isInside({ rosters }: Party, scope: ScopeId, person: PersonId): boolean {
  return rosters.get(scope)?.people().has(person) !== false;
}

/** It has all of it, may say to whom it gives it, and of a private channel is in it with them. */
function mayGive(other: Party, { scope, epoch }: Post, party: Party): boolean {
  const { ledger, replica, role, identity } = other;
  return (
    role !== "reader" &&
    (ledger.keys.get(epoch)?.secrets.contentSecret ?? null) !== null &&
    replica !== null &&
    replica.book.get(epoch) !== null &&
    isInside(other, scope, identity.person) &&
    isInside(other, scope, party.identity.person)
  );
}
