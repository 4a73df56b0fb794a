/** A flood of datagrams from another machine, while members of one network talk. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ownBeaconPort } from "../support/kith-process.ts";
import { openLan } from "../support/lan.ts";
import type { Lan } from "../support/lan.ts";
import { agree, listAll, meet, peerIds } from "../support/meeting.ts";
import { watchMemory } from "../support/node-process.ts";
import type { NodeProcess } from "../support/node-process.ts";
import { needs } from "../support/require.ts";
import { describeLatencies, reputationOf, startTalk } from "../support/talk.ts";

const program = fileURLToPath(new URL("../lab/storm.ts", import.meta.url));
const BEACON_BYTES = 1_200;
const RECORDED = 6;
const PER_SECOND = 10_000;
const SECONDS = 4;
const MIB = 1_048_576;
const RSS_GROWTH_MAX = 60 * MIB;

interface Tally {
  readonly sent: number;
  readonly sentBytes: number;
  readonly answers: number;
  readonly answerBytes: number;
}

interface Storm {
  /** What is said to it, and the answer that it gives next. */
  ask<T>(line: string): Promise<T>;
}

let lan: Lan;
let ann: NodeProcess;
let bob: NodeProcess;
let storm: Storm;

async function openStorm(): Promise<Storm> {
  const child = lan.host(3).spawn(process.execPath, [program, String(await ownBeaconPort())]);
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error("the storm's pipes are missing");
  const lines = createInterface({ input: stdout });
  await once(lines, "line");
  return {
    async ask<T>(line: string) {
      const answer = once(lines, "line") as Promise<[string]>;
      stdin.write(`${line}\n`);
      return JSON.parse((await answer)[0]) as T;
    },
  };
}

needs("root-netns").describe("a flood of datagrams", () => {
  beforeAll(async () => {
    lan = await openLan(3);
    ann = await lan.host(1).startNode("Ann");
    bob = await lan.host(2).startNode("Bob");
    await meet(ann, [bob]);
    storm = await openStorm();
  }, 60_000);
  afterAll(() => lan.close(), 30_000);

  test("attack 31: beacons replayed at once, each unheard before, are answered once and not with more bytes", async () => {
    // Beacons of a member that Ann cannot hear and that is gone when they are replayed: she has no reason to doubt them.
    lan.cut(1);
    await storm.ask(`record ${lan.host(2).address} ${RECORDED}`);
    await bob.stop();
    lan.heal(1);
    await ann.until("Bob is gone", async () => !(await peerIds(ann)).includes(bob.ready.deviceId));
    const first = await storm.ask<Tally>(`replay ${lan.host(1).address}`);
    expect(first).toEqual({
      sent: RECORDED,
      sentBytes: RECORDED * BEACON_BYTES,
      answers: 1,
      answerBytes: BEACON_BYTES,
    });
    // Heard once, they are recordings.
    const again = await storm.ask<Tally>(`replay ${lan.host(1).address}`);
    expect(again).toMatchObject({ sent: RECORDED, answers: 0 });
  }, 30_000);

  test("10,000 datagrams a second disturb nobody, grow nothing, and are not answered", async () => {
    bob = await lan.host(2).startNode("Bob");
    await ann.until("Bob is back", async () => (await peerIds(ann)).includes(bob.ready.deviceId));
    const talk = startTalk(bob, ann);
    // Enough to compare with.
    for (let n = 0; n < 20; n += 1) await talk.goesOn();
    const quiet = talk.latencies();
    const before = ann.rssBytes();
    const memory = watchMemory(ann);
    const { sent, sentBytes, answers, answerBytes } = await storm.ask<Tally>(
      `flood ${lan.host(1).address} ${PER_SECOND} ${SECONDS}`,
    );
    memory.stop();
    const flooded = talk.latencies();
    expect(await reputationOf(bob, ann)).toBe(100);
    await talk.end();
    console.log(
      `flood: ${sent} datagrams, ${(sentBytes / MIB).toFixed(0)} MiB in ${SECONDS} s; ${answers} answers of ${answerBytes} bytes`,
    );
    console.log(
      `messages: ${describeLatencies(quiet)} before, ${describeLatencies(flooded)} during the flood`,
    );
    console.log(
      `RSS: ${(before / MIB).toFixed(1)} MiB before, ${(memory.peak / MIB).toFixed(1)} at its height, ${(ann.rssBytes() / MIB).toFixed(1)} after`,
    );
    expect(sent).toBeGreaterThan(PER_SECOND * SECONDS * 0.9);
    expect(answers).toBe(0);
    expect(answerBytes).toBeLessThanOrEqual(sentBytes);
    expect(flooded.length).toBeGreaterThan(20);
    expect(memory.peak - before).toBeLessThan(RSS_GROWTH_MAX);
    await agree([ann, bob], (await listAll(bob)).length);
  }, 40_000);

  test("attack 31: a member that starts in the middle of a flood is found, and its recordings are not answered", async () => {
    await bob.stop();
    await ann.until("Bob is gone", async () => !(await peerIds(ann)).includes(bob.ready.deviceId));
    const flood = storm.ask<Tally>(`flood ${lan.host(1).address} ${PER_SECOND} ${SECONDS}`);
    const from = ann.log.length;
    bob = await lan.host(2).startNode("Bob");
    const isSeen = () =>
      ann.log.slice(from).find(({ type, data }) => type === "peer" && data["id"] === bob.ready.deviceId);
    await ann.until("Bob is seen", () => isSeen() !== undefined, SECONDS * 1_000);
    console.log(
      `seen ${Date.parse(isSeen()?.at ?? "") - (bob.ready.beaconAt ?? Number.NaN)} ms after its first beacon, in the flood`,
    );
    expect((await flood).answers).toBe(0);
  }, 40_000);
});
