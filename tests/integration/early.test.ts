import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;

beforeEach(() => {
  house = createHousehold();
});

afterEach(() => house.stop());

async function fill(mate: Housemate, channel: string, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 250) {
    const posts = Array.from({ length: Math.min(250, to - at) }, (_, n) => ({
      space: "Harbour",
      channel,
      text: `${channel} ${at + n}`,
    }));
    await mate.service.postMessages(posts);
  }
}

const newest = (mate: Housemate, channel: string, limit = 10) =>
  mate.service.messages({ space: "Harbour", channel, limit });

test("[SY65] [SY66] [HT55] a newcomer sees the newest page of each channel while the rest is still coming", async () => {
  const ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  await ann.service.createChannel("Harbour", "tides");
  await fill(ann, "tides", 0, 100);
  await fill(ann, "general", 0, 2_600);
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await house.add("Bob");
  const seen: { synced: number; texts: string[]; early: boolean; tides: string | undefined }[] = [];
  bob.service.onLog(() => {
    const [space] = bob.service.spaces();
    if (space?.state !== "ready") return;
    const { items } = newest(bob, "general");
    const last = items.at(-1);
    if (last?.text === "general 2599")
      seen.push({
        synced: bob.service.status().messagesSynced,
        texts: items.map(({ text }) => text),
        early: last.early === true,
        tides: newest(bob, "tides").items.at(-1)?.text,
      });
  });
  await bob.service.join(link ?? "", { waitMs: 5_000 });
  await bob.until("all of it", () => bob.service.status().messagesSynced === 2_700);
  expect(seen[0]?.early).toBe(true);
  expect(seen[0]?.synced).toBeLessThan(1_500);
  expect(seen[0]?.texts).toEqual(Array.from({ length: 10 }, (_, n) => `general ${2_590 + n}`));
  expect(seen[0]?.tides).toBe("tides 99");
  // When all has come nothing is early, and the order is that of everybody.
  expect(newest(bob, "general", 500).items).toEqual(
    newest(ann, "general", 500).items.map((message) => ({
      ...message,
      clientId: null,
      delivery: expect.anything(),
    })),
  );
}, 60_000);
