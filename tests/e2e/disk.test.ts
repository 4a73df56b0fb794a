/**
 * A disk that fills up, turns read-only or reports errors under a running node: posts are refused in plain
 * words, reads go on, nothing acknowledged is lost, and once there is room again all goes on by itself.
 * Spec: store ST1, ST2; http HT6.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { endCrashable, startCrashable, verify } from "../support/crash.ts";
import type { CrashableNode } from "../support/crash.ts";
import { openDisk } from "../support/disk.ts";
import type { Disk } from "../support/disk.ts";
import { runKith, temporaryDirectory } from "../support/kith-process.ts";
import { agree, listAll, meet, peerIds, say } from "../support/meeting.ts";
import { needs } from "../support/require.ts";
import { createWriter } from "../support/writer.ts";
import type { Writer } from "../support/writer.ts";

const DISK_BYTES = 33_554_432;
/** Each message takes several blocks, so that a full disk has room for none. */
const PADDING = 12_000;
const BURST_MESSAGES = 40;
/** More than what the store has set aside for its write-ahead log takes. */
const BURSTS_MAX = 40;

needs("root-loop").describe("a disk that fails under a running node", () => {
  let disk: Disk;
  let data: string;
  let ann: CrashableNode;
  let bob: CrashableNode;
  let writer: Writer;

  beforeEach(async () => {
    disk = openDisk({ bytes: DISK_BYTES });
    data = join(disk.path, "data");
    [ann, bob] = await Promise.all([
      startCrashable(data, "Ann"),
      startCrashable(join(temporaryDirectory(), "data"), "Bob"),
    ]);
    await meet(ann, [bob]);
    await ann.until("the two are linked", async () => (await peerIds(ann)).includes(bob.ready.deviceId));
    writer = createWriter("Ann", { padding: PADDING });
    await writer.burst(ann, BURST_MESSAGES);
    await agree([ann, bob], BURST_MESSAGES);
  });
  afterEach(async () => {
    await endCrashable();
    disk.close();
  });
  afterAll(endCrashable);

  async function postUntilRefused(): Promise<void> {
    for (let burst = 0; writer.refusals.length === 0 && burst < BURSTS_MAX; burst += 1) {
      await writer.burst(ann, BURST_MESSAGES);
    }
    expect(writer.refusals.length).toBeGreaterThan(0);
  }

  function expectPlainRefusals(codes: readonly string[]): void {
    for (const { status, code, message, next } of writer.refusals) {
      // 200: an item of a batch, each of which has its own answer.
      expect([200, 503, 507]).toContain(status);
      expect(codes).toContain(code);
      expect(message.length).toBeGreaterThan(10);
      expect(next.length).toBeGreaterThan(10);
    }
  }

  /** Nothing half-written: what was refused is not shown. What a kill left unanswered may be. */
  async function expectServes({ unanswered = false } = {}): Promise<void> {
    const list = await listAll(ann);
    const idByText = new Map(list.map(({ id, text }) => [text, id]));
    for (const [text, id] of writer.answered) expect(idByText.get(text)).toBe(id);
    const own = list.filter(({ text }) => text.startsWith("Ann"));
    if (unanswered) expect(own.every(({ text }) => text.endsWith("x".repeat(PADDING)))).toBe(true);
    else expect(own).toHaveLength(writer.answered.size);
    expect((await ann.call("GET", "/health")).status).toBe(200);
    expect((await ann.call("GET", "/api/status")).status).toBe(200);
  }

  function deliveredOn(id: string): Promise<number> {
    return bob
      .ask<{ delivery: { devices: number } }>("GET", `/api/messages/${id}`)
      .then(({ delivery }) => delivery.devices);
  }

  /** Bob's messages, each of which Ann has refused to keep, and so not acknowledged. */
  async function sayUnheard(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 1; n <= count; n += 1) ids.push((await say(bob, `Bob ${n} ${"y".repeat(PADDING)}`)).id);
    await ann.until("she notices that she lacks something", async () => {
      const { items } = await ann.ask<{ items: { id: string; inSync: boolean }[] }>("GET", "/api/peers");
      return items.some(({ id, inSync }) => id === bob.ready.deviceId && !inSync);
    });
    const held = new Set((await listAll(ann)).map(({ id }) => id));
    const unheard = ids.filter((id) => !held.has(id));
    expect(unheard.length).toBeGreaterThan(0);
    for (const id of unheard) expect(await deliveredOn(id)).toBe(0);
    return ids;
  }

  async function expectAllArrives(ids: readonly string[]): Promise<void> {
    await writer.burst(ann, 0);
    expect(writer.unanswered).toBe(0);
    await agree([ann, bob], writer.answered.size + ids.length, 20_000);
    await bob.until("all of Bob's are acknowledged", async () =>
      (await Promise.all(ids.map(deliveredOn))).every((devices) => devices === 1),
    );
    const { code, report, stderr } = await verify(data);
    expect({ code, problems: report?.problems }, stderr).toEqual({ code: 0, problems: [] });
  }

  test("[ST2] [HT6] attack 35: a full disk refuses posts with 507, serves what there is, acknowledges nothing it cannot keep, and goes on without a restart", async () => {
    disk.fill();
    await postUntilRefused();
    expectPlainRefusals(["DISK_FULL"]);
    await expectServes();
    const ids = await sayUnheard(5);
    await expectServes();
    disk.free();
    await expectAllArrives(ids);
    console.log(`full disk: ${writer.answered.size} answered, ${writer.refusals.length} refusals`);
  }, 60_000);

  test("[ST1] [ST2] attack 35: a node killed while the disk fills up loses nothing that was answered", async () => {
    disk.fill();
    const bursts = writer.burst(ann, BURST_MESSAGES * BURSTS_MAX);
    await ann.until("the first refusal", () => writer.refusals.length > 0);
    await ann.kill();
    await bursts;
    // On the disk that is still full: for reading there is room.
    ann = await startCrashable(data, "Ann");
    await expectServes({ unanswered: true });
    disk.free();
    await expectAllArrives([]);
  }, 60_000);

  test("[ST1] [ST2] [HT6] attack 35: a disk that turned read-only refuses posts with 503 and serves reads; all is there when it is mounted again", async () => {
    disk.turnReadOnly();
    await writer.burst(ann, 3);
    expectPlainRefusals(["STORE_FAILED"]);
    await expectServes();
    const ids = await sayUnheard(5);
    await ann.stop();
    const { code, stderr } = await runKith([
      "up",
      "--json",
      "--data",
      data,
      "--port",
      "0",
      "--peer-port",
      "0",
    ]);
    const { error } = JSON.parse(stderr) as { error: { code: string; next: string } };
    expect([code, error.code, error.next]).toEqual([
      1,
      "EROFS",
      expect.stringContaining("writable") as string,
    ]);
    disk.remount();
    ann = await startCrashable(data, "Ann");
    await expectAllArrives(ids);
  }, 60_000);
});
