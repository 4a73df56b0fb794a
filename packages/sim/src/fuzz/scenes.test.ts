import {
  createJoinRequest,
  decodeOuter,
  inviteKeys,
  kinds,
  planEpoch,
  planInvite,
  sealEvent,
} from "@kith/core";
import type { Body, EventId, InviteLink, ScopeId, SealedEvent } from "@kith/core";
import { expect, test } from "vitest";
import { createSeededRandom } from "../seeded-random.ts";
import { History } from "./history.ts";
import type { Party } from "./party.ts";
import { WHOLE } from "./party.ts";
import { box } from "./people.ts";

const CONTROL = { content: false, boxes: true, rebox: false, share: 1 };

/** A space of four, all of whom hold the same: its founder first, and an invite that lets in more. */
async function gather(name: string) {
  const history = new History(createSeededRandom(name), {});
  await history.found();
  history.part(1);
  const [ann, bea, cid, dov] = history.parties;
  if (!ann || !bea || !cid || !dov) throw new Error("a history has four people");
  const link = await invite(history, ann);
  for (const other of [bea, cid, dov]) {
    expect(await ask(other, ann, link)).toBeNull();
    await ann.meet(other, WHOLE);
  }
  for (const other of [bea, cid, dov]) await ann.meet(other, WHOLE);
  return { history, link, ann, bea, cid, dov };
}

async function invite({ space, random }: History, by: Party): Promise<InviteLink> {
  const { epoch } = await by.author.ensureKeys(replicaOf(by).control);
  const plan = planInvite({
    space,
    role: "member",
    usesMax: 9,
    expiresMs: null,
    random,
    controlEpoch: epoch,
  });
  await by.author.write([plan.write]);
  const [head] = replicaOf(by).membership.heads();
  return { seed: plan.seed, space, head: head ?? ("" as EventId), hints: [], spaceName: "Harbour" };
}

function ask(party: Party, at: Party, link: InviteLink): Promise<string | null> {
  const request = createJoinRequest({ link, identity: party.identity });
  return at.letIn(party, { request, invite: inviteKeys(link.seed).invite });
}

function replicaOf({ replica, name }: Party) {
  if (!replica) throw new Error(`${name} is in no space`);
  return replica;
}

async function say(party: Party, text: string): Promise<EventId> {
  const { content, membership } = replicaOf(party);
  const { epoch } = await party.author.ensureKeys(content);
  const [channel] = membership.state().channels.keys();
  if (!channel) throw new Error("the space has a channel");
  const body: Body = { type: "message.post", channel, text, replyTo: null };
  const { ids } = await party.author.write([{ scope: content, epoch, body }]);
  return ids[0] ?? ("" as EventId);
}

const texts = ({ store }: Party): string[] => store.messages({ limit: 99 }).map(({ text }) => text);

const rowsOf = (party: Party, scope: ScopeId) => party.store.eventsOfScope(scope, 0, Infinity);

/** Another event with the number of the last one, signed by the same device. */
function fork(party: Party, text: string): SealedEvent {
  const { content, membership, space } = replicaOf(party);
  const last = rowsOf(party, content).findLast(({ device }) => device === party.device);
  const keys = party.ledger.keys.ofScope(content).at(-1);
  const [channel] = membership.state().channels.keys();
  if (!last || !keys || !channel) throw new Error("nothing to fork");
  const { seq, prev, parents, timeMs: ms, timeCount: count } = last;
  const body: Body = { type: "message.post", channel, text, replyTo: null };
  return sealEvent(
    {
      space,
      scope: content,
      device: party.device,
      seq,
      prev,
      parents,
      auth: membership.heads(),
      time: { ms, count },
      body,
    },
    { keys, secretKey: party.identity.device.secretKey, salt: new Uint8Array(16) },
  );
}

test("[EP30] a box that was lost with its maker is made again by who holds the key", async () => {
  const { ann, bea, cid, dov } = await gather("lost");
  // Bea makes a new epoch, hands it to Cid, and leaves before Dov is near.
  await ann.members.changeRole(replicaOf(ann), bea.identity.person, "admin");
  for (const other of [bea, cid, dov]) await ann.meet(other, CONTROL);
  const { content } = replicaOf(bea);
  const plan = planEpoch({
    scope: content,
    membership: replicaOf(bea).membership,
    box,
    random: createSeededRandom("own"),
  });
  bea.ledger.addSecrets(plan.keys);
  await bea.author.write(plan.writes, { boxes: plan.boxes });
  const channel = [...replicaOf(bea).membership.state().channels.keys()][0];
  if (!channel) throw new Error("the space has a channel");
  const body: Body = { type: "message.post", channel, text: "last words", replyTo: null };
  await bea.author.write([{ scope: content, epoch: plan.keys.epoch, body }]);
  await bea.meet(cid, { ...WHOLE, rebox: false });
  expect(texts(cid)).toEqual(["last words"]);
  await bea.members.remove(replicaOf(bea), bea.identity.person);
  await bea.meet(cid, CONTROL);
  await cid.meet(dov, { ...WHOLE, rebox: false });
  await bea.meet(dov, { ...CONTROL, boxes: false });
  expect(texts(dov)).toEqual([]);
  await cid.meet(dov, WHOLE);
  await cid.meet(dov, WHOLE);
  expect(texts(dov)).toEqual(["last words"]);
});

