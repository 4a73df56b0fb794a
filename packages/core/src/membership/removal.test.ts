import { describe, expect, test } from "vitest";
import { publicScope } from "../event/index.ts";
import { createMembership } from "./membership.ts";
import type { ControlEvent, Role } from "./types.ts";
import { bodies, createTestInvite, createTestPerson, createTestSpace, requestOf } from "./world.fixture.ts";
import type { TestInvite, TestPerson } from "./world.fixture.ts";

const names = ["Ann", "Bea", "Cid", "Dov", "Eve"] as const;
type Name = (typeof names)[number];
const people = Object.fromEntries(names.map((name) => [name, createTestPerson(name)])) as Record<
  Name,
  TestPerson
>;
const { Ann, Bea, Cid, Dov, Eve } = people;

/** Ann founds; the others are let in over one invite and given these ranks. */
function createWorld(ranks: Partial<Record<Name, Role>>) {
  const { space, founding, write } = createTestSpace(Ann);
  const membership = createMembership(space);
  const events: ControlEvent[] = [];
  const add = (event: ControlEvent): ControlEvent => {
    events.push(event);
    membership.add(event);
    return event;
  };
  add(founding);
  const invite = createTestInvite("for all");
  let last = add(write(Ann, bodies.invite(invite), { follows: [founding] }));
  for (const name of Object.keys(ranks) as Name[])
    last = add(write(Ann, bodies.admit(requestOf(space, people[name], invite)), { follows: [last] }));
  for (const [name, role] of Object.entries(ranks) as [Name, Role][])
    if (role !== "member") last = add(write(Ann, bodies.rank(people[name], role), { follows: [last] }));
  const base = last;
  const act = (who: TestPerson, body: Parameters<typeof write>[1], ...follows: ControlEvent[]) =>
    add(write(who, body, { follows: follows.length === 0 ? [base] : follows }));
  const roleOf = (who: TestPerson): Role | null => membership.state().members.get(who.person)?.role ?? null;
  const codeOf = ({ id }: ControlEvent): string => {
    const verdict = membership.verdictOf(id);
    return verdict === null ? "missing" : verdict.effective ? "effective" : verdict.code;
  };
  /** The same set, come in another causal order. */
  const shuffled = () => {
    const other = createMembership(space);
    const waiting = [...events];
    while (waiting.length > 0) {
      const ready = waiting.filter(({ header }) =>
        [header.prev, ...header.parents].every((id) => id === null || other.has(id)),
      );
      const next = ready.at(-1);
      if (next === undefined) throw new Error("no event is ready");
      waiting.splice(waiting.indexOf(next), 1);
      other.add(next);
    }
    return events.map(({ id }) => other.verdictOf(id));
  };
  const verdicts = () => events.map(({ id }) => membership.verdictOf(id));
  return { space, write, membership, base, act, add, roleOf, codeOf, shuffled, verdicts };
}

