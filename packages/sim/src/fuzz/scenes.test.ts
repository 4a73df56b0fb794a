import { decodeOuter, kinds, planEpoch, planSuspension, sealEvent } from "@kith/core";
import type { Body, ScopeId } from "@kith/core";
import { expect, test } from "vitest";
import { createSeededRandom } from "../seeded-random.ts";
import type { Party } from "./party.ts";
import { WHOLE } from "./party.ts";
import { box, PEOPLE, personAt, secondDeviceAt } from "./people.ts";

import {
  CONTROL,
  gather,
  invite,
  ask,
  replicaOf,
  say,
  linkTo,
  texts,
  rowsOf,
  fork,
} from "./scenes.fixture.ts";

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

test("[EP70] who links a device shares no key that has come as a box alone", async () => {
  const { history, ann, bea, cid } = await gather("unannounced to a second device");
  const { content } = replicaOf(bea);
  const random = createSeededRandom("own");
  const plan = planEpoch({ scope: content, membership: replicaOf(bea).membership, box, random });
  const [first] = plan.writes;
  if (first?.body.type !== "epoch.create") throw new Error("a plan begins with its epoch");
  // Bea hands Ann the key, and announces it to nobody.
  const given = first.body.recipients.find(({ device }) => device === ann.device);
  const blob = plan.boxes.find(({ name }) => name === given?.box)?.blob;
  if (!given || !blob) throw new Error("a member is a recipient");
  const { space } = history;
  const place = { space, scope: content, epoch: plan.keys.epoch, prekey: given.prekey, name: given.box };
  await ann.take({ type: "box", ...place, blob });
  const second = secondDeviceAt(1);
  const { certificate, prekey } = linkTo(ann, second);
  expect(await ann.devices.link({ certificate, prekey, name: "second" })).toEqual([space]);
  await say(ann, "hello");
  await ann.meet(cid, WHOLE);
  // A re-box under that key would stand in Ann's chain, and Cid could not go past it.
  expect(texts(cid)).toEqual(["hello"]);
});

