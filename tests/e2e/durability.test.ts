/** What was answered with 201 outlives the death of the process and the loss of power. Spec: store ST1, ST2, ST5. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endCrashable, startCrashable, verify } from "../support/crash.ts";
import type { CrashableNode } from "../support/crash.ts";
import { openDisk } from "../support/disk.ts";
import { temporaryDirectory } from "../support/kith-process.ts";
import { agree, listAll, meet, peerIds, percentile } from "../support/meeting.ts";
import type { Told } from "../support/meeting.ts";
import { needs } from "../support/require.ts";
import { createWriter } from "../support/writer.ts";
import type { Writer } from "../support/writer.ts";

const KILLS = 50;
const BURST_MESSAGES = 120;
/** The last moment before a kill, spread over about one group commit. */
const KILL_DELAY_MS_MAX = 8;
const CUTS = 5;
/** More than is posted before the power goes: a cut falls into a burst always. */
const CUT_BURST_MESSAGES = 20_000;
const CUT_AFTER_MESSAGES_MAX = 600;
const DISK_BYTES = 67_108_864;

afterAll(endCrashable);

function pick(below: number): number {
  return Math.floor(Math.random() * below);
}

function afterMs(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

async function linked(a: CrashableNode, b: CrashableNode): Promise<void> {
  await a.until("the two are linked", async () => (await peerIds(a)).includes(b.ready.deviceId));
}

/** Each answered message is there under the id it was answered with, and no text twice. */
function expectKept(list: readonly Told[], writers: readonly Writer[]): void {
  const idByText = new Map(list.map(({ id, text }) => [text, id]));
  expect(idByText.size, "a message is there twice").toBe(list.length);
  const lost = writers.flatMap(({ answered }) =>
    [...answered].filter(([text, id]) => idByText.get(text) !== id),
  );
  expect(lost, "answered and not there").toEqual([]);
}

async function expectSound(data: string, messages: number): Promise<void> {
  const { code, stderr, report } = await verify(data);
  expect({ code, problems: report?.problems, messages: report?.messages }, stderr).toEqual({
    code: 0,
    problems: [],
    messages,
  });
}

function forksTold(node: CrashableNode): unknown[] {
  return node.log.filter(({ type, data }) => type === "space" && data["change"] === "device-forked");
}

describe("a process that dies", () => {
  interface Side {
    readonly data: string;
    readonly name: string;
    readonly writer: Writer;
    node: CrashableNode;
  }
  let ann: Side;
  let bob: Side;

  async function openSide(name: string): Promise<Side> {
    const data = join(temporaryDirectory(), "data");
    return { data, name, writer: createWriter(name), node: await startCrashable(data, name) };
  }

  beforeAll(async () => {
    [ann, bob] = await Promise.all([openSide("Ann"), openSide("Bob")]);
    await meet(ann.node, [bob.node]);
    await linked(ann.node, bob.node);
  });

  /** Lets both post and kills one at a moment nobody chose: amid what it says, or amid what it hears. */
  async function killAmidPosting(victim: Side, other: Side): Promise<void> {
    const { node, writer } = victim;
    const count = 1 + pick(BURST_MESSAGES * 0.8);
    const heard = (): number =>
      node.log.filter(({ type, data }) => type === "message" && String(data["text"]).startsWith(other.name))
        .length;
    const [answeredBefore, heardBefore] = [writer.answered.size, heard()];
    const bursts = [victim, other].map((side) => side.writer.burst(side.node, BURST_MESSAGES));
    if (pick(2) === 0)
      await node.until(`${count} answers`, () => writer.answered.size - answeredBefore >= count);
    else await node.until(`it hears ${count} of the other's`, () => heard() - heardBefore >= count);
    await afterMs(pick(KILL_DELAY_MS_MAX));
    await node.kill();
    await Promise.all(bursts);
  }

  test(`[ST1] [ST2] [ST5] attack 35: ${KILLS} kills of either node amid posting lose, double and reorder nothing that was answered`, async () => {
    const startMs: number[] = [];
    let unansweredAtKill = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const [victim, other] = round % 2 === 0 ? [ann, bob] : [bob, ann];
      await killAmidPosting(victim, other);
      unansweredAtKill += victim.writer.unanswered;
      victim.node = await startCrashable(victim.data, victim.name);
      startMs.push(victim.node.startedMs);
    }
    for (const { writer, node } of [ann, bob]) await writer.burst(node, 0);
    expect([ann.writer.unanswered, bob.writer.unanswered]).toEqual([0, 0]);
    const posted = ann.writer.answered.size + bob.writer.answered.size;
    await agree([ann.node, bob.node], posted, 30_000);
    for (const { node } of [ann, bob]) expectKept(await listAll(node), [ann.writer, bob.writer]);
    for (const { data } of [ann, bob]) await expectSound(data, posted);
    await Promise.all([ann, bob].map(({ node }) => node.stop()));
    for (const { data } of [ann, bob]) await expectSound(data, posted);
    const [p50, max] = [0.5, 1].map((share) => Math.round(percentile(startMs, share)));
    console.log(
      `${KILLS} kills: ${posted} messages answered, all on both nodes once and in one order; ` +
        `${unansweredAtKill} were unanswered when a node died and were posted again; start p50 ${p50} ms, max ${max} ms`,
    );
    // Nobody cut it short: most kills fell into a burst.
    expect(unansweredAtKill).toBeGreaterThan(KILLS);
  }, 420_000);
});

