import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { encodeCbor, labelled, labels, sha256, utf8 } from "../crypto/index.ts";
import { decodeBody, encodeBody, kinds, privateScope } from "../event/index.ts";
import { refusal } from "../event/event-fixtures.ts";
import { ann, bob, cem, channel, createWorld, dee, eva, NAME, names } from "./roster.fixture.ts";
import type { World } from "./roster.fixture.ts";
import type { ControlEvent } from "./types.ts";
import { createMembership } from "./membership.ts";
import { createRoster } from "./roster.ts";
import { bodies } from "./world.fixture.ts";
import type { TestPerson } from "./world.fixture.ts";

let world: World;

beforeEach(() => {
  world = createWorld();
});

const post = { type: "message.post", channel: "cc".repeat(16), text: "hi", replyTo: null } as never;
const device = (who: TestPerson) => who.device.device;

describe("founding", () => {
  test("[SP50] [EV28] the scope's id admits one founder, one device, one name; nobody else can open it", () => {
    const { found, say, space, scope, rosterOf } = world;
    expect(rosterOf([found]).facts).toMatchObject({ name: NAME, founder: bob.person, scope });
    const salt = sha256(utf8("channel"));
    expect(privateScope({ space, device: device(bob), salt, name: "other", profile: "archive" })).not.toBe(
      scope,
    );
    // [EV28] The profile is part of what the id commits to.
    const committed = [Buffer.from(space, "hex"), Buffer.from(device(bob), "hex"), salt, NAME, 0];
    expect(scope).toBe(
      Buffer.from(sha256(labelled(labels.scopePrivate, encodeCbor(committed)))).toString("hex"),
    );
    for (const forged of [
      say(cem, { type: "channel.found", name: NAME, salt, profile: "archive" }, []),
      say(bob, { type: "channel.found", name: NAME, salt, profile: "archive" }, []),
    ])
      expect(rosterOf([]).add(forged)).toMatchObject({ ok: false, code: "CHANNEL_FORGED" });
    expect(rosterOf([found]).add(found)).toMatchObject({ ok: true });
  });

  test("[SP50] who is no member of the space founds nothing", () => {
    const { found, rosterOf, space } = world;
    expect(rosterOf([], createMembership(space)).missing(found.header.auth)).toEqual(found.header.auth);
    expect(refusal(() => rosterOf([found], createMembership(space)))).toBe("ROSTER_GAP");
  });

  test("[SP51] people are packed in ascending order, each once, 1 to 512", () => {
    const people = [ann, bob, cem].map(({ person }) => person).toSorted();
    const read = decodeBody(
      kinds["channel.add"],
      encodeBody({ type: "channel.add", people: people.toReversed() }),
    );
    expect(read).toEqual({ type: "channel.add", people });
    const many = Array.from({ length: 513 }, (_, i) => i.toString(16).padStart(64, "0") as never);
    for (const bad of [[], [ann.person, ann.person], many])
      expect(refusal(() => encodeBody({ type: "channel.add", people: bad }))).toBe("PEOPLE_INVALID");
    const swapped = encodeCbor([Buffer.from(people.toReversed().join(""), "hex")]);
    expect(refusal(() => decodeBody(kinds["channel.add"], swapped))).toBe("PEOPLE_INVALID");
  });
});