test("[EP71] who may not write makes no key either, and leaves fencing to those who may", async () => {
  const { ann, bea, cid, dov } = await gather("a reader in a channel");
  await ann.privates.found(
    replicaOf(ann),
    "board",
    [cid, bea].map(({ identity }) => identity.person),
  );
  for (const other of [bea, cid, dov]) await ann.meet(other, WHOLE);
  await ann.members.changeRole(replicaOf(ann), cid.identity.person, "reader");
  await ann.meet(cid, CONTROL);
  await ann.members.remove(replicaOf(ann), bea.identity.person);
  // Of the removal Cid hears, and not of the fence.
  await ann.meet(cid, CONTROL);
  const [roster] = cid.ownChannels;
  if (!roster) throw new Error("Cid is in the channel");
  expect(roster.unfenced()).toHaveLength(1);
  const held = cid.ledger.keys.ofScope(roster.scope).length;
  await cid.privates.fence(replicaOf(cid));
  await expect(cid.author.ensureKeys(roster.scope)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  expect(cid.ledger.keys.ofScope(roster.scope)).toHaveLength(held);
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

test("[SP43] what a device said that did not come back with its person is shown again when the removal is overturned", async () => {
  const { history, ann, bea, cid, dov } = await gather("one of two");
  await ann.members.changeRole(replicaOf(ann), bea.identity.person, "admin");
  for (const other of [bea, cid, dov]) await ann.meet(other, CONTROL);
  const place = Array.from({ length: PEOPLE }, (_, at) => at).findIndex(
    (at) => personAt(at) === cid.identity,
  );
  const second = history.createParty(place, 0, secondDeviceAt(place));
  const { certificate, prekey } = second.identity;
  await cid.devices.link({ certificate, prekey: prekey.bundle, name: "second" });
  second.ledger.openSpace(history.space);
  for (const other of [second, dov]) await cid.meet(other, WHOLE);
  await say(second, "from the second");
  await second.meet(dov, WHOLE);
  expect(texts(dov)).toEqual(["from the second"]);
  // Bea has heard nothing of it, and lets Cid in again with the first device alone.
  await bea.members.remove(replicaOf(bea), cid.identity.person);
  expect(await ask(cid, bea, await invite(history, bea))).toBeNull();
  await bea.meet(dov, WHOLE);
  expect(texts(dov)).toEqual([]);
  await ann.members.remove(replicaOf(ann), bea.identity.person);
  await ann.meet(dov, WHOLE);
  expect(texts(dov)).toEqual(["from the second"]);
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

test("[EV14] [EV25] [EV29] attack 22: of an identity that lives twice both chains are kept by all, and are proof against it", async () => {
  const { ann, bea, cid } = await gather("twice");
  await say(bea, "one");
  const twin = fork(bea, "another");
  await bea.meet(ann, WHOLE);
  const { content } = replicaOf(ann);
  const report = await ann.ingest.deliver({ scope: content, outers: [twin.outer], from: bea.device });
  expect(report).toMatchObject({ accepted: 1, refused: { code: "EVENT_FORKED", count: 1 } });
  // Cid met the other half first.
  for (const row of rowsOf(ann, content).filter(({ device }) => device !== bea.device))
    await cid.ingest.deliver({ scope: content, outers: [row.outer], from: ann.device });
  await cid.ingest.deliver({ scope: content, outers: [twin.outer], from: bea.device });
  await ann.meet(cid, WHOLE);
  for (const party of [ann, cid]) {
    expect(texts(party).toSorted()).toEqual(["another", "one"]);
    expect(party.store.metaKeys("fork/")).toHaveLength(1);
  }
  const idsOf = (party: Party) =>
    rowsOf(party, content)
      .map(({ id }) => id)
      .toSorted();
  expect(idsOf(cid)).toEqual(idsOf(ann));
});

test("[SP83] [SP85] [SP88] attack 28: a device that told two stories is suspended with the proof, is heard up to where they part, and holds no key from then on", async () => {
  const { ann, bea, cid } = await gather("two stories");
  await say(bea, "before");
  for (const other of [ann, cid]) await bea.meet(other, WHOLE);
  await say(bea, "one");
  const twin = fork(bea, "another");
  const { content, control, space } = replicaOf(ann);
  await bea.meet(ann, WHOLE);
  await cid.ingest.deliver({ scope: content, outers: [twin.outer], from: bea.device });
  await ann.meet(cid, WHOLE);
  await cid.meet(ann, WHOLE);
  expect(texts(ann).toSorted()).toEqual(["another", "before", "one"]);
  const [key] = ann.store.metaKeys("fork/");
  const proof = ann.store.meta(key ?? "");
  const tip = ann.ledger.scopeState(content)?.tips.get(bea.device);
  if (!proof || !tip) throw new Error("there is a proof");
  const { epoch } = await ann.author.ensureKeys(control);
  const fences = [{ scope: content, device: bea.device, seq: tip.seq, id: tip.id }];
  await ann.author.write([planSuspension({ space, device: bea.device, proof, fences, controlEpoch: epoch })]);
  await say(ann, "after");
  await ann.meet(cid, WHOLE);
  // What it says beside, from before it heard.
  await say(bea, "unheard");
  await bea.meet(cid, WHOLE);
  await cid.meet(ann, WHOLE);
  for (const party of [ann, cid]) {
    expect(texts(party)).toEqual(["before", "after"]);
    expect(replicaOf(party).membership.state().removedDevices.get(bea.device)?.suspended).toBe(true);
    expect(party.ledger.keys.ofScope(content).some((keys) => bea.ledger.keys.get(keys.epoch) === null)).toBe(
      true,
    );
  }
  expect(texts(bea)).not.toContain("after");
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
