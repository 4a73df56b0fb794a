import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError, createNodeBox } from "../crypto/index.ts";
import { certifyDevice, createPrekey } from "../identity/index.ts";
import type { SpaceId } from "../ids.ts";
import { inviteIdOf } from "./founding.ts";
import { decodeJoinRequest, encodeJoinRequest, readJoinRequest, verifyJoinRequest } from "./join-request.ts";
import { createMembership } from "./membership.ts";
import type { ControlEvent, VoidCode } from "./types.ts";
import {
  bodies,
  createTestDevice,
  createTestInvite,
  createTestPerson,
  createTestSpace,
  forgedRequestOf,
  requestOf,
  seededRandom,
} from "./world.fixture.ts";

const ann = createTestPerson("Ann");
const bea = createTestPerson("Bea");
const cid = createTestPerson("Cid");
const dov = createTestPerson("Dov");
const eve = createTestPerson("Eve");
const invite = createTestInvite("first");
const otherSpace = "99".repeat(32) as SpaceId;

function openSpace(options: Parameters<typeof bodies.invite>[1] = {}) {
  const world = createTestSpace(ann);
  const invited = world.write(ann, bodies.invite(invite, options), { follows: [world.founding] });
  const events = [world.founding, invited];
  return { ...world, events, tip: invited, membership: held(world.space, events) };
}

/** As openSpace, with Bea and Cid admitted one after the other. */
function openWithTwo(options: Parameters<typeof bodies.invite>[1] = {}) {
  const world = openSpace(options);
  const bea1 = world.write(ann, bodies.admit(requestOf(world.space, bea, invite)), { follows: [world.tip] });
  const cid1 = world.write(ann, bodies.admit(requestOf(world.space, cid, invite)), { follows: [bea1] });
  const events = [...world.events, bea1, cid1];
  return { ...world, events, tip: cid1, membership: held(world.space, events) };
}

function held(space: SpaceId, events: readonly ControlEvent[]) {
  const membership = createMembership(space);
  for (const event of events) membership.add(event);
  return membership;
}

function voidOf(code: VoidCode) {
  return expect.objectContaining({ effective: false, code });
}

