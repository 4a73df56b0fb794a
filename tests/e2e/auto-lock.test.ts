/** A node that locks itself because its person is away, as a real process with a real minute. */
import { send } from "@kith/api/testing";
import { createKithClient } from "@kith/client";
import { afterAll, expect, test } from "vitest";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import { fileWith, lockedLine, startWith } from "../support/locked-node.ts";

const passphrase = "seven-herons-over-the-weir";
const MINUTE_MS = 60_000;
/** Between two looks at the time. */
const LOOK_MS = 10_000;

afterAll(endEverything);

test("[HT83] a node whose person is away for the minute that was set locks itself, whatever programs ask; unlocked, its history is there", async () => {
  const ann = await startWith(passphrase, { name: "Ann" });
  const { client, dataDir, ready } = ann;
  const url = `http://127.0.0.1:${ready.port}`;
  await client.createSpace({ name: "Harbour" });
  await client.post({ space: "Harbour", channel: "general", text: "before" });
  const { token } = await client.createToken({ scope: "read" });
  const set = await runKith(["passphrase", "auto-lock", "1m", "--data", dataDir]);
  expect([set.code, set.stdout]).toEqual([0, expect.stringMatching(/^It locks itself after a minute /)]);
  expect(await client.passphrase()).toMatchObject({ set: true, autoLockMinutes: 1 });
  const awayFromMs = performance.now();

  // A program that asks all the while is no person.
  const program = createKithClient({ url: ready.url, token });
  let asked = 0;
  const asking = setInterval(() => {
    void program.messages({ space: "Harbour", channel: "general" }).then(
      ({ items }) => (asked += items.length),
      () => clearInterval(asking),
    );
  }, 2_000);
  try {
    const told = await lockedLine(ann.process);
    const awayMs = performance.now() - awayFromMs;
    expect(told).toMatchObject({ url, port: ready.port, deviceId: null, apiToken: null });
    expect(awayMs).toBeGreaterThanOrEqual(MINUTE_MS - LOOK_MS / 10);
    expect(asked).toBeGreaterThan(10);
  } finally {
    clearInterval(asking);
  }
  for (const path of ["/api/status", "/api/messages?space=Harbour&channel=general"])
    expect(await send(url + path, { token: ready.apiToken })).toMatchObject({ status: 423, code: "LOCKED" });
  const status = await runKith(["status", "--data", dataDir]);
  expect([status.code, status.stderr]).toEqual([1, expect.stringMatching(/^LOCKED: /)]);

  const opened = await runKith(["unlock", "--data", dataDir, "--passphrase-file", fileWith(passphrase)]);
  expect([opened.code, opened.stderr]).toEqual([0, ""]);
  const { items } = await client.messages({ space: "Harbour", channel: "general" });
  expect(items.map(({ text }) => text)).toEqual(["before"]);
  expect(await client.passphrase()).toMatchObject({ autoLockMinutes: 1 });
}, 600_000);

test("[HT83] the time is set, shown and taken back in words, and none without a passphrase or out of bounds", async () => {
  const ann = await startWith(passphrase, { name: "Ann" });
  const autoLock = async (...words: string[]) => {
    const { code, stdout, stderr } = await runKith([
      "passphrase",
      "auto-lock",
      ...words,
      "--data",
      ann.dataDir,
    ]);
    return [code, stdout + stderr];
  };
  const never = [0, "It does not lock itself.\n"];
  const told = [0, expect.stringMatching(/^It locks itself after 120 minutes without you: .+\n$/)];
  expect(await autoLock()).toEqual(never);
  expect(await autoLock("2h")).toEqual(told);
  expect(await autoLock()).toEqual(told);
  for (const wrong of ["0m", "90s", "15", "31d", "soon"])
    expect(await autoLock(wrong)).toEqual([2, expect.stringMatching(/^USAGE: .+\n.*15m.*off\.\n$/)]);
  expect(await ann.client.passphrase()).toMatchObject({ autoLockMinutes: 120 });
  expect(await autoLock("off")).toEqual(never);
  expect(await ann.client.passphrase()).toMatchObject({ autoLockMinutes: null });

  const ben = await startNode({ name: "Ben" });
  const open = await runKith(["passphrase", "auto-lock", "15m", "--data", ben.dataDir]);
  expect([open.code, open.stderr]).toEqual([1, expect.stringMatching(/^PASSPHRASE_NOT_SET: .+\n.+\n$/)]);
}, 300_000);
