import { once } from "node:events";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FRAME_BYTES_MAX, type Clock, type Link } from "@kith/core/ports";
import { keepLink, type KeptLink } from "@kith/core/testing";
import { createKeptLog, systemClock, systemRandom } from "../testing/system.ts";
import { SEND_QUEUE_BYTES_MAX } from "../wire/limits.ts";
import { createLinkCertificate } from "./certificate.ts";
import { DIAL_TIMEOUT_MS, HALF_OPEN_PER_ADDRESS_MAX, HANDSHAKE_TIMEOUT_MS } from "./limits.ts";
import { tlsParameters } from "./parameters.ts";
import { createTlsTransport } from "./tls-transport.ts";

const never = new AbortController().signal;
const host = "127.0.0.1";

/** The system's time, save that long delays wait until the test calls them due. */
function createHastyClock(): Clock & { makeDue(): void } {
  const held = new Set<() => void>();
  return {
    ...systemClock,
    after(delayMs, call) {
      if (delayMs < DIAL_TIMEOUT_MS) return systemClock.after(delayMs, call);
      held.add(call);
      return () => held.delete(call);
    },
    makeDue() {
      for (const call of held) {
        held.delete(call);
        call();
      }
    },
  };
}

let clock: ReturnType<typeof createHastyClock>;
let acceptor: ReturnType<typeof createTlsTransport>;
let dialer: ReturnType<typeof createTlsTransport>;
let port: number;
let links: KeptLink[];
/** A link that was there before and must not notice. */
let bystander: KeptLink;
let bystanderFar: KeptLink;
const strangers: Socket[] = [];

beforeEach(async () => {
  clock = createHastyClock();
  const options = { clock, random: systemRandom, log: createKeptLog() };
  acceptor = createTlsTransport({ ...options, host });
  dialer = createTlsTransport(options);
  links = [];
  ({ port } = await acceptor.listen((link: Link) => links.push(keepLink(link))));
  bystander = keepLink(await dialer.dial({ host, port }, { signal: never }));
  await expectBystanderWell();
  bystanderFar = links[0]!;
});
afterEach(async () => {
  for (const socket of strangers.splice(0)) socket.destroy();
  await Promise.all([dialer.close(), acceptor.close()]);
});

/** A frame there and the link open is what "undisturbed" means. */
async function expectBystanderWell(): Promise<void> {
  while (links.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const far = links[0]!;
  const count = far.frames.length;
  bystander.link.send(1, Uint8Array.of(1), "control");
  await far.until(() => far.frames.length > count);
  expect([bystander.closes, far.closes]).toEqual([[], []]);
}

async function knock(): Promise<Socket> {
  const socket = connectTcp({ host, port });
  strangers.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.resume();
  return socket;
}

async function expectHungUp(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}

async function openStranger(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ host, port, rejectUnauthorized: false, ...options });
  strangers.push(socket);
  await once(socket, "secureConnect");
  return socket;
}

async function openSecured(): Promise<{ socket: TLSSocket; far: KeptLink }> {
  const count = links.length;
  const socket = await openStranger(tlsParameters);
  socket.on("error", () => {});
  socket.resume();
  while (links.length === count) await new Promise((resolve) => setImmediate(resolve));
  return { socket, far: links[count]! };
}

const garbage: Record<string, Uint8Array> = {
  "random bytes": Buffer.alloc(4_096, 0xa7),
  "plain HTTP": Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a TLS record of a wrong length": Buffer.from("16030100ff0100", "hex").fill(0xff, 5),
  "a TLS alert": Buffer.from("15030300020228", "hex"),
};
for (const [what, bytes] of Object.entries(garbage)) {
  test(`[LK1] ${what} instead of a handshake: hung up, others undisturbed`, async () => {
    const socket = await knock();
    socket.write(bytes);
    if (what === "a TLS record of a wrong length") socket.end();
    await expectHungUp(socket);
    await expectBystanderWell();
    expect(links.length).toBe(1);
  });
}

test("[LK1] a handshake broken off leaves nothing behind", async () => {
  const hello = await captureHello();
  for (const length of [1, 5, 100, hello.length - 1, hello.length]) {
    const socket = await knock();
    socket.write(hello.subarray(0, length));
    socket.destroy();
    await expectHungUp(socket);
  }
  await expectBystanderWell();
  expect(links.length).toBe(1);
});

/** What a dialer of ours sends first. */
async function captureHello(): Promise<Buffer> {
  const ear = createServer();
  await new Promise<void>((resolve) => {
    ear.listen(0, host, resolve);
  });
  const heard = once(ear, "connection").then(async ([socket]: Socket[]) => {
    const [bytes] = (await once(socket!, "data")) as [Buffer];
    socket!.destroy();
    return bytes;
  });
  const { port: earPort } = ear.address() as { port: number };
  await expect(dialer.dial({ host, port: earPort }, { signal: never })).rejects.toMatchObject({
    name: "LinkError",
  });
  ear.close();
  return heard;
}

