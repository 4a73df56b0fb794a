import { once } from "node:events";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Clock } from "@kith/core/ports";
import { keepLink, type KeptLink } from "@kith/core/testing";
import { createKeptLog, systemClock, systemRandom } from "../testing/system.ts";
import { createTlsTransport } from "./tls-transport.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const never = new AbortController().signal;
const timers = new Set<() => void>();
/** The system's, with its pending calls counted. */
const clock: Clock = {
  ...systemClock,
  after(delayMs, call) {
    const cancel = systemClock.after(delayMs, () => {
      timers.delete(cancel);
      call();
    });
    timers.add(cancel);
    return () => {
      timers.delete(cancel);
      cancel();
    };
  },
};
const options = { clock, random: systemRandom, log: createKeptLog() };

/** Sockets and listeners; those of the test runner itself are pipes. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|GetAddrInfo/.test(kind));
}
/** The system frees a handle in the turn after its socket says that it is closed. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("[LK17] attack 23: closing a transport leaves no socket, listener or timer", async () => {
  const before = handles();
  const acceptor = createTlsTransport({ ...options, host: "127.0.0.1" });
  const dialer = createTlsTransport(options);
  const accepted = Promise.withResolvers<KeptLink>();
  const { port } = await acceptor.listen((link) => accepted.resolve(keepLink(link)));
  const address = { host: "127.0.0.1", port };
  const near = keepLink(await dialer.dial(address, { signal: never }));
  const far = await accepted.promise;
  far.link.pause();
  // A connection that says nothing, unsent bytes and a dial under way must not hold it up.
  const silent = connect(address);
  silent.on("error", () => {});
  await once(silent, "connect");
  for (let index = 0; index < 100; index += 1) near.link.send(1, new Uint8Array(60_000), "bulk");
  const dialling = dialer.dial(address, { signal: never }).catch((error: unknown) => error);
  expect(handles().length).toBeGreaterThan(before.length);
  await Promise.all([dialer.close(), acceptor.close()]);
  await dialling;
  if (!silent.closed) await once(silent.resume(), "close");
  await nextTurn();
  expect(handles()).toEqual(before);
  expect(timers.size).toBe(0);
  expect([near.closes, far.closes.length]).toEqual([["transport-closed"], 1]);
});

test("[LK17] attack 23: a thousand connects leave neither sockets nor memory", async () => {
  const acceptor = createTlsTransport({ ...options, host: "127.0.0.1" });
  const dialer = createTlsTransport(options);
  let accepted = Promise.withResolvers<KeptLink>();
  const { port } = await acceptor.listen((link) => accepted.resolve(keepLink(link)));
  const connectOnce = async (): Promise<void> => {
    const near = keepLink(await dialer.dial({ host: "127.0.0.1", port }, { signal: never }));
    near.link.send(1, new Uint8Array(100), "control");
    const far = await accepted.promise;
    accepted = Promise.withResolvers();
    await far.until(() => far.frames.length === 1);
    near.link.close("done");
    await far.until(() => far.closes.length === 1);
  };
  const measure = async (): Promise<number> => {
    await nextTurn();
    collectGarbage();
    await nextTurn();
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  // The first hundred fill caches.
  for (let index = 0; index < 100; index += 1) await connectOnce();
  const handlesBefore = handles().length;
  const bytesBefore = await measure();
  for (let index = 0; index < 1_000; index += 1) await connectOnce();
  const grownBytes = (await measure()) - bytesBefore;
  expect(handles().length).toBeLessThanOrEqual(handlesBefore + 2);
  expect(timers.size).toBeLessThanOrEqual(2);
  // A link that were kept would cost some 50 KiB, so a thousand 50 MiB.
  expect(grownBytes).toBeLessThan(4 * 1_048_576);
  await Promise.all([dialer.close(), acceptor.close()]);
}, 30_000);
