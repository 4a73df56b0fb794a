/** Epochs under epochs, on the parts of a node. */
import { decodeOuter, deriveEpochKeys, LINKS_MAX, planEpoch } from "@kith/core";
import type { ScopeId } from "@kith/core";
import { expect, test } from "vitest";
import { createSeededRandom } from "../seeded-random.ts";
import { Boxes } from "@kith/node/parts";
import { WHOLE } from "./party.ts";
import { box } from "./people.ts";

import { SILENT, gather, invite, ask, replicaOf, say, texts, rowsOf } from "./scenes.fixture.ts";

test("[EP72] [EP74] [EP75] what letting somebody in costs does not grow with the epochs there were, and they read all of it", async () => {
  const { history, ann, bea, cid, dov } = await gather("many epochs");
  const newcomers = [4, 5].map((at) => history.createParty(at));
  const said: string[] = [];
  const costs: { readonly events: number; readonly boxes: number }[] = [];
  let boxes = 0;
  ann.onBoxes((names) => (boxes += names.length));
  for (const [turn, newcomer] of newcomers.entries()) {
    // Each removal makes new keys of both scopes.
    for (let round = 0; round < (turn === 0 ? 1 : 12); round += 1) {
      if (round > 0) expect(await ask(dov, ann, await invite(history, ann))).toBeNull();
      await ann.members.remove(replicaOf(ann), dov.identity.person);
      await say(ann, `${turn} ${round}`);
      said.push(`${turn} ${round}`);
    }
    const link = await invite(history, ann);
    const before = { events: ann.store.stats().events, boxes };
    expect(await ask(newcomer, ann, link)).toBeNull();
    costs.push({ events: ann.store.stats().events - before.events, boxes: boxes - before.boxes });
    expect(await ask(dov, ann, await invite(history, ann))).toBeNull();
  }
  expect(costs).toEqual([
    { events: 2, boxes: 1 },
    { events: 2, boxes: 1 },
  ]);
  for (const reader of [bea, cid, ...newcomers]) {
    await ann.meet(reader, WHOLE);
    expect(texts(reader).toSorted()).toEqual(said.toSorted());
    expect(reader.ledger.keys.ofScope(replicaOf(reader).content).length).toBe(14);
  }
}, 60_000);

test("[EP75] the keys under one that a device gets late are its own before what they open has come, and after a restart", async () => {
  const { history, ann, bea, dov } = await gather("late key");
  const keyless = history.createParty(4);
  await ann.members.remove(replicaOf(ann), dov.identity.person);
  await say(ann, "after");
  expect(await ask(keyless, ann, await invite(history, ann))).toBeNull();
  const { content, control } = replicaOf(ann);
  // What came last comes first, one by one, so that each waits for its causes.
  for (const scope of [content, control])
    for (const { outer } of rowsOf(ann, scope).toReversed())
      await keyless.ingest.deliver({ scope, outers: [outer], from: ann.device });
  expect(texts(keyless)).toEqual(["after"]);
  const stored = keyless.store.metaKeys("epoch/").length;
  expect(stored).toBe(
    keyless.ledger.keys.ofScope(content).length + keyless.ledger.keys.ofScope(control).length,
  );
  expect(stored).toBe(4);
  expect(bea.ledger.keys.ofScope(content).length).toBe(1);
});

