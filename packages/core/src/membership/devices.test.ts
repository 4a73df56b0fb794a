import { describe, expect, test } from "vitest";
import { publicScope } from "../event/index.ts";
import { createNodeBox } from "../crypto/index.ts";
import { certifyDevice, createPrekey } from "../identity/index.ts";
import { settleAfresh } from "./afresh.fixture.ts";
import { createSeededRandom } from "../testing/index.ts";
import { PREKEYS_KEPT_MAX } from "./limits.ts";
import { createMembership } from "./membership.ts";
import type { ControlEvent } from "./types.ts";
import {
  bodies,
  createLinkedDevice,
  createTestDevice,
  createTestInvite,
  createTestPerson,
  createTestSpace,
  requestOf,
  seededRandom,
} from "./world.fixture.ts";
import type { TestPerson } from "./world.fixture.ts";

const [ann, bea, cid] = ["Ann", "Bea", "Cid"].map(createTestPerson) as [TestPerson, TestPerson, TestPerson];
const phone = createLinkedDevice(ann, "phone");
const tablet = createLinkedDevice(ann, "tablet");
const watch = createLinkedDevice(phone, "watch");
/** The two of one depth by seniority. */
const [elder, younger] =
  phone.device.device < tablet.device.device ? [phone, tablet] : ([tablet, phone] as const);

/** Ann founds, lets Bea in as admin, and links her phone and tablet; the phone links a watch. */
function createWorld() {
  const { space, founding, write } = createTestSpace(ann);
  const membership = createMembership(space);
  const events: ControlEvent[] = [];
  const add = (event: ControlEvent): ControlEvent => {
    events.push(event);
    membership.add(event);
    return event;
  };
  const invite = createTestInvite("for all");
  let base = add(founding);
  const open: [TestPerson, Parameters<typeof write>[1]][] = [
    [ann, bodies.invite(invite)],
    [ann, bodies.admit(requestOf(space, bea, invite))],
    [ann, bodies.rank(bea, "admin")],
    [ann, bodies.link(phone)],
    [ann, bodies.link(tablet)],
    [phone, bodies.link(watch)],
  ];
  for (const [who, body] of open) base = add(write(who, body, { follows: [base] }));
  const act = (who: TestPerson, body: Parameters<typeof write>[1], ...follows: ControlEvent[]) =>
    add(write(who, body, { follows: follows.length === 0 ? [base] : follows }));
  /** A branch of its own, that nothing of the author's is in. */
  const actBeside = (who: TestPerson, body: Parameters<typeof write>[1]) =>
    add(write(who, body, { follows: [base], forks: true }));
  const codeOf = ({ id }: ControlEvent): string => {
    const verdict = membership.verdictOf(id);
    return verdict === null ? "missing" : verdict.effective ? "effective" : verdict.code;
  };
  const devicesOf = (who: TestPerson) => membership.state().members.get(who.person)?.devices ?? [];
  const has = (who: TestPerson): boolean => membership.state().devices.has(who.device.device);
  return { space, events, membership, base, invite, act, actBeside, codeOf, devicesOf, has };
}