const strange: Record<string, SecureContextOptions> = {
  "TLS 1.2": { maxVersion: "TLSv1.2" },
  "another group": { minVersion: "TLSv1.3", ecdhCurve: "X25519:P-256" },
  "another cipher": { minVersion: "TLSv1.3", ciphers: "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256" },
};
for (const [what, options] of Object.entries(strange)) {
  test(`[LK1] [LK2] a client that speaks only ${what} is refused`, async () => {
    await expect(openStranger(options)).rejects.toThrow(/alert|handshake|SSL|reset/i);
    await expectBystanderWell();
    expect(links.length).toBe(1);
  });
}

for (const [what, options] of Object.entries(strange)) {
  test(`[LK1] [LK2] a server that speaks only ${what} is refused by the dialer`, async () => {
    const server = createTlsServer({ ...createLinkCertificate(systemRandom), ...options });
    await new Promise<void>((resolve) => {
      server.listen(0, host, resolve);
    });
    const address = { host, port: (server.address() as { port: number }).port };
    await expect(dialer.dial(address, { signal: never })).rejects.toMatchObject({ code: "LINK_TLS" });
    server.close();
  });
}

for (const what of ["hangs up", "resets", "sends garbage", "sends a frame of 4 GiB"] as const) {
  test(`[LK13] a server that ${what} as soon as TLS stands closes that link and breaks nothing`, async () => {
    const server = createTlsServer({ ...createLinkCertificate(systemRandom), ...tlsParameters }, (socket) => {
      socket.on("error", () => {});
      if (what === "hangs up") socket.destroy();
      else if (what === "sends a frame of 4 GiB") socket.write(Buffer.alloc(100, 0xff));
    });
    // Between the two, so that it can cut and forge below TLS.
    const relay = createServer((near) => {
      const far = connectTcp({ host, port: (server.address() as { port: number }).port });
      strangers.push(far, near);
      for (const socket of [near, far]) socket.on("error", () => {});
      near.pipe(far).pipe(near);
    });
    server.on("secureConnection", () => {
      const near = strangers.at(-1)!;
      if (what === "resets") near.resetAndDestroy();
      if (what === "sends garbage") near.write(Buffer.alloc(100, 0x55));
    });
    for (const one of [server, relay]) {
      await new Promise<void>((resolve) => {
        one.listen(0, host, resolve);
      });
    }
    const address = { host, port: (relay.address() as { port: number }).port };
    for (let round = 0; round < 10; round += 1) {
      // Which side of the handshake's end the blow falls on is a race; both must end well.
      const dialled = await dialer.dial(address, { signal: never }).then(
        (link) => ({ link }),
        (error: unknown) => ({ error }),
      );
      if ("error" in dialled) {
        expect(dialled.error).toMatchObject({ name: "LinkError" });
        continue;
      }
      expect(dialled.link.exporter("a handshake begins").length).toBe(32);
      const kept = keepLink(dialled.link);
      await kept.until(() => kept.closes.length > 0);
      expect(kept.closes.length).toBe(1);
    }
    server.close();
    relay.close();
    await expectBystanderWell();
  });
}

test("[LK13] a peer that ends its direction and reads nothing holds no socket", async () => {
  const { socket, far } = await openSecured();
  socket.pause();
  for (let index = 0; index < 100; index += 1) far.link.send(1, new Uint8Array(FRAME_BYTES_MAX), "bulk");
  socket.end();
  await far.until(() => far.closes.length > 0);
  expect(far.closes.length).toBe(1);
});

test("[LK3] a session is never resumed", async () => {
  const first = connectTls({ host, port, rejectUnauthorized: false, ...tlsParameters });
  strangers.push(first);
  const [session] = (await once(first, "session")) as [Buffer];
  const second = await openStranger({ ...tlsParameters, session });
  expect(second.isSessionReused()).toBe(false);
});

const frames: Record<string, { bytes: Uint8Array; reason: string }> = {
  "of length 0": { bytes: Buffer.from("00000000", "hex"), reason: "frame-empty" },
  "one byte too large": { bytes: Buffer.from([0, 1, 0, 2]), reason: "frame-too-large" },
  "of 4 GiB": { bytes: Buffer.from("ffffffff", "hex"), reason: "frame-too-large" },
};
for (const [what, { bytes, reason }] of Object.entries(frames)) {
  test(`[LK7] [LK8] attack 14: a frame ${what} closes its link and no other`, async () => {
    const { socket, far } = await openSecured();
    socket.write(bytes);
    await far.until(() => far.closes.length > 0);
    expect(far.closes).toEqual([reason]);
    await expectHungUp(socket);
    await expectBystanderWell();
  });
}

