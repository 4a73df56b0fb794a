/** Calls of the client that stand on several others, against a real node. */
import { afterAll, expect, test } from "vitest";
import { endEverything, startNode } from "../support/kith-process.ts";

afterAll(endEverything);

test("[HT66] [HT67] [HT68] what is broadcast to a board is found by a search and counted", async () => {
  const { client } = await startNode({ name: "Ann" });
  const { id: space } = await client.createSpace({ name: "Harbour" });
  const { person } = await client.me();

  const said = await client.broadcastMessage("general", "the tide turns at nine", {
    userId: person,
    clientId: "a",
  });
  expect(said).toMatchObject({ success: true, broadcastTo: 0 });
  const again = await client.broadcastMessage("general", "the tide turns at nine", { clientId: "a" });
  expect(again.id).toBe(said.id);
  const found = await client.search({ q: "tide nine", space });
  expect(found.items.map(({ id }) => id)).toEqual([said.id]);
  expect((await client.search({ q: "ebb" })).items).toEqual([]);

  await expect(client.broadcastMessage("general", "x", { userId: "somebody" })).rejects.toMatchObject({
    status: 403,
  });
  await expect(client.broadcastMessage("nowhere", "x")).rejects.toMatchObject({ status: 404 });
  await client.sendTyping(space, "general");
  await expect(client.sendTyping(space, "nowhere")).rejects.toMatchObject({ status: 404 });
  const { events } = await client.stats();
  await client.broadcastMessage("general", "and again at three");
  expect((await client.stats()).events).toBe(events + 1);
}, 30_000);