describe("rank", () => {
  test("[SP7] one grants only what is below one's own rank; an owner may make owners", () => {
    const { act, roleOf, codeOf } = createWorld({ Bea: "admin", Cid: "member", Dov: "reader" });
    expect(codeOf(act(Bea, bodies.rank(Cid, "admin")))).toBe("ROLE_TOO_LOW");
    expect(codeOf(act(Cid, bodies.rank(Dov, "member")))).toBe("ROLE_TOO_LOW");
    expect(codeOf(act(Bea, bodies.rank(Dov, "member")))).toBe("effective");
    expect(codeOf(act(Ann, bodies.rank(Bea, "owner")))).toBe("effective");
    expect([roleOf(Bea), roleOf(Cid), roleOf(Dov)]).toEqual(["owner", "member", "member"]);
  });

  test("[SP7] one removes and demotes only lower ranks; oneself anybody may", () => {
    const { act, roleOf, codeOf } = createWorld({ Bea: "admin", Cid: "admin", Dov: "member", Eve: "reader" });
    expect(codeOf(act(Bea, bodies.remove(Cid)))).toBe("ROLE_TOO_LOW");
    expect(codeOf(act(Bea, bodies.remove(Ann)))).toBe("ROLE_TOO_LOW");
    expect(codeOf(act(Dov, bodies.remove(Eve)))).toBe("ROLE_TOO_LOW");
    const step = act(Cid, bodies.rank(Cid, "member"));
    expect(codeOf(step)).toBe("effective");
    expect(codeOf(act(Bea, bodies.remove(Cid), step))).toBe("effective");
    expect(codeOf(act(Eve, bodies.remove(Eve)))).toBe("effective");
    expect([roleOf(Cid), roleOf(Eve), roleOf(Dov)]).toEqual([null, null, "member"]);
    expect(codeOf(act(Ann, bodies.remove(createTestPerson("Nobody"))))).toBe("MEMBER_UNKNOWN");
  });

  test("[SP28] a space keeps its last owner, also where two leave at once", () => {
    const { act, roleOf, codeOf, verdicts, shuffled } = createWorld({ Bea: "owner" });
    const left = act(Ann, bodies.remove(Ann));
    const also = act(Bea, bodies.remove(Bea));
    expect([codeOf(left), codeOf(also)].toSorted()).toEqual(["LAST_OWNER", "effective"]);
    expect([roleOf(Ann), roleOf(Bea)].toSorted()).toEqual([null, "owner"].toSorted());
    expect(shuffled()).toEqual(verdicts());
    const alone = createWorld({});
    expect(alone.codeOf(alone.act(Ann, bodies.remove(Ann)))).toBe("LAST_OWNER");
    expect(alone.codeOf(alone.act(Ann, bodies.rank(Ann, "admin")))).toBe("LAST_OWNER");
  });

  test("[SP40] a decision that would void what made the last owner has no effect", () => {
    const { act, base, roleOf, codeOf, verdicts, shuffled } = createWorld({
      Bea: "admin",
      Cid: "member",
      Dov: "member",
    });
    const first = act(Ann, bodies.rank(Cid, "owner"));
    const second = act(Cid, bodies.rank(Dov, "owner"), first);
    const left = act(Ann, bodies.remove(Ann), second);
    // Bea has heard of none of it. Without Cid, Dov is owner by nobody's grant, and Ann has left.
    const removal = act(Bea, bodies.remove(Cid), base);
    expect([codeOf(left), codeOf(removal)]).toEqual(["effective", "LAST_OWNER"]);
    expect([roleOf(Ann), roleOf(Cid), roleOf(Dov)]).toEqual([null, "owner", "owner"]);
    expect(shuffled()).toEqual(verdicts());
  });

  test("[SP40] nor has a revocation of the invite over which the only owner came", () => {
    const { act, space, base, roleOf, codeOf, verdicts, shuffled } = createWorld({ Bea: "admin" });
    const invite = createTestInvite("heir");
    const opened = act(Ann, bodies.invite(invite), base);
    const admitted = act(Ann, bodies.admit(requestOf(space, Cid, invite)), opened);
    const left = act(Ann, bodies.remove(Ann), act(Ann, bodies.rank(Cid, "owner"), admitted));
    const revocation = act(Bea, bodies.revoke(invite), opened);
    expect([codeOf(left), codeOf(revocation)]).toEqual(["effective", "LAST_OWNER"]);
    expect([roleOf(Ann), roleOf(Cid)]).toEqual([null, "owner"]);
    expect(shuffled()).toEqual(verdicts());
  });

  test("[SP27] a rank given after an admission that turns out void meets the one that stands", () => {
    const { space, act, roleOf, codeOf, shuffled, verdicts } = createWorld({ Bea: "admin", Cid: "member" });
    const [first, second] = [createTestInvite("first"), createTestInvite("second")];
    const open = act(Ann, bodies.invite(second), act(Ann, bodies.invite(first)));
    const void_ = act(Cid, bodies.admit(requestOf(space, Dov, first)), open);
    // The owner decides first, when the admin's revocation has not taken the ground away yet.
    const lowered = act(Ann, bodies.rank(Dov, "reader"), void_);
    const revoked = act(Bea, bodies.revoke(first), open);
    // It stands deeper than the change of rank: no place in the order decides.
    const renamed = act(Bea, bodies.rename("Bee"), act(Bea, bodies.rename("Beatrice"), revoked));
    act(Bea, bodies.admit(requestOf(space, Dov, second)), renamed);
    expect([codeOf(void_), codeOf(lowered)]).toEqual(["INVITE_REVOKED", "effective"]);
    expect(roleOf(Dov)).toBe("reader");
    expect(shuffled()).toEqual(verdicts());
  });

  test("[SP27] concurrent changes of rank come to the lesser one", () => {
    const { act, roleOf, verdicts, shuffled } = createWorld({ Bea: "owner", Cid: "member" });
    act(Ann, bodies.rank(Cid, "admin"));
    act(Bea, bodies.rank(Cid, "reader"));
    expect(roleOf(Cid)).toBe("reader");
    expect(shuffled()).toEqual(verdicts());
  });
});