describe("join requests", () => {
  const request = requestOf(otherSpace, bea, invite);

  it("[IN5] a request survives the wire", () => {
    const decoded = decodeJoinRequest(request);
    expect(encodeJoinRequest(decoded)).toEqual(request);
    expect(decoded).toMatchObject({
      space: otherSpace,
      invite: invite.invite,
      person: bea.person,
      personName: "Bea",
    });
    expect(verifyJoinRequest(decoded)).toBe(true);
  });

  it("[IN5] attack 13: no altered or cut byte of a request passes for genuine, and none breaks the reader", () => {
    fc.assert(
      fc.property(
        fc.nat(request.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, flip, cut) => {
          const bytes = cut
            ? request.slice(0, at)
            : Uint8Array.from(request, (byte, index) => (index === at ? byte ^ flip : byte));
          const read = readJoinRequest(bytes);
          expect(read !== null && verifyJoinRequest(read)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("[IN5] arbitrary bytes are refused with a code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9_000 }), (bytes) => {
        expect(() => decodeJoinRequest(bytes)).toThrow(CoreError);
      }),
    );
  });

  it.each(["", " Bea", "Be\u202ea", "Be\u0007a", "B".repeat(81)])(
    "[IN5] [SP16] attack 25: the name %j is refused",
    (personName) => {
      const renamed = encodeJoinRequest({ ...decodeJoinRequest(request), personName });
      expect(() => decodeJoinRequest(renamed)).toThrow(CoreError);
      expect(readJoinRequest(renamed)).toBeNull();
    },
  );

  it.each([
    ["person", { person: eve.person }],
    ["certificate", { certificate: eve.certificate }],
    ["prekey", { prekey: eve.prekey.bundle }],
    ["name", { personName: "Beate" }],
    ["space", { space: "98".repeat(32) as SpaceId }],
    ["invite", { inviteKey: createTestInvite("other").publicKey }],
  ])("[IN4] [IN6] attack 2: the signatures hold the %s", (_, change) => {
    expect(verifyJoinRequest({ ...decodeJoinRequest(request), ...change })).toBe(false);
  });

  it("[IN6] attack 12: a request of one's own that carries another's certificate is void", () => {
    const posing = decodeJoinRequest(
      requestOf(
        otherSpace,
        { ...eve, person: bea.person, certificate: bea.certificate, prekey: bea.prekey },
        invite,
      ),
    );
    expect(verifyJoinRequest(posing)).toBe(false);
  });
});

describe("admission", () => {
  it("[IN8] a member admits over a valid invite, and the newcomer's device, prekey and name are known", () => {
    const { space, write, tip, membership } = openWithTwo();
    const admitted = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] });
    expect(membership.add(admitted)).toEqual({ effective: true });
    const { members, devices, invites } = membership.state();
    expect(members.get(dov.person)).toEqual({
      status: null,
      avatar: null,
      person: dov.person,
      name: "Dov",
      role: "member",
      devices: [dov.device.device],
      joinedMs: admitted.header.time.ms,
    });
    expect(devices.get(dov.device.device)).toMatchObject({
      person: dov.person,
      prekeys: [dov.prekey.bundle],
    });
    expect(invites.get(invite.invite)).toMatchObject({
      used: 3,
      usesMax: 10,
      revoked: false,
      createdBy: ann.person,
    });
  });

  it("[IN8] attack 2: nobody admits himself", () => {
    const { space, write, tip, membership } = openSpace();
    expect(
      membership.add(write(eve, bodies.admit(requestOf(space, eve, invite)), { follows: [tip] })),
    ).toEqual(voidOf("NOT_MEMBER"));
  });

  it("[IN6] attack 2: a request that the invite's key did not sign admits nobody", () => {
    const { space, write, tip, membership } = openSpace();
    expect(
      membership.add(write(ann, bodies.admit(forgedRequestOf(space, eve, invite)), { follows: [tip] })),
    ).toEqual(voidOf("REQUEST_FORGED"));
    expect(membership.state().members.has(eve.person)).toBe(false);
  });

  it("[IN7] attack 5: an invitation proof replayed into another space admits nobody", () => {
    const { write, tip, membership } = openSpace();
    expect(
      membership.add(write(ann, bodies.admit(requestOf(otherSpace, eve, invite)), { follows: [tip] })),
    ).toEqual(voidOf("REQUEST_FORGED"));
  });

  it("[IN7] attack 5: the invite's signature taken from another's request does not fit one's own", () => {
    const { space, write, tip, membership } = openSpace();
    const seen = decodeJoinRequest(requestOf(space, bea, invite));
    const own = decodeJoinRequest(requestOf(space, eve, invite));
    const replayed = encodeJoinRequest({ ...own, inviteSignature: seen.inviteSignature });
    expect(membership.add(write(ann, bodies.admit(replayed), { follows: [tip] }))).toEqual(
      voidOf("REQUEST_FORGED"),
    );
  });

  it("[IN9] an invite that the admission's own past does not hold is unknown to it", () => {
    const { space, write, founding, events } = openSpace();
    const early = write(ann, bodies.admit(requestOf(space, bea, invite)), {
      follows: [founding],
      forks: true,
    });
    const membership = held(space, [
      ...events,
      { ...early, header: { ...early.header, parents: [founding.id] } },
    ]);
    expect(membership.verdictOf(early.id)).toEqual(voidOf("INVITE_UNKNOWN"));
    const stranger = write(ann, bodies.admit(requestOf(space, bea, createTestInvite("nowhere"))), {
      follows: events,
    });
    expect(membership.add(stranger)).toEqual(voidOf("INVITE_UNKNOWN"));
  });

  it("[IN2] an invite whose id is not its key's, or is taken, is void", () => {
    const { write, tip, membership } = openSpace();
    const forged = write(ann, { ...bodies.invite(createTestInvite("x")), invite: invite.invite } as never, {
      follows: [tip],
    });
    expect(membership.add(forged)).toEqual(voidOf("INVITE_FORGED"));
    expect(membership.add(write(ann, bodies.invite(invite, { usesMax: 99 }), { follows: [forged] }))).toEqual(
      voidOf("INVITE_EXISTS"),
    );
    expect(membership.state().invites.get(invite.invite)?.usesMax).toBe(10);
    expect(inviteIdOf(invite.publicKey)).toBe(invite.invite);
  });

  it("[IN2] [IN9] of two invites registered at once under one key the first in order holds, and admissions over the other are void", () => {
    const { space, founding, write } = createTestSpace(ann);
    const once = write(ann, bodies.invite(invite, { usesMax: 1 }), { follows: [founding], forks: true });
    const often = write(ann, bodies.invite(invite, { usesMax: 9 }), { follows: [founding], forks: true });
    const [winner, loser] = once.id < often.id ? [once, often] : [often, once];
    const admitted = write(ann, bodies.admit(requestOf(space, bea, invite)), {
      follows: [loser],
      forks: true,
    });
    for (const order of [
      [winner, loser, admitted],
      [loser, admitted, winner],
    ]) {
      const membership = held(space, [founding, ...order]);
      expect(membership.verdictOf(loser.id)).toEqual(voidOf("INVITE_EXISTS"));
      expect(membership.verdictOf(admitted.id)).toEqual(voidOf("INVITE_UNKNOWN"));
    }
  });

  it("[IN10] the admission's own time decides expiry", () => {
    const { space, write, tip, membership } = openSpace({ expiresMs: 10_000 });
    const inTime = write(ann, bodies.admit(requestOf(space, bea, invite)), { follows: [tip], atMs: 9_999 });
    expect(membership.add(inTime)).toEqual({ effective: true });
    const late = write(ann, bodies.admit(requestOf(space, cid, invite)), { follows: [inTime], atMs: 10_000 });
    expect(membership.add(late)).toEqual(voidOf("INVITE_EXPIRED"));
  });

  it("[IN11] a revoked invite admits nobody, and those admitted before stay", () => {
    const { space, write, tip, membership } = openWithTwo();
    const revoked = write(ann, bodies.revoke(invite), { follows: [tip] });
    expect(membership.add(revoked)).toEqual({ effective: true });
    expect(
      membership.add(write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [revoked] })),
    ).toEqual(voidOf("INVITE_REVOKED"));
    expect(membership.state().invites.get(invite.invite)?.revoked).toBe(true);
    expect([...membership.state().members.keys()].sort()).toEqual(
      [ann.person, bea.person, cid.person].sort(),
    );
  });

  it("[IN11] attack 30: an admission concurrent with the revocation is void, whichever arrives first", () => {
    const { space, write, tip, events } = openWithTwo();
    const admitted = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] });
    const revoked = write(ann, bodies.revoke(invite), { follows: [tip] });
    for (const order of [
      [admitted, revoked],
      [revoked, admitted],
    ]) {
      const membership = held(space, [...events, ...order]);
      expect(membership.verdictOf(admitted.id)).toEqual(voidOf("INVITE_REVOKED"));
      expect(membership.state().members.has(dov.person)).toBe(false);
      // Its device is known all the same: what it said somewhere is closed by it.
      expect([...membership.devicesEverOf(dov.person)]).toEqual([dov.device.device]);
    }
  });

  it("[IN11] attack 30: a back-dated admission on a stale branch and a late revocation find each other in any order", () => {
    const { space, write, tip, events } = openWithTwo();
    const stale = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] });
    const renamed = write(ann, bodies.rename("Anna"), { follows: [tip] });
    const later = write(ann, bodies.rename("Annika"), { follows: [renamed] });
    const revoked = write(ann, bodies.revoke(invite), { follows: [later] });
    for (const order of [
      [stale, renamed, later, revoked],
      [renamed, later, revoked, stale],
    ]) {
      const membership = held(space, [...events, ...order]);
      expect(membership.verdictOf(stale.id)).toEqual(voidOf("INVITE_REVOKED"));
      expect(membership.state().members.has(dov.person)).toBe(false);
    }
    const deep = write(cid, bodies.rename("Cida"), { follows: [tip] });
    const deeper = write(cid, bodies.admit(requestOf(space, eve, invite)), { follows: [deep] });
    const early = write(ann, bodies.revoke(invite), { follows: [tip], forks: true });
    expect(held(space, [...events, early, deep, deeper]).verdictOf(deeper.id)).toEqual(
      voidOf("INVITE_REVOKED"),
    );
  });

  it("[SP6] what rests on a void admission is void with it", () => {
    const { space, write, tip, events } = openWithTwo();
    const second = createTestInvite("second");
    const made = write(ann, bodies.invite(second), { follows: [tip] });
    const admitted = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [made] });
    const channel = write(dov, bodies.channel(space, "dovs"), { follows: [admitted] });
    const brought = write(dov, bodies.admit(requestOf(space, eve, second)), { follows: [channel] });
    const before = held(space, [...events, made, admitted, channel, brought]);
    expect(before.state().members.has(eve.person)).toBe(true);

    const revoked = write(ann, bodies.revoke(invite), { follows: [made] });
    before.add(revoked);
    expect(before.verdictOf(channel.id)).toEqual(voidOf("NOT_MEMBER"));
    expect(before.verdictOf(brought.id)).toEqual(voidOf("NOT_MEMBER"));
    expect(before.state().members.has(eve.person)).toBe(false);
    expect(before.state().channels.size).toBe(0);
  });
});

