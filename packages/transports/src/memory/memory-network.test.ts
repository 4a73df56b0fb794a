import { expect, test } from "vitest";
import type { Clock, Link, Random } from "@kith/core/ports";
import { keepLink, type KeptLink } from "@kith/core/testing";
import { createMemoryNetwork } from "./memory-network.ts";

/** Time that stands until it is moved. */
function createHandClock(): Clock & { advance(byMs: number): Promise<void>; pending(): number } {
  let nowMs = 0;
  let count = 0;
  const calls = new Map<number, { atMs: number; call: () => void }>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, call) {
      const id = count++;
      calls.set(id, { atMs: nowMs + delayMs, call });
      return () => calls.delete(id);
    },
    pending: () => calls.size,
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        let first: [number, { atMs: number; call: () => void }] | null = null;
        for (const entry of calls)
          if (entry[1].atMs <= untilMs && (first === null || entry[1].atMs < first[1].atMs)) first = entry;
        if (first === null) break;
        calls.delete(first[0]);
        nowMs = first[1].atMs;
        first[1].call();
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      }
      nowMs = untilMs;
    },
  };
}

function createCountingRandom(): Random {
  let count = 0;
  return { bytes: (length) => new Uint8Array(length).fill(++count) };
}

const never = new AbortController().signal;

async function createScene() {
  const clock = createHandClock();
  const network = createMemoryNetwork({ clock, random: createCountingRandom() });
  const ann = network.transport("ann");
  const bob = network.transport("bob");
  const trace: string[] = [];
  let far: KeptLink | null = null;
  const { port } = await bob.listen((link: Link) => {
    far = keepLink(link, ({ type }) => trace.push(`${clock.nowMs()} bob ${type}`));
  });
  const dialling = ann.dial({ host: "bob", port }, { signal: never });
  await clock.advance(10);
  const near = keepLink(await dialling, ({ type }) => trace.push(`${clock.nowMs()} ann ${type}`));
  return { clock, network, ann, bob, port, near, far: far as unknown as KeptLink, trace };
}

test("[LK18] the same run gives the same frames at the same times, and the same exporter", async () => {
  const run = async (): Promise<string[]> => {
    const { clock, near, far, trace } = await createScene();
    for (let index = 0; index < 20; index += 1) {
      near.link.send(index, new Uint8Array(index * 3_000), index % 3 === 0 ? "control" : "bulk");
      if (index % 4 === 0) far.link.send(100 + index, new Uint8Array(10), "bulk");
      await clock.advance(index % 2);
    }
    await clock.advance(100);
    return [...trace, Buffer.from(near.link.exporter("run")).toString("hex")];
  };
  const first = await run();
  expect(first.length).toBe(26);
  expect(await run()).toEqual(first);
});

test("[LK18] nothing arrives from within the sender's call, nor without time passing", async () => {
  const { clock, near, far } = await createScene();
  near.link.send(1, new Uint8Array(3), "control");
  await Promise.resolve();
  expect(far.frames.length).toBe(0);
  await clock.advance(5);
  expect(far.frames.length).toBe(1);
});

test("[LK18] a pulled cable stops all and closes nothing; plugged in again, nothing is lost", async () => {
  const { clock, network, near, far, ann, port } = await createScene();
  network.cut("ann", "bob");
  for (let index = 0; index < 5; index += 1) near.link.send(index, new Uint8Array(10), "bulk");
  const dialling = ann.dial({ host: "bob", port }, { signal: never }).catch((error: unknown) => error);
  await clock.advance(30_000);
  expect(await dialling).toMatchObject({ code: "LINK_TIMEOUT" });
  expect([far.frames.length, near.closes, far.closes]).toEqual([0, [], []]);
  network.heal("bob", "ann");
  await clock.advance(10);
  expect(far.frames.map(({ type }) => type)).toEqual([0, 1, 2, 3, 4]);
});

test("[LK18] a close during a cut is learnt by the other side after it", async () => {
  const { clock, network, near, far } = await createScene();
  network.cut("ann", "bob");
  near.link.close("gone");
  await clock.advance(10_000);
  expect([near.closes, far.closes]).toEqual([["gone"], []]);
  network.heal("ann", "bob");
  await clock.advance(10);
  expect(far.closes.length).toBe(1);
});

test("[LK17] a closed network leaves no call pending", async () => {
  const { clock, ann, bob } = await createScene();
  const closing = Promise.all([ann.close(), bob.close()]);
  await clock.advance(1_000);
  await closing;
  expect(clock.pending()).toBe(0);
});

test("[LK18] datagrams reach every other host that is not cut off", async () => {
  const clock = createHandClock();
  const network = createMemoryNetwork({ clock, random: createCountingRandom() });
  const heard: string[] = [];
  const hosts = ["ann", "bob", "cy"].map((host) => ({ host, discovery: network.discovery(host) }));
  for (const { host, discovery } of hosts)
    await discovery.start((datagram, from) => heard.push(`${host} hears ${datagram[0]} of ${from.host}`));
  network.cut("ann", "cy");
  hosts[0]!.discovery.announce(Uint8Array.of(1));
  await clock.advance(5);
  expect(heard).toEqual(["bob hears 1 of ann"]);
});
