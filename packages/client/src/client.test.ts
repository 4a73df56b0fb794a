import { startTestServer } from "@kith/api/testing";
import type { TestServer } from "@kith/api/testing";
import type { LogEntry } from "@kith/contract";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createKithClient, KithApiError } from "./index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(): Promise<TestServer> {
  const node = await startTestServer();
  cleanups.push(() => node.server.close());
  await node.service.createSpace({ name: "Climbing" });
  return node;
}

interface Wire {
  readonly url: string;
  /** Destroys every connection that goes through. */
  cut(): void;
  /** Cuts each connection after this many bytes from the node, wherever in a frame that is. */
  cutAfter(bytes: number): void;
  /** Bytes of the next answers from the node are thrown away with their connection, this many times. */
  loseAnswers(count: number): void;
}

/** A wire to the node that a test can cut: same port number rules, so the Host is rewritten to the node's. */
async function startWire(node: TestServer): Promise<Wire> {
  const sockets = new Set<Socket>();
  let losing = 0;
  let bytesMax = Number.POSITIVE_INFINITY;
  const server: Server = createServer((client) => {
    let passed = 0;
    const upstream = connect(node.server.port, "127.0.0.1");
    sockets.add(client);
    client.on("data", (bytes: Buffer) => {
      const text = bytes.toString("latin1").replace(/^host: .*$/im, `host: 127.0.0.1:${node.server.port}`);
      upstream.write(Buffer.from(text, "latin1"));
    });
    upstream.on("data", (bytes: Buffer) => {
      if (losing > 0) {
        losing -= 1;
        client.destroy();
        upstream.destroy();
      } else if (passed + bytes.length > bytesMax) {
        client.write(bytes.subarray(0, bytesMax - passed), () => client.destroy());
        upstream.destroy();
      } else {
        passed += bytes.length;
        client.write(bytes);
      }
    });
    client.on("close", () => {
      sockets.delete(client);
      upstream.destroy();
    });
    upstream.on("close", () => client.end());
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const wire: Wire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    cutAfter(bytes) {
      bytesMax = bytes;
    },
    loseAnswers(count) {
      losing = count;
    },
  };
  cleanups.push(() => {
    wire.cut();
    server.close();
  });
  return wire;
}

function textOf(entry: LogEntry): string {
  return (entry.data as { text: string }).text;
}

test("[HT10] two thousand entries over a connection cut again and again arrive once each and in order", async () => {
  const node = await start();
  const wire = await startWire(node);
  wire.cutAfter(100_003);
  const client = createKithClient({ url: wire.url, token: node.token });
  const seen: string[] = [];
  let connects = 0;
  await new Promise<void>((resolve, reject) => {
    client.on("connect", () => {
      connects += 1;
      if (connects === 1) node.service.burst(2_000, 7);
    });
    const end = client.subscribe(
      {},
      (entry) => {
        seen.push(textOf(entry));
        if (seen.length === 2_000) resolve();
      },
      (error) => error !== null && reject(error),
    );
    cleanups.push(end);
  });
  expect(seen).toEqual(Array.from({ length: 2_000 }, (_, n) => `burst ${n}`));
  expect(connects).toBeGreaterThan(5);
});

test("[HT10] a stream without a cursor that is cut before its first entry misses nothing that comes meanwhile", async () => {
  const node = await start();
  const wire = await startWire(node);
  const client = createKithClient({ url: wire.url, token: node.token });
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    const off = client.on("connect", () => {
      off();
      wire.cut();
      node.service.burst(5, 5);
    });
    cleanups.push(client.subscribe({}, (entry) => seen.push(textOf(entry)) === 5 && resolve()));
  });
  expect(seen).toEqual(["burst 0", "burst 1", "burst 2", "burst 3", "burst 4"]);
});

test("[HT10] the async iterable gives every entry to a reader far slower than the log", async () => {
  const node = await start();
  const client = createKithClient({ url: node.server.url, token: node.token });
  const since = node.service.cursor();
  node.service.burst(10_000, 500);
  const states: string[] = [];
  const paused = new Promise<void>((resolve) => {
    client.on("status", (state) => {
      states.push(state);
      if (state === "paused") resolve();
    });
  });
  let count = 0;
  for await (const entry of client.entries({ since })) {
    expect(textOf(entry)).toBe(`burst ${count}`);
    count += 1;
    // The socket runs ahead of this reader until it is let go.
    if (count === 1) await paused;
    if (count === 10_000) break;
  }
  expect(count).toBe(10_000);
  expect(states.filter((state) => state === "open").length).toBeGreaterThan(1);
});

test("[HT10] a cursor that the log no longer reaches ends the stream and says so", async () => {
  const node = await start();
  node.service.burst(20, 20);
  node.service.trim(5);
  const client = createKithClient({ url: node.server.url, token: node.token });
  const read = async (): Promise<void> => {
    for await (const entry of client.entries({ since: "c1" })) expect(entry).toBeUndefined();
  };
  await expect(read()).rejects.toMatchObject({ name: "KithApiError", code: "CURSOR_UNKNOWN" });
});

test("[HT3] a stream with a bad token ends instead of knocking for ever", async () => {
  const node = await start();
  const client = createKithClient({ url: node.server.url, token: "a.b.c" });
  const error = await new Promise((resolve) => client.subscribe({}, () => undefined, resolve));
  expect(error).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
});