describe("who is in it", () => {
  test("[SP52] the founder and whom members of the channel add; who is outside adds nobody, not even an owner", () => {
    const { found, add, say, rosterOf } = world;
    const roster = rosterOf([found, add]);
    expect(names(roster)).toBe("Bob Cem Dee");
    expect(roster.add(say(ann, channel.add(ann), [add]))).toMatchObject({
      ok: false,
      code: "NOT_IN_CHANNEL",
    });
    expect(roster.add(say(eva, channel.add(eva), []))).toMatchObject({ ok: false, code: "NOT_IN_CHANNEL" });
    expect(roster.add(say(cem, channel.add(eva), [add]))).toMatchObject({ ok: true, person: cem.person });
    expect(names(roster)).toBe("Bob Cem Dee Eva");
  });

  test("[SP52] only members of the space are let in, and who is removed from it is out of the channel", () => {
    const { found, add, say, decide, rosterOf, admit } = world;
    decide(ann, bodies.remove(eva));
    const late = say(bob, channel.add(eva), [add]);
    const roster = rosterOf([found, add, late]);
    expect(names(roster)).toBe("Bob Cem Dee");
    decide(ann, bodies.remove(cem));
    expect(names(roster)).toBe("Bob Dee");
    admit(cem);
    expect(names(roster)).toBe("Bob Dee");
    roster.add(say(dee, channel.add(cem), [add]));
    expect(names(roster)).toBe("Bob Cem Dee");
  });

  test("[SP53] writing needs to be in the channel in the event's own past; later changes do not reach back", () => {
    const { found, add, say, rosterOf, membership } = world;
    const roster = rosterOf([found, add]);
    const before = [...membership.heads(), add.id];
    expect(roster.mayWrite(device(cem), before)).toMatchObject({ ok: true });
    expect(roster.mayWrite(device(cem), [...membership.heads(), found.id])).toMatchObject({ ok: false });
    expect(roster.mayWrite(device(eva), before)).toMatchObject({ ok: false, code: "NOT_IN_CHANNEL" });
    const removal = say(bob, channel.remove(cem), [add]);
    roster.add(removal);
    expect(roster.mayWrite(device(cem), before)).toMatchObject({ ok: true });
    expect(roster.mayWrite(device(cem), [...membership.heads(), removal.id])).toMatchObject({ ok: false });
    expect(roster.add(say(cem, post, [removal]))).toMatchObject({ ok: false, code: "NOT_IN_CHANNEL" });
  });

  test("[SP54] the founder removes anybody, an admin lower ranks, a member itself alone", () => {
    const { found, add, say, rosterOf, decide } = world;
    const base = [found, add, say(bob, channel.add(ann), [add])];
    const verdict = (author: TestPerson, whom: TestPerson) =>
      rosterOf(base).add(say(author, channel.remove(whom), base.slice(-1)));
    expect(verdict(cem, dee)).toMatchObject({ ok: false, code: "ROLE_TOO_LOW" });
    expect(verdict(ann, bob)).toMatchObject({ ok: false, code: "ROLE_TOO_LOW" });
    expect(verdict(ann, cem)).toMatchObject({ ok: true });
    expect(verdict(bob, ann)).toMatchObject({ ok: true });
    expect(verdict(cem, cem)).toMatchObject({ ok: true });
    expect(verdict(bob, eva)).toMatchObject({ ok: false, code: "PERSON_UNKNOWN" });
    decide(ann, bodies.rank(cem, "admin"));
    expect(verdict(cem, dee)).toMatchObject({ ok: true });
    expect(verdict(cem, ann)).toMatchObject({ ok: false, code: "ROLE_TOO_LOW" });
  });
});

