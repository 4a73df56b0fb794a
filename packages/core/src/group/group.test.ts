import { describe, expect, it } from "vitest";
import { openBox } from "../encryption/index.ts";
import { controlScope, kinds, linkedKeys, publicScope } from "../event/index.ts";
import type { Body, EpochKeys, Header } from "../event/index.ts";
import type { BoxName, ChannelId, EventId } from "../ids.ts";
import { createMembership } from "../membership/index.ts";
import { seededRandom } from "../membership/world.fixture.ts";
import { chooseSendEpoch, planEpoch } from "./epochs.ts";
import { foundSpace } from "./found-space.ts";
import { inviteKeys } from "./invite-keys.ts";
import { checkJoinRequest, createJoinRequest, planRebox } from "./join.ts";
import { planChannel, planProfile, planRevocation } from "./plan.ts";
import { projectEvent } from "./project.ts";

import { ann, bea, box, cid, nowMs, openSpace, openWithInvite } from "./space.fixture.ts";

describe("founding a space", () => {
  it("[SP19] every founding event counts, in the order in which it was planned", () => {
    const { written, membership, channel, space } = openSpace();
    expect(written.map(({ body }) => body.type)).toEqual([
      "space.create",
      "epoch.create",
      "channel.create",
      "epoch.create",
    ]);
    expect(written.map(({ verdict }) => verdict?.effective ?? null)).toEqual([true, true, true, null]);
    expect(membership.state().info).toMatchObject({
      name: "Climbing club",
      kind: "community",
      founder: ann.person,
    });
    expect(membership.state().channels.get(channel)).toMatchObject({
      name: "general",
      scope: publicScope(space),
    });
  });

  it("[EP2] the founder's own boxes open to the epochs that the events announce", () => {
    const { boxes, control, content, space } = openSpace();
    expect(boxes.length).toBe(2);
    for (const [index, { scope, epoch }] of [control, content].entries()) {
      const opened = openBox({
        space,
        scope,
        epoch,
        device: ann.device.device,
        prekey: ann.prekey.bundle.id,
        blob: boxes[index]?.blob ?? new Uint8Array(0),
        secretSeed: ann.prekey.secretSeed,
        box,
      });
      expect(opened.epoch).toBe(epoch);
    }
  });

  it("[SP16] a name is brought into one form, and a deceptive one is refused", () => {
    const random = seededRandom("names");
    const found = (name: string) =>
      foundSpace({ identity: ann, name, kind: "group", box, random }).writes[0]?.body;
    expect(found("  Cafe\u0301  noir\n")).toMatchObject({ name: "Caf\u00e9 noir" });
    for (const name of ["", "   ", "a\u202eb", "x".repeat(81)])
      expect(() => found(name)).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
  });
});

