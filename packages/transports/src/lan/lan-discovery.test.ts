import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKeptLog, systemClock } from "../testing/system.ts";
import { createLanDiscovery, type LanDiscovery } from "./lan-discovery.ts";

const loopback = () => ({ lo: networkInterfaces()["lo"] ?? [] });
let port = 41_000 + (process.pid % 10_000);
let lan: LanDiscovery;
let sender: Socket;

beforeEach(async () => {
  port += 1;
  lan = createLanDiscovery({ clock: systemClock, log: createKeptLog(), port, interfaces: loopback });
  sender = createSocket("udp4");
  await new Promise<void>((resolve) => {
    sender.bind(0, "127.0.0.1", resolve);
  });
});
afterEach(async () => {
  await lan.stop();
  await new Promise<void>((resolve) => {
    sender.close(resolve);
  });
});

function post(datagram: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    sender.send(datagram, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
  });
}

test("[LN3] a datagram of any size but 1,200 bytes is dropped", async () => {
  const heard: Uint8Array[] = [];
  await new Promise<void>((resolve, reject) => {
    lan
      .start((datagram) => {
        heard.push(datagram);
        resolve();
      })
      .then(async () => {
        for (const size of [0, 1, 1_199, 1_201, 9_000]) await post(new Uint8Array(size).fill(1));
        await post(new Uint8Array(1_200).fill(2));
      })
      .catch(reject);
  });
  expect(heard.length).toBe(1);
  expect(heard[0]![0]).toBe(2);
  expect(lan.counts()).toMatchObject({ received: 1, malformed: 5 });
});

test("[LN8] attack 23: stopping leaves no handle, however often it is started", async () => {
  const handles = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length;
  /** The system frees a handle in the turn after its socket says that it is closed. */
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await nextTurn();
  const before = handles();
  for (let round = 0; round < 20; round += 1) {
    await lan.start(() => {});
    expect(handles()).toBe(before + 2);
    await lan.stop();
    await nextTurn();
  }
  // Stopping while starting, and twice.
  void lan.start(() => {});
  await Promise.all([lan.stop(), lan.stop()]);
  await nextTurn();
  expect(handles()).toBe(before);
});

test("[LN8] a beacon port that another program holds alone is named", async () => {
  const holder = createSocket("udp4");
  await new Promise<void>((resolve) => {
    holder.bind(port, resolve);
  });
  await expect(lan.start(() => {})).rejects.toMatchObject({ code: "LAN_PORT_BUSY" });
  await new Promise<void>((resolve) => {
    holder.close(resolve);
  });
  await lan.start(() => {});
});
