/**
 * Datagrams of the local networks over UDP. One socket hears the beacon port, shared by all nodes of the
 * machine; another, on a port of its own, announces, answers and hears answers. Knows nothing of what the
 * datagrams say; refuses all of another size and more than a bounded rate. IPv4 only: a beacon by IPv6
 * multicast needs joining each interface by name, which fails in ways that differ by system. spec/link LN.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Clock, Discovery, Log, PeerAddress } from "@kith/core/ports";
import { createIntake, type Intake } from "./intake.ts";
import { findOutlets, readInterfaces, type Interfaces, type Outlets } from "./interfaces.ts";
import { DATAGRAM_BYTES, LAN_PORT, RECEIVE_BUFFER_BYTES, SEND_PENDING_MAX, TOLD_MAX } from "./limits.ts";

export interface LanDiscoveryOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The beacon port, equal on all nodes that are to meet. Default 5484. */
  readonly port?: number;
  /** This machine's interfaces; asked at each announcement. */
  readonly interfaces?: () => Interfaces;
}

/** Counts since creation. */
export interface LanCounts {
  readonly received: number;
  /** Of another size than 1,200 bytes. */
  readonly malformed: number;
  /** Beyond the rate of a source or of all. */
  readonly excess: number;
  readonly sendFailures: number;
}

export interface LanDiscovery extends Discovery {
  /** Tells that this host has sent something authentic: it keeps its share while others flood. */
  favour(host: string): void;
  counts(): LanCounts;
}

export class LanError extends Error {
  readonly code: "LAN_PORT_BUSY" | "LAN_SOCKET";
  constructor(code: LanError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LanError";
    this.code = code;
  }
}

interface Sockets {
  readonly shared: Socket;
  readonly own: Socket;
  readonly ownPort: number;
}

export function createLanDiscovery(options: LanDiscoveryOptions): LanDiscovery {
  const { clock, log, port = LAN_PORT, interfaces = readInterfaces } = options;
  const intake: Intake = createIntake(clock.monotonicMs());
  const counts = { received: 0, malformed: 0, excess: 0, sendFailures: 0 };
  /** Failures told already, so that an interface that is down for days fills no log. */
  const told = new Set<string>();
  let outlets: Outlets = { broadcasts: [], own: new Set() };
  let sockets: Sockets | null = null;
  let starting: Promise<void> | null = null;

  function receiveWith(onDatagram: (datagram: Uint8Array, from: PeerAddress) => void) {
    return (datagram: Buffer, from: RemoteInfo): void => {
      if (datagram.length !== DATAGRAM_BYTES) {
        counts.malformed += 1;
        return;
      }
      // Our own broadcast, come back. One forged so is lost, which is no more than its sender could do anyway.
      if (from.port === sockets?.ownPort && outlets.own.has(from.address)) return;
      if (!intake.take(from.address, clock.monotonicMs())) {
        counts.excess += 1;
        return;
      }
      counts.received += 1;
      onDatagram(new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length), {
        host: from.address,
        port: from.port,
      });
    };
  }

  function tellOnce(to: string, error: NodeJS.ErrnoException): void {
    counts.sendFailures += 1;
    const what = `${to} ${error.code}`;
    if (told.has(what) || told.size >= TOLD_MAX) return;
    told.add(what);
    log.info("lan:send-failed", { to, code: error.code });
  }

  function send(datagram: Uint8Array, to: string, toPort: number): void {
    if (sockets === null) return;
    if (sockets.own.getSendQueueCount() >= SEND_PENDING_MAX) {
      counts.sendFailures += 1;
      return;
    }
    sockets.own.send(datagram, toPort, to, (error) => {
      if (error !== null) tellOnce(to, error);
    });
  }

  async function open(onDatagram: (datagram: Uint8Array, from: PeerAddress) => void): Promise<void> {
    const receive = receiveWith(onDatagram);
    // Shared: every node of this machine hears each broadcast.
    const shared = await bindSocket(port, { reuseAddr: true });
    let own: Socket;
    try {
      own = await bindSocket(0, { reuseAddr: false });
    } catch (error) {
      await closeSocket(shared);
      throw error;
    }
    own.setBroadcast(true);
    outlets = findOutlets(interfaces());
    sockets = { shared, own, ownPort: own.address().port };
    for (const socket of [shared, own]) {
      // A later error of a socket (an interface going down) is the network's; the next announcement tries again.
      socket.on("error", (error: NodeJS.ErrnoException) => tellOnce("socket", error));
      socket.on("message", receive);
    }
  }

  return {
    start(onDatagram) {
      starting ??= open(onDatagram).catch((error: unknown) => {
        starting = null;
        throw error;
      });
      return starting;
    },
    announce(datagram) {
      if (sockets === null) return;
      outlets = findOutlets(interfaces());
      // The kernel takes it after this call; its owner may use the buffer again before.
      const copy = Buffer.from(datagram);
      for (const broadcast of outlets.broadcasts) send(copy, broadcast, port);
    },
    answer(datagram, to) {
      send(Buffer.from(datagram), to.host, to.port);
    },
    favour: (host) => intake.favour(host),
    counts: () => ({ ...counts }),
    async stop() {
      await starting?.catch(() => {});
      starting = null;
      const closing = sockets;
      sockets = null;
      if (closing !== null) await Promise.all([closeSocket(closing.shared), closeSocket(closing.own)]);
    },
  };
}

function bindSocket(port: number, { reuseAddr }: { reuseAddr: boolean }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: "udp4", reuseAddr, recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      socket.close();
      reject(
        cause.code === "EADDRINUSE"
          ? new LanError(
              "LAN_PORT_BUSY",
              `UDP port ${port} is held by a program that does not share it; stop that program, or give addresses of others by hand`,
              { cause },
            )
          : new LanError(
              "LAN_SOCKET",
              `no datagram socket on port ${port}: ${cause.code}; check this device's network`,
              { cause },
            ),
      );
    });
    socket.bind({ port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
