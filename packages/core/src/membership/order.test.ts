import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settleAfresh } from "./afresh.fixture.ts";
import { createMembership } from "./membership.ts";
import type { Membership } from "./membership.ts";
import { publicScope } from "../event/index.ts";
import { ROLES } from "./types.ts";
import type { ControlEvent, MembershipState, Verdict } from "./types.ts";
import {
  bodies,
  createLinkedDevice,
  createTestInvite,
  createTestPerson,
  createTestSpace,
  requestOf,
} from "./world.fixture.ts";

const people = ["Ann", "Bea", "Cid", "Dov", "Eve", "Fay"].map(createTestPerson);
/** Of each person the first device, one that it linked, one that it linked too, and one that the second linked. */
const devices = people.map((first) => {
  const [second, third] = ["second", "third"].map((which) =>
    createLinkedDevice(first, `${first.name} ${which}`),
  );
  if (!second || !third) throw new Error("out of range");
  return [first, second, third, createLinkedDevice(second, `${first.name} fourth`)] as const;
});
const invites = ["one", "two", "three"].map(createTestInvite);

/** One act of a history: who, what, and which of the current heads it has heard of. */
const act = fc.record({
  actor: fc.nat(people.length - 1),
  kind: fc.constantFrom(
    ...(["invite", "revoke", "admit", "admit", "admit", "channel", "rename", "fork"] as const),
    ...(["link", "link", "unlink", "unlink", "unlink-by-root", "name-device"] as const),
    ...(["confirm", "remove", "remove", "leave", "rank", "rank", "rank", "rename-space"] as const),
  ),
  rank: fc.constantFrom(...ROLES),
  target: fc.nat(people.length - 1),
  invite: fc.nat(invites.length - 1),
  usesMax: fc.integer({ min: 1, max: 2 }),
  role: fc.constantFrom("member" as const, "reader" as const),
  hears: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3 }),
  /** Which device of the actor writes, and which it writes about. */
  by: fc.nat(3),
  about: fc.nat(3),
  sort: fc.nat(),
});
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

/** Entitled or not, everyone tries everything, on branches old and new. */
function playHistory(acts: readonly Act[], { inhabited = false, peaceful = false } = {}) {
  const [ann] = people;
  if (!ann) throw new Error("no founder");
  const { space, founding, write } = createTestSpace(ann);
  const events: ControlEvent[] = [founding];
  if (inhabited) {
    const [all, scarce, few] = invites;
    const [, bea, cid, dov, eve] = people;
    if (!all || !scarce || !few || !bea || !cid || !dov || !eve) throw new Error("out of range");
    const opening = [
      bodies.invite(all),
      bodies.invite(scarce, { usesMax: 1 }),
      bodies.invite(few, { usesMax: 2 }),
      ...[bea, cid, dov].map((who) => bodies.admit(requestOf(space, who, all))),
      bodies.rank(bea, "owner"),
      bodies.rank(cid, "admin"),
    ];
    for (const body of opening) events.push(write(ann, body, { follows: events.slice(-1) }));
  }
  for (const { actor, kind, target, invite, usesMax, role, rank, hears, by, about, sort } of acts) {
    // Half of all acts are the founder's, so that histories get somewhere.
    const own = devices[(hears[0] ?? 0) % 2 === 0 ? 0 : actor];
    // Most acts are of a first device, so that histories get somewhere.
    const [author, device] = [own?.[sort % 3 === 0 ? by : 0], own?.[about]];
    const chosen = invites[invite];
    const other = people[target];
    if (!author || !device || !chosen || !other) throw new Error("out of range");
    const follows = [
      ...new Set(
        hears.map(
          (at) => events[events.length - 1 - (at % Math.min(events.length, inhabited ? 6 : 4))] ?? founding,
        ),
      ),
    ];
    const body = {
      invite: () => bodies.invite(chosen, { usesMax, role }),
      revoke: () => bodies.revoke(chosen),
      admit: () => bodies.admit(requestOf(space, other, chosen)),
      channel: () => bodies.channel(space, `channel ${target}`),
      rename: () => bodies.rename(`${author.name} ${target}`),
      remove: () => bodies.remove(other),
      leave: () => bodies.remove(author),
      rank: () => bodies.rank(other, rank),
      confirm: () =>
        bodies.confirm(events.findLast(({ body: known }) => known?.type === "member.admit") ?? founding),
      link: () => bodies.link(device),
      unlink: () => bodies.unlink(device),
      "unlink-by-root": () => bodies.unlinkByRoot(space, device),
      "name-device": () => bodies.nameDevice(device, `Device ${target}`),
      "rename-space": () => bodies.renameSpace(`Space ${target}`),
      fork: () => bodies.rename(`${author.name} forked`),
    }[peaceful && (kind === "remove" || kind === "leave" || kind === "revoke") ? "admit" : kind]();
    events.push(write(author, body, { follows, forks: kind === "fork" }));
  }
  return { space, events };
}