describe("joining", () => {
  it("[IN4] [IN20] [EP11] [EP74] a newcomer asks with a link, is admitted and gets one box, under which every epoch lies", () => {
    const { link, admit, membership, space, control, content, planned } = openWithInvite();
    const request = createJoinRequest({ link, identity: bea });
    expect(checkJoinRequest(request, membership, nowMs, { from: bea.device.device })).toMatchObject({
      ok: true,
      already: false,
    });
    const { plan, written } = admit(bea);
    expect(written.map(({ body }) => body.type)).toEqual(["member.admit", "epoch.link", "epoch.rebox"]);
    expect(written.map(({ verdict }) => verdict?.effective ?? null)).toEqual([true, true, true]);
    expect(membership.state().members.get(bea.person)).toMatchObject({ role: "member", name: "Bea" });
    expect(plan.boxes).toHaveLength(1);
    const opened = openBox({
      space,
      scope: control.scope,
      epoch: control.epoch,
      device: bea.device.device,
      prekey: bea.prekey.bundle.id,
      blob: plan.boxes[0]?.blob ?? new Uint8Array(0),
      secretSeed: bea.prekey.secretSeed,
      box,
    });
    expect(opened.epoch).toBe(control.epoch);
    const links = written.flatMap(({ header, body }) =>
      body.type === "epoch.link" && header.epoch === opened.epoch ? body.links : [],
    );
    expect(links.map((each) => linkedKeys(space, each)?.epoch)).toEqual([content.epoch]);
    expect(membership.has(link.head)).toBe(true);
    expect(inviteKeys(link.seed)).toMatchObject({
      invite: planned.invite,
      publicKey: planned.publicKey,
      discoveryKey: planned.discoveryKey,
    });
  });

  it("[IN17] attack 28: a log of the same space that withholds the pinned head does not pass for the inviter's", () => {
    const { link, membership, written, space } = openWithInvite();
    expect(membership.has(link.head)).toBe(true);
    const shortened = createMembership(space);
    for (const event of written.slice(0, 3)) expect(shortened.add(event)).toEqual({ effective: true });
    expect(shortened.has(link.head)).toBe(false);
  });

  it("[IN13] [IN19] asking again as a member shares keys and admits nobody", () => {
    const { link, admit, membership } = openWithInvite({ usesMax: 1 });
    admit(bea);
    const request = createJoinRequest({ link, identity: bea });
    expect(checkJoinRequest(request, membership, nowMs)).toMatchObject({ ok: true, already: true });
    expect(admit(bea).plan.writes.map(({ body }) => body.type)).toEqual(["epoch.rebox"]);
    expect(membership.state().invites.get(checkedInvite(link.seed))?.used).toBe(1);
  });

  it("[IN19] an invite that is used up, expired, revoked or unknown is refused with its reason", () => {
    const used = openWithInvite({ usesMax: 1 });
    used.admit(bea);
    const ask = (world: ReturnType<typeof openWithInvite>, atMs = nowMs) =>
      checkJoinRequest(createJoinRequest({ link: world.link, identity: cid }), world.membership, atMs);
    expect(ask(used)).toMatchObject({ ok: false, code: "INVITE_USED_UP" });
    const expiring = openWithInvite({ expiresMs: 2_000_000 });
    expect(ask(expiring, 1_999_999)).toMatchObject({ ok: true });
    expect(ask(expiring, 2_000_000)).toMatchObject({ ok: false, code: "INVITE_EXPIRED" });
    const revoked = openWithInvite();
    revoked.write(
      planRevocation({
        space: revoked.space,
        invite: revoked.planned.invite,
        controlEpoch: revoked.control.epoch,
      }),
    );
    expect(ask(revoked)).toMatchObject({ ok: false, code: "INVITE_REVOKED" });
    const other = createJoinRequest({ link: { ...revoked.link, seed: new Uint8Array(16) }, identity: cid });
    expect(checkJoinRequest(other, revoked.membership, nowMs)).toMatchObject({
      ok: false,
      code: "INVITE_UNKNOWN",
    });
  });

  it("[IN7] attack 5: a recorded request is refused from another device, into another space and as noise", () => {
    const { link, membership } = openWithInvite();
    const request = createJoinRequest({ link, identity: bea });
    expect(checkJoinRequest(request, membership, nowMs, { from: cid.device.device })).toMatchObject({
      ok: false,
      code: "REQUEST_FORGED",
    });
    const elsewhere = createJoinRequest({
      link: { ...link, space: "31".repeat(32) as never },
      identity: bea,
    });
    expect(checkJoinRequest(elsewhere, membership, nowMs)).toMatchObject({
      ok: false,
      code: "REQUEST_FORGED",
    });
    expect(checkJoinRequest(new Uint8Array(40), membership, nowMs)).toMatchObject({
      ok: false,
      code: "REQUEST_FORGED",
    });
  });

  it("[EP11] attack 4: keys are boxed again for devices of members only, and for prekeys they announced", () => {
    const { admit, membership, book, control, content } = openWithInvite();
    const keys = [control, content];
    expect(() => planRebox({ device: cid.device.device, membership, book, keys, box })).toThrow(
      expect.objectContaining({ code: "NOT_MEMBER" }),
    );
    admit(bea);
    const { writes, boxes } = planRebox({
      device: bea.device.device,
      prekey: bea.prekey.bundle.id,
      membership,
      book,
      keys,
      box,
    });
    // The open channels' key lies under that of control since she was let in.
    expect(writes.map(({ scope, epoch }) => [scope, epoch])).toEqual([[control.scope, control.epoch]]);
    expect(boxes.length).toBe(1);
    expect(() =>
      planRebox({ device: bea.device.device, prekey: cid.prekey.bundle.id, membership, book, keys, box }),
    ).toThrow(expect.objectContaining({ code: "PREKEY_UNKNOWN" }));
  });

  it("[IN3] uses are a whole number within bounds", () => {
    for (const usesMax of [0, -1, 1.5, 1e9]) {
      expect(() => openWithInvite({ usesMax })).toThrow(expect.objectContaining({ code: "INVITE_USES" }));
    }
  });
});