needs("root-loop").describe("a disk that loses power", () => {
  /** Messages that the peer was told this device keeps. */
  function toldDelivered(peer: CrashableNode, device: string): string[] {
    return peer.log
      .filter(({ type, data }) => type === "delivery" && data["device"] === device)
      .flatMap(({ data }) => (data["messages"] as { id: string }[]).map(({ id }) => id));
  }

  async function cutOnce(round: number): Promise<{ answered: number; delivered: number; startedMs: number }> {
    const disk = openDisk({ bytes: DISK_BYTES });
    const data = join(disk.path, "data");
    const peerData = join(temporaryDirectory(), "data");
    try {
      const [before, peer] = await Promise.all([
        startCrashable(data, "Ann"),
        startCrashable(peerData, "Bob"),
      ]);
      await meet(before, [peer]);
      await linked(before, peer);
      const writers = [createWriter("Ann"), createWriter("Bob")] as const;
      const bursts = [
        writers[0].burst(before, CUT_BURST_MESSAGES),
        writers[1].burst(peer, CUT_AFTER_MESSAGES_MAX),
      ];
      const count = 1 + pick(CUT_AFTER_MESSAGES_MAX);
      await before.until(`${count} answers`, () => writers[0].answered.size >= count);
      await afterMs(pick(KILL_DELAY_MS_MAX));
      // Without power nothing goes on either. A process left running may be told by a sync that was under way that
      // all is well although the journal has just been cut off: a bare program that only writes and syncs lost its
      // last acknowledged write so in 14 of 549 such cuts (Linux 6.18, ext4 shut down without a flush of its log).
      await before.freeze();
      disk.cutPower();
      await before.kill();
      await Promise.all(bursts);
      disk.remount();

      const heard = (await listAll(peer)).filter(({ text }) => text.startsWith("Ann"));
      const delivered = toldDelivered(peer, before.ready.deviceId);
      // First alone: what it keeps it has from its own disk, not from the peer again.
      await peer.freeze();
      const alone = await startCrashable(data, "Ann", { args: ["--lan", "off"] });
      const kept = await listAll(alone);
      expectKept(kept, [writers[0]]);
      const keptIds = new Set(kept.map(({ id }) => id));
      expect(
        delivered.filter((id) => !keptIds.has(id)),
        `round ${round}: told to be delivered and not there`,
      ).toEqual([]);
      // What the peer heard from here was on this disk before it was sent.
      expect(
        heard.filter(({ id }) => !keptIds.has(id)),
        `round ${round}: sent and not there`,
      ).toEqual([]);
      await expectSound(data, kept.length);
      await alone.stop();
      peer.thaw();

      const after = await startCrashable(data, "Ann");
      // Goes on where the disk ends: a number used twice would be seen as a fork.
      await writers[0].burst(after, 0);
      expect(writers[0].unanswered, JSON.stringify(writers[0].refusals.at(-1))).toBe(0);
      const posted = writers[0].answered.size + writers[1].answered.size;
      await agree([after, peer], posted, 30_000);
      for (const node of [after, peer]) {
        expectKept(await listAll(node), writers);
        expect(forksTold(node), `round ${round}`).toEqual([]);
      }
      await Promise.all([after, peer].map((node) => node.stop()));
      for (const directory of [data, peerData]) await expectSound(directory, posted);
      return {
        answered: kept.filter(({ text }) => text.startsWith("Ann")).length,
        delivered: delivered.length,
        startedMs: alone.startedMs,
      };
    } finally {
      await endCrashable();
      disk.close();
    }
  }

  test(`[ST1] [ST2] attack 35: ${CUTS} power cuts amid posting lose nothing that was answered or told to be delivered, and no number is used twice`, async () => {
    for (let round = 1; round <= CUTS; round += 1) {
      const { answered, delivered, startedMs } = await cutOnce(round);
      console.log(
        `power cut ${round}: ${answered} own messages kept, ${delivered} of the peer's told to be delivered, all there; start ${Math.round(startedMs)} ms`,
      );
    }
  }, 420_000);
});