describe("what is concurrent", () => {
  test("[SP55] a removal beats a concurrent adding, and what its target wrote beside it is void", () => {
    const { found, add, say, rosterOf } = world;
    const removal = say(bob, channel.remove(cem), [add]);
    const again = say(dee, channel.add(cem), [add]);
    const accomplice = say(cem, channel.add(eva), [add]);
    expect(names(rosterOf([found, add, removal, again, accomplice]))).toBe("Bob Dee");
    const back = say(dee, channel.add(cem), [removal]);
    expect(names(rosterOf([found, add, removal, again, accomplice, back]))).toBe("Bob Cem Dee");
  });

  test("[SP52] [SP55] attack 10: a merge, of a member too, lets nobody in whose adding does not count", () => {
    const { found, add, say, rosterOf, membership } = world;
    const merge = { type: "merge" } as never;
    // An owner and another who are outside add themselves: that is not taken, and so nothing that joins it.
    const intrusions = [say(ann, channel.add(ann), [add]), say(eva, channel.add(eva), [add])];
    for (const intrusion of intrusions) {
      const roster = rosterOf([found, add]);
      expect(roster.add(intrusion)).toMatchObject({ ok: false, code: "NOT_IN_CHANNEL" });
      expect(refusal(() => roster.add(say(cem, merge, [add, intrusion])))).toBe("ROSTER_GAP");
      expect(names(roster)).toBe("Bob Cem Dee");
    }
    // What is void by a removal beside it is kept, and joined by one who is in.
    const removal = say(bob, channel.remove(cem), [add]);
    const accomplice = say(cem, channel.add(eva), [add]);
    const joined = say(dee, merge, [removal, accomplice]);
    const roster = rosterOf([found, add, removal, accomplice, joined]);
    expect(names(roster)).toBe("Bob Dee");
    for (const outside of [ann, cem, eva]) {
      expect(roster.add(say(outside, merge, [joined]))).toMatchObject({ ok: false, code: "NOT_IN_CHANNEL" });
      expect(roster.mayWrite(device(outside), [...membership.heads(), joined.id])).toMatchObject({
        ok: false,
        code: "NOT_IN_CHANNEL",
      });
    }
    expect(names(roster)).toBe("Bob Dee");
  });

  test("[SP55] the higher rank is decided first: a back-dated removal by who was removed does nothing", () => {
    const { found, add, say, rosterOf, decide } = world;
    decide(ann, bodies.rank(cem, "admin"));
    const removal = say(bob, channel.remove(cem), [add]);
    const revenge = say(cem, channel.remove(dee), [add]);
    expect(names(rosterOf([found, add, revenge, removal]))).toBe("Bob Dee");
    expect(rosterOf([found, add, revenge, removal]).removals()).toEqual([removal.id]);
  });

  test("[SP56] a fence ends what a person removed from the space wrote beside it; of the same rank the lowest holds, a higher one replaces it", () => {
    const { found, add, say, rosterOf, decide, scope, membership } = world;
    const removal = decide(ann, bodies.remove(cem));
    const at = (seq: number) => [{ scope, device: device(cem), seq, id: add.id }];
    const roster = rosterOf([found, add]);
    expect(roster.unfenced()).toEqual([{ person: cem.person, removal: removal.id }]);
    const heads = [...membership.heads(), add.id];
    const heard = () => roster.heardUpTo({ person: cem.person, device: device(cem) }, heads);
    expect(heard()).toBe(Infinity);
    roster.add(say(dee, channel.fence(cem, removal, at(5)), [add]));
    expect(heard()).toBe(5);
    roster.add(say(dee, channel.fence(cem, removal, at(3)), [add]));
    expect(heard()).toBe(3);
    const higher = say(bob, channel.fence(cem, removal, at(7)), [add]);
    roster.add(higher);
    expect(heard()).toBe(7);
    roster.add(say(bob, channel.fence(cem, removal, at(1)), [higher]));
    expect(heard()).toBe(7);
    expect(roster.unfenced()).toEqual([]);
  });

  test("[SP56] a fence is about a removal that its author knew and that holds, and never about oneself", () => {
    const { found, add, say, rosterOf, decide, membership } = world;
    const before = membership.heads();
    const removal = decide(ann, bodies.remove(cem));
    const roster = rosterOf([found, add]);
    expect(roster.add(say(dee, channel.fence(cem, removal), [add], before))).toMatchObject({
      ok: false,
      code: "REMOVAL_UNKNOWN",
    });
    expect(roster.add(say(dee, channel.fence(eva, removal), [add]))).toMatchObject({ ok: false });
  });

  test("[SP56] a removed founder's revenge is void once any member fences it", () => {
    const { found, add, say, rosterOf, decide, membership } = world;
    const before = membership.heads();
    const removal = decide(ann, bodies.remove(bob));
    const revenge = [
      say(bob, channel.remove(cem), [add], before),
      say(bob, channel.remove(dee), [add], before),
      say(bob, channel.add(eva), [add], before),
    ];
    const fence = say(dee, channel.fence(bob, removal), [add]);
    expect(names(rosterOf([found, add, ...revenge, fence]))).toBe("Cem Dee");
    expect(names(rosterOf([found, add, fence, ...revenge]))).toBe("Cem Dee");
  });

  test("[SP57] who comes back writes again: heard is what follows the return", () => {
    const { found, add, say, rosterOf, membership, scope } = world;
    const fences = [{ scope, device: device(cem), seq: 2, id: add.id }];
    const removal = say(bob, channel.remove(cem, fences), [add]);
    const back = say(bob, channel.add(cem), [removal]);
    const roster = rosterOf([found, add, removal, back]);
    const who = { person: cem.person, device: device(cem) };
    expect(roster.heardUpTo(who, [...membership.heads(), add.id])).toBe(2);
    expect(roster.heardUpTo(who, [...membership.heads(), back.id])).toBe(Infinity);
  });
});