describe("linking", () => {
  test("[SP70] a device that a device of the person links is of the person, with its rank, and nobody new is in", () => {
    const { membership, devicesOf, act, codeOf, space } = createWorld();
    expect(devicesOf(ann)).toEqual([ann, phone, tablet, watch].map(({ device }) => device.device));
    expect(membership.state().members.size).toBe(2);
    expect(membership.state().devices.get(watch.device.device)).toMatchObject({ depth: 3, name: "watch" });
    const channel = act(watch, bodies.channel(space, "from the watch"));
    expect(codeOf(channel)).toBe("effective");
    expect(membership.mayAct(watch.device.device, "write", [channel.id])).toMatchObject({
      ok: true,
      person: ann.person,
      role: "owner",
    });
  });

  test("[SP71] attack 2: nobody links a device for another, and no pieces that do not belong together", () => {
    const { act, codeOf, has } = createWorld();
    const beas = createLinkedDevice(bea, "Bea's");
    expect(codeOf(act(ann, bodies.link(beas)))).toBe("DEVICE_FOREIGN");
    const swapped = { ...beas, prekey: phone.prekey };
    expect(codeOf(act(bea, bodies.link(swapped)))).toBe("DEVICE_FORGED");
    const forged = { ...beas, certificate: { ...beas.certificate, depth: 1, issuer: null } };
    expect(codeOf(act(bea, bodies.link(forged)))).toBe("DEVICE_FORGED");
    expect(codeOf(act(cid, bodies.link(createLinkedDevice(cid, "Cid's"))))).toBe("NOT_MEMBER");
    const taken = {
      ...phone,
      person: bea.person,
      certificate: certifyDevice(bea.rootSeed, { device: phone.device.device, issuedMs: 1 }),
    };
    expect(codeOf(act(bea, bodies.link(taken)))).toBe("DEVICE_FORGED");
    expect(has(beas)).toBe(false);
    expect(codeOf(act(bea, bodies.link(beas)))).toBe("effective");
  });

  test("[SP72] a device has the latest name that a device of its person gave it", () => {
    const { act, codeOf, membership } = createWorld();
    act(tablet, bodies.nameDevice(phone, "Blue phone"));
    expect(membership.state().devices.get(phone.device.device)?.name).toBe("Blue phone");
    expect(codeOf(act(bea, bodies.nameDevice(phone, "Mine")))).toBe("DEVICE_UNKNOWN");
  });
});

describe("a device that its person's root has certified", () => {
  const restored: TestPerson = {
    ...bea,
    name: "restored",
    ...createTestDevice(bea.person, bea.rootSeed, seededRandom("device/restored")),
  };

  test("[ID50] links itself, with its person's rank, and writes from then on", () => {
    const { act, codeOf, has, space, membership } = createWorld();
    const link = act(restored, bodies.link(restored));
    expect(codeOf(link)).toBe("effective");
    expect(has(restored)).toBe(true);
    expect(membership.state().devices.get(restored.device.device)).toMatchObject({
      person: bea.person,
      depth: 1,
    });
    expect(codeOf(act(restored, bodies.channel(space, "back"), link))).toBe("effective");
    expect(membership.state().members.size).toBe(2);
  });

  test("[ID50] nothing else lets a device in that is nobody's: no other's link, no chain, no other kind, no stranger's root", () => {
    const { act, codeOf, has, space } = createWorld();
    const chained = createLinkedDevice(bea, "chained");
    expect(codeOf(act(chained, bodies.link(chained)))).toBe("NOT_MEMBER");
    expect(codeOf(act(restored, bodies.link(chained)))).toBe("NOT_MEMBER");
    expect(codeOf(act(restored, bodies.channel(space, "too soon")))).toBe("NOT_MEMBER");
    expect(codeOf(act(cid, bodies.link(cid)))).toBe("NOT_MEMBER");
    expect(codeOf(act(cid, bodies.link(restored)))).toBe("NOT_MEMBER");
    const claimed = { ...restored, certificate: { ...restored.certificate, person: ann.person } };
    expect(codeOf(act(restored, bodies.link(claimed)))).toBe("DEVICE_FORGED");
    expect([chained, restored, cid].map(has)).toEqual([false, false, false]);
  });

  test("[ID50] attack 30: it comes in beside no removal of its person, after none, and not where it was removed itself", () => {
    const { act, actBeside, codeOf, has, base, events, space, membership } = createWorld();
    const beside = actBeside(restored, bodies.link(restored));
    expect(codeOf(beside)).toBe("effective");
    const removal = act(ann, bodies.remove(bea));
    expect(codeOf(beside)).toBe("REMOVED");
    expect(has(restored)).toBe(false);
    expect(codeOf(actBeside({ ...restored }, bodies.link({ ...restored, name: "again" })))).toBe("REMOVED");
    expect(codeOf(act(restored, bodies.link(restored), removal))).toBe("NOT_MEMBER");
    expect(settleAfresh(space, events).state.devices).toEqual(membership.state().devices);

    const other = createWorld();
    const came = other.act(restored, bodies.link(restored));
    const ended = other.act(bea, bodies.unlinkByRoot(other.space, restored), came);
    expect(other.codeOf(ended)).toBe("effective");
    expect(other.codeOf(other.act(restored, bodies.link(restored), ended))).toBe("DEVICE_REMOVED");
    expect(other.has(restored)).toBe(false);
    expect(base.id).not.toBe(ended.id);
  });
});

