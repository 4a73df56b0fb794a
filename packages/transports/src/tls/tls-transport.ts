/**
 * Links over TLS 1.3 and TCP, for addresses that can be reached directly. Owns sockets: listening,
 * dialling, admission and their end. It identifies nobody. spec/link.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Clock, Link, LinkRole, Log, PeerAddress, Random, Transport } from "@kith/core/ports";
import { LinkError } from "../link-error.ts";
import { createFramedLink } from "../wire/framed-link.ts";
import { createAdmission } from "./admission.ts";
import { createLinkCertificate } from "./certificate.ts";
import { dialTls } from "./dial.ts";
import { CERTIFICATE_MS, HANDSHAKE_TIMEOUT_MS, LISTEN_BACKLOG } from "./limits.ts";
import { findTlsFault, tlsParameters } from "./parameters.ts";
import { createSocketWire } from "./socket-wire.ts";

export interface TlsTransportOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where to listen. Default: every address, IPv6 and IPv4 ("::", or "0.0.0.0" where there is no IPv6). */
  readonly host?: string;
  /** Preferred port. Default 0: any. */
  readonly port?: number;
}

interface OpenLink {
  readonly link: Link;
  readonly gone: Promise<void>;
}

export function createTlsTransport({ clock, random, log, host, port = 0 }: TlsTransportOptions): Transport {
  const admission = createAdmission();
  /** Accepted and not yet secured, by connection; the call counts it as secured. */
  const halfOpen = new Map<string, { raw: Socket; secured: () => void }>();
  const open = new Set<OpenLink>();
  const closing = new AbortController();
  let server: Server | null = null;

  function makeLink(socket: TLSSocket, role: LinkRole, remote: PeerAddress): Link {
    const { wire, bind } = createSocketWire(socket);
    const { link, end } = createFramedLink({ clock, role, remote, wire });
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const entry: OpenLink = { link, gone };
    open.add(entry);
    bind(end);
    socket.once("close", () => open.delete(entry));
    return link;
  }

  function acceptWith(onLink: (link: Link) => void): (raw: Socket) => void {
    // Never listens itself: sockets are handed to it once they are admitted.
    const handshakes = createTlsServer({ ...tlsParameters, ...createLinkCertificate(random) });
    let certifiedMs = clock.monotonicMs();
    handshakes.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      log.debug("link:handshake-failed", { code: error.code });
      socket.destroy();
    });
    handshakes.on("secureConnection", (socket) => {
      halfOpen.get(connectionName(socket))?.secured();
      const fault = findTlsFault(socket, "acceptor");
      const remote = { host: plainHost(socket.remoteAddress), port: socket.remotePort ?? 0 };
      if (fault !== null || remote.host === "" || closing.signal.aborted) {
        socket.destroy();
        return;
      }
      onLink(makeLink(socket, "acceptor", remote));
    });

    return (raw) => {
      // Someone who hangs up at once is no error of ours.
      raw.on("error", () => {});
      const admitted = admission.admit(plainHost(raw.remoteAddress));
      if (admitted === null) {
        raw.destroy();
        return;
      }
      // By age and not for each connection: making one costs more than whoever merely connects should cause.
      if (clock.monotonicMs() - certifiedMs >= CERTIFICATE_MS) {
        handshakes.setSecureContext({ ...tlsParameters, ...createLinkCertificate(random) });
        certifiedMs = clock.monotonicMs();
      }
      const name = connectionName(raw);
      const cancelTimeout = clock.after(HANDSHAKE_TIMEOUT_MS, () => raw.destroy());
      const secured = (): void => {
        cancelTimeout();
        halfOpen.delete(name);
        admitted.secured();
      };
      halfOpen.set(name, { raw, secured });
      raw.once("close", () => {
        secured();
        admitted.closed();
      });
      handshakes.emit("connection", raw);
    };
  }

  return {
    path: "lan",
    async listen(onLink) {
      if (closing.signal.aborted) throw closedError();
      if (server !== null)
        throw new LinkError("LINK_LISTENING", "this transport listens already; close it first");
      const accept = acceptWith(onLink);
      const made = createServer({ noDelay: true }, accept);
      server = made;
      try {
        await bindServer(made, host, port);
      } catch (error) {
        server = null;
        throw error;
      }
      const bound = made.address();
      return { port: typeof bound === "object" && bound !== null ? bound.port : port };
    },
    async dial(address, { signal }) {
      if (closing.signal.aborted) throw closedError();
      return dialTls({
        clock,
        address,
        signal: AbortSignal.any([signal, closing.signal]),
        make: (socket) => makeLink(socket, "dialer", address),
      });
    },
    async close() {
      closing.abort(closedError());
      const ends: Promise<unknown>[] = [...open].map(({ gone }) => gone);
      if (server !== null) {
        const listening = server;
        server = null;
        ends.push(new Promise<void>((resolve) => listening.close(() => resolve())));
      }
      for (const { raw } of halfOpen.values()) raw.destroy();
      for (const { link } of open) link.close("transport-closed");
      await Promise.all(ends);
    },
  };
}

/** Without `host`: both families, or IPv4 alone where the machine has no IPv6. */
async function bindServer(server: Server, host: string | undefined, port: number): Promise<void> {
  try {
    await bindOnce(server, host ?? "::", port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host !== undefined || (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL"))
      throw bindError(error, port);
    try {
      await bindOnce(server, "0.0.0.0", port);
    } catch (again) {
      throw bindError(again, port);
    }
  }
}

function bindOnce(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: LISTEN_BACKLOG, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function bindError(cause: unknown, port: number): LinkError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    return new LinkError("LINK_PORT_BUSY", `port ${port} is taken; choose another, or 0 for any`, { cause });
  }
  return new LinkError("LINK_UNREACHABLE", `cannot listen on port ${port}: ${code}; check the address`, {
    cause,
  });
}

function closedError(): LinkError {
  return new LinkError("LINK_CLOSED", "the transport is closed; create another");
}

/** The four parts that tell a live TCP connection from every other; equal on a socket and the TLS over it. */
function connectionName(socket: Socket): string {
  return `${socket.localAddress} ${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`;
}

/** IPv4 in its own form even where it came through an IPv6 socket, so that one host has one name. */
function plainHost(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
