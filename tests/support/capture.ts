/** What a stranger with access to the cables sees: every frame, its datagrams, and its streams put together. */
import { once } from "node:events";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lan } from "./lan.ts";

const program = fileURLToPath(new URL("../lab/capture.py", import.meta.url));

const ETHERNET_BYTES = 14;
const TYPE_IPV4 = 0x0800;
const TCP = 6;
const UDP = 17;

export interface Datagram {
  /** Wall time, milliseconds. */
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly toPort: number;
  readonly payload: Buffer;
}

export interface Captured {
  /** Whole frames, of any protocol. */
  readonly frames: readonly Buffer[];
  readonly datagrams: readonly Datagram[];
  /** Each direction of each TCP connection. */
  readonly streams: readonly Buffer[];
  /** Frames that the kernel could not hand over. */
  readonly drops: number;
}

export interface Capture {
  stop(): Promise<Captured>;
}

let captures = 0;

export async function startCapture(lan: Lan): Promise<Capture> {
  captures += 1;
  const path = join(lan.folder, `wire${captures}`);
  const child = spawn("ip", ["netns", "exec", lan.switchName, "python3", program, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    async stop() {
      const told = once(child.stdout, "data") as Promise<[Buffer]>;
      child.stdin.end();
      const { drops } = JSON.parse((await told)[0].toString("utf8")) as { drops: number };
      return { ...read(readFileSync(path)), drops };
    },
  };
}

interface Segment {
  readonly seq: number;
  readonly payload: Buffer;
}

function read(file: Buffer): Omit<Captured, "drops"> {
  const frames: Buffer[] = [];
  const datagrams: Datagram[] = [];
  const flows = new Map<string, Segment[]>();
  for (let at = 0; at < file.length;) {
    const atMs = file.readDoubleBE(at) * 1_000;
    const length = file.readUInt32BE(at + 8);
    const frame = file.subarray(at + 12, at + 12 + length);
    at += 12 + length;
    frames.push(frame);
    if (frame.readUInt16BE(12) !== TYPE_IPV4) continue;
    const packet = frame.subarray(ETHERNET_BYTES, ETHERNET_BYTES + frame.readUInt16BE(ETHERNET_BYTES + 2));
    const body = packet.subarray(((packet[0] ?? 0) & 15) * 4);
    const [from, to] = [packet.subarray(12, 16).join("."), packet.subarray(16, 20).join(".")];
    if (packet[9] === UDP) {
      datagrams.push({ atMs, from, to, toPort: body.readUInt16BE(2), payload: body.subarray(8) });
    } else if (packet[9] === TCP) {
      const name = `${from} ${body.readUInt16BE(0)} ${to} ${body.readUInt16BE(2)}`;
      const flow = flows.get(name) ?? [];
      flows.set(name, flow);
      flow.push({ seq: body.readUInt32BE(4), payload: body.subarray(((body[12] ?? 0) >> 4) * 4) });
    }
  }
  return { frames, datagrams, streams: [...flows.values()].map(assemble) };
}

/** In order of sequence numbers, what was sent twice once. RFC 9293 §3.4. */
function assemble(segments: readonly Segment[]): Buffer {
  const [first] = segments;
  if (!first) return Buffer.alloc(0);
  const placed = segments
    .filter(({ payload }) => payload.length > 0)
    .map(({ seq, payload }) => ({ at: (seq - first.seq) | 0, payload }))
    .sort((a, b) => a.at - b.at);
  const pieces: Buffer[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { at, payload } of placed) {
    const fresh = payload.subarray(Math.max(0, end - at));
    if (fresh.length > 0) pieces.push(fresh);
    end = Math.max(end, at + payload.length);
  }
  return Buffer.concat(pieces);
}
