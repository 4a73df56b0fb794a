/** A second device of one person, linked on the command line: real processes, real stores. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, spawnKith, startAgain, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

let laptop: RunningKith;
let phone: RunningKith;

beforeAll(async () => {
  laptop = await startNode({ name: "Ann" });
  await laptop.client.createSpace({ name: "Climbing" });
  await laptop.client.post({ space: "Climbing", channel: "general", text: "before the phone" });
  phone = await startNode({ name: "whoever" });
}, 60_000);

afterAll(endEverything);

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const texts = async (node: RunningKith): Promise<string[]> =>
  (await node.client.messages()).items.map(({ text }) => text);

test("[ID28] [ID30] kith device link and kith link make a new device one of the person's, with the history", async () => {
  const offer = await spawnKith(["device", "link", "--data", laptop.dataDir]);
  const code = await offer.line((line) => line.startsWith("kith://link#"));
  const taking = await spawnKith(["link", code, "--name", "Phone", "--data", phone.dataDir]);
  const shown = await taking.line((line) => line.startsWith("Enter on the other device: "));
  const digits = /(\d{3}) (\d{3})$/.exec(shown)?.slice(1).join("") ?? "";
  await offer.line((line) => line.startsWith("Phone shows six digits"), "stderr");
  // A slip first.
  offer.write(digits === "000000" ? "000001\n" : "000000\n");
  await offer.line((line) => line.includes("not what the new device shows"), "stderr");
  offer.write(`${digits}\n`);
  expect(await offer.exited).toMatchObject({ code: 0 });
  expect(await taking.exited).toMatchObject({ code: 0 });
  expect(await texts(phone)).toEqual(["before the phone"]);
  await phone.client.post({ space: "Climbing", channel: "general", text: "from the phone" });
  await until(async () => (await texts(laptop)).includes("from the phone"));
  const [author] = new Set((await laptop.client.messages()).items.map(({ authorName }) => authorName));
  expect(author).toBe("Ann");
  const again = await run(phone, "link", code);
  expect(again.code).toBe(0);
}, 60_000);

test("a linked device is the person's after a restart, is named, and ended by kith device remove", async () => {
  expect((await run(laptop, "device", "list")).stdout).toMatch(/this device[^]*Phone .*connected/);
  await phone.stop();
  await until(async () => (await laptop.client.peers()).items.length === 0);
  // Since then: also by a node that was not there meanwhile.
  await laptop.stop();
  laptop = await startAgain(laptop);
  expect((await run(laptop, "device", "list")).stdout).toMatch(
    /this device[^]*Phone .*last seen \d{4}-\d\d-\d\d \d\d:\d\d /,
  );
  phone = await startAgain(phone);
  expect((await phone.client.status()).name).toBe("Ann");
  expect((await run(laptop, "device", "rename", "Phone", "Old phone")).stdout).toContain("Old phone");
  expect((await run(laptop, "device", "list")).stdout).toMatch(/this device[^]*Old phone/);
  const junior = await run(phone, "device", "remove", laptop.ready.deviceId);
  expect([junior.code, junior.stderr.split(":")[0]]).toEqual([1, "NOT_ALLOWED"]);
  expect((await run(laptop, "device", "remove", "Old phone")).code).toBe(0);
  await until(async () => (await phone.client.spaces()).items[0]?.state === "removed");
  await laptop.client.post({ space: "Climbing", channel: "general", text: "without the phone" });
  expect((await laptop.client.devices()).items).toHaveLength(1);
  expect(await texts(phone)).not.toContain("without the phone");
  expect((await laptop.client.verify()).problems).toEqual([]);
}, 60_000);
