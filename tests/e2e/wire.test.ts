/** What a stranger on the same network learns by listening to every cable and by knocking at every door. */
import { decodeInviteLink } from "@kith/core";
import { X509Certificate, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCapture } from "../support/capture.ts";
import type { Captured, Datagram } from "../support/capture.ts";
import { openLan } from "../support/lan.ts";
import type { Lan } from "../support/lan.ts";
import { agree, joinBy, peerIds, say } from "../support/meeting.ts";
import { findNeedles, formsOf, idNeedle, keysOf, textNeedle } from "../support/needles.ts";
import type { Needle } from "../support/needles.ts";
import type { NodeProcess } from "../support/node-process.ts";
import { needs } from "../support/require.ts";
import { frameType, knock, PROOF_FRAME_BYTES } from "../support/stranger.ts";
import type { Stranger } from "../support/stranger.ts";

const DATAGRAM_BYTES = 1_200;
/** Two windows of this length are compared: one in which nobody does anything, one in which all write. */
const WINDOW_MS = 8_000;
const BEAT_MS = 500;
const SHARED_BYTES = 8;

const names = { space: "Quarterdeck-Herring-Club", channel: "zanzibar-lighthouse-logs" } as const;
const annName = "Wilhelmina Quastenflosser";
const bobName = "Bartholomew Zwetschgenknoedel";
const textOf = (n: number): string => `the walrus sails at midnight, message ${n}, bring 7 lanterns`;

let lan: Lan;
let ann: NodeProcess;
let bob: NodeProcess;
let captured: Captured;
let needles: Needle[] = [];
let idleFromMs = 0;
let burstFromMs = 0;
let restartedAtMs = 0;
const strangers: Stranger[] = [];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Two members meet, join and talk; nothing for a while; all write for as long; one comes back; a stranger knocks. */
async function live(): Promise<void> {
  ann = await lan.host(1).startNode(annName);
  bob = await lan.host(2).startNode(bobName);
  const space = await ann.ask<{ id: string; channels: { id: string }[] }>("POST", "/api/spaces", {
    name: names.space,
  });
  const channel = await ann.ask<{ id: string }>("POST", `/api/spaces/${space.id}/channels`, {
    name: names.channel,
  });
  const { link } = await ann.ask<{ link: string }>("POST", `/api/spaces/${space.id}/invites`, {});
  await joinBy(bob, link);
  const first = await say(ann, textOf(0), space.id);
  await say(bob, textOf(1), space.id);
  await ann.ask("POST", "/api/messages", { space: space.id, channel: channel.id, text: textOf(2) });
  let count = 2;
  await agree([ann, bob], count, undefined, space.id);

  // Windows of time, not events, are what is compared here.
  idleFromMs = Date.now();
  await pause(WINDOW_MS);
  burstFromMs = Date.now();
  while (Date.now() < burstFromMs + WINDOW_MS) {
    await Promise.all([ann, bob].map((node) => say(node, textOf((count += 1)), space.id)));
  }
  await agree([ann, bob], count, undefined, space.id);

  await bob.stop();
  restartedAtMs = Date.now();
  bob = await lan.host(2).startNode(bobName);
  await ann.until("Bob is back", async () => (await peerIds(ann)).includes(bob.ready.deviceId));
  await say(bob, textOf(3), space.id);

  const invite = decodeInviteLink(link);
  needles = [
    textNeedle("Ann's name", annName),
    textNeedle("Bob's name", bobName),
    textNeedle("a part of a name", "Quastenflosser"),
    textNeedle("the space's name", names.space),
    textNeedle("the channel's name", names.channel),
    textNeedle("the first channel's name", "general"),
    textNeedle("a message", textOf(0)),
    textNeedle("a part of every message", "the walrus sails"),
    textNeedle("the link", link),
    { what: "the invite's seed", bytes: invite.seed },
    idNeedle("the pinned head", invite.head),
    idNeedle("a message's id", first.id),
    idNeedle("the space", space.id),
    idNeedle("the channel", channel.id),
    ...space.channels.map(({ id }) => idNeedle("the first channel", id)),
    ...[ann, bob].flatMap((node) => [
      idNeedle("a device", node.ready.deviceId),
      idNeedle("a person", node.person),
      textNeedle("a token", node.ready.apiToken),
    ]),
    // What TLS would show of a certificate if it were not encrypted: ecdsa-with-SHA256, and a subject.
    { what: "a certificate", bytes: Buffer.from("2a8648ce3d040302", "hex") },
    textNeedle("a certificate's subject", "localhost"),
  ];
}

