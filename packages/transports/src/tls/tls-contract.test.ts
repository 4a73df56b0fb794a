import { describeTransportContract } from "@kith/core/testing";
import { createKeptLog, systemClock, systemRandom } from "../testing/system.ts";
import { createTlsTransport } from "./tls-transport.ts";

for (const host of ["127.0.0.1", "::1"]) {
  describeTransportContract(`tls over ${host}`, async () => {
    const options = { clock: systemClock, random: systemRandom, log: createKeptLog() };
    return {
      dialer: createTlsTransport(options),
      acceptor: createTlsTransport({ ...options, ...(host === "::1" ? {} : { host }) }),
      acceptorHost: host,
      deadAddress: { host, port: 1 },
    };
  });
}