describe("use count", () => {
  it("[IN12] an admission beyond the uses that its own past shows is void", () => {
    const { space, write, tip, membership } = openSpace({ usesMax: 1 });
    const first = write(ann, bodies.admit(requestOf(space, bea, invite)), { follows: [tip] });
    membership.add(first);
    expect(
      membership.add(write(bea, bodies.admit(requestOf(space, cid, invite)), { follows: [first] })),
    ).toEqual(voidOf("INVITE_USED_UP"));
    expect(membership.state().pending.size).toBe(0);
  });

  it("[IN12] of concurrent admissions beyond the uses the first in order holds and the rest are pending", () => {
    const { space, write, tip, events } = openWithTwo({ usesMax: 3 });
    const byBea = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] });
    const byCid = write(cid, bodies.admit(requestOf(space, eve, invite)), { follows: [tip] });
    const [winner, loser] = byBea.id < byCid.id ? [byBea, byCid] : [byCid, byBea];
    const [joined, waiting] = winner === byBea ? [dov, eve] : [eve, dov];
    for (const order of [
      [byBea, byCid],
      [byCid, byBea],
    ]) {
      const membership = held(space, [...events, ...order]);
      expect(membership.verdictOf(winner.id)).toEqual({ effective: true });
      expect(membership.verdictOf(loser.id)).toEqual(voidOf("ADMISSION_PENDING"));
      const { members, pending } = membership.state();
      expect(members.has(joined.person)).toBe(true);
      expect(members.has(waiting.person)).toBe(false);
      expect(pending.get(waiting.person)).toEqual({
        person: waiting.person,
        device: waiting.device.device,
        name: waiting.name,
        invite: invite.invite,
        event: loser.id,
      });
    }
  });

  it("[IN12] a pending person who is admitted over another invite is pending no more", () => {
    const { space, write, tip, membership } = openWithTwo({ usesMax: 3 });
    const byBea = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] });
    const byCid = write(cid, bodies.admit(requestOf(space, eve, invite)), { follows: [tip] });
    membership.add(byBea);
    membership.add(byCid);
    const waiting = membership.state().pending.has(dov.person) ? dov : eve;
    const second = createTestInvite("second");
    const made = write(ann, bodies.invite(second), { follows: [byBea, byCid] });
    membership.add(made);
    membership.add(write(ann, bodies.admit(requestOf(space, waiting, second)), { follows: [made] }));
    expect(membership.state().members.has(waiting.person)).toBe(true);
    expect(membership.state().pending.size).toBe(0);
  });

  it("[IN13] one device admitted by two members at once uses the invite once", () => {
    const { space, write, tip, membership } = openWithTwo({ usesMax: 3 });
    const request = requestOf(space, dov, invite);
    const byBea = write(bea, bodies.admit(request), { follows: [tip] });
    const byCid = write(cid, bodies.admit(request), { follows: [tip] });
    for (const event of [byBea, byCid]) expect(membership.add(event)).toEqual({ effective: true });
    expect(membership.state().invites.get(invite.invite)?.used).toBe(3);
    expect(membership.state().members.get(dov.person)?.devices).toEqual([dov.device.device]);
  });
});