/** Knocks from another machine, says this, and tells what came back. */
async function ask(speak: (stranger: Stranger) => void): Promise<{ heard: string[]; stranger: Stranger }> {
  const stranger = await knock(lan.host(3).connect, lan.host(1).address, ann.ready.peerPort);
  strangers.push(stranger);
  await stranger.until("the node's proofs", () => stranger.frames.length > 0);
  speak(stranger);
  await stranger.closed;
  return { heard: stranger.frames.map(({ type, payload }) => `${type}:${payload.length}`), stranger };
}

const proofs = (version = 1): Buffer =>
  Buffer.concat([Buffer.of(version), randomBytes(PROOF_FRAME_BYTES - 1)]);

/** Windows of 8 bytes that are in two datagrams, or twice in one. */
function countShared(datagrams: readonly Datagram[]): number {
  const seen = new Set<bigint>();
  let shared = 0;
  for (const { payload } of datagrams) {
    for (let at = 0; at + SHARED_BYTES <= payload.length; at += 1) {
      const window = payload.readBigUInt64BE(at);
      if (seen.has(window)) shared += 1;
      seen.add(window);
    }
  }
  return shared;
}

/** All that the nodes sent: frames but that of the control, and streams. */
const overheard = (): Buffer[] => [
  ...captured.frames.filter((each) => !each.includes(`control: ${annName}`)),
  ...captured.streams,
];

const beacons = (): Datagram[] => captured.datagrams.filter(({ to }) => to === "10.77.0.255");

