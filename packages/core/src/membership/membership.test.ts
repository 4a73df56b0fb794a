import { describe, expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { controlScope } from "../event/index.ts";
import { toId } from "../ids.ts";
import type { ChannelId, EventId, ScopeId, SpaceId } from "../ids.ts";
import { createMembership } from "./membership.ts";
import type { ControlEvent, VoidCode } from "./types.ts";
import { bodies, createTestInvite, createTestPerson, createTestSpace, requestOf } from "./world.fixture.ts";

const ann = createTestPerson("Ann");
const bea = createTestPerson("Bea");
const cid = createTestPerson("Cid");
const dov = createTestPerson("Dov");
const eve = createTestPerson("Eve");
const invite = createTestInvite("first");
const readerInvite = createTestInvite("reader");

/** Ann's space, an invite for members and one for readers; Bea is a member, Cid a reader. */
function openSpace() {
  const world = createTestSpace(ann);
  const { space, founding, write } = world;
  const invited = write(ann, bodies.invite(invite), { follows: [founding] });
  const invitedReader = write(ann, bodies.invite(readerInvite, { role: "reader" }), { follows: [invited] });
  const bea1 = write(ann, bodies.admit(requestOf(space, bea, invite)), { follows: [invitedReader] });
  const cid1 = write(ann, bodies.admit(requestOf(space, cid, readerInvite)), { follows: [bea1] });
  const events = [founding, invited, invitedReader, bea1, cid1];
  return { ...world, events, tip: cid1, invited, membership: held(space, events) };
}

function held(space: SpaceId, events: readonly ControlEvent[]) {
  const membership = createMembership(space);
  for (const event of events) membership.add(event);
  return membership;
}

function voidOf(code: VoidCode) {
  return expect.objectContaining({ effective: false, code });
}

describe("founding", () => {
  it("[SP2] the founder's first event opens the space and makes the founder its owner", () => {
    const { space, founding } = createTestSpace(ann);
    const membership = createMembership(space);
    expect(membership.state().info).toBeNull();
    expect(membership.add(founding)).toEqual({ effective: true });
    expect(membership.state().info).toEqual({
      name: "Climbing",
      kind: "group",
      createdMs: 1_001,
      founder: ann.person,
      founding: { device: ann.device.device, salt: expect.any(Uint8Array), profile: "archive" },
    });
    expect(membership.state().members.get(ann.person)).toMatchObject({
      role: "owner",
      name: "Ann",
      devices: [ann.device.device],
    });
  });

  it.each([
    ["another name", { name: "Fishing" }],
    ["another salt", { salt: new Uint8Array(32) }],
    ["another kind", { spaceKind: "community" as const }],
    ["another person", { person: bea.person }],
    ["another's certificate", { certificate: bea.certificate }],
    ["another's prekey", { prekey: bea.prekey.bundle }],
    ["a broken certificate", { certificate: { ...ann.certificate, issuedMs: 2 } }],
  ])("[SP1] [SP2] attack 2: a founding event with %s is void", (_, change) => {
    const { space, write, creation } = createTestSpace(ann);
    const forged = write(ann, { ...creation, ...change }, { follows: [], forks: true });
    expect(createMembership(space).add(forged)).toEqual(voidOf("SPACE_FORGED"));
  });

  it("[SP1] [SP2] attack 2: another device cannot open the space with the founder's words", () => {
    const { space, write, creation } = createTestSpace(ann);
    expect(createMembership(space).add(write(eve, creation, { follows: [] }))).toEqual(
      voidOf("SPACE_FORGED"),
    );
  });

  it("[SP2] the founding event is the first of its device and follows nothing", () => {
    const { space, founding, write, creation } = createTestSpace(ann);
    const later = write(ann, creation, { follows: [founding] });
    expect(held(space, [founding]).add(later)).toEqual(voidOf("SPACE_FORGED"));
  });

  it("[SP9] of two founding events the lower id holds, in either order of arrival", () => {
    const { space, founding, write, creation } = createTestSpace(ann);
    const other = write(ann, { ...creation, personName: "Anna" }, { follows: [], forks: true });
    const winner = founding.id < other.id ? founding : other;
    const loser = winner === founding ? other : founding;
    for (const order of [
      [winner, loser],
      [loser, winner],
    ]) {
      const membership = held(space, order);
      expect(membership.verdictOf(winner.id)).toEqual({ effective: true });
      expect(membership.verdictOf(loser.id)).toEqual(voidOf("SPACE_EXISTS"));
      expect(membership.state().members.size).toBe(1);
    }
  });
});

describe("who may do what", () => {
  it("[SP4] attack 2: an outsider's events have no effect, whatever they say", () => {
    const { space, write, tip, membership } = openSpace();
    const before = membership.state();
    const first = write(eve, bodies.admit(requestOf(space, eve, invite)), { follows: [tip] });
    expect(membership.add(first)).toEqual(voidOf("NOT_MEMBER"));
    expect(membership.add(write(eve, bodies.channel(space, "eves"), { follows: [first] }))).toEqual(
      voidOf("NOT_MEMBER"),
    );
    expect(membership.add(write(eve, bodies.invite(createTestInvite("eves")), { follows: [] }))).toEqual(
      voidOf("NOT_MEMBER"),
    );
    expect(membership.state()).toBe(before);
  });

  it("[SP7] attack 2: a member cannot make or revoke invites, and so promotes nobody", () => {
    const { write, tip, membership } = openSpace();
    const made = write(bea, bodies.invite(createTestInvite("beas")), { follows: [tip] });
    expect(membership.add(made)).toEqual(voidOf("ROLE_TOO_LOW"));
    expect(membership.add(write(bea, bodies.revoke(invite), { follows: [made] }))).toEqual(
      voidOf("ROLE_TOO_LOW"),
    );
  });

  it("[SP8] a member opens channels, admits over an invite and announces epochs", () => {
    const { space, write, tip, membership } = openSpace();
    const channel = write(bea, bodies.channel(space, "routes"), { follows: [tip] });
    const admitted = write(bea, bodies.admit(requestOf(space, dov, invite)), { follows: [channel] });
    const epoch = write(
      bea,
      { type: "epoch.create", profile: "archive", recipients: [] },
      { follows: [admitted] },
    );
    for (const event of [channel, admitted, epoch])
      expect(membership.add(event)).toEqual({ effective: true });
    expect(membership.state().members.get(dov.person)?.role).toBe("member");
    expect([...membership.state().channels.values()].map(({ name }) => name)).toEqual(["routes"]);
  });

  it("[SP8] a reader changes its own name and nothing else", () => {
    const { space, write, tip, membership } = openSpace();
    const renamed = write(cid, bodies.rename("Cidra"), { follows: [tip] });
    expect(membership.add(renamed)).toEqual({ effective: true });
    expect(membership.state().members.get(cid.person)?.name).toBe("Cidra");
    const forbidden = [
      bodies.channel(space, "mine"),
      bodies.admit(requestOf(space, dov, invite)),
      { type: "epoch.create", profile: "archive", recipients: [] } as const,
      { type: "epoch.rebox", epoch: renamed.header.epoch, recipients: [] } as const,
      bodies.invite(createTestInvite("cids")),
    ];
    for (const body of forbidden) {
      expect(membership.add(write(cid, body, { follows: [tip] }))).toEqual(voidOf("ROLE_TOO_LOW"));
    }
  });

  it("[SP17] a content event in the control scope has no effect", () => {
    const { write, tip, membership } = openSpace();
    const body = {
      type: "message.post",
      channel: "ab".repeat(16) as ChannelId,
      text: "hi",
      replyTo: null,
    } as const;
    expect(membership.add(write(ann, body, { follows: [tip] }))).toEqual(voidOf("KIND_SCOPE"));
  });

  it("[SP12] a channel's id is taken once, and its scope is one that the space has", () => {
    const { space, write, tip, membership } = openSpace();
    const first = write(ann, bodies.channel(space, "one", "same"), { follows: [tip] });
    membership.add(first);
    const second = write(bea, bodies.channel(space, "two", "same"), { follows: [first] });
    expect(membership.add(second)).toEqual(voidOf("CHANNEL_EXISTS"));
    const astray = { ...bodies.channel(space, "three"), scope: controlScope(space) } as never;
    expect(membership.add(write(bea, astray, { follows: [second] }))).toEqual(voidOf("CHANNEL_SCOPE"));
    const foreign = { ...bodies.channel(space, "four"), scope: "12".repeat(32) as ScopeId } as never;
    expect(membership.add(write(bea, foreign, { follows: [second] }))).toEqual(voidOf("CHANNEL_SCOPE"));
    expect(membership.state().channels.size).toBe(1);
  });

  it("[SP13] the latest profile of a person holds, whichever arrives last", () => {
    const { space, events, write, tip } = openSpace();
    const early = write(bea, bodies.rename("Bee"), { follows: [tip], atMs: 5_000, forks: true });
    const late = write(bea, bodies.rename("Beatrix"), { follows: [tip], atMs: 6_000, forks: true });
    for (const order of [
      [early, late],
      [late, early],
    ]) {
      const { members } = held(space, [...events, ...order]).state();
      expect(members.get(bea.person)?.name).toBe("Beatrix");
      expect(members.get(ann.person)?.name).toBe("Ann");
    }
  });
});

describe("the graph", () => {
  it("[SP10] an event without effect is still a head, is followed, and keeps later events from nothing", () => {
    const { space, write, tip, membership } = openSpace();
    const nothing = write(eve, bodies.channel(space, "eves"), { follows: [tip] });
    membership.add(nothing);
    expect(membership.heads()).toEqual([nothing.id]);
    const next = write(ann, bodies.channel(space, "real"), { follows: [nothing] });
    expect(membership.add(next)).toEqual({ effective: true });
    expect(membership.heads()).toEqual([next.id]);
  });

  it("[SP10] an event whose body this version cannot read is kept without effect", () => {
    const { write, tip, membership } = openSpace();
    const unread = { ...write(ann, bodies.rename("Anna"), { follows: [tip] }), body: null };
    expect(membership.add(unread)).toEqual(voidOf("BODY_UNREADABLE"));
    expect(membership.heads()).toEqual([unread.id]);
  });

  it("[SP3] adding an event again changes nothing and answers alike", () => {
    const { write, tip, membership } = openSpace();
    const renamed = write(ann, bodies.rename("Anna"), { follows: [tip] });
    expect(membership.add(renamed)).toEqual({ effective: true });
    const state = membership.state();
    expect(membership.add(renamed)).toEqual({ effective: true });
    expect(membership.state()).toBe(state);
  });

  it("[SP22] attack 6: an event of another space or scope is not taken up", () => {
    const { write, tip, membership, space } = openSpace();
    const event = write(ann, bodies.rename("Anna"), { follows: [tip] });
    const elsewhere = { ...event, header: { ...event.header, space: "77".repeat(32) as SpaceId } };
    expect(() => membership.add(elsewhere)).toThrow(expect.objectContaining({ code: "MEMBERSHIP_SCOPE" }));
    const astray = { ...event, header: { ...event.header, scope: "77".repeat(32) as ScopeId } };
    expect(() => membership.add(astray)).toThrow(expect.objectContaining({ code: "MEMBERSHIP_SCOPE" }));
    expect(() => createMembership(space).add(event)).toThrow(
      expect.objectContaining({ code: "MEMBERSHIP_GAP" }),
    );
    expect(createMembership(space).missing([event.id, tip.id])).toEqual([event.id, tip.id]);
  });

  it("[SP18] attack 14: a control log beyond the bound is refused by name, and what is there still answers", () => {
    const { space, events } = openSpace();
    const membership = createMembership(space, { eventsMax: 4 });
    for (const event of events.slice(0, 4)) membership.add(event);
    const [fifth] = events.slice(4);
    expect(() => fifth && membership.add(fifth)).toThrow(
      expect.objectContaining({ code: "MEMBERSHIP_FULL" }),
    );
    expect(membership.state().members.size).toBe(2);
    expect(fifth && membership.has(fifth.id)).toBe(false);
  });

  it("[SP3] a snapshot does not change when the membership does", () => {
    const { space, write, tip, membership } = openSpace();
    const before = membership.state();
    membership.add(write(ann, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] }));
    expect(before.members.has(dov.person)).toBe(false);
    expect(before.devices.has(dov.device.device)).toBe(false);
    expect(membership.state().members.has(dov.person)).toBe(true);
  });
});