describe("prekeys", () => {
  /** A prekey of that device; name: other than its others'. */
  const prekeyOf = ({ person, device }: TestPerson, name: string, expiresMs: number) =>
    createPrekey({ person, device, box: createNodeBox(), random: createSeededRandom(name), expiresMs })
      .bundle;
  const newest = ({ membership }: ReturnType<typeof createWorld>, who: TestPerson) =>
    membership.state().devices.get(who.device.device)?.prekeys.at(-1)?.id;

  test("[EP81] the newest of a device's prekeys is that which expires last, in whatever order they come", () => {
    const late = prekeyOf(phone, "late", 2 ** 41 + 2);
    const later = prekeyOf(phone, "later", 2 ** 41 + 3);
    for (const order of [
      [late, later],
      [later, late],
    ]) {
      const world = createWorld();
      for (const prekey of order)
        expect(world.codeOf(world.act(phone, bodies.prekey(prekey)))).toBe("effective");
      expect(newest(world, phone)).toBe(later.id);
    }
    const world = createWorld();
    const ends = [late, later].map((prekey) => world.actBeside(phone, bodies.prekey(prekey)));
    expect(ends.map(world.codeOf)).toEqual(["effective", "effective"]);
    expect(newest(world, phone)).toBe(later.id);
    // As who hears of all at once takes it.
    expect(settleAfresh(world.space, world.events).state.devices).toEqual(world.membership.state().devices);
  });

  test("[EP81] only the newest eight are kept", () => {
    const world = createWorld();
    const all = Array.from({ length: 12 }, (_, at) => prekeyOf(phone, `no ${at}`, 2 ** 41 + 1 + at));
    for (const prekey of all) world.act(phone, bodies.prekey(prekey));
    const kept = world.membership.state().devices.get(phone.device.device)?.prekeys ?? [];
    expect(kept.map(({ id }) => id)).toEqual(all.slice(-PREKEYS_KEPT_MAX).map(({ id }) => id));
  });

  test("[EP80] nobody announces a prekey of another device, of another person, or one that was altered", () => {
    const world = createWorld();
    const { act, codeOf } = world;
    const before = newest(world, phone);
    const ofPhone = prekeyOf(phone, "new", 2 ** 42);
    expect(codeOf(act(tablet, bodies.prekey(ofPhone)))).toBe("DEVICE_FORGED");
    expect(codeOf(act(bea, bodies.prekey(ofPhone)))).toBe("DEVICE_FORGED");
    expect(codeOf(act(phone, bodies.prekey({ ...ofPhone, expiresMs: 2 ** 43 })))).toBe("DEVICE_FORGED");
    const beas = prekeyOf({ ...phone, person: bea.person }, "new", 2 ** 42);
    expect(codeOf(act(phone, bodies.prekey(beas)))).toBe("DEVICE_FOREIGN");
    expect(codeOf(act(cid, bodies.prekey(prekeyOf(cid, "new", 2 ** 42))))).toBe("NOT_MEMBER");
    expect(newest(world, phone)).toBe(before);
  });
});

