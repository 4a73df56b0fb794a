import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMembership } from "./membership.ts";
import { ann, bob, cem, channel, createWorld, dee, eva } from "./roster.fixture.ts";
import type { ControlEvent } from "./types.ts";
import { bodies } from "./world.fixture.ts";

const id = "cc".repeat(16) as never;
const keepFor = (seconds: number | null, of: never = id) =>
  ({ type: "channel.expiry", channel: of, seconds }) as const;

describe("of an open channel", () => {
  test("[SP130] owners and admins say it, members do not; the latest holds", () => {
    const { membership, decide } = createWorld();
    const kept = () => membership.state().expiries.get(id) ?? null;
    expect(kept()).toBeNull();
    decide(bob, keepFor(3_600));
    expect(kept()).toBe(3_600);
    const tried = decide(cem, keepFor(60));
    expect(membership.verdictOf(tried.id)).toMatchObject({ effective: false, code: "ROLE_TOO_LOW" });
    expect(kept()).toBe(3_600);
    decide(ann, keepFor(null));
    expect(kept()).toBeNull();
  });

  test("[SP130] what an admin said beside the removal of its rank or person does not count", () => {
    const { membership, control, decide } = createWorld();
    const before = control.slice(-1);
    decide(ann, bodies.rank(bob, "member"), before);
    const beside = decide(bob, keepFor(60), before);
    expect(membership.verdictOf(beside.id)).toMatchObject({ effective: false });
    expect(membership.state().expiries.get(id) ?? null).toBeNull();
  });

  test("[SP130] [SP3] in whatever order concurrent ones come, all replicas keep messages alike", () => {
    const { space, control, decide } = createWorld();
    const ground = control.slice();
    const base = ground.slice(-1);
    const said = [
      decide(ann, keepFor(3_600), base),
      decide(bob, keepFor(60), base),
      decide(bob, keepFor(null), base),
      decide(cem, keepFor(120), base),
      decide(ann, bodies.remove(eva), base),
      decide(ann, keepFor(7_200), base),
    ];
    const byAuthor = (who: ControlEvent) =>
      said.filter(({ header }) => header.device === who.header.device && header.seq < who.header.seq);
    const last = said.findLast(({ body, header }) => body?.type === "channel.expiry" && header.time.ms > 0);
    expect(last?.body).toMatchObject({ seconds: 7_200 });
    fc.assert(
      fc.property(fc.shuffledSubarray(said, { minLength: said.length }), (order) => {
        const replica = createMembership(space);
        for (const event of ground) replica.add(event);
        // Causes first: a device's own chain comes in its order.
        const left = [...order];
        for (const event of order) {
          for (const earlier of byAuthor(event))
            if (left.includes(earlier)) replica.add(left.splice(left.indexOf(earlier), 1)[0] as ControlEvent);
          if (left.includes(event)) replica.add(left.splice(left.indexOf(event), 1)[0] as ControlEvent);
        }
        return replica.state().expiries.get(id) === 7_200;
      }),
      { numRuns: 40 },
    );
  });
});

describe("of a private channel", () => {
  test("[SP131] whoever is in it says it, in its own scope; who is not is refused", () => {
    const { found, add, say, rosterOf, id: board } = createWorld();
    const roster = rosterOf([found, add]);
    expect(roster.expiry()).toBeNull();
    const said = say(cem, keepFor(3_600, board as never), [add]);
    expect(roster.add(said)).toMatchObject({ ok: true });
    expect(roster.has(said.id)).toBe(true);
    expect(roster.expiry()).toBe(3_600);
    // Of another channel it says nothing here.
    roster.add(say(dee, keepFor(60), [said]));
    expect(roster.expiry()).toBe(3_600);
    expect(roster.add(say(ann, keepFor(60, board as never), [add]))).toMatchObject({
      code: "NOT_IN_CHANNEL",
    });
    expect(roster.expiry()).toBe(3_600);
  });

  test("[SP131] [SP58] whichever comes first the latest holds, and of who was removed what a fence lets count", () => {
    const { found, add, say, rosterOf, id: board } = createWorld();
    const one = say(cem, keepFor(3_600, board as never), [add]);
    const two = say(dee, keepFor(60, board as never), [add]);
    const out = say(bob, channel.remove(dee), [add]);
    for (const order of [
      [one, two, out],
      [out, two, one],
      [two, out, one],
    ]) {
      const roster = rosterOf([found, add]);
      for (const event of order.filter((event) => event !== out)) roster.add(event);
      expect(roster.expiry()).toBe(60);
      const all = rosterOf([found, add, ...order]);
      expect(all.expiry()).toBe(3_600);
    }
  });
});