describe("one person, several admissions", () => {
  const readers = createTestInvite("readers");

  it("[SP14] a member admitted again over a lower invite keeps the rank", () => {
    const { space, write, tip, membership } = openWithTwo();
    const made = write(ann, bodies.invite(readers, { role: "reader" }), { follows: [tip] });
    membership.add(made);
    membership.add(write(ann, bodies.admit(requestOf(space, bea, readers)), { follows: [made] }));
    expect(membership.state().members.get(bea.person)?.role).toBe("member");
  });

  it("[SP14] of concurrent admissions of one person the lower rank holds, in either order", () => {
    const { space, write, tip, events } = openWithTwo();
    const made = write(ann, bodies.invite(readers, { role: "reader" }), { follows: [tip] });
    const asMember = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [made] });
    const asReader = write(cid, bodies.admit(requestOf(space, dov, readers)), { follows: [made] });
    for (const order of [
      [asMember, asReader],
      [asReader, asMember],
    ]) {
      expect(
        held(space, [...events, made, ...order])
          .state()
          .members.get(dov.person)?.role,
      ).toBe("reader");
    }
  });

  it("[SP4] [SP14] a member's further device acts from its own admission on, not before", () => {
    const { space, write, tip, membership } = openWithTwo();
    const second = { ...bea, ...createTestDevice(bea.person, bea.rootSeed, seededRandom("tablet")) };
    const early = write(second, bodies.channel(space, "early"), { follows: [tip] });
    expect(membership.add(early)).toEqual(voidOf("NOT_MEMBER"));
    const admitted = write(ann, bodies.admit(requestOf(space, second, invite)), { follows: [early] });
    membership.add(admitted);
    expect(membership.verdictOf(early.id)).toEqual(voidOf("NOT_MEMBER"));
    expect(membership.mayAct(second.device.device, "write", [tip.id])).toMatchObject({
      ok: false,
      code: "NOT_MEMBER",
    });
    expect(membership.mayAct(second.device.device, "write", [admitted.id])).toMatchObject({
      ok: true,
      person: bea.person,
    });
    expect(membership.state().members.get(bea.person)?.devices).toEqual([
      bea.device.device,
      second.device.device,
    ]);
  });

  it("[SP6] an act that rests on a void admission is not saved by another that it does not follow", () => {
    const { space, write, tip, events } = openWithTwo();
    const spare = createTestInvite("spare");
    const tablet = { ...bea, ...createTestDevice(bea.person, bea.rootSeed, seededRandom("tablet")) };
    const made = write(ann, bodies.invite(spare), { follows: [tip] });
    const byCid = write(cid, bodies.admit(requestOf(space, tablet, invite)), { follows: [made] });
    const acted = write(tablet, bodies.channel(space, "tablets"), { follows: [byCid] });
    const byAnn = write(ann, bodies.admit(requestOf(space, tablet, spare)), { follows: [made] });
    const revoked = write(ann, bodies.revoke(invite), { follows: [byAnn] });
    const membership = held(space, [...events, made, byCid, acted, byAnn, revoked]);
    expect(membership.verdictOf(byAnn.id)).toEqual({ effective: true });
    expect(membership.verdictOf(byCid.id)).toEqual(voidOf("INVITE_REVOKED"));
    expect(membership.verdictOf(acted.id)).toEqual(voidOf("NOT_MEMBER"));
  });

  it("[SP15] attack 12: a device of one member cannot be admitted under another person, even if it signs", () => {
    const { space, write, tip, membership } = openWithTwo();
    const certificate = certifyDevice(eve.rootSeed, { device: bea.device.device, issuedMs: 1 });
    const prekey = createPrekey({
      person: eve.person,
      device: bea.device,
      box: createNodeBox(),
      random: seededRandom("stolen"),
      expiresMs: 2 ** 41,
    });
    const request = requestOf(space, { ...eve, device: bea.device, certificate, prekey }, invite);
    expect(membership.add(write(ann, bodies.admit(request), { follows: [tip] }))).toEqual(
      voidOf("DEVICE_TAKEN"),
    );
    expect(membership.state().devices.get(bea.device.device)?.person).toBe(bea.person);
  });
});