describe("removing a device", () => {
  test("[SP73] a removed device is of nobody; its person stays, with the others", () => {
    const { act, codeOf, membership, devicesOf, has } = createWorld();
    const removal = act(ann, bodies.unlink(phone));
    expect(codeOf(removal)).toBe("effective");
    expect(devicesOf(ann)).toEqual([ann, tablet, watch].map(({ device }) => device.device));
    expect(membership.state().members.get(ann.person)?.role).toBe("owner");
    expect(membership.removals()).toEqual([removal.id]);
    expect(membership.state().removedDevices.get(phone.device.device)).toMatchObject({
      person: ann.person,
      name: "phone",
      by: ann.device.device,
    });
    expect(codeOf(act(phone, bodies.renameSpace("Mine"), removal))).toBe("NOT_MEMBER");
    // What it linked before stays: its person ends that too, if it was not the person's doing.
    expect(has(watch)).toBe(true);
  });

  test("[SP74] a junior device removes no senior one; of two as near to the root the lower id is senior", () => {
    const { act, codeOf, has } = createWorld();
    expect(codeOf(act(phone, bodies.unlink(ann)))).toBe("DEVICE_SENIOR");
    expect(codeOf(act(watch, bodies.unlink(tablet)))).toBe("DEVICE_SENIOR");
    expect(codeOf(act(younger, bodies.unlink(elder)))).toBe("DEVICE_SENIOR");
    expect(codeOf(act(bea, bodies.unlink(ann)))).toBe("DEVICE_FOREIGN");
    expect([ann, phone, tablet, watch].map(has)).toEqual([true, true, true, true]);
    expect(codeOf(act(elder, bodies.unlink(younger)))).toBe("effective");
    expect(has(younger)).toBe(false);
  });

  test("[SP75] the root's word removes the most senior device too, in its own space only", () => {
    const { act, codeOf, has, space } = createWorld();
    const elsewhere = bodies.unlinkByRoot(publicScope(space) as string as typeof space, ann);
    expect(codeOf(act(watch, elsewhere))).toBe("DEVICE_FORGED");
    expect(codeOf(act(watch, bodies.unlinkByRoot(space, ann)))).toBe("effective");
    expect(has(ann)).toBe(false);
    expect(has(phone)).toBe(true);
  });

  test("[SP76] attack 30: what a removed device wrote beside its removal is void, back-dated or not; what it knew stays", () => {
    const { act, codeOf, base } = createWorld();
    const known = act(phone, bodies.renameSpace("Known"));
    const removal = act(ann, bodies.unlink(phone), known);
    const late = act(phone, bodies.renameSpace("Late"), base);
    const linked = act(phone, bodies.link(createLinkedDevice(phone, "thief's")), base);
    const others = act(tablet, bodies.renameSpace("Tablet"), base);
    expect([known, removal, late, linked, others].map(codeOf)).toEqual([
      "effective",
      "effective",
      "REMOVED",
      "REMOVED",
      "effective",
    ]);
  });

  test("[SP77] within a rank devices end first: a stolen device removes nobody beside its own removal", () => {
    const { act, actBeside, codeOf, membership } = createWorld();
    // Many, so that some of them have a lower id than the removal and some a higher one.
    const revenge = Array.from({ length: 8 }, () => [
      actBeside(phone, bodies.remove(bea)),
      actBeside(phone, bodies.unlink(watch)),
    ]).flat();
    const removal = act(ann, bodies.unlink(phone));
    expect(new Set(revenge.map(({ id }) => id < removal.id))).toEqual(new Set([true, false]));
    expect(codeOf(removal)).toBe("effective");
    expect(revenge.map(codeOf)).toEqual(revenge.map(() => "REMOVED"));
    expect(membership.state().members.has(bea.person)).toBe(true);
    const told = membership.state().overturned.map(({ kind }) => kind);
    expect(new Set(told)).toEqual(new Set(["device", "remove"]));
  });

  test("[SP78] a removed device does not come back, nor comes what it certifies, by a link or over an invite", () => {
    const { act, codeOf, has, space, base } = createWorld();
    const removal = act(ann, bodies.unlink(phone));
    const invite = createTestInvite("later");
    const opened = act(ann, bodies.invite(invite), removal);
    const thiefs = createLinkedDevice(phone, "thief's");
    for (const who of [phone, thiefs]) {
      expect(codeOf(act(bea, bodies.admit(requestOf(space, who, invite)), opened))).toBe("DEVICE_REMOVED");
      expect(codeOf(act(tablet, bodies.link(who), opened))).toBe("DEVICE_REMOVED");
      expect(codeOf(act(tablet, bodies.link(who), base))).toBe("DEVICE_REMOVED");
      expect(has(who)).toBe(false);
    }
    // The watch was there when the phone was removed: its certificate still counts.
    expect(codeOf(act(tablet, bodies.link(watch), opened))).toBe("effective");
  });

  test("[SP79] the invites that a removed device made or used are revoked, those of its person's others not", () => {
    const { act, codeOf, membership, space, base } = createWorld();
    const [made, others] = ["by phone", "by tablet"].map(createTestInvite) as [
      ReturnType<typeof createTestInvite>,
      ReturnType<typeof createTestInvite>,
    ];
    const one = act(phone, bodies.invite(made));
    const two = act(tablet, bodies.invite(others), one);
    const removal = act(ann, bodies.unlink(phone), two);
    const { invites } = membership.state();
    expect([invites.get(made.invite)?.revoked, invites.get(others.invite)?.revoked]).toEqual([true, false]);
    expect(codeOf(act(bea, bodies.admit(requestOf(space, cid, made)), two))).toBe("INVITE_REVOKED");
    expect(codeOf(act(bea, bodies.admit(requestOf(space, cid, others)), removal))).toBe("effective");
    expect(membership.mayAct(tablet.device.device, "write", [base.id]).ok).toBe(true);
  });

  test("[SP80] a member keeps a device, also where the last two sign themselves off at once", () => {
    const { act, codeOf, devicesOf } = createWorld();
    const first = act(ann, bodies.unlink(phone));
    const second = act(ann, bodies.unlink(watch), first);
    const both = [act(ann, bodies.unlink(ann), second), act(tablet, bodies.unlink(tablet), second)];
    expect(both.map(codeOf).toSorted()).toEqual(["LAST_DEVICE", "effective"]);
    expect(devicesOf(ann)).toHaveLength(1);
  });

  test("[SP80] what its person does later makes no removal of a device the last one's", () => {
    const { act, actBeside, codeOf, membership, events, space } = createWorld();
    const removal = act(ann, bodies.unlink(phone));
    const beside = actBeside(bea, bodies.rename("Beatrix"));
    const owner = act(ann, bodies.rank(bea, "owner"), removal, beside);
    const leave = act(ann, bodies.remove(ann), owner);
    expect([removal, leave].map(codeOf)).toEqual(["effective", "effective"]);
    expect(membership.state().removedDevices.has(phone.device.device)).toBe(true);
    expect(membership.state().members.size).toBe(1);
    // Found by the comparison in order.test.ts: worked out from nothing, the leave is decided before the removal.
    expect(settleAfresh(space, events).verdictOf(removal.id)).toEqual({ effective: true });
  });

  test("[SP81] content of a removed device counts up to its fence, and of the others without end", () => {
    const { act, membership, space, base } = createWorld();
    const scope = publicScope(space);
    const { device } = phone.device;
    act(ann, bodies.unlink(phone, [{ scope, device, seq: 5, id: base.id }]));
    expect(membership.heardUpTo(device, scope, [base.id])).toBe(5);
    expect(membership.heardUpTo(tablet.device.device, scope, [base.id])).toBe(Infinity);
    expect(membership.heardUpTo(watch.device.device, scope, [base.id])).toBe(Infinity);
  });

  test("[SP82] removing the person removes every device; who comes back links anew", () => {
    const { act, codeOf, devicesOf, space, has } = createWorld();
    const second = createLinkedDevice(bea, "Bea's second");
    const linked = act(bea, bodies.link(second));
    const removal = act(ann, bodies.remove(bea), linked);
    expect([has(bea), has(second)]).toEqual([false, false]);
    expect(codeOf(act(second, bodies.renameSpace("Mine"), linked))).toBe("REMOVED");
    const invite = createTestInvite("back");
    const back = act(
      ann,
      bodies.admit(requestOf(space, second, invite)),
      act(ann, bodies.invite(invite), removal),
    );
    expect(codeOf(back)).toBe("effective");
    expect(devicesOf(bea)).toEqual([second.device.device]);
    expect(codeOf(act(second, bodies.link(bea), back))).toBe("effective");
    expect(devicesOf(bea).toSorted()).toEqual([bea, second].map(({ device }) => device.device).toSorted());
  });
});
