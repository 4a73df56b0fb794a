import { networkInterfaces } from "node:os";
import { describeDiscoveryContract } from "@kith/core/testing";
import { createKeptLog, systemClock } from "../testing/system.ts";
import { createLanDiscovery } from "./lan-discovery.ts";

/** Test traffic stays on this machine, and away from nodes that run on it. */
const loopback = () => ({ lo: networkInterfaces()["lo"] ?? [] });
let port = 20_000 + (process.pid % 20_000);

describeDiscoveryContract("lan on loopback", async () => {
  port += 1;
  const options = { clock: systemClock, log: createKeptLog(), port, interfaces: loopback };
  return { one: createLanDiscovery(options), other: createLanDiscovery(options) };
});
