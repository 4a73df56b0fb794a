/** Which key of a scope is the newest, on the parts of a node. */
import { createKeyTable } from "@kith/core";
import { keysByAge } from "@kith/node/parts";
import { expect, test } from "vitest";
import { WHOLE } from "./party.ts";
import { ask, gather, invite, replicaOf, say } from "./scenes.fixture.ts";

test("[EP78] the newest key is told by what its event follows, however the keys came and lie in the store", async () => {
  const { history, ann, dov } = await gather("newest key");
  const newcomer = history.createParty(4);
  for (let round = 0; round < 3; round += 1) {
    if (round > 0) expect(await ask(dov, ann, await invite(history, ann))).toBeNull();
    await ann.members.remove(replicaOf(ann), dov.identity.person);
    await say(ann, `round ${round}`);
  }
  expect(await ask(newcomer, ann, await invite(history, ann))).toBeNull();
  const { control, content } = replicaOf(ann);
  const newest = ann.author.sendKeys(control).epoch;
  // The one key of control that came in a box; no event is here yet.
  const first = keysByAge(replicaOf(newcomer), control, newcomer.ledger.keys);
  expect(first.map(({ epoch }) => epoch)).toEqual([newest]);
  await ann.meet(newcomer, WHOLE);
  for (const scope of [control, content]) {
    const all = newcomer.ledger.keys.ofScope(scope);
    expect(all.length).toBeGreaterThan(3);
    const order = keysByAge(replicaOf(ann), scope, ann.ledger.keys).map(({ epoch }) => epoch);
    for (const stored of [all, all.toReversed(), all.toSorted((a, b) => (a.epoch < b.epoch ? -1 : 1))]) {
      const table = createKeyTable();
      for (const keys of stored) table.add(keys);
      expect(keysByAge(replicaOf(newcomer), scope, table).map(({ epoch }) => epoch)).toEqual(order);
    }
    expect(order.at(-1)).toBe(ann.author.sendKeys(scope).epoch);
  }
});
