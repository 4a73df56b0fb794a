/** Ports pick themselves. */
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import type { Transport } from "@kith/core";
import { afterEach, expect, test } from "vitest";
import { candidatePorts, createSteppingTransport, findFreePort } from "./ports.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function occupy(): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );
}

test("the preferred port comes first, any port last, and none beyond 65535", () => {
  expect(candidatePorts(0)).toEqual([0]);
  expect(candidatePorts(8_888).slice(0, 2)).toEqual([8_888, 8_889]);
  expect(candidatePorts(8_888).at(-1)).toBe(0);
  expect(candidatePorts(65_534)).toEqual([65_534, 65_535, 0]);
});

test("a taken port is passed over", async () => {
  const taken = await occupy();
  const free = await findFreePort(taken, "127.0.0.1");
  expect(free === 0 || free > taken).toBe(true);
});

test("an address that is not this machine's is an error, not the next port", async () => {
  await expect(findFreePort(0, "203.0.113.1")).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

function createFake(port: number, taken: ReadonlySet<number>, calls: string[]): Transport {
  return {
    path: "lan",
    listen: () => {
      calls.push(`listen ${port}`);
      return taken.has(port)
        ? Promise.reject(Object.assign(new Error("taken"), { code: "LINK_PORT_BUSY" }))
        : Promise.resolve({ port });
    },
    dial: () => {
      calls.push(`dial ${port}`);
      return Promise.reject(new Error("nobody"));
    },
    close: () => {
      calls.push(`close ${port}`);
      return Promise.resolve();
    },
  };
}

test("a transport steps to the next free port and is one transport from there on", async () => {
  const calls: string[] = [];
  const transport = createSteppingTransport(5_484, (port) =>
    createFake(port, new Set([5_484, 5_485]), calls),
  );
  expect(await transport.listen(() => {})).toEqual({ port: 5_486 });
  await expect(
    transport.dial({ host: "x", port: 1 }, { signal: new AbortController().signal }),
  ).rejects.toThrow("nobody");
  await transport.close();
  expect(calls).toEqual(["listen 5484", "listen 5485", "listen 5486", "dial 5486", "close 5486"]);
});

test("other trouble with a port is told, not stepped over", async () => {
  const failing: Transport = {
    ...createFake(1, new Set(), []),
    listen: () => Promise.reject(Object.assign(new Error("no"), { code: "LINK_UNREACHABLE" })),
  };
  await expect(createSteppingTransport(5_484, () => failing).listen(() => {})).rejects.toMatchObject({
    code: "LINK_UNREACHABLE",
  });
});
