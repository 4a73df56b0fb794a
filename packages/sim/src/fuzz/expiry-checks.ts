/**
 * What must hold of messages for a time: by its own clock a device keeps nothing of one that is over, and shows each that is
 * not like everybody else who holds the same. spec/space SP130-SP134.
 */
import { decodeOuter, expiryMs, kinds, openEvent } from "@kith/core";
import type { EventId, Header, ScopeId } from "@kith/core";
import type { History } from "./history.ts";
import { isShed } from "./party.ts";
import type { Party } from "./party.ts";

/** Of messages in one list: more than a history has. */
const MESSAGES_MAX = 10_000;

interface ForATime {
  readonly id: EventId;
  readonly isWhole: boolean;
  readonly isShown: boolean;
  readonly isOver: boolean;
}

export function checkExpiry(history: History): void {
  const claimants = history.parties.filter((party) => party.role !== null && !party.isOver);
  for (const party of claimants)
    for (const scope of party.scopes)
      for (const { id, isWhole, isShown, isOver } of forATimeIn(party, scope))
        if (isOver && (isShown || (isWhole && scope !== party.replica?.control)))
          history.violate(
            `[SP133] ${party.name} ${isShown ? "shows" : "keeps"} ${id.slice(0, 6)}, whose time is over`,
          );
  for (const party of claimants)
    for (const other of claimants)
      if (party !== other) for (const scope of party.scopes) checkPair(history, { party, other, scope });
}

/** Two that hold the same: what neither counts as over both show, or neither. */
function checkPair(
  history: History,
  { party, other, scope }: { party: Party; other: Party; scope: ScopeId },
): void {
  if (idsIn(party, scope) !== idsIn(other, scope) || !agreeOnMembers(party, other)) return;
  const theirs = new Map(forATimeIn(other, scope).map((one) => [one.id, one]));
  for (const { id, isWhole, isOver, isShown } of forATimeIn(party, scope)) {
    const their = theirs.get(id);
    // Of a scope of which one of the two may not read what lies before it came.
    if (!their || isOver || their.isOver) continue;
    if (isWhole && !their.isWhole)
      history.violate(`[SP145] ${other.name} has no body of ${id.slice(0, 6)}, which ${party.name} has`);
    else if (isShown !== their.isShown && reads(party, id) && reads(other, id))
      history.violate(
        `[SP134] ${(isShown ? party : other).name} shows ${id.slice(0, 6)}, and ${(isShown ? other : party).name} does not`,
      );
  }
}

const idsIn = ({ store }: Party, scope: ScopeId): string =>
  store
    .eventsOfScope(scope, 0, Infinity)
    .map(({ id }) => id)
    .toSorted()
    .join();

function agreeOnMembers(party: Party, other: Party): boolean {
  const [mine, theirs] = [party.replica, other.replica];
  return mine !== null && theirs !== null && idsIn(party, mine.control) === idsIn(other, theirs.control);
}

function forATimeIn(party: Party, scope: ScopeId): ForATime[] {
  const { store, replica } = party;
  if (!replica) return [];
  const shown = new Set(store.messages({ space: replica.space, limit: MESSAGES_MAX }).map(({ id }) => id));
  return store.eventsOfScope(scope, 0, Infinity).flatMap(({ id, kind, outer }) => {
    const header = kind === kinds["message.expire"] ? headerOf(party, outer) : null;
    if (header === null) return [];
    const isOver = (expiryMs(header) ?? Infinity) <= party.clock.nowMs();
    return [{ id, isWhole: !isShed(outer), isShown: shown.has(id), isOver }];
  });
}

function headerOf({ ledger }: Party, bytes: Uint8Array): Header | null {
  const outer = decodeOuter(bytes);
  const keys = ledger.keys.find(outer.tag, outer.bucket);
  return keys ? openEvent(outer, keys).header : null;
}

/** It has the key of what was said. */
function reads({ store, ledger }: Party, id: EventId): boolean {
  const event = store.event(id);
  if (!event) return false;
  const { tag, bucket } = decodeOuter(event.outer);
  return (ledger.keys.find(tag, bucket)?.secrets.contentSecret ?? null) !== null;
}
