import { describeDiscoveryContract, describeTransportContract } from "@kith/core/testing";
import { systemClock, systemRandom } from "../testing/system.ts";
import { createMemoryNetwork } from "./memory-network.ts";

const options = { clock: systemClock, random: systemRandom };

describeTransportContract("memory", async () => {
  const network = createMemoryNetwork(options);
  return {
    dialer: network.transport("10.0.0.1"),
    acceptor: network.transport("10.0.0.2"),
    acceptorHost: "10.0.0.2",
    deadAddress: { host: "10.0.0.2", port: 1 },
  };
});

describeDiscoveryContract("memory", async () => {
  const network = createMemoryNetwork(options);
  return { one: network.discovery("10.0.0.1"), other: network.discovery("10.0.0.2") };
});
