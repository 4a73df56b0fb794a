/**
 * A process that stands on one host of a laboratory network and does as its standard input says, a line
 * each: "announce MARK", "favour HOST", "counts", "flood HOST PER_SECOND SECONDS". What it hears and
 * counts goes to standard output as JSON lines. Arguments: PORT.
 */
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";
import { createLanDiscovery } from "../lan/lan-discovery.ts";
import { createKeptLog, systemClock } from "./system.ts";

const DATAGRAM_BYTES = 1_200;
const port = Number(process.argv[2]);
const log = createKeptLog();
const lan = createLanDiscovery({ clock: systemClock, log, port });

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function flood(host: string, perSecond: number, seconds: number): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => {
    socket.bind(0, resolve);
  });
  const datagram = new Uint8Array(DATAGRAM_BYTES).fill(255);
  const start = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - start;
      for (const due = (elapsedMs / 1_000) * perSecond; sent < due; sent += 1)
        socket.send(datagram, port, host);
      if (elapsedMs < seconds * 1_000) return;
      clearInterval(timer);
      socket.close(() => resolve());
    }, 2);
  });
  say({ flooded: sent });
}

// Most of a flood is not told: the teller would cost more than the hearing.
await lan.start((datagram, from) => {
  if (datagram[0] !== 255) say({ heard: datagram[0], host: from.host, port: from.port });
});
const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const [verb, ...rest] = line.split(" ");
  switch (verb) {
    case "announce":
      lan.announce(new Uint8Array(DATAGRAM_BYTES).fill(Number(rest[0])));
      break;
    case "favour":
      lan.favour(rest[0] ?? "");
      break;
    case "counts": {
      const { user, system } = process.cpuUsage();
      say({
        counts: lan.counts(),
        cpuMs: (user + system) / 1_000,
        rssBytes: process.memoryUsage.rss(),
        told: log.entries,
      });
      break;
    }
    case "flood":
      void flood(rest[0] ?? "", Number(rest[1]), Number(rest[2]));
      break;
    default:
      say({ unknown: line });
  }
});
input.on("close", () => void lan.stop());
say({ ready: true });
