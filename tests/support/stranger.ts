/** Somebody who speaks TLS as nodes do, and then whatever the test says: frames by hand, bytes, nothing. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { Connect } from "./surface.ts";

/** spec/link LK1-LK2. */
export const linkTls = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ecdhCurve: "X25519MLKEM768",
  ciphers: "TLS_AES_256_GCM_SHA384",
} as const;

/** spec/handshake: version, then 256 entries of 16 bytes. */
export const PROOF_FRAME_BYTES = 4_097;
export const frameType = { proof: 1, order: 2, sign: 3 } as const;

export interface HeardFrame {
  readonly type: number;
  readonly payload: Buffer;
}

export interface Stranger {
  readonly socket: TLSSocket;
  readonly raw: Duplex;
  readonly frames: readonly HeardFrame[];
  /** DER of the certificate that the node showed. */
  readonly certificate: Buffer;
  /** spec/link: what both ends derive from this one connection. */
  exporter(label: string): Buffer;
  send(type: number, payload: Uint8Array): void;
  write(bytes: Uint8Array): void;
  until(what: string, condition: () => boolean, withinMs?: number): Promise<void>;
  readonly closed: Promise<void>;
  close(): void;
}

export function frame(type: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + 1);
  head[4] = type;
  return Buffer.concat([head, payload]);
}

/** Rejects when the node does not finish the handshake. */
export async function knock(connect: Connect, host: string, port: number): Promise<Stranger> {
  const raw = connect(host, port);
  const socket = connectTls({
    ...linkTls,
    socket: raw,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await Promise.race([
    once(socket, "secureConnect"),
    closed.then(() => {
      throw new Error("the node hung up");
    }),
  ]);
  const frames: HeardFrame[] = [];
  const waiting = new Set<() => void>();
  let rest: Buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 5 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      frames.push({ type: rest[4] ?? 0, payload: rest.subarray(5, end) });
      rest = rest.subarray(end);
    }
    for (const wake of waiting) wake();
  });
  void closed.then(() => {
    for (const wake of waiting) wake();
  });
  const secret = socket.exportKeyingMaterial(32, "EXPORTER-kith-v1-link", Buffer.alloc(0));
  return {
    socket,
    raw,
    frames,
    certificate: socket.getPeerCertificate(true).raw,
    exporter: (label) => createHmac("sha256", secret).update(label).digest(),
    send: (type, payload) => void socket.write(frame(type, payload)),
    write: (bytes) => void socket.write(bytes),
    until(what, condition, withinMs = 8_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(wake);
          reject(new Error(`never came within ${withinMs} ms: ${what}`));
        }, withinMs);
        const wake = (): void => {
          if (!condition()) return;
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
        wake();
      });
    },
    closed,
    close: () => socket.destroy(),
  };
}
