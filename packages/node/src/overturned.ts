/**
 * Removals and demotions that counted where they were made and that a decision of higher rank has undone: whoever may repeat one is
 * told, and may let it be, which is kept here and told to nobody. spec/space SP30, SP154.
 */
import type { DeviceId, EventId, PersonId, SpaceId } from "@kith/core";
import { Kept } from "./kept.ts";
import { rightsOver } from "./member-rights.ts";
import type { NodeParts } from "./node.ts";
import { reopen } from "./reopen.ts";
import type { Replica } from "./replica.ts";
import type { MemberInfo, OverturnedInfo } from "./service.ts";

export interface Overturned {
  /** The members with what was overturned about each of them. */
  mark(replica: Replica, members: readonly MemberInfo[]): MemberInfo[];
  /** Nothing of it is told any more, on this device. Of somebody about whom nothing is, it changes nothing. */
  letBe(replica: Replica, person: PersonId): Promise<void>;
}

interface Found extends OverturnedInfo {
  readonly event: EventId;
  readonly person: PersonId;
}

export function createOverturned({
  options: { store, clock, log },
  ledger,
  identity,
  queries,
}: Pick<NodeParts, "options" | "ledger" | "identity" | "queries">): Overturned {
  const leftBe = new Kept<true>({
    store,
    prefix: "overturned/",
    save: (meta) => ledger.commit(ledger.gather(null), { meta }),
  });
  /** Told in this process, or here before it began. */
  const told = new Map<SpaceId, Set<EventId>>();
  for (const replica of ledger.replicas.values())
    told.set(replica.space, new Set(find(replica).map(({ event }) => event)));
  ledger.onCommitted(({ spacesChanged }) => {
    for (const space of spacesChanged) tellNew(space);
  });

  /** What this person may repeat, oldest first. */
  function find({ membership }: Replica): Found[] {
    const { overturned, members, devices, removed, removedDevices } = membership.state();
    if (overturned.length === 0) return [];
    const removedWith = (device: DeviceId): PersonId | null =>
      [...removed].find(([, facts]) => facts.devices.includes(device))?.[0] ?? null;
    const self = identity().person;
    const found: Found[] = [];
    for (const { event, kind, person, by } of overturned) {
      const member = members.get(person);
      // A device is its person's own matter, and leaving is one's own.
      if (kind === "device" || !member || person === self || leftBe.get(event)) continue;
      const stored = store.event(event);
      // Who was let in anew since was meant to be here.
      if (!stored || stored.timeMs < member.joinedMs) continue;
      const may = rightsOver(members, self, member);
      const body = reopen(stored.outer, ledger.keys)?.body;
      const role = body?.type === "member.role" ? body.role : null;
      if (role === null ? !may.remove : !may.roles.includes(role)) continue;
      const author = devices.get(by)?.person ?? removedDevices.get(by)?.person ?? removedWith(by);
      if (author === person) continue;
      found.push({
        event,
        person,
        kind: role === null ? "removal" : "demotion",
        role,
        by: author,
        byName: author && queries.nameOf(author),
        atMs: stored.timeMs,
      });
    }
    return found.toSorted((a, b) => a.atMs - b.atMs);
  }

  function tellNew(space: SpaceId): void {
    const replica = ledger.replicas.get(space);
    if (!replica) return;
    const known = told.get(space) ?? new Set();
    told.set(space, known);
    const fresh = find(replica).filter(({ event }) => !known.has(event));
    for (const { event } of fresh) known.add(event);
    if (fresh.length === 0) return;
    ledger
      .commit(ledger.gather(null), { log: fresh.map(({ person }) => entryOf(space, person)) })
      .catch((error: unknown) => log.warn("overturned:not-told", { error: String(error) }));
  }

  const entryOf = (space: SpaceId, person: PersonId) => ({
    type: "space" as const,
    atMs: clock.nowMs(),
    ref: null,
    data: JSON.stringify({ space, change: "overturned", person }),
  });

  return {
    mark(replica, members) {
      const found = find(replica);
      if (found.length === 0) return [...members];
      return members.map((member) => {
        const last = found.findLast(({ person }) => person === member.person);
        if (!last) return member;
        const { event: _event, person: _person, ...overturned } = last;
        return { ...member, overturned };
      });
    },

    async letBe(replica, person) {
      const events = find(replica).filter((each) => each.person === person);
      if (events.length === 0) return;
      const meta = events.map(({ event }) => leftBe.change(event, true));
      try {
        await ledger.commit(ledger.gather(null), { meta, log: [entryOf(replica.space, person)] });
      } catch (error) {
        for (const { event } of events) leftBe.reload(event);
        throw error;
      }
    },
  };
}