describe("sending", () => {
  it("[EP12] [EP14] a member sends under the epoch of the scope while everyone who holds it is a member", () => {
    const { admit, membership, book, keys, control, content } = openWithInvite();
    admit(bea);
    const keysOf = (epoch: EpochKeys["epoch"]) => keys.get(epoch) ?? null;
    expect(chooseSendEpoch({ scope: content.scope, book, keysOf, membership })).toBe(content);
    expect(chooseSendEpoch({ scope: control.scope, book, keysOf, membership })).toBe(control);
    expect(chooseSendEpoch({ scope: content.scope, book, keysOf: () => null, membership })).toBeNull();
    book.note({
      id: "0c".repeat(32) as EventId,
      header: { device: ann.device.device } as Header,
      body: {
        type: "epoch.rebox",
        epoch: content.epoch,
        recipients: [
          { device: cid.device.device, prekey: cid.prekey.bundle.id, box: "00".repeat(16) as never },
        ],
      },
    });
    expect(chooseSendEpoch({ scope: content.scope, book, keysOf, membership })).toBeNull();
  });
});

describe("an open invite", () => {
  it.each(["open", "gated"] as const)(
    "[IN32] its revocation makes the keys of before unfit; of a gated one they stay: %s",
    (mode) => {
      const { membership, book, keys, control, content, planned, write, space, random } = openWithInvite({
        mode,
      });
      const keysOf = (epoch: EpochKeys["epoch"]) => keys.get(epoch) ?? null;
      const choose = (scope = content.scope) => chooseSendEpoch({ scope, book, keysOf, membership });
      expect([choose(), choose(control.scope)]).toEqual([content, control]);
      write(planRevocation({ space, invite: planned.invite, controlEpoch: control.epoch }));
      expect(membership.openRevocations()).toHaveLength(mode === "open" ? 1 : 0);
      expect([choose(), choose(control.scope)]).toEqual(mode === "open" ? [null, null] : [content, control]);
      if (mode === "gated") return;
      const next = planEpoch({ scope: content.scope, membership, box, random });
      keys.set(next.keys.epoch, next.keys);
      for (const one of next.writes) write(one);
      expect(choose()).toBe(next.keys);
    },
  );
});

describe("a new epoch", () => {
  it("[EP16] attack 30: after keys went to an outsider, a new epoch for members alone is what everyone sends under", () => {
    const { admit, membership, book, keys, content, write, random, space } = openWithInvite();
    admit(bea);
    const outsider = {
      device: cid.device.device,
      prekey: cid.prekey.bundle.id,
      box: "00".repeat(16) as BoxName,
    };
    write({ ...content, body: { type: "epoch.rebox", epoch: content.epoch, recipients: [outsider] } });
    const keysOf = (epoch: EpochKeys["epoch"]) => keys.get(epoch) ?? null;
    const choose = () => chooseSendEpoch({ scope: content.scope, book, keysOf, membership });
    expect(choose()).toBeNull();

    const planned = planEpoch({ scope: content.scope, membership, box, random });
    keys.set(planned.keys.epoch, planned.keys);
    for (const one of planned.writes) write(one);
    expect(choose()).toBe(planned.keys);
    expect([...(book.get(planned.keys.epoch)?.holders ?? [])].sort()).toEqual(
      [ann.device.device, bea.device.device].sort(),
    );
    const opened = openBox({
      space,
      scope: content.scope,
      epoch: planned.keys.epoch,
      device: bea.device.device,
      prekey: bea.prekey.bundle.id,
      blob: planned.boxes[1]?.blob ?? new Uint8Array(0),
      secretSeed: bea.prekey.secretSeed,
      box,
    });
    expect(opened.epoch).toBe(planned.keys.epoch);
  });
});

