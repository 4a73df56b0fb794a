import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastOf, findOutlets, type Interfaces } from "./interfaces.ts";

test("[LN1] the broadcast address follows from address and mask", () => {
  expect(broadcastOf("10.77.0.5", "255.255.255.0")).toBe("10.77.0.255");
  expect(broadcastOf("172.20.9.1", "255.255.240.0")).toBe("172.20.15.255");
  expect(broadcastOf("127.0.0.1", "255.0.0.0")).toBe("127.255.255.255");
  expect(broadcastOf("192.168.255.254", "255.255.0.0")).toBe("192.168.255.255");
});

test("[LN1] networks without a broadcast address are left out", () => {
  expect(broadcastOf("10.0.0.1", "255.255.255.255")).toBeNull();
  expect(broadcastOf("10.0.0.1", "255.255.255.254")).toBeNull();
  expect(broadcastOf("fe80::1", "ffff:ffff:ffff:ffff::")).toBeNull();
  expect(broadcastOf("10.0.0.256", "255.255.255.0")).toBeNull();
});

test("[LN1] any address lies in the network of its broadcast address", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: 1, max: 30 }),
      (value, prefix) => {
        const dotted = (bits: number): string =>
          [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
        const mask = (-1 << (32 - prefix)) >>> 0;
        const parts = broadcastOf(dotted(value), dotted(mask))!.split(".").map(Number);
        const broadcast = parts.reduce((sum, part) => sum * 256 + part, 0);
        expect((broadcast & mask) >>> 0).toBe((value & mask) >>> 0);
        expect((broadcast | mask) >>> 0).toBe(0xffff_ffff);
      },
    ),
  );
});

test("[LN1] each network is called once, loopback included, and one's own addresses are known", () => {
  const entry = (address: string, netmask: string, family: "IPv4" | "IPv6" = "IPv4") => ({
    address,
    netmask,
    family,
    mac: "00:00:00:00:00:00",
    internal: false,
    cidr: null,
    scopeid: 0,
  });
  const interfaces = {
    lo: [entry("127.0.0.1", "255.0.0.0"), entry("::1", "ffff::", "IPv6")],
    eth0: [entry("10.77.0.5", "255.255.255.0")],
    wlan0: [entry("10.77.0.6", "255.255.255.0")],
    tun0: [entry("10.8.0.2", "255.255.255.255")],
    gone: undefined,
  } as Interfaces;
  const { broadcasts, own } = findOutlets(interfaces);
  expect(broadcasts).toEqual(["127.255.255.255", "10.77.0.255"]);
  expect([...own]).toEqual(["127.0.0.1", "10.77.0.5", "10.77.0.6", "10.8.0.2"]);
});
