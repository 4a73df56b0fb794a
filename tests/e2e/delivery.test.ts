/** `kith delivery`: where a message is, as the command line of one of two nodes tells it. */
import type { DeviceDelivery } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { until } from "../support/one-too-many.ts";

let ann: RunningKith;
let ben: RunningKith;

beforeAll(async () => {
  [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
  await ann.client.createSpace({ name: "Climbing" });
  await ben.client.join((await ann.client.createInvite("Climbing")).link, { waitMs: 30_000 });
}, 120_000);

afterAll(endEverything);

const on = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

test("[CL20] where a message is stands device by device, with when one that is away was seen last", async () => {
  await ben.client.setOnline(false);
  await until(async () => (await ann.client.peers()).items.length === 0);
  const { id } = await ann.client.post({ space: "Climbing", channel: "general", text: "who has it?" });
  const { items } = JSON.parse((await on(ann, "delivery", id, "--json")).stdout) as {
    items: DeviceDelivery[];
  };
  expect(items).toMatchObject([
    { name: "Ben", device: ben.ready.deviceId, state: "waits", connected: false },
  ]);
  const seen = new Date(items[0]?.lastSeen ?? "").toLocaleString("sv-SE", {
    dateStyle: "short",
    timeStyle: "short",
  });
  expect((await on(ann, "delivery", id)).stdout).toMatch(
    new RegExp(`^Ben +device ${ben.ready.deviceId.slice(0, 8)} +not in reach, last seen ${seen}\n$`),
  );
  await ben.client.setOnline(true);
  await until(async () => (await ann.client.deliveryOf(id)).items[0]?.state === "kept");
  // Of a channel the last that one wrote there.
  expect((await on(ann, "delivery", "Climbing/general")).stdout).toMatch(/^Ben .* has it\n$/);
}, 120_000);

test("[CL20] what is not here, or was not written, is told as an error", async () => {
  const none = await on(ben, "delivery", "Climbing/general");
  expect([none.code, none.stdout]).toEqual([1, ""]);
  expect(none.stderr).toContain("You have written nothing of late");
  const unknown = await on(ann, "delivery", "f".repeat(64));
  expect([unknown.code, unknown.stdout]).toEqual([1, ""]);
  expect(unknown.stderr).toContain("UNKNOWN_MESSAGE");
}, 60_000);