describe("one state for one set", () => {
  const people = [bob, cem, dee, ann, eva];
  /** Who does what to whom, seeing which of the events before: a history with partitions and back-dating. */
  const step = fc.record({
    author: fc.nat(4),
    kind: fc.constantFrom("add", "remove", "fence", "space", "readmit", "rank"),
    whom: fc.nat(4),
    sees: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
    stale: fc.boolean(),
  });

  test("[SP58] the same events in any order of arrival that keeps causes first, and in any repetition, give the same people", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 14 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (steps, chance) => {
          const made = createWorld();
          const first = made.membership.heads();
          const events: ControlEvent[] = [made.found, made.add];
          const reference = made.rosterOf(events);
          for (const { author, kind, whom, sees, stale } of steps) {
            const [who, target] = [people[author] ?? bob, people[whom] ?? cem];
            if (kind === "space") made.decide(ann, bodies.remove(target));
            else if (kind === "readmit") made.admit(target);
            else if (kind === "rank") made.decide(ann, bodies.rank(target, "admin"));
            else {
              const seen = [...new Set(sees.map((at) => events[at % events.length] ?? made.found))];
              const removal = made.membership.removalsOf(target.person, null)[0];
              const fence = made.control.find(({ id }) => id === removal);
              if (kind === "fence" && !fence) continue;
              const body =
                kind === "add"
                  ? channel.add(target)
                  : kind === "remove"
                    ? channel.remove(target)
                    : channel.fence(target, fence ?? made.found);
              const event = made.say(who, body, seen, stale ? first : made.membership.heads());
              if (reference.add(event).ok) events.push(event);
            }
          }
          const shuffled: ControlEvent[] = [];
          const rest = [...events];
          const channelIds = new Set(events.map(({ id }) => id));
          while (rest.length > 0) {
            const ready = rest.filter(({ header }) =>
              header.auth.every((id) => !channelIds.has(id) || shuffled.some((done) => done.id === id)),
            );
            const next = ready[Math.floor((chance.next().value ?? 0) * ready.length)] ?? ready[0];
            if (!next) throw new Error("no event is ready");
            rest.splice(rest.indexOf(next), 1);
            shuffled.push(next);
          }
          // One that hears of the space no sooner than an event of the channel needs it.
          const lagging = createMembership(made.space);
          const other = createRoster(made, () => lagging);
          const control = [...made.control];
          for (const event of [...shuffled, ...events]) {
            while (other.missing(event.header.auth).some((id) => !channelIds.has(id))) {
              const next = control.shift();
              if (!next) throw new Error("control is incomplete");
              lagging.add(next);
            }
            other.people();
            other.add(event);
          }
          for (const event of control) lagging.add(event);
          const again = made.rosterOf(events);
          for (const roster of [other, again]) {
            expect(names(roster)).toBe(names(reference));
            expect(roster.removals()).toEqual(reference.removals());
            for (const { person, device: key } of people)
              expect(roster.heardUpTo({ person, device: key.device }, roster.heads())).toBe(
                reference.heardUpTo({ person, device: key.device }, reference.heads()),
              );
          }
          // Whoever nobody let in, or was removed from the space and not added since, is not in it.
          for (const { person } of people)
            if (!made.membership.state().members.has(person))
              expect(reference.people().has(person)).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });
});