test("an aborted stream ends without an error and leaves no listener behind", async () => {
  const node = await start();
  const client = createKithClient({ url: node.server.url, token: node.token });
  const controller = new AbortController();
  client.on("connect", () => controller.abort());
  for await (const entry of client.entries({ signal: controller.signal })) expect(entry).toBeUndefined();
  const states: string[] = [];
  client.on("status", (state) => states.push(state));
  await client.health();
  expect(states).toEqual([]);
});

test("a stream opened before the node runs connects as soon as it does", async () => {
  const probe = await start();
  const { port } = probe.server;
  await probe.server.close();
  const client = createKithClient({ url: `http://127.0.0.1:${port}`, token: probe.token });
  const waiting = new Promise<void>((resolve) =>
    client.on("status", (state) => state === "waiting" && resolve()),
  );
  const ended = new Promise((resolve) => cleanups.push(client.subscribe({}, () => undefined, resolve)));
  await waiting;
  const node = await startTestServer({ port });
  cleanups.push(() => node.server.close());
  // Another node took the address: its refusal is heard, which proves that the connection was made.
  expect(await ended).toMatchObject({ code: "TOKEN_INVALID" });
});

test("[HT12] a send whose answer is lost is tried again and is one message", async () => {
  const node = await start();
  const wire = await startWire(node);
  const client = createKithClient({ url: wire.url, token: node.token });
  wire.loseAnswers(3);
  const message = await client.post({ space: "Climbing", channel: "general", text: "once" });
  expect(message.text).toBe("once");
  const batch = [1, 2, 3].map((n) => ({ space: "Climbing", channel: "general", text: `batch ${n}` }));
  wire.loseAnswers(2);
  await client.postBatch(batch);
  const { items } = await client.messages({ limit: 100 });
  expect(items.map(({ text }) => text)).toEqual(["once", "batch 1", "batch 2", "batch 3"]);
});

test("[HT6] an error of the node keeps its code, status and next step", async () => {
  const node = await start();
  const client = createKithClient({ url: node.server.url, token: node.token });
  const error = await client.space("nowhere").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(KithApiError);
  expect(error).toMatchObject({
    status: 404,
    code: "UNKNOWN_SPACE",
    next: expect.stringMatching(/\S/) as string,
  });
});

test("a call to a node that is not there fails as UNREACHABLE, and a send gives up in its time", async () => {
  const node = await start();
  await node.server.close();
  const client = createKithClient({ url: node.server.url, token: node.token });
  await expect(client.status()).rejects.toMatchObject({ status: 0, code: "UNREACHABLE" });
  await expect(
    client.post({ space: "Climbing", channel: "general", text: "x" }, { retryForMs: 200 }),
  ).rejects.toMatchObject({ code: "UNREACHABLE" });
  const signal = AbortSignal.timeout(50);
  await expect(
    client.post({ space: "Climbing", channel: "general", text: "x" }, { signal }),
  ).rejects.toMatchObject({ name: "TimeoutError" });
});

test("every call of the client reaches its route", async () => {
  const node = await start();
  const client = createKithClient({ url: `${node.server.url}/`, token: node.token });
  expect(await client.health()).toEqual({ status: "ok" });
  expect((await client.status()).nodeId).toBe(node.service.nodeId);
  expect((await client.changeMe({ name: "Grace", visibility: "nearby" })).name).toBe("Grace");
  expect((await client.me()).visibility).toBe("nearby");
  expect(await client.setOnline(false)).toEqual({ online: false });
  expect((await client.peers()).items).toHaveLength(1);
  expect(await client.connectPeer("10.77.0.2:5484")).toEqual({ address: "10.77.0.2:5484" });
  await expect(client.disconnectPeer("aa")).rejects.toMatchObject({ code: "UNKNOWN_PEER" });
  expect((await client.verify()).ok).toBe(true);
  expect((await client.doctor()).ok).toBe(true);
  expect((await client.signInLink()).url).toContain("/sign-in?code=");
  const space = await client.createSpace({ name: "Baking & more", kind: "group" });
  expect((await client.spaces()).items).toHaveLength(2);
  expect((await client.space("Baking & more")).id).toBe(space.id);
  expect((await client.createChannel(space.id, { name: "bread" })).name).toBe("bread");
  expect((await client.channels(space.id)).items.map(({ name }) => name)).toEqual(["general", "bread"]);
  expect((await client.members(space.id)).items[0]?.self).toBe(true);
  const invite = await client.createInvite(space.id);
  expect(invite.qr).toMatch(/^<svg|^<\?xml/);
  expect((await client.invites(space.id)).items).toHaveLength(1);
  expect(await client.revokeInvite(space.id, invite.id)).toBeUndefined();
  expect(await client.join("kith://join#good")).toMatchObject({ done: true, space: { name: "Joined" } });
  expect(await client.join("kith://join#slow", { waitMs: 1 })).toMatchObject({ done: false });
  const [slow] = (await client.joins()).items;
  expect(slow).toMatchObject({ step: "looking-for-inviter" });
  expect(await client.giveUpJoin(slow?.invite ?? "")).toBeUndefined();
  expect((await client.joins()).items).toEqual([]);
  const message = await client.post({ space: space.id, channel: "bread", text: "hi", clientId: "mine" });
  expect(message.clientId).toBe("mine");
  expect((await client.message(message.id)).text).toBe("hi");
  await client.react(message.id, "👍");
  await client.unreact(message.id, "👍");
  await client.reset();
});
