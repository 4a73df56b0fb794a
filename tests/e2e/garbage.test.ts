/**
 * Garbage on every socket of a running node, while an honest peer is linked and talks. Whatever comes: a clear
 * error or silence, bounded memory, nothing left behind, and the honest peer notices nothing.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import { openInterloper } from "../support/interloper.ts";
import { endEverything, runKith, temporaryDirectory } from "../support/kith-process.ts";
import { meet, peerIds } from "../support/meeting.ts";
import { connectHere, startNodeProcess, watchMemory } from "../support/node-process.ts";
import type { MemoryWatch, NodeProcess } from "../support/node-process.ts";
import { openRaw, requestText, sendRaw, socketFrame, upgradeText } from "../support/raw-http.ts";
import { frame, frameType, knock, PROOF_FRAME_BYTES } from "../support/stranger.ts";
import type { Stranger } from "../support/stranger.ts";
import { describeLatencies, reputationOf, startTalk } from "../support/talk.ts";
import type { Talk } from "../support/talk.ts";

const MIB = 1_048_576;
const RSS_GROWTH_MAX = 60 * MIB;
/** spec/link LK15, LK16: what one address may hold of a node. */
const HALF_OPEN_MAX = 16;
const LINKS_MAX = 64;
/** spec/http HT53. */
const STREAMS_MAX = 1_024;
/** spec/link LK14: then an unfinished handshake is cut. */
const HANDSHAKE_MS = 5_000;

let ann: NodeProcess;
let bob: NodeProcess;
let talk: Talk;
let base = { fds: 0, rss: 0 };
let memory: MemoryWatch;
const latencies: number[] = [];

beforeAll(async () => {
  const start = (name: string, ...args: string[]): Promise<NodeProcess> =>
    startNodeProcess({ data: join(temporaryDirectory(), "data"), name, args: ["--lan", "off", ...args] });
  ann = await start("Ann");
  bob = await start("Bob", "--peer", `127.0.0.1:${ann.ready.peerPort}`);
  await meet(ann, [bob]);
  talk = startTalk(bob, ann);
  await talk.goesOn();
  base = { fds: ann.fdCount(), rss: ann.rssBytes() };
  memory = watchMemory(ann);
}, 60_000);

afterAll(async () => {
  memory.stop();
  await endEverything();
});

/** The last test stops the node. */
let ended = false;
let opened: Socket[] = [];
beforeEach(() => {
  opened = [];
});

/** Undisturbed: the honest peer is heard at once, keeps its good name, and memory is as bounded as it was. */
afterEach(async () => {
  for (const socket of opened) socket.destroy();
  if (ended) return;
  await talk.goesOn();
  latencies.push(...talk.latencies());
  expect(await reputationOf(bob, ann)).toBe(100);
  expect(await peerIds(ann)).toEqual([bob.ready.deviceId]);
  expect(ann.rssBytes() - base.rss).toBeLessThan(RSS_GROWTH_MAX);
});

async function knockHere(): Promise<Stranger> {
  const stranger = await knock(connectHere, "127.0.0.1", ann.ready.peerPort);
  opened.push(stranger.socket);
  return stranger;
}

async function dial(): Promise<Socket> {
  const socket = connectTcp({ host: "127.0.0.1", port: ann.ready.peerPort });
  opened.push(socket);
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "connect");
  return socket;
}

/** However it ends: a reset is an end as well. */
const gone = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
const proofs = (): Buffer => Buffer.concat([Buffer.of(1), randomBytes(PROOF_FRAME_BYTES - 1)]);
const auth = (): Record<string, string> => ({ authorization: `Bearer ${ann.ready.apiToken}` });
const json = { "content-type": "application/json" };