test("[EP75] attack 14: a member who makes epochs up without end fills nobody's table of keys", async () => {
  const { ann, bea, dov } = await gather("made up");
  const { space, control } = replicaOf(bea);
  const random = createSeededRandom("made up");
  const { epoch } = await bea.author.ensureKeys(control);
  for (let page = 0; page < 3; page += 1) {
    const links = Array.from({ length: LINKS_MAX }, () => {
      const secrets = { headerSecret: random.bytes(32), contentSecret: random.bytes(32) };
      const keys = deriveEpochKeys({ space, scope: control, ...secrets });
      return { scope: control, epoch: keys.epoch, ...secrets };
    });
    await bea.author.write([{ scope: control, epoch, body: { type: "epoch.link", links } }]);
  }
  await bea.meet(ann, WHOLE);
  expect(rowsOf(ann, control).length).toBe(rowsOf(bea, control).length);
  const held = ann.ledger.keys.ofScope(control).length;
  expect(held).toBeGreaterThan(LINKS_MAX);
  expect(held).toBeLessThan(800);
  // New keys are made and taken as before.
  await ann.members.remove(replicaOf(ann), dov.identity.person);
  await say(ann, "still here");
  await ann.meet(bea, WHOLE);
  expect(texts(bea)).toEqual(["still here"]);
}, 60_000);

test("[EP72] [EP73] attack 30: whoever holds the key that another lies under holds that one: no member writes under it once they are out", async () => {
  const { ann, bea, cid, dov } = await gather("linked to somebody");
  // Cid, who has not heard of it, makes a key of the open channels under the one of control that Dov holds.
  await ann.members.remove(replicaOf(ann), dov.identity.person);
  const { content, control, membership, book } = replicaOf(cid);
  const under = cid.author.sendKeys(control);
  const among = { book, control: under, held: [] };
  const plan = planEpoch({ scope: content, membership, among, box, random: createSeededRandom("his") });
  expect(plan.boxes).toEqual([]);
  cid.ledger.addSecrets(plan.keys);
  await cid.author.write(plan.writes);
  for (const hearer of [dov, bea]) await cid.meet(hearer, WHOLE);
  expect(dov.ledger.keys.get(plan.keys.epoch)).not.toBeNull();
  await ann.meet(bea, WHOLE);
  await bea.meet(ann, WHOLE);
  for (const writer of [ann, bea]) {
    const { ledger, store } = writer;
    expect(replicaOf(writer).book.get(plan.keys.epoch)?.holders.has(dov.device)).toBe(true);
    const id = await say(writer, `by ${writer.name}`);
    const { tag, bucket } = decodeOuter(store.event(id)?.outer ?? new Uint8Array());
    const used = ledger.keys.find(tag, bucket)?.epoch;
    expect(used).not.toBe(plan.keys.epoch);
    expect(dov.ledger.keys.get(used ?? ("" as never))).toBeNull();
  }
});

test("[EP76] who asks for a key that lies under another gets that one's box, and its own when it asks again", async () => {
  const { history, ann, bea, dov } = await gather("asked for");
  await ann.members.remove(replicaOf(ann), dov.identity.person);
  await say(ann, "after");
  const { space, control, content, book } = replicaOf(ann);
  const frames: { scope: ScopeId; epoch: string }[] = [];
  const { ledger, author, store } = ann;
  const boxes = new Boxes({
    host: { ledger, author, store, box, self: ann.device, log: SILENT },
    device: bea.device,
    isFull: () => true,
    agrees: () => false,
    speaksOf: () => true,
    send: (frame) => {
      if (frame.type === "box") frames.push(frame);
    },
    later: () => undefined,
  });
  const [under, asked] = [control, content].map((scope) => author.sendKeys(scope));
  if (!under || !asked) throw new Error("a member has keys");
  expect(book.reachOf([under.epoch]).has(asked.epoch)).toBe(true);
  const prekey = bea.identity.prekey.bundle.id;
  const ask = async () => {
    const before = store.stats().events;
    await boxes.answer({
      type: "boxWant",
      space,
      wants: [{ epoch: asked.epoch, prekey }],
      locked: [],
    });
    return { given: frames.splice(0).map(({ epoch }) => epoch), written: store.stats().events - before };
  };
  expect(await ask()).toEqual({ given: [under.epoch], written: 0 });
  expect(await ask()).toEqual({ given: [asked.epoch], written: 1 });
  expect(await ask()).toEqual({ given: [asked.epoch], written: 0 });
  expect(history.violations).toEqual([]);
});
