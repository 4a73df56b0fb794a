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
