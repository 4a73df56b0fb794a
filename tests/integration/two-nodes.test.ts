import { afterEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household } from "./memory-nodes.ts";

let house: Household | null = null;
afterEach(async () => {
  await house?.stop();
  house = null;
});

test("a newcomer joins over an invite and both read each other's messages", async () => {
  house = createHousehold();
  const ann = await house.add("Ann");
  const space = await ann.service.createSpace({ name: "Harbour" });
  expect(space.channels.map(({ name }) => name)).toEqual(["general"]);
  const before = await ann.service.postMessage({ space: "Harbour", channel: "general", text: "before Bob" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await house.add("Bob");
  const joined = await bob.service.join(invite.link ?? "", { waitMs: 5_000 });
  expect(joined.step).toBe("done");
  expect(bob.service.messages({ space: "Harbour", limit: 10 }).items.map(({ text }) => text)).toEqual([
    "before Bob",
  ]);
  const hello = await bob.service.postMessage({
    space: "Harbour",
    channel: "general",
    text: "hello from Bob",
  });
  await ann.until("Bob's message", () => ann.service.messages({ limit: 10 }).items.length === 2);
  await ann.until("the acknowledgement", () => ann.service.message(before.id).delivery.devices === 1);
  expect(ann.service.message(hello.id)).toMatchObject({ text: "hello from Bob", authorName: "Bob" });
  await bob.until("Ann's acknowledgement", () => bob.service.message(hello.id).delivery.devices === 1);
  expect((await ann.service.verify()).problems).toEqual([]);
  expect((await bob.service.verify()).problems).toEqual([]);
  const [annRoots, bobRoots] = await Promise.all([ann.service.verify(), bob.service.verify()]);
  expect(annRoots.roots).toEqual(bobRoots.roots);
});

test("[IN22] members of one space, linked, meet in a second one by an invitation, over the network and by an address alone", async () => {
  for (const isHeard of [true, false]) {
    house = createHousehold();
    const without = { openDiscovery: null };
    const ann = await house.add("Ann", isHeard ? {} : without);
    const bob = await house.add("Bob", isHeard ? {} : without);
    for (const name of ["Harbour", "Choir"]) {
      await ann.service.createSpace({ name });
      const invite = await ann.service.createInvite(name, { role: "member", expiresInMs: null, uses: 1 });
      expect((await bob.service.join(invite.link ?? "", { waitMs: 8_000 })).step).toBe("done");
    }
    const { id } = await bob.service.postMessage({
      space: "Choir",
      channel: "general",
      text: "from the choir",
    });
    await ann.until("Bob's message", () =>
      ann.service.messages({ space: "Choir", limit: 10 }).items.some((one) => one.id === id),
    );
    await house.stop();
  }
}, 60_000);