describe("what content events cite", () => {
  it("[SP11] a device may write as far as the control heads it cites entitle it", () => {
    const { founding, tip, membership } = openSpace();
    expect(membership.mayAct(bea.device.device, "write", [tip.id])).toEqual({
      ok: true,
      person: bea.person,
      role: "member",
    });
    expect(membership.mayAct(bea.device.device, "write", [founding.id])).toMatchObject({
      ok: false,
      code: "NOT_MEMBER",
    });
    expect(membership.mayAct(eve.device.device, "write", [tip.id])).toMatchObject({
      ok: false,
      code: "NOT_MEMBER",
    });
    expect(membership.mayAct(ann.device.device, "write", [founding.id])).toMatchObject({
      ok: true,
      role: "owner",
    });
    expect(membership.mayAct(ann.device.device, "write", [])).toMatchObject({
      ok: false,
      code: "NOT_MEMBER",
    });
  });

  it("[SP11] a reader reads and does not write", () => {
    const { tip, membership } = openSpace();
    expect(membership.mayAct(cid.device.device, "read", [tip.id])).toMatchObject({
      ok: true,
      role: "reader",
    });
    expect(membership.mayAct(cid.device.device, "write", [tip.id])).toMatchObject({
      ok: false,
      code: "ROLE_TOO_LOW",
    });
    expect(membership.mayAct(cid.device.device, "control", [tip.id])).toMatchObject({
      ok: false,
      code: "ROLE_TOO_LOW",
    });
  });

  it("[SP11] nothing is judged while a cited control event is missing", () => {
    const { tip, membership } = openSpace();
    const unknown = toId<EventId>(sha256(utf8("unknown")));
    expect(membership.mayAct(ann.device.device, "write", [tip.id, unknown])).toMatchObject({
      ok: false,
      code: "AUTH_INCOMPLETE",
    });
  });

  it("[SP4] what is known since does not change what an event was entitled to", () => {
    const { space, write, tip, membership } = openSpace();
    const admitted = write(ann, bodies.admit(requestOf(space, dov, invite)), { follows: [tip] });
    membership.add(admitted);
    membership.add(write(ann, bodies.revoke(invite), { follows: [admitted] }));
    expect(membership.mayAct(dov.device.device, "write", [tip.id])).toMatchObject({ ok: false });
    expect(membership.mayAct(dov.device.device, "write", [admitted.id])).toMatchObject({ ok: true });
  });
});

describe("identity", () => {
  it("[SP15] attack 12: a request that presents another person's certificate admits nobody", () => {
    const { space, write, tip, membership } = openSpace();
    const stolen = { ...eve, device: bea.device, certificate: bea.certificate };
    const request = requestOf(space, stolen, invite, { prekey: bea.prekey.bundle });
    expect(membership.add(write(ann, bodies.admit(request), { follows: [tip] }))).toEqual(
      voidOf("REQUEST_FORGED"),
    );
  });

  it("[SP5] the depth above events is one more than the deepest of them", () => {
    const { founding, tip, membership } = openSpace();
    expect(membership.depthAfter([])).toBe(0);
    expect(membership.depthAfter([founding.id])).toBe(1);
    expect(membership.depthAfter([founding.id, tip.id])).toBe(5);
  });
});
