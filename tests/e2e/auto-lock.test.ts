/** A node that locks itself because its person is away, as a real process with a real minute. */
import { send } from "@kith/api/testing";
import { createKithClient } from "@kith/client";
import { afterAll, expect, test } from "vitest";
import { endEverything, runKith } from "../support/kith-process.ts";
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
  await client.changePassphrase({ autoLockMinutes: 1 });
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