test("[EP31] who lets somebody in shares no key that has come as a box alone", async () => {
  const { history, link, ann, bea, cid } = await gather("unannounced");
  const { content } = replicaOf(bea);
  const plan = planEpoch({
    scope: content,
    membership: replicaOf(bea).membership,
    box,
    random: createSeededRandom("own"),
  });
  const [first] = plan.writes;
  if (first?.body.type !== "epoch.create") throw new Error("a plan begins with its epoch");
  // Bea hands the key round, and announces it to nobody.
  for (const { device, prekey, box: name } of first.body.recipients) {
    const blob = plan.boxes.find((each) => each.name === name)?.blob;
    if (device !== ann.device || !blob) continue;
    await ann.take({
      type: "box",
      space: history.space,
      scope: content,
      epoch: plan.keys.epoch,
      prekey,
      name,
      blob,
    });
  }
  expect(ann.ledger.keys.get(plan.keys.epoch)).not.toBeNull();
  const eve = history.createParty(22);
  expect(await ask(eve, ann, link)).toBeNull();
  await say(ann, "hello");
  await ann.meet(cid, WHOLE);
  // A re-box under that key would stand in Ann's chain, and Cid could not go past it.
  expect(texts(cid)).toEqual(["hello"]);
  expect(eve.ledger.keys.get(plan.keys.epoch)).toBeNull();
});

test("[SP43] what comes in one delivery with a removal and with what overturns it is shown as elsewhere", async () => {
  const { ann, bea, cid, dov } = await gather("delivery");
  await ann.members.changeRole(replicaOf(ann), bea.identity.person, "admin");
  for (const other of [bea, cid, dov]) await ann.meet(other, CONTROL);
  await ann.members.rename(replicaOf(ann), "Quay");
  await ann.meet(cid, CONTROL);
  const message = await say(cid, "unheard by Bea");
  await bea.members.remove(replicaOf(bea), cid.identity.person);
  await ann.members.remove(replicaOf(ann), bea.identity.person);
  // The message waits for the new name, which comes between Bea's removal of Cid and Ann's of Bea.
  const { control, content } = replicaOf(dov);
  const hand = (scope: ScopeId, by: Party, kind: number) => ({
    scope,
    from: by.device,
    outers: rowsOf(by, scope)
      .filter((row) => row.device === by.device && row.kind === kind)
      .map(({ outer }) => outer),
  });
  await dov.ingest.deliver(hand(content, cid, kinds["message.post"]));
  expect(dov.store.hasEvent(message)).toBe(false);
  const parts = [
    hand(control, bea, kinds["member.remove"]),
    hand(control, ann, kinds["space.update"]),
    hand(control, ann, kinds["member.remove"]),
  ];
  await dov.ingest.deliver({
    scope: control,
    from: ann.device,
    outers: parts.flatMap(({ outers }) => outers),
  });
  expect(replicaOf(dov).membership.state().members.has(cid.identity.person)).toBe(true);
  expect(texts(dov)).toEqual(["unheard by Bea"]);
});

test("[SP43] what somebody said before the removal that let them back in is shown again when that removal is overturned", async () => {
  const { history, ann, bea, cid, dov } = await gather("back");
  await ann.members.changeRole(replicaOf(ann), bea.identity.person, "admin");
  for (const other of [bea, cid, dov]) await ann.meet(other, CONTROL);
  await say(cid, "before");
  await cid.meet(dov, WHOLE);
  // Bea removes Cid unheard and lets him in again; Ann, apart, removes Bea, and with her all that she did.
  await bea.members.remove(replicaOf(bea), cid.identity.person);
  await bea.meet(dov, WHOLE);
  expect(texts(dov)).toEqual([]);
  const again = await invite(history, bea);
  expect(await ask(cid, bea, again)).toBeNull();
  await bea.meet(dov, WHOLE);
  expect(texts(dov)).toEqual([]);
  await ann.members.remove(replicaOf(ann), bea.identity.person);
  await ann.meet(dov, WHOLE);
  expect(replicaOf(dov).membership.state().members.has(cid.identity.person)).toBe(true);
  expect(texts(dov)).toEqual(["before"]);
});

