/**
 * A loud stranger on a host of a laboratory network, who hears beacons and sends datagrams as its standard
 * input says, a line each; answers go to standard output as JSON lines. Argument: the beacon port.
 *   record HOST COUNT                    keeps the next COUNT broadcasts of that host
 *   replay HOST                          sends what is kept to that host, at once and in order
 *   flood HOST PER_SECOND SECONDS        noise of a beacon's size, what is kept, and other sizes, by turns
 */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { createInterface } from "node:readline";

const BEACON_BYTES = 1_200;
/** How long answers are listened for after the last datagram: as long as one source may wait for its next. */
const ANSWERS_MS = 500;
const NOISES = 64;

const port = Number(process.argv[2]);
const kept: Buffer[] = [];
const noise = Array.from({ length: NOISES }, () => randomBytes(BEACON_BYTES));
const sizes = [0, 1, 32, 1_199, 1_201, 1_400].map((length) => randomBytes(length));

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function bind(socket: Socket, at: number): Promise<void> {
  return new Promise((resolve) => socket.bind(at, resolve));
}

const ear = createSocket({ type: "udp4", reuseAddr: true });
let wanted: { host: string; count: number } | null = null;
ear.on("message", (datagram, from) => {
  if (wanted === null || from.address !== wanted.host) return;
  kept.push(Buffer.from(datagram));
  if (kept.length < wanted.count) return;
  wanted = null;
  say({ recorded: kept.length });
});

interface Sending {
  readonly host: string;
  /** How many of them are due after so many milliseconds; the last answer is the total. */
  readonly due: (elapsedMs: number) => number;
  readonly forMs: number;
  readonly pick: (index: number) => Buffer;
}

async function send({ host, due, forMs, pick }: Sending): Promise<void> {
  const socket = createSocket("udp4");
  await bind(socket, 0);
  const tally = { sent: 0, sentBytes: 0, answers: 0, answerBytes: 0 };
  socket.on("message", (answer) => {
    tally.answers += 1;
    tally.answerBytes += answer.length;
  });
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - began;
      for (const until = due(elapsedMs); tally.sent < until; tally.sent += 1) {
        const datagram = pick(tally.sent);
        tally.sentBytes += datagram.length;
        socket.send(datagram, port, host);
      }
      if (elapsedMs < forMs) return;
      clearInterval(timer);
      setTimeout(resolve, ANSWERS_MS);
    }, 2);
  });
  socket.close();
  say(tally);
}

const fallback = Buffer.alloc(0);
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [verb, host = "", first, second] = line.split(" ");
    if (verb === "record") wanted = { host, count: kept.length + Number(first) };
    if (verb === "replay")
      void send({ host, due: () => kept.length, forMs: 1, pick: (index) => kept[index] ?? fallback });
    if (verb === "flood") {
      const each = [noise, kept, sizes];
      void send({
        host,
        due: (elapsedMs) => (Math.min(elapsedMs, Number(second) * 1_000) / 1_000) * Number(first),
        forMs: Number(second) * 1_000,
        pick: (index) => {
          const set = each[index % each.length] ?? noise;
          return set[index % set.length] ?? fallback;
        },
      });
    }
  })
  .on("close", () => process.exit());
await bind(ear, port);
say({ ready: true });
