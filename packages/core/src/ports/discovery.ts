import type { PeerAddress } from "./link.ts";

/** Sends and hears datagrams of the local networks. Knows nothing of what they say. */
export interface Discovery {
  /** Opens the sockets. May be started again after stop. */
  start(onDatagram: (datagram: Uint8Array, from: PeerAddress) => void): Promise<void>;
  /** One datagram to the directed broadcast address of every interface. */
  announce(datagram: Uint8Array): void;
  /** One datagram to one address, sent from the same private unicast port that announce sends from. */
  answer(datagram: Uint8Array, to: PeerAddress): void;
  /** This host has sent something authentic: it keeps its share while others flood. */
  favour?(host: string): void;
  stop(): Promise<void>;
}
