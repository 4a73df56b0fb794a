import { describe, expect, test } from "vitest";
import {
  controlScope,
  encodeEquivocation,
  encodeHeader,
  kinds,
  proveEquivocation,
  publicScope,
} from "../event/index.ts";
import { signHeader } from "../event/header.ts";
import type { Fence } from "../event/index.ts";
import type { EpochId, EventId, SpaceId } from "../ids.ts";
import { settleAfresh } from "./afresh.fixture.ts";
import { createMembership } from "./membership.ts";
import type { ControlEvent } from "./types.ts";
import {
  bodies,
  createLinkedDevice,
  createTestInvite,
  createTestPerson,
  createTestSpace,
  requestOf,
} from "./world.fixture.ts";
import type { TestPerson } from "./world.fixture.ts";

const [ann, bea, cid, dov] = ["Ann", "Bea", "Cid", "Dov"].map(createTestPerson) as [
  TestPerson,
  TestPerson,
  TestPerson,
  TestPerson,
];
const phone = createLinkedDevice(bea, "phone");

/** Two headers that the device signed for one place. */
function proofAgainst(who: TestPerson, space: SpaceId): Uint8Array {
  const [one, two] = [1, 2].map((fill) => {
    const header = encodeHeader({
      space,
      scope: controlScope(space),
      device: who.device.device,
      seq: 3,
      prev: "0a".repeat(32) as EventId,
      parents: [],
      auth: [],
      time: { ms: 5, count: 0 },
      epoch: "0e".repeat(32) as EpochId,
      kind: kinds.merge,
      ratchet: null,
      bodyHash: new Uint8Array(32).fill(fill),
      contentHash: new Uint8Array(32).fill(fill),
    });
    return signHeader(header, kinds.merge, who.device.secretKey);
  });
  if (!one || !two) throw new Error("two headers were signed");
  return encodeEquivocation(proveEquivocation(one, two));
}

/** Ann founds; Bea is admin, with a second device; Cid and Dov are members. */
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
    ...[bea, cid, dov].map((who): [TestPerson, Parameters<typeof write>[1]] => [
      ann,
      bodies.admit(requestOf(space, who, invite)),
    ]),
    [ann, bodies.rank(bea, "admin")],
    [bea, bodies.link(phone)],
  ];
  for (const [who, body] of open) base = add(write(who, body, { follows: [base] }));
  const act = (who: TestPerson, body: Parameters<typeof write>[1], ...follows: ControlEvent[]) =>
    add(write(who, body, { follows: follows.length === 0 ? [base] : follows, forks: true }));
  const suspend = (who: TestPerson, fences: readonly Fence[] = [], proof = proofAgainst(who, space)) =>
    ({ type: "device.suspend", device: who.device.device, proof, fences }) as const;
  const codeOf = ({ id }: ControlEvent): string => {
    const verdict = membership.verdictOf(id);
    return verdict === null ? "missing" : verdict.effective ? "effective" : verdict.code;
  };
  const has = (who: TestPerson): boolean => membership.state().devices.has(who.device.device);
  return { space, membership, events, base, invite, act, suspend, codeOf, has };
}