needs("packet-capture").describe("a stranger on the network", () => {
  beforeAll(async () => {
    lan = await openLan(3);
    const capture = await startCapture(lan);
    await live();
    // Shows that the search finds what is in clear: the same words, once in a datagram and once in a stream.
    const control = lan.host(3).spawn(process.execPath, [
      "-e",
      `
      const words = ${JSON.stringify(`control: ${annName}`)};
      require("node:dgram").createSocket("udp4").send(words, 9, "10.77.0.1", () => process.exit());`,
    ]);
    await new Promise((resolve) => control.once("exit", resolve));
    captured = await capture.stop();
  }, 90_000);
  afterAll(async () => {
    for (const stranger of strangers) stranger.close();
    await lan.close();
  }, 30_000);

  test("sees neither names, texts, ids, invites nor certificates, and would see them in clear", () => {
    expect(captured.drops).toBe(0);
    const control = captured.datagrams.filter(({ toPort }) => toPort === 9).map(({ payload }) => payload);
    expect(findNeedles(needles, control)).toEqual(["Ann's name", "a part of a name"]);
    for (const { what, bytes } of needles) {
      for (const form of formsOf(bytes))
        expect(
          findNeedles([{ what, bytes }], [Buffer.concat([randomBytes(5), form, randomBytes(5)])]),
        ).toEqual([what]);
    }
    const bytes = captured.frames.reduce((sum, each) => sum + each.length, 0);
    console.log(
      `wire: ${captured.frames.length} frames, ${bytes} bytes, ${captured.streams.length} streams, ${beacons().length} beacons, ${needles.length} secrets sought`,
    );
    expect(captured.streams.reduce((sum, each) => sum + each.length, 0)).toBeGreaterThan(50_000);
    expect(findNeedles(needles, overheard())).toEqual([]);
  }, 30_000);

  test("attack 16: beacons are of one size and have nothing in common, before a restart and after", () => {
    const all = beacons();
    expect(all.length).toBeGreaterThan(60);
    expect(
      new Set(captured.datagrams.filter(({ toPort }) => toPort !== 9).map(({ payload }) => payload.length)),
    ).toEqual(new Set([DATAGRAM_BYTES]));
    const ofBob = all.filter(({ from }) => from === lan.host(2).address);
    expect(ofBob.filter(({ atMs }) => atMs < restartedAtMs).length).toBeGreaterThan(20);
    expect(ofBob.filter(({ atMs }) => atMs > restartedAtMs).length).toBeGreaterThan(0);
    expect(countShared(captured.datagrams.filter(({ toPort }) => toPort !== 9))).toBe(0);
  });

  test("cannot tell from beacons whether anybody writes", () => {
    for (const host of [1, 2]) {
      const of = beacons().filter(({ from }) => from === lan.host(host).address);
      const [idle, burst] = [idleFromMs, burstFromMs].map((fromMs) =>
        of.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + WINDOW_MS),
      );
      const perSecond = [idle, burst].map((each) => ((each?.length ?? 0) * 1_000) / WINDOW_MS);
      console.log(`beacons a second of host ${host}: ${perSecond[0]} idle, ${perSecond[1]} while all write`);
      expect(Math.abs((perSecond[0] ?? 0) - (perSecond[1] ?? 0))).toBeLessThanOrEqual(0.4);
      const gaps = (burst ?? []).slice(1).map(({ atMs }, index) => atMs - (burst?.[index]?.atMs ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(BEAT_MS * 0.8);
      // Nobody answers a device it is linked to: nothing but the beat is heard.
      expect(
        captured.datagrams.filter(
          ({ from, to, atMs }) =>
            from === lan.host(host).address &&
            to !== "10.77.0.255" &&
            atMs >= idleFromMs &&
            atMs < burstFromMs + WINDOW_MS,
        ),
      ).toEqual([]);
    }
  });

  test("is answered alike whatever it says in a handshake", async () => {
    const sayings: Record<string, (stranger: Stranger) => void> = {
      "proofs of nothing": (stranger) => stranger.send(frameType.proof, proofs()),
      "the node's own proofs": (stranger) =>
        stranger.send(frameType.proof, stranger.frames[0]?.payload ?? Buffer.alloc(0)),
      "another version": (stranger) => stranger.send(frameType.proof, proofs(2)),
      "too few proofs": (stranger) => stranger.send(frameType.proof, proofs().subarray(0, 100)),
      "an order before proofs": (stranger) => stranger.send(frameType.order, Buffer.of(1)),
      "a signature before proofs": (stranger) => stranger.send(frameType.sign, randomBytes(300)),
      "a frame of an open session": (stranger) => stranger.send(31, randomBytes(300)),
      "proofs, order and signature at once": (stranger) => {
        stranger.send(frameType.proof, proofs());
        stranger.send(frameType.order, Buffer.of(0));
        stranger.send(frameType.sign, randomBytes(300));
      },
      nothing: () => {},
    };
    const answers = await Promise.all(
      Object.entries(sayings).map(async ([what, speak]) => [what, (await ask(speak)).heard] as const),
    );
    for (const [what, heard] of answers)
      expect([what, heard]).toEqual([what, [`${frameType.proof}:${PROOF_FRAME_BYTES}`]]);
    expect(await peerIds(ann)).toEqual([bob.ready.deviceId]);
  }, 30_000);

  test("learns nothing from what a node shows to whoever knocks, and cannot follow it over a restart", async () => {
    const shown = async (): Promise<Stranger> =>
      (await ask((stranger) => stranger.send(frameType.proof, proofs()))).stranger;
    const [one, two] = [await shown(), await shown()];
    const payloads = [one, two].flatMap(({ frames }) => frames.map(({ payload }) => payload));
    const entries = payloads.flatMap((payload) =>
      Array.from({ length: 256 }, (_, n) => payload.subarray(1 + n * 16, 17 + n * 16).toString("hex")),
    );
    expect(new Set(entries).size).toBe(entries.length);
    expect(
      findNeedles(
        needles.filter(({ what }) => !what.startsWith("a certificate")),
        [...payloads, one.certificate],
      ),
    ).toEqual([]);
    expect(new X509Certificate(one.certificate).subject).toBe("CN=localhost");
    await ann.stop();
    ann = await lan.host(1).startNode(annName);
    const three = await shown();
    const [before, after] = [one, three].map(({ certificate }) => new X509Certificate(certificate));
    expect(after?.serialNumber).not.toBe(before?.serialNumber);
    expect(after?.publicKey.equals(before?.publicKey ?? after.publicKey)).toBe(false);
  }, 30_000);

  test("sees no key of theirs", async () => {
    await Promise.all([ann.stop(), bob.stop()]);
    const keys = [...(await keysOf(ann.ready.dataDir, "Ann")), ...(await keysOf(bob.ready.dataDir, "Bob"))];
    expect(keys.length).toBeGreaterThan(20);
    const shown = strangers.flatMap(({ frames, certificate }) => [
      certificate,
      ...frames.map(({ payload }) => payload),
    ]);
    expect(
      findNeedles(
        keys.filter(({ bytes }) => bytes.length >= 16),
        [...overheard(), ...shown],
      ),
    ).toEqual([]);
  }, 30_000);
});