describe("removal", () => {
  test("[SP24] what the removed wrote without the removal knowing it is void; what it knew stays", () => {
    const { act, codeOf, base, roleOf } = createWorld({ Bea: "admin", Cid: "member" });
    const known = act(Bea, bodies.rank(Cid, "reader"));
    const removal = act(Ann, bodies.remove(Bea), known);
    const late = act(Bea, bodies.renameSpace("Mine"), known);
    expect([codeOf(known), codeOf(removal), codeOf(late)]).toEqual(["effective", "effective", "REMOVED"]);
    // Dated back below the removal: it is causality that counts, and no clock.
    const backdated = act(Bea, bodies.renameSpace("Older"), base);
    expect(codeOf(backdated)).toBe("REMOVED");
    expect([roleOf(Bea), roleOf(Cid)]).toEqual([null, "reader"]);
  });

  test("[SP24] a demotion voids what the new rank may not do, and nothing else", () => {
    const { act, codeOf } = createWorld({ Bea: "admin" });
    act(Ann, bodies.rank(Bea, "member"));
    expect(codeOf(act(Bea, bodies.renameSpace("Mine")))).toBe("ROLE_TOO_LOW");
    expect(codeOf(act(Bea, bodies.rename("Beatrix")))).toBe("effective");
  });

  test("[SP25] the higher rank decides first: an owner's promotion does not save its admin's remover", () => {
    // The owner promotes Cid while admin Bea removes Cid; Cid, now admin, removes Bea who is demoted meanwhile.
    const { act, codeOf, roleOf, verdicts, shuffled } = createWorld({ Bea: "admin", Cid: "member" });
    const promotion = act(Ann, bodies.rank(Cid, "admin"));
    const removal = act(Bea, bodies.remove(Cid));
    const demoted = act(Ann, bodies.rank(Bea, "member"), promotion);
    const revenge = act(Cid, bodies.remove(Bea), demoted);
    // Ann's demotion of Bea is of the highest rank and is decided first: as a member she removes nobody, and Cid's rank is disputed by nothing.
    expect(codeOf(removal)).toBe("REMOVED");
    expect(codeOf(revenge)).toBe("effective");
    expect([roleOf(Bea), roleOf(Cid)]).toEqual([null, "admin"]);
    expect(shuffled()).toEqual(verdicts());
  });

  test("[SP25] rank that a removal of its holder disputes does not count when removals meet", () => {
    const { act, codeOf, roleOf, verdicts, shuffled } = createWorld({ Bea: "admin", Cid: "member" });
    const promotion = act(Ann, bodies.rank(Cid, "owner"));
    const removal = act(Bea, bodies.remove(Cid));
    const revenge = act(Cid, bodies.remove(Bea), promotion);
    // Cid's rank rests on a grant beside the removal: it is decided as a member's, after Bea's.
    expect([codeOf(removal), codeOf(revenge)]).toEqual(["effective", "REMOVED"]);
    expect([roleOf(Bea), roleOf(Cid)]).toEqual(["admin", null]);
    expect(shuffled()).toEqual(verdicts());
  });

  // Which of the two comes first by id is decided by their dates.
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "[SP41] a decision takes its turn with those in its own past, and with the rank that they leave: case %i",
    (dates) => {
      const { write, add, act, base, codeOf, shuffled, verdicts } = createWorld({ Bea: "owner" });
      const down = act(Bea, bodies.rank(Bea, "admin"));
      // Beside it, so that it is open as long as others are.
      const name = act(Ann, bodies.renameSpace("Quay"), base);
      const further = add(write(Bea, bodies.rank(Bea, "member"), { follows: [down], atMs: 10_000 + dates }));
      const removal = act(Ann, bodies.remove(Bea), down, name);
      expect([codeOf(down), codeOf(removal), codeOf(further)]).toEqual(["effective", "effective", "REMOVED"]);
      expect(shuffled()).toEqual(verdicts());
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "[SP41] what a decision of high rank stands on is decided with it, and not in its own low turn: case %i",
    (dates) => {
      const { space, write, add, act, base, codeOf, shuffled, verdicts } = createWorld({
        Bea: "admin",
        Cid: "admin",
      });
      const [scarce, other] = [createTestInvite("once"), createTestInvite("other")];
      const opened = act(Ann, bodies.invite(other), act(Ann, bodies.invite(scarce, { usesMax: 1 }), base));
      const one = act(Ann, bodies.admit(requestOf(space, Dov, scarce)), opened);
      const two = act(Cid, bodies.admit(requestOf(space, Eve, scarce)), opened);
      const [pending, who] = codeOf(one) === "effective" ? [two, Eve] : [one, Dov];
      // Cid lets in who then, as an owner, removes Bea. Bea has heard of nothing, and revokes.
      const confirmed = act(Cid, bodies.confirm(pending), one, two);
      const raised = act(Ann, bodies.rank(who, "owner"), confirmed);
      const removal = act(who, bodies.remove(Bea), raised);
      const beside = add(write(Bea, bodies.revoke(other), { follows: [opened], atMs: 10_000 + dates }));
      expect([codeOf(confirmed), codeOf(removal), codeOf(beside)]).toEqual([
        "effective",
        "effective",
        "REMOVED",
      ]);
      expect(shuffled()).toEqual(verdicts());
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "[SP120] only that on which a decision hangs takes its turn, not what else lies in its past: case %i",
    (dates) => {
      const { write, add, act, codeOf, roleOf, shuffled, verdicts } = createWorld({
        Bea: "admin",
        Cid: "member",
      });
      const promotion = act(Ann, bodies.rank(Cid, "owner"));
      const removal = act(Bea, bodies.remove(Cid));
      const revenge = add(write(Cid, bodies.remove(Bea), { follows: [promotion], atMs: 10_000 + dates }));
      const down = act(Cid, bodies.rank(Cid, "reader"), revenge);
      // Ann's hangs on Cid's stepping down alone: Cid's revenge has the turn of a disputed rank, after Bea's.
      const last = act(Ann, bodies.remove(Cid), down);
      expect([removal, revenge, last].map(codeOf)).toEqual(["effective", "REMOVED", "effective"]);
      expect([roleOf(Bea), roleOf(Cid)]).toEqual(["admin", null]);
      expect(shuffled()).toEqual(verdicts());
    },
  );

  test("[SP26] removal beats a concurrent admission, promotion and use of an invite; a re-add follows it", () => {
    const { act, base, space, roleOf, codeOf, membership } = createWorld({ Bea: "member", Cid: "admin" });
    const invite = createTestInvite("again");
    const opened = act(Ann, bodies.invite(invite), base);
    const removal = act(Ann, bodies.remove(Bea), opened);
    act(Cid, bodies.admit(requestOf(space, Bea, invite)), opened);
    expect(roleOf(Bea)).toBeNull();
    expect(membership.state().devices.has(Bea.device.device)).toBe(false);
    expect(membership.state().removed.get(Bea.person)).toMatchObject({ by: Ann.person, event: removal.id });
    const fresh = createTestInvite("fresh");
    const reopened = act(Ann, bodies.invite(fresh, { role: "reader" }), removal);
    const back = act(Ann, bodies.admit(requestOf(space, Bea, fresh)), reopened);
    expect(codeOf(back)).toBe("effective");
    expect(roleOf(Bea)).toBe("reader");
    expect(membership.state().removed.size).toBe(0);
  });

  test("[SP29] a removal revokes every invite that its target had made or used", () => {
    const { act, space, codeOf, membership, base } = createWorld({ Bea: "admin", Cid: "admin" });
    const made = createTestInvite("made by Bea");
    const opened = act(Bea, bodies.invite(made), base);
    const removal = act(Ann, bodies.remove(Bea), opened);
    const beside = act(Cid, bodies.admit(requestOf(space, Eve, made)), opened);
    const after = act(Ann, bodies.admit(requestOf(space, Dov, made)), removal);
    expect([codeOf(beside), codeOf(after)]).toEqual(["INVITE_REVOKED", "INVITE_REVOKED"]);
    const used = createTestInvite("for all");
    expect(codeOf(act(Ann, bodies.admit(requestOf(space, Eve, used)), removal))).toBe("INVITE_REVOKED");
    expect([...membership.state().invites.values()].every(({ revoked }) => revoked)).toBe(true);
  });

  test("[IN31] any removal revokes the open invites of before, and none that is made after it", () => {
    const { act, space, codeOf, membership, base } = createWorld({ Bea: "admin", Cid: "member" });
    const [open, gated, later] = ["open", "gated", "later"].map(createTestInvite) as [
      TestInvite,
      TestInvite,
      TestInvite,
    ];
    const made = act(Ann, bodies.invite(gated), act(Ann, bodies.invite(open, { mode: "open" }), base));
    const removal = act(Bea, bodies.remove(Cid), made);
    const beside = act(Ann, bodies.admit(requestOf(space, Eve, open)), made);
    const after = act(Ann, bodies.admit(requestOf(space, Dov, open)), removal);
    expect([codeOf(beside), codeOf(after)]).toEqual(["INVITE_REVOKED", "INVITE_REVOKED"]);
    expect(codeOf(act(Ann, bodies.admit(requestOf(space, Dov, gated)), removal))).toBe("effective");
    const again = act(Bea, bodies.invite(later, { mode: "open" }), removal);
    expect(codeOf(act(Ann, bodies.admit(requestOf(space, Eve, later)), again))).toBe("effective");
    expect([open, gated, later].map(({ invite }) => membership.state().invites.get(invite)?.revoked)).toEqual(
      [true, false, false],
    );
  });

  test("[SP30] a removal that a higher one voids is told, for a senior to repeat", () => {
    const { act, codeOf, membership, roleOf } = createWorld({ Bea: "admin", Cid: "member" });
    const undone = act(Bea, bodies.remove(Cid));
    act(Ann, bodies.remove(Bea));
    expect(codeOf(undone)).toBe("REMOVED");
    expect(roleOf(Cid)).toBe("member");
    expect(membership.state().overturned).toEqual([
      { event: undone.id, kind: "remove", person: Cid.person, by: Bea.device.device, code: "REMOVED" },
    ]);
  });

  test("[SP31] content is heard up to the lowest fence, and again from an admission that follows the removal", () => {
    const { act, space, base, membership } = createWorld({ Bea: "owner", Cid: "member" });
    const scope = publicScope(space);
    const { device } = Cid.device;
    const fence = (seq: number) => [{ scope, device, seq, id: base.id }];
    expect(membership.heardUpTo(device, scope, [base.id])).toBe(Infinity);
    const first = act(Ann, bodies.remove(Cid, fence(9)));
    expect(membership.heardUpTo(device, scope, [base.id])).toBe(9);
    const second = act(Bea, bodies.remove(Cid, fence(7)));
    expect(membership.heardUpTo(device, scope, [base.id])).toBe(7);
    expect(membership.removals()).toEqual([first.id, second.id].toSorted());
    const invite = createTestInvite("fresh");
    const opened = act(Ann, bodies.invite(invite), first, second);
    const back = act(Ann, bodies.admit(requestOf(space, Cid, invite)), opened);
    expect(membership.heardUpTo(device, scope, [back.id])).toBe(Infinity);
    expect(membership.heardUpTo(device, scope, [base.id])).toBe(7);
    expect(membership.follows([back.id], first.id)).toBe(true);
    expect(membership.follows([second.id], first.id)).toBe(false);
    // A device that no fence names had not been seen at all.
    act(Ann, bodies.remove(Cid), back);
    expect(membership.heardUpTo(device, scope, [back.id])).toBe(0);
  });

  test("[IN21] an admission that concurrent ones left without a use counts once an admin confirms it", () => {
    const { act, space, base, codeOf, roleOf, membership, verdicts, shuffled } = createWorld({
      Bea: "admin",
      Cid: "member",
    });
    const invite = createTestInvite("once");
    const opened = act(Ann, bodies.invite(invite, { usesMax: 1 }), base);
    const [one, two] = [
      act(Bea, bodies.admit(requestOf(space, Dov, invite)), opened),
      act(Cid, bodies.admit(requestOf(space, Eve, invite)), opened),
    ];
    const waiting = codeOf(one) === "effective" ? two : one;
    const who = waiting === one ? Dov : Eve;
    expect(codeOf(waiting)).toBe("ADMISSION_PENDING");
    expect([...membership.state().pending.keys()]).toEqual([who.person]);
    const hers = act(Cid, bodies.confirm(waiting), one, two);
    expect(codeOf(hers)).toBe("ROLE_TOO_LOW");
    expect(roleOf(who)).toBeNull();
    act(Bea, bodies.confirm(waiting), one, two);
    expect([codeOf(waiting), roleOf(who)]).toEqual(["effective", "member"]);
    expect(membership.state().pending.size).toBe(0);
    expect(shuffled()).toEqual(verdicts());
  });

  /** Two over an invite for one: who of them waits, and the admissions of both. */
  function oneTooMany(world: ReturnType<typeof createWorld>) {
    const { act, space, base, codeOf } = world;
    const invite = createTestInvite("once");
    const opened = act(Ann, bodies.invite(invite, { usesMax: 1 }), base);
    const one = act(Ann, bodies.admit(requestOf(space, Dov, invite)), opened);
    const two = act(Bea, bodies.admit(requestOf(space, Eve, invite)), opened);
    const [waiting, who] = codeOf(one) === "effective" ? [two, Eve] : [one, Dov];
    return { invite, both: [one, two] as const, waiting, who };
  }

  test("[SP122] an admin refuses who waits, who is let in by another invite alone", () => {
    const world = createWorld({ Bea: "admin", Cid: "member" });
    const { act, space, codeOf, roleOf, membership, verdicts, shuffled } = world;
    const { invite, both, waiting, who } = oneTooMany(world);
    expect(codeOf(act(Cid, bodies.remove(who), ...both))).toBe("ROLE_TOO_LOW");
    const refusal = act(Bea, bodies.remove(who), ...both);
    expect(codeOf(refusal)).toBe("effective");
    expect(membership.state().pending.size).toBe(0);
    expect(membership.state().removed.get(who.person)).toMatchObject({
      by: Bea.person,
      devices: [who.device.device],
      refused: invite.invite,
    });
    // Nothing brings back what was refused: not a confirmation after it, nor the same request again.
    act(Ann, bodies.confirm(waiting), refusal);
    expect(roleOf(who)).toBeNull();
    expect(codeOf(act(Ann, bodies.admit(requestOf(space, who, invite)), refusal))).not.toBe("effective");
    expect(membership.state().pending.size).toBe(0);
    const fresh = createTestInvite("fresh");
    const opened = act(Ann, bodies.invite(fresh), refusal);
    expect(codeOf(act(Ann, bodies.admit(requestOf(space, who, fresh)), opened))).toBe("effective");
    expect(roleOf(who)).toBe("member");
    expect(membership.state().removed.size).toBe(0);
    expect(shuffled()).toEqual(verdicts());
  });

  test("[SP123] a refusal beats a confirmation that is beside it, in whatever order they come", () => {
    const world = createWorld({ Bea: "admin" });
    const { act, codeOf, roleOf, membership, verdicts, shuffled } = world;
    const { both, waiting, who } = oneTooMany(world);
    const confirmed = act(Ann, bodies.confirm(waiting), ...both);
    expect(roleOf(who)).toBe("member");
    const refusal = act(Bea, bodies.remove(who), ...both);
    expect([confirmed, refusal].map(codeOf)).toEqual(["effective", "effective"]);
    expect(roleOf(who)).toBeNull();
    expect(membership.state().pending.size).toBe(0);
    expect(shuffled()).toEqual(verdicts());
  });

  test("[SP23] the space's latest name holds", () => {
    const { act, membership } = createWorld({ Bea: "admin", Cid: "member" });
    const renamed = act(Bea, bodies.renameSpace("Climbing club"));
    act(Cid, bodies.renameSpace("Mine"), renamed);
    expect(membership.state().info?.name).toBe("Climbing club");
  });
});