test("bytes that are no handshake: each connection is hung up on", async () => {
  const speeches: Record<string, Uint8Array> = {
    "random bytes": randomBytes(65_536),
    "plaintext HTTP": Buffer.from("GET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a TLS alert": Buffer.from("15030300020228", "hex"),
    "a greeting of TLS that never fits": Buffer.concat([
      Buffer.from("1603010200", "hex"),
      Buffer.alloc(512, 0xff),
    ]),
    zeros: Buffer.alloc(100_000),
  };
  await Promise.all(
    Object.values(speeches).map(async (bytes) => {
      const socket = await dial();
      socket.write(bytes);
      await gone(socket);
    }),
  );
  const old = connectTls({
    host: "127.0.0.1",
    port: ann.ready.peerPort,
    maxVersion: "TLSv1.2",
    rejectUnauthorized: false,
  });
  await expect(once(old, "secureConnect")).rejects.toThrow(/alert|protocol|version|handshake/i);
});

test("attack 14: frames of no length, of too much, and of 4 GiB after TLS: each link is hung up on", async () => {
  const beganMs = performance.now();
  const heads = ["00000000", "00010002", "00020000", "7fffffff", "ffffffff"];
  await Promise.all(
    heads.flatMap((head) =>
      [true, false].map(async (first) => {
        const stranger = await knockHere();
        if (!first) stranger.send(frameType.proof, proofs());
        stranger.write(Buffer.concat([Buffer.from(head, "hex"), randomBytes(1_000)]));
        await stranger.closed;
      }),
    ),
  );
  // By its length, and not because the time of its handshake was over.
  expect(performance.now() - beganMs).toBeLessThan(HANDSHAKE_MS / 2);
});

test("attack 14: frames that are never finished are held by few, for a short time", async () => {
  const before = ann.rssBytes();
  const partial = frame(frameType.proof, Buffer.alloc(65_536)).subarray(0, 60_000);
  const held: Stranger[] = [];
  // One after the other, so that the bound on handshakes under way is not the one that is met.
  for (let n = 0; n < 2 * LINKS_MAX; n += 1) {
    await knockHere().then(
      (stranger) => {
        stranger.write(partial);
        held.push(stranger);
      },
      (error: unknown) => expect(String(error)).toMatch(/hung up|ECONNRESET|socket/),
    );
  }
  expect(held.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(LINKS_MAX);
  await talk.goesOn();
  console.log(
    `${held.length} of ${2 * LINKS_MAX} links with half a frame: RSS +${((ann.rssBytes() - before) / MIB).toFixed(1)} MiB`,
  );
  await Promise.all(held.map(({ closed }) => closed));
}, 30_000);

test("attack 14: connections by the hundred that say nothing are few, and cut when their time is over", async () => {
  const silent = await Promise.all(Array.from({ length: 200 }, dial));
  const open = (): Socket[] => silent.filter((socket) => !socket.destroyed);
  // Before the time of any of them is over.
  await ann.until("the rest is hung up on", () => open().length <= HALF_OPEN_MAX, HANDSHAKE_MS * 0.9);
  await talk.goesOn();
  await Promise.all(open().map(gone));
}, 30_000);

test("recorded handshakes and echoed proofs prove nothing, not even through one who stands between", async () => {
  const between = await openInterloper({ host: "127.0.0.1", port: ann.ready.peerPort });
  const { status } = await bob.call("POST", "/api/peers/connect", { address: `127.0.0.1:${between.port}` });
  expect(status).toBe(502);
  await between.parted;
  const [bobs, anns] = [between.fromCaller, between.fromCalled];
  expect(bobs.length).toBeGreaterThanOrEqual(PROOF_FRAME_BYTES);
  // A side names itself only in a frame of signature, after proofs that hold for this very connection.
  for (const said of [bobs, anns]) expect(said.length).toBeLessThan(PROOF_FRAME_BYTES + 100);
  const replies = [
    (stranger: Stranger) => stranger.write(bobs),
    (stranger: Stranger) => stranger.write(anns),
    (stranger: Stranger) =>
      stranger.write(
        Buffer.concat([bobs, frame(frameType.order, Buffer.of(1)), frame(frameType.sign, randomBytes(300))]),
      ),
    (stranger: Stranger) => stranger.send(frameType.proof, stranger.frames[0]?.payload ?? Buffer.alloc(0)),
  ];
  for (const reply of replies) {
    const stranger = await knockHere();
    await stranger.until("the node's proofs", () => stranger.frames.length > 0);
    reply(stranger);
    await stranger.closed;
    expect(stranger.frames.map(({ type, payload }) => [type, payload.length])).toEqual([
      [frameType.proof, PROOF_FRAME_BYTES],
    ]);
  }
  between.close();
  expect(await peerIds(bob)).toEqual([ann.ready.deviceId]);
});

test("HTTP from a wrong place, by nobody, or unreadable: refused with a code and a next step", async () => {
  const { port } = ann.ready;
  const post = (headers: Record<string, string>, body: string): string =>
    requestText(port, "POST /api/messages", { ...auth(), ...json, ...headers }, body);
  const cases: Record<string, readonly [text: string | Uint8Array, status: number, code: string]> = {
    "another host": [
      requestText(port, "GET /api/status", { ...auth(), host: `evil.example:${port}` }),
      403,
      "HOST_NOT_ALLOWED",
    ],
    "no host": [
      `GET /api/status HTTP/1.1\r\nauthorization: ${auth()["authorization"]}\r\n\r\n`,
      403,
      "HOST_NOT_ALLOWED",
    ],
    "another origin": [
      requestText(port, "GET /api/status", { ...auth(), origin: "http://evil.example" }),
      403,
      "ORIGIN_NOT_ALLOWED",
    ],
    "no token": [requestText(port, "GET /api/status"), 401, "TOKEN_MISSING"],
    "a wrong token": [
      requestText(port, "GET /api/status", { authorization: "Bearer e30.e30.e30" }),
      401,
      "TOKEN_INVALID",
    ],
    "a token in another form": [
      requestText(port, "GET /api/status", { authorization: `Basic ${ann.ready.apiToken}` }),
      401,
      "TOKEN_INVALID",
    ],
    "half of a JSON": [post({}, '{"space":"Harb'), 400, "BAD_JSON"],
    "JSON that is deep": [post({}, "[".repeat(200_000)), 400, "BAD_JSON"],
    "JSON that reaches for the prototype": [post({}, '{"__proto__":{"space":"x"}}'), 400, "BAD_JSON"],
    "another type": [post({ "content-type": "text/plain" }, "x"), 415, "MEDIA_TYPE"],
    "too large a body": [post({}, `{"text":"${"x".repeat(2 * MIB)}"}`), 413, "BODY_TOO_LARGE"],
    "huge headers": [
      requestText(port, "GET /api/status", { ...auth(), cookie: "x".repeat(100_000) }),
      431,
      "HEADERS_TOO_LARGE",
    ],
    "no HTTP": [randomBytes(2_000), 400, "BAD_REQUEST"],
    "a path out of the folder": [requestText(port, "GET /../../../../etc/passwd"), 404, "UNKNOWN_ROUTE"],
    "a path out of the folder, encoded": [
      requestText(port, "GET /api/%2e%2e/%2e%2e/etc/passwd", auth()),
      404,
      "UNKNOWN_ROUTE",
    ],
    "a socket from another origin": [
      upgradeText(port, { ...auth(), origin: "http://evil.example" }),
      403,
      "ORIGIN_NOT_ALLOWED",
    ],
    "a socket for another host": [
      upgradeText(port, { ...auth(), host: "evil.example" }),
      403,
      "HOST_NOT_ALLOWED",
    ],
    "a socket by nobody": [upgradeText(port, {}), 401, "TOKEN_MISSING"],
    "a socket elsewhere": [upgradeText(port, auth(), "/api/elsewhere"), 404, "UNKNOWN_ROUTE"],
  };
  for (const [what, [text, status, code]] of Object.entries(cases)) {
    const answer = await sendRaw(port, text);
    expect([what, answer.status]).toEqual([what, status]);
    const { error } = JSON.parse(answer.text.slice(answer.text.indexOf("\r\n\r\n"))) as {
      error: { code: string; next: string };
    };
    expect([what, error.code, error.next !== ""]).toEqual([what, code, true]);
    expect(answer.text).not.toContain(ann.ready.apiToken);
  }
  // Guessing is slowed down for guessers, not for who knows.
  const guesses = await Promise.all(
    Array.from({ length: 150 }, () =>
      sendRaw(port, requestText(port, "GET /api/status", { authorization: "Bearer e30.e30.e30" })),
    ),
  );
  expect(guesses.map(({ status }) => status)).toContain(429);
  expect((await ann.call("GET", "/api/status")).status).toBe(200);
}, 30_000);

test("requests that never end, and sockets without number, hold up nobody else", async () => {
  const { port } = ann.ready;
  const slow = await Promise.all(Array.from({ length: 300 }, () => openRaw(port)));
  opened.push(...slow);
  for (const socket of slow) socket.write("POST /api/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ");
  for (let round = 0; round < 5; round += 1) {
    for (const socket of slow) socket.write("x");
    expect((await ann.call("GET", "/api/status")).status).toBe(200);
  }
  const upgrades = await Promise.all(Array.from({ length: STREAMS_MAX + 100 }, () => openRaw(port)));
  opened.push(...upgrades);
  const answers = await Promise.all(
    upgrades.map(async (socket) => {
      socket.write(upgradeText(port, auth()));
      const [bytes] = (await once(socket, "data")) as [Buffer];
      return bytes.subarray(9, 12).toString("latin1");
    }),
  );
  expect(answers).toContain("101");
  expect(answers).toContain("429");
  expect((await ann.call("GET", "/api/status")).status).toBe(200);
}, 30_000);

test("huge, binary and unasked frames on the log's socket: closed with a reason, the log goes on for others", async () => {
  const frames: Record<string, readonly [bytes: Buffer, close: number]> = {
    "a frame of 10 MiB": [socketFrame(1, Buffer.alloc(10 * MIB, 0x20)), 1_009],
    "a frame of 2^62 bytes": [
      Buffer.concat([Buffer.from("81ff4000000000000000", "hex"), Buffer.alloc(4)]),
      1_009,
    ],
    binary: [socketFrame(2, randomBytes(100)), 4_400],
    "an order it does not know": [socketFrame(1, Buffer.from('{"op":"reset"}')), 4_400],
    "what is no frame": [Buffer.alloc(64, 0x7f), 1_002],
  };
  for (const [what, [bytes, close]] of Object.entries(frames)) {
    const socket = await openRaw(ann.ready.port);
    opened.push(socket);
    const heard: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => heard.push(chunk));
    socket.write(upgradeText(ann.ready.port, auth()));
    await ann.until("the upgrade", () => Buffer.concat(heard).includes("101 Switching"));
    socket.write(bytes);
    // The node's close frame (RFC 6455 §5.5.1), perhaps after entries of the log.
    const code = Buffer.alloc(2);
    code.writeUInt16BE(close);
    await ann.until(
      `${what} ends in ${close}`,
      () => socket.destroyed || Buffer.concat(heard).includes(code),
    );
    expect([what, Buffer.concat(heard).includes(code)]).toEqual([what, true]);
  }
});

test("attack 25: names with separators, controls and turned directions are refused; texts with them are inert", async () => {
  const foldersBefore = readdirSync(ann.ready.dataDir).sort();
  const deceptive = [
    "line\nbreak",
    "\u0007bell",
    "\u001b[2J",
    "gnp.\u202eexe",
    "\u2066isolated",
    "a\u2028b",
    "nul\u0000",
    "\u200b",
    " ",
    "\ud800",
  ];
  const paths = ["../../etc/passwd", "..\\..\\boot.ini", "/abs", "a/b"];
  for (const name of deceptive)
    expect([name, (await ann.call("PATCH", "/api/me", { name })).status]).toEqual([name, 400]);
  for (const name of [...deceptive, ...paths]) {
    expect([name, (await ann.call("POST", "/api/spaces", { name })).status]).toEqual([name, 400]);
    expect([name, (await ann.call("POST", "/api/spaces/Harbour/channels", { name })).status]).toEqual([
      name,
      400,
    ]);
  }
  // A person may be called so; it is a name and nothing else, here and at the other's.
  const odd = "../../<script>alert(1)</script>";
  await ann.ask("PATCH", "/api/me", { name: odd });
  const text =
    "\u001b[2J\u202eevil\u202c <img src=x onerror=alert(1)> ../../etc/passwd [x](javascript:alert(1))";
  const { id } = await ann.ask<{ id: string }>("POST", "/api/messages", {
    space: "Harbour",
    channel: "general",
    text,
  });
  await bob.until("it is there", async () => (await bob.call("GET", `/api/messages/${id}`)).status === 200);
  const answer = await bob.call("GET", `/api/messages/${id}`);
  expect(answer.body).toMatchObject({ text, authorName: odd });
  expect(answer.headers["content-type"]).toMatch(/^application\/json/);
  expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  // On a terminal, nothing that steers it is left.
  for (const command of [["members", "Harbour"], ["status"], ["peers"]]) {
    const shown = await runKith([...command, "--data", bob.ready.dataDir]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
  }
  expect(readdirSync(ann.ready.dataDir).sort()).toEqual(foldersBefore);
}, 30_000);

test("attack 23: after the storm nothing is held, and the node still ends within two seconds", async () => {
  await ann.until("files and sockets are as they were", () => ann.fdCount() <= base.fds, 20_000);
  const after = ann.rssBytes();
  console.log(`honest messages during the storm: ${describeLatencies(latencies)}`);
  console.log(
    `RSS: ${(base.rss / MIB).toFixed(1)} MiB before, ${(memory.peak / MIB).toFixed(1)} at its height, ${(after / MIB).toFixed(1)} after; ${base.fds} descriptors before, ${ann.fdCount()} after`,
  );
  expect(after - base.rss).toBeLessThan(RSS_GROWTH_MAX);
  ended = true;
  await talk.end();
  const held = [
    ...(await Promise.all(Array.from({ length: 100 }, () => openRaw(ann.ready.port)))),
    ...(await Promise.all(Array.from({ length: 10 }, dial))),
  ];
  const links = await Promise.all([knockHere(), knockHere(), knockHere()]);
  for (const socket of held.slice(0, 100)) socket.write("GET /api/status HTTP/1.1\r\n");
  const { code, tookMs } = await ann.stop();
  console.log(
    `SIGTERM with ${held.length + links.length} strangers connected: ended after ${Math.round(tookMs)} ms`,
  );
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(2_000);
  for (const socket of held) socket.destroy();
}, 60_000);