/** A causal order of arrival that the numbers decide. */
function arrange(events: readonly ControlEvent[], choices: readonly number[]): ControlEvent[] {
  const waiting = [...events];
  const arrived = new Set<string>();
  const order: ControlEvent[] = [];
  for (let turn = 0; waiting.length > 0; turn++) {
    const ready = waiting.filter(({ header }) =>
      [header.prev, ...header.parents].every((id) => id === null || arrived.has(id)),
    );
    const next = ready[(choices[turn % choices.length] ?? 0) % ready.length];
    if (!next) throw new Error("no event is ready");
    waiting.splice(waiting.indexOf(next), 1);
    arrived.add(next.id);
    order.push(next);
  }
  return order;
}

function describeState({
  info,
  members,
  devices: theirs,
  channels,
  invites: known,
  ...rest
}: MembershipState) {
  const { pending, removed, removedDevices, overturned } = rest;
  const sorted = <Value>(map: ReadonlyMap<string, Value>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    info,
    members: sorted(members),
    devices: sorted(theirs),
    removedDevices: sorted(removedDevices),
    channels: sorted(channels),
    invites: sorted(known),
    pending: sorted(pending),
    removed: sorted(removed),
    overturned: overturned.toSorted((a, b) => (a.event < b.event ? -1 : 1)),
  };
}

function describeAll(membership: Membership, events: readonly ControlEvent[]) {
  const heads = membership.heads();
  return {
    heads,
    removals: membership.removals(),
    heard: devices
      .flat()
      .map(({ device }) => membership.heardUpTo(device.device, publicScope(membership.space), heads)),
    state: describeState(membership.state()),
    verdicts: events.map(({ id }) => membership.verdictOf(id)),
    rights: devices
      .flat()
      .flatMap(({ device }) => events.map(({ id }) => membership.mayAct(device.device, "write", [id]))),
  };
}

/** What is one's own fault is named as such; the code tells the rest. */
function codeOf(verdict: Verdict | null): string {
  if (verdict === null || verdict.effective) return String(verdict?.effective);
  return verdict.code === "INVITE_USED_UP" ? "ADMISSION_PENDING" : verdict.code;
}

const histories = fc.record({
  acts: fc.array(act, { minLength: 5, maxLength: 40 }),
  choices: fc.array(fc.nat(1_000), { minLength: 5, maxLength: 40 }),
});

describe("order of arrival", () => {
  it("[SP3] [SP5] [SP20] any causal order of arrival gives the same members, verdicts and rights", () => {
    fc.assert(
      fc.property(histories, ({ acts, choices }) => {
        const { space, events } = playHistory(acts);
        const first = createMembership(space);
        for (const event of events) first.add(event);
        const second = createMembership(space);
        for (const event of arrange(events, choices)) {
          second.add(event);
          // Looked at on the way, so that nothing hangs on when it is looked at.
          second.state();
        }
        expect(describeAll(second, events)).toEqual(describeAll(first, events));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    { where: "a space that everybody tries to enter", inhabited: false },
    { where: "a space with members of every rank", inhabited: true },
    { where: "one where nobody is removed", inhabited: true, peaceful: true },
  ])("[SP3] what is kept from event to event says the same as all worked out afresh: $where", (options) => {
    fc.assert(
      fc.property(histories, ({ acts, choices }) => {
        const { space, events } = playHistory(acts, options);
        const arrived = arrange(events, choices);
        const membership = createMembership(space);
        for (const [count, event] of arrived.entries()) {
          membership.add(event);
          // Not at each step: what is looked at late must be right too.
          if (count % 4 !== 0 && count !== arrived.length - 1) continue;
          const some = arrived.slice(0, count + 1);
          const afresh = settleAfresh(space, some);
          expect(describeState(membership.state())).toEqual(describeState(afresh.state));
          expect(some.map(({ id }) => codeOf(membership.verdictOf(id)))).toEqual(
            some.map(({ id }) => codeOf(afresh.verdictOf(id))),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it("[SP4] what was void in its own past stays void, and a right once judged is never judged otherwise", () => {
    fc.assert(
      fc.property(histories, ({ acts }) => {
        const { space, events } = playHistory(acts);
        const membership = createMembership(space);
        const judged = new Map<string, boolean>();
        for (const event of events) {
          const verdict = membership.add(event);
          const right = membership.mayAct(event.header.device, "control", [event.id]);
          judged.set(event.id, right.ok);
          if (!verdict.effective && verdict.code === "NOT_MEMBER")
            expect(membership.verdictOf(event.id)?.effective).toBe(false);
        }
        for (const { id, header } of events)
          expect(membership.mayAct(header.device, "control", [id]).ok).toBe(judged.get(id));
      }),
      { numRuns: 40 },
    );
  });

  it("[IN12] no history admits more devices over an invite than it has uses and confirmations", () => {
    fc.assert(
      fc.property(histories, ({ acts }) => {
        const { space, events } = playHistory(acts);
        const membership = createMembership(space);
        for (const event of events) membership.add(event);
        for (const { used, usesMax } of membership.state().invites.values())
          expect(used).toBeLessThanOrEqual(
            usesMax + events.filter(({ body }) => body?.type === "member.confirm").length,
          );
        const ranks = [...membership.state().members.values()].map((member) => member.role);
        expect(ranks).toContain("owner");
      }),
      { numRuns: 40 },
    );
  });
});
