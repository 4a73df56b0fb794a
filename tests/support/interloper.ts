/**
 * Stands between two nodes that believe to speak to each other: ends the encryption of both, passes their
 * frames on and keeps them. What it must not achieve is that either takes the other's proofs.
 */
import { randomBytes } from "node:crypto";
import { connect as connectTls, createServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { createLinkCertificate } from "@kith/transports/tls";
import { linkTls } from "./stranger.ts";

export interface Interloper {
  readonly port: number;
  /** What the one who called here sent, in order. */
  readonly fromCaller: Buffer;
  readonly fromCalled: Buffer;
  /** Resolves once both sides of the first connection are closed. */
  readonly parted: Promise<void>;
  close(): void;
}

export async function openInterloper(called: {
  readonly host: string;
  readonly port: number;
}): Promise<Interloper> {
  const certificate = createLinkCertificate({ bytes: (length) => new Uint8Array(randomBytes(length)) });
  const kept = { caller: Buffer.alloc(0), called: Buffer.alloc(0) };
  const sockets = new Set<TLSSocket>();
  const parted = Promise.withResolvers<void>();
  let calls = 0;
  const server = createServer({ ...linkTls, ...certificate }, (near) => {
    // The caller tries again; one recording is enough.
    if ((calls += 1) > 1) {
      near.destroy();
      return;
    }
    const far = connectTls({
      ...linkTls,
      ...called,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    let open = 2;
    for (const [one, other, name] of [
      [near, far, "caller"],
      [far, near, "called"],
    ] as const) {
      sockets.add(one);
      one.on("data", (bytes: Buffer) => {
        kept[name] = Buffer.concat([kept[name], bytes]);
        other.write(bytes);
      });
      one.on("error", () => {});
      one.on("close", () => {
        other.end();
        if ((open -= 1) === 0) parted.resolve();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get fromCaller() {
      return kept.caller;
    },
    get fromCalled() {
      return kept.called;
    },
    parted: parted.promise,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