test("[EP12] [EP13] attack 3: an epoch of greater depth that a removed member made and handed round is used by nobody", async () => {
  const { history, ann, bea, cid } = await gather("greater");
  await ann.members.remove(replicaOf(ann), bea.identity.person);
  await ann.meet(cid, WHOLE);
  await ann.meet(bea, CONTROL);
  // Bea knows of her removal and cites it, so that her epoch is the deepest of all.
  const { control } = replicaOf(bea);
  const plan = planEpoch({
    scope: control,
    membership: replicaOf(cid).membership,
    box,
    random: createSeededRandom("hers"),
  });
  const [write] = plan.writes;
  if (write?.body.type !== "epoch.create") throw new Error("a plan begins with its epoch");
  const tip = bea.ledger.scopeState(control)?.tips.get(bea.device) ?? null;
  const parents = replicaOf(bea).membership.heads();
  const times = parents.flatMap((id) => bea.store.event(id) ?? []);
  const sealed = sealEvent(
    {
      space: history.space,
      scope: control,
      device: bea.device,
      seq: (tip?.seq ?? 0) + 1,
      prev: tip?.id ?? null,
      parents,
      auth: [],
      time: { ms: Math.max(...times.map(({ timeMs }) => timeMs)) + 1, count: 0 },
      body: write.body,
    },
    { keys: plan.keys, secretKey: bea.identity.device.secretKey, salt: new Uint8Array(16) },
  );
  for (const { device, prekey, box: name } of write.body.recipients) {
    const blob = plan.boxes.find((each) => each.name === name)?.blob;
    const party = [ann, cid].find((each) => each.device === device);
    if (!party || !blob) continue;
    await party.take({
      type: "box",
      space: history.space,
      scope: control,
      epoch: plan.keys.epoch,
      prekey,
      name,
      blob,
    });
    await party.ingest.deliver({ scope: control, outers: [sealed.outer], from: bea.device });
  }
  for (const party of [ann, cid]) {
    expect(party.store.hasEvent(sealed.id)).toBe(true);
    expect(replicaOf(party).membership.depthAfter([sealed.id])).toBeGreaterThan(
      replicaOf(party).membership.depthAfter(parents),
    );
    expect((await party.author.ensureKeys(control)).epoch).not.toBe(plan.keys.epoch);
  }
});

test("[EV5] attack 11: a message that is under no key of the space is held by nobody and shown to nobody", async () => {
  const { ann, bea } = await gather("plain");
  const id = await say(ann, "a secret");
  const row = ann.store.event(id);
  if (!row) throw new Error("it was stored");
  const { tag } = decodeOuter(row.outer);
  // Its tag zeroed: under no epoch there is. And plain text where the event should be.
  const plain = row.outer.slice();
  const at = Buffer.from(plain).indexOf(Buffer.from(tag));
  plain.fill(0, at, at + tag.length);
  const { content } = replicaOf(bea);
  const before = rowsOf(bea, content).length;
  const report = await bea.ingest.deliver({
    scope: content,
    outers: [plain, new TextEncoder().encode("a secret")],
    from: ann.device,
  });
  expect(report.accepted).toBe(0);
  expect(report.refused?.count).toBe(1);
  expect(rowsOf(bea, content).length).toBe(before);
  expect(texts(bea)).toEqual([]);
});

test("[EV14] [EV25] attack 22: of an identity that lives twice one chain stands, and the other is proof against it, not a second voice", async () => {
  const { ann, bea, cid } = await gather("twice");
  await say(bea, "one");
  const twin = fork(bea, "another");
  await bea.meet(ann, WHOLE);
  const { content } = replicaOf(ann);
  const report = await ann.ingest.deliver({ scope: content, outers: [twin.outer], from: bea.device });
  expect(report).toMatchObject({ accepted: 0, refused: { code: "EVENT_FORKED", count: 1 } });
  // Cid met the other half first: each keeps to what came first, and neither shows both.
  for (const row of rowsOf(ann, content).filter(({ device }) => device !== bea.device))
    await cid.ingest.deliver({ scope: content, outers: [row.outer], from: ann.device });
  await cid.ingest.deliver({ scope: content, outers: [twin.outer], from: bea.device });
  await ann.meet(cid, WHOLE);
  expect([texts(ann), texts(cid)]).toEqual([["one"], ["another"]]);
});

test("[EV4] attack 34: a number that is used twice, after a store was rolled back, never meets a nonce twice", async () => {
  const { bea } = await gather("back in time");
  const id = await say(bea, "one");
  const row = bea.store.event(id);
  const again = decodeOuter(fork(bea, "one").outer);
  const other = decodeOuter(fork(bea, "two").outer);
  if (!row) throw new Error("it was stored");
  const nonces = [decodeOuter(row.outer), again, other].map(({ nonce }) =>
    Buffer.from(nonce).toString("hex"),
  );
  expect(new Set(nonces).size).toBe(3);
});

test("[SP31] attack 29: what a removed member said unheard is not brought back by an old copy of it, nor by who holds it", async () => {
  const { ann, bea, cid, dov } = await gather("old copy");
  await say(bea, "unheard");
  await bea.meet(dov, WHOLE);
  expect(texts(dov)).toEqual(["unheard"]);
  await ann.members.remove(replicaOf(ann), bea.identity.person);
  for (const other of [cid, dov]) await ann.meet(other, WHOLE);
  expect(texts(dov)).toEqual([]);
  await dov.meet(ann, WHOLE);
  await bea.meet(cid, WHOLE);
  for (const party of [ann, cid, dov]) expect(texts(party)).toEqual([]);
});
