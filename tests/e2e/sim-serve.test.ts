/** The simulation service as a program uses it: real nodes behind it, each with its own API. */
import { createKithClient } from "@kith/client";
import type { KithClient } from "@kith/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endEverything, spawnKith } from "../support/kith-process.ts";
import type { KithProcess } from "../support/kith-process.ts";

interface Ready {
  readonly url: string;
  readonly space: string;
  readonly devices: readonly { id: string; name: string; url: string; token: string }[];
}

interface State {
  readonly running: boolean;
  readonly speed: number;
  readonly sent: number;
  readonly failed: number;
  readonly time: string;
  readonly devices: readonly { id: string; enabled: boolean }[];
}

describe("kith sim serve", () => {
  let service: KithProcess;
  let ready: Ready;
  let clients: KithClient[];

  const call = async (path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const post = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    const answer = await fetch(`${ready.url}${path}`, body === undefined ? {} : post);
    return { status: answer.status, body: await answer.json() };
  };
  const state = async (): Promise<State> => (await call("/api/simulation")).body as State;
  const countOf = async (client: KithClient): Promise<number> => (await client.status()).messagesSynced;
  /** The rate is set to nothing first: what is under way arrives, and then all hold the same. */
  const settle = async (): Promise<number> => {
    await call("/api/simulation/message-rate", { perSecond: 0 });
    await expect
      .poll(async () => (await state()).sent + (await state()).failed, { timeout: 10_000 })
      .toBeGreaterThan(0);
    const first = clients[0] as KithClient;
    await expect
      .poll(async () => new Set(await Promise.all(clients.map(countOf))).size, { timeout: 20_000 })
      .toBe(1);
    return countOf(first);
  };

  beforeAll(async () => {
    service = await spawnKith(["sim", "serve", "--devices", "3", "--port", "0", "--json"]);
    ready = JSON.parse(await service.line((line) => line.startsWith("{"))) as Ready;
    clients = ready.devices.map(({ url, token }) => createKithClient({ url, token }));
  });

  afterAll(endEverything);

  test("messages at a rate are written by all devices and reach all of them", async () => {
    await call("/api/simulation/message-rate", { perSecond: 100 });
    await expect.poll(async () => (await state()).sent, { timeout: 20_000 }).toBeGreaterThan(60);
    expect(await settle()).toBeGreaterThan(60);
    const { items } = await (clients[0] as KithClient).messages({ limit: 60 });
    expect(new Set(items.map(({ device }) => device)).size).toBe(3);
    expect((await state()).failed).toBe(0);
  });

  test("paused, time stands and nothing is written; at ten times the speed it goes on ten times as fast", async () => {
    await call("/api/simulation/message-rate", { perSecond: 20 });
    await call("/api/simulation/pause", {});
    const before = await state();
    expect(before.running).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await state()).time).toBe(before.time);
    await call("/api/simulation/speed", { factor: 10 });
    await call("/api/simulation/start", {});
    await expect
      .poll(async () => (await state()).sent, { timeout: 20_000 })
      .toBeGreaterThan(before.sent + 20);
    const after = await state();
    expect(after).toMatchObject({ running: true, speed: 10 });
    await call("/api/simulation/speed", { factor: 1 });
    await settle();
  });

  test("a device that is cut off, or switched off, writes and hears nothing of the others until that ends", async () => {
    const [one, two, three] = ready.devices;
    const held = await settle();
    await call("/api/simulation/partition", {
      links: [[one?.id, three?.id], { a: two?.name, b: three?.name }],
    });
    const [first, , third] = clients;
    await first?.post({ space: ready.space, channel: "general", text: "only on this side" });
    await expect.poll(() => countOf(clients[1] as KithClient)).toBe(held + 1);
    expect(await countOf(third as KithClient)).toBe(held);
    await call("/api/simulation/partition", { links: [] });
    expect(await settle()).toBe(held + 1);

    const answer = await call(`/api/devices/${three?.id}/enabled`, { enabled: false });
    expect((answer.body as State).devices.map(({ enabled }) => enabled)).toEqual([true, true, false]);
    expect(await third?.status()).toMatchObject({ online: false });
    await call(`/api/devices/${three?.id}/enabled`, { enabled: true });
    await expect.poll(async () => (await third?.status())?.connectedPeers, { timeout: 20_000 }).toBe(2);
  });

  test("what cannot be done is refused in words", async () => {
    expect(await call("/api/simulation/attachment-rate", { percent: 10 })).toMatchObject({
      status: 501,
      body: { error: { code: "FILES_NOT_YET" } },
    });
    expect(await call("/api/simulation/speed", { factor: "fast" })).toMatchObject({ status: 400 });
    expect(await call("/api/simulation/partition", { links: [["nobody", "else"]] })).toMatchObject({
      status: 404,
      body: { error: { code: "UNKNOWN_DEVICE" } },
    });
    expect(await call("/api/nothing", {})).toMatchObject({ status: 404 });
  });

  test("it ends with its nodes when it is told to", async () => {
    service.signal("SIGTERM");
    expect((await service.exited).code).toBe(0);
    await expect((clients[0] as KithClient).health()).rejects.toThrow();
  });
});