describe("what events show", () => {
  const post = (channel: ChannelId): Body => ({ type: "message.post", channel, text: "hi", replyTo: null });

  it("[SP21] control events show the space, its channels and its people as membership holds them", () => {
    const { written, admit, write, space, channel, random, control } = openWithInvite();
    expect(written.flatMap(({ views }) => views.map(({ op }) => op))).toEqual(["space", "person", "channel"]);
    expect(written[2]?.views[0]).toMatchObject({ row: { id: channel, space, name: "general" } });
    expect(admit(bea).written[0]?.views).toEqual([{ op: "person", row: { id: bea.person, name: "Bea" } }]);
    const renamed = write(planProfile({ space, name: "Beatrix", controlEpoch: control.epoch }), bea);
    expect(renamed.views).toEqual([{ op: "person", row: { id: bea.person, name: "Beatrix" } }]);
    expect(write(planChannel({ space, name: "routes", random, keys: control }), bea).views).toMatchObject([
      { op: "channel", row: { name: "routes" } },
    ]);
  });

  it("[SP21] attack 8: an event without effect shows nothing", () => {
    const { write, space, random, control } = openSpace();
    expect(write(planChannel({ space, name: "eves", random, keys: control }), cid).views).toEqual([]);
    expect(write(planProfile({ space, name: "Owner", controlEpoch: control.epoch }), cid).views).toEqual([]);
  });

  it("[SP21] a message shows under its author's person, a reaction beside it", () => {
    const { write, content, channel, admit, space } = openWithInvite();
    admit(bea);
    const inContent = { scope: content.scope, epoch: content.epoch };
    const message = write({ ...inContent, body: post(channel) }, bea);
    expect(message.views).toEqual([
      {
        op: "message",
        row: {
          id: message.id,
          space,
          channel,
          scope: content.scope,
          author: bea.person,
          device: bea.device.device,
          seq: message.header.seq,
          timeMs: message.header.time.ms,
          timeCount: 0,
          text: "hi",
          replyTo: null,
          clientId: null,
        },
      },
    ]);
    const reaction = write({
      ...inContent,
      body: { type: "reaction.set", message: message.id, emoji: "👍", present: true },
    });
    expect(reaction.views).toMatchObject([
      { op: "reaction", row: { message: message.id, author: ann.person, present: true, event: reaction.id } },
    ]);
  });

  it("[SP11] [SP21] attack 1: neither an outsider's nor a reader's message shows", () => {
    const { write, content, channel, admit } = openWithInvite({ role: "reader" });
    admit(bea);
    const inContent = { scope: content.scope, epoch: content.epoch };
    expect(write({ ...inContent, body: post(channel) }, bea).views).toEqual([]);
    expect(write({ ...inContent, body: post(channel) }, cid).views).toEqual([]);
    expect(write({ ...inContent, body: post(channel) }).views.length).toBe(1);
  });

  it("[SP21] a message outside the public scope, or in a channel of another scope, does not show", () => {
    const { membership, channel, written, space } = openSpace();
    const header = {
      ...(written[3]?.header as Header),
      kind: kinds["message.post"],
      auth: membership.heads(),
      scope: controlScope(space),
    };
    const id = "0d".repeat(32) as EventId;
    expect(projectEvent({ id, header, body: post(channel), membership })).toEqual([]);
    expect(
      projectEvent({ id, header: { ...header, scope: publicScope(space) }, body: post(channel), membership })
        .length,
    ).toBe(1);
  });
});

function checkedInvite(seed: Uint8Array) {
  return inviteKeys(seed).invite;
}
