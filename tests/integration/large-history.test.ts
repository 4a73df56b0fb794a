import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household } from "./memory-nodes.ts";

let house: Household;

beforeEach(() => {
  house = createHousehold();
});

afterEach(() => house.stop());

test("[SY5] a long history of long messages is wanted at once and sent as the link takes it", async () => {
  const ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await house.add("Bob");
  expect((await bob.service.join(link ?? "", { waitMs: 50_000 })).step).toBe("done");
  await bob.service.setOnline(false);
  const text = "long ".repeat(3_200);
  for (let batch = 0; batch < 24; batch += 1) {
    await ann.service.postMessages(
      Array.from({ length: 256 }, () => ({ space: "Harbour", channel: "general", text })),
    );
  }
  const cursor = bob.service.cursor();
  await bob.service.setOnline(true);
  await bob.until("all of it", () => bob.service.status().messagesSynced === 24 * 256, 200_000);
  const lost = bob.service.log(cursor, 500).filter(({ data }) => JSON.stringify(data).includes('"lost"'));
  expect(lost).toEqual([]);
}, 300_000);