test("[LK13] a frame cut off by the end of the connection is not given", async () => {
  const { socket, far } = await openSecured();
  socket.end(Buffer.from("0000000a01ffff", "hex"));
  await far.until(() => far.closes.length > 0);
  expect([far.frames, far.closes]).toEqual([[], ["remote-closed"]]);
});

test("[LK15] attack 14: connections that say nothing are few, and are cut when their time is over", async () => {
  const silent = await Promise.all(Array.from({ length: HALF_OPEN_PER_ADDRESS_MAX + 20 }, knock));
  const open = (): number => silent.filter((socket) => !socket.destroyed).length;
  while (open() > HALF_OPEN_PER_ADDRESS_MAX) await new Promise((resolve) => setImmediate(resolve));
  await expectBystanderWell();
  await expect(dialer.dial({ host, port }, { signal: never })).rejects.toMatchObject({
    name: "LinkError",
    code: "LINK_REFUSED",
  });
  expect(HANDSHAKE_TIMEOUT_MS).toBeGreaterThanOrEqual(DIAL_TIMEOUT_MS);
  clock.makeDue();
  await Promise.all(silent.map(expectHungUp));
  const link = keepLink(await dialer.dial({ host, port }, { signal: never }));
  expect(link.closes).toEqual([]);
});

test("[LK14] dialling something that accepts and says nothing times out", async () => {
  const mute = createServer((socket) => strangers.push(socket));
  await new Promise<void>((resolve) => {
    mute.listen(0, host, resolve);
  });
  const accepted = once(mute, "connection");
  const { port: mutePort } = mute.address() as { port: number };
  const dialling = dialer.dial({ host, port: mutePort }, { signal: never }).catch((error: unknown) => error);
  await accepted;
  clock.makeDue();
  expect(await dialling).toMatchObject({ code: "LINK_TIMEOUT" });
  mute.close();
});

test("[LK14] dialling what speaks no TLS says so", async () => {
  const web = createServer((socket) => {
    strangers.push(socket);
    socket.on("error", () => {});
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  await new Promise<void>((resolve) => {
    web.listen(0, host, resolve);
  });
  const { port: webPort } = web.address() as { port: number };
  await expect(dialer.dial({ host, port: webPort }, { signal: never })).rejects.toMatchObject({
    code: "LINK_TLS",
  });
  web.close();
});

test("[LK14] a port out of range and an unknown network are unreachable", async () => {
  for (const address of [
    { host, port: 0 },
    { host, port: 65_536 },
    { host: "255.255.255.255", port: 9 },
  ]) {
    await expect(dialer.dial(address, { signal: never })).rejects.toMatchObject({ code: "LINK_UNREACHABLE" });
  }
});

test("[LK11] attack 14: a reader that never reads costs bounded memory and its own link", async () => {
  const count = links.length;
  const socket = await openStranger(tlsParameters);
  socket.on("error", () => {});
  while (links.length === count) await new Promise((resolve) => setImmediate(resolve));
  const far = links[count]!;
  const payload = new Uint8Array(FRAME_BYTES_MAX);
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  while (far.closes.length === 0) {
    far.link.send(1, payload, "bulk");
    expect(far.link.queuedBytes).toBeLessThanOrEqual(SEND_QUEUE_BYTES_MAX + 2 * FRAME_BYTES_MAX);
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(far.closes).toEqual(["send-queue-full"]);
  expect(peak).toBeLessThan(2 * SEND_QUEUE_BYTES_MAX);
  expect(bystanderFar.closes).toEqual([]);
  await expectBystanderWell();
});

test("[LK13] a close is over in bounded time though the far side neither reads nor hangs up", async () => {
  const count = links.length;
  const socket = await openStranger(tlsParameters);
  socket.on("error", () => {});
  while (links.length === count) await new Promise((resolve) => setImmediate(resolve));
  const far = links[count]!;
  // More than the network takes by itself, so that the close itself cannot be handed over.
  while (far.link.queuedBytes < 8_000_000) {
    far.link.send(1, new Uint8Array(FRAME_BYTES_MAX), "bulk");
    await new Promise((resolve) => setImmediate(resolve));
  }
  far.link.close("done");
  await far.until(() => far.closes.length === 1);
  await acceptor.close();
});

test("[LK14] a port that is taken is named", async () => {
  const other = createTlsTransport({ clock, random: systemRandom, log: createKeptLog(), host, port });
  await expect(other.listen(() => {})).rejects.toMatchObject({ code: "LINK_PORT_BUSY" });
  await expect(acceptor.listen(() => {})).rejects.toMatchObject({ code: "LINK_LISTENING" });
  await other.close();
});