describe("suspending a device", () => {
  test("[SP83] attack 28: only a proof against this device, of this space, suspends it", () => {
    const { space, act, suspend, codeOf, has } = createWorld();
    const other = createTestSpace(ann, { name: "Other" }).space;
    const proof = proofAgainst(bea, space);
    const altered = Uint8Array.from(proof, (byte, at) => (at === proof.length - 1 ? byte ^ 1 : byte));
    for (const bad of [proofAgainst(cid, space), proofAgainst(bea, other), altered, proof.subarray(1)])
      expect(codeOf(act(ann, suspend(bea, [], bad)))).toBe("SUSPENSION_FORGED");
    expect(has(bea)).toBe(true);
    expect(codeOf(act(ann, suspend(bea)))).toBe("effective");
    expect(has(bea)).toBe(false);
  });

  test("[SP84] by another device of the person, or by an admin or owner of no lower rank", () => {
    for (const [who, target, code] of [
      [ann, bea, "effective"],
      [phone, bea, "effective"],
      [bea, cid, "effective"],
      [cid, dov, "ROLE_TOO_LOW"],
      [cid, bea, "ROLE_TOO_LOW"],
      [bea, ann, "ROLE_TOO_LOW"],
    ] as const) {
      const { act, suspend, codeOf } = createWorld();
      expect(codeOf(act(who, suspend(target)))).toBe(code);
    }
  });

  test("[SP85] it is a removal of the one device: told as suspended, it voids what is beside it and keeps what lies in its past", () => {
    const { space, membership, act, suspend, codeOf, has, events } = createWorld();
    const known = act(bea, bodies.channel(space, "known"));
    const suspension = act(ann, suspend(bea), known);
    const beside = act(bea, bodies.channel(space, "back-dated"));
    const later = act(bea, bodies.channel(space, "later"), suspension);
    expect([known, beside, later].map(codeOf)).toEqual(["effective", "REMOVED", "NOT_MEMBER"]);
    expect(membership.removals()).toEqual([suspension.id]);
    expect(membership.state().removedDevices.get(bea.device.device)).toMatchObject({
      person: bea.person,
      suspended: true,
      by: ann.device.device,
    });
    expect(has(phone)).toBe(true);
    expect(membership.state().members.get(bea.person)?.role).toBe("admin");
    expect(membership.state()).toEqual(settleAfresh(space, events).state);
  });

  test("[SP85] nobody comes back by the suspended device, nor by what it certifies beside", () => {
    const { act, suspend, codeOf } = createWorld();
    const suspension = act(ann, suspend(bea));
    expect(codeOf(act(phone, bodies.link(bea), suspension))).toBe("DEVICE_REMOVED");
    expect(codeOf(act(phone, bodies.link(createLinkedDevice(bea, "watch")), suspension))).toBe(
      "DEVICE_REMOVED",
    );
  });

  test("[SP85] within a rank it is decided before other removals of devices: a forked device removes nobody beside it", () => {
    const { act, suspend, codeOf, has } = createWorld();
    const revenge = act(bea, bodies.unlink(phone));
    const suspension = act(phone, suspend(bea));
    expect([revenge, suspension].map(codeOf)).toEqual(["REMOVED", "effective"]);
    expect(has(phone)).toBe(true);
  });

  test("[SP85] it says how far the device is heard", () => {
    const { space, membership, act, suspend } = createWorld();
    const scope = publicScope(space);
    const device = bea.device.device;
    act(ann, suspend(bea, [{ scope, device, seq: 7, id: "0b".repeat(32) as EventId }]));
    expect(membership.heardUpTo(device, scope, [])).toBe(7);
    expect(membership.heardUpTo(phone.device.device, scope, [])).toBe(Infinity);
  });

  test("[SP86] a person is suspended to the last device, stays a member, and comes back with a new one", () => {
    const { space, membership, invite, act, suspend, codeOf } = createWorld();
    const suspension = act(ann, suspend(cid));
    expect(codeOf(suspension)).toBe("effective");
    expect(membership.state().members.get(cid.person)?.devices).toEqual([]);
    const again = createTestInvite("again");
    const invited = act(ann, bodies.invite(again), suspension);
    const fresh = { ...createLinkedDevice(cid, "new"), rootSeed: cid.rootSeed };
    expect(codeOf(act(ann, bodies.admit(requestOf(space, fresh, invite)), invited))).toBe("INVITE_REVOKED");
    expect(codeOf(act(ann, bodies.admit(requestOf(space, cid, again)), invited))).toBe("DEVICE_REMOVED");
  });

  test("[SP87] of two acts in its past that contradict each other the lesser privilege holds", () => {
    const { membership, act, suspend, codeOf } = createWorld();
    const up = act(ann, bodies.rank(dov, "member"));
    const [one, two] = [act(bea, bodies.rank(cid, "reader"), up), act(bea, bodies.rank(cid, "member"), up)];
    const removes = act(bea, bodies.remove(dov), up);
    const keeps = act(bea, bodies.rank(dov, "reader"), up);
    act(ann, suspend(bea), one, two, removes, keeps);
    expect(codeOf(removes)).toBe("effective");
    expect(membership.state().members.get(cid.person)?.role).toBe("reader");
    expect(membership.state().members.has(dov.person)).toBe(false);
  });
});
