import type {
  Box,
  Clock,
  Discovery,
  EventStore,
  Log,
  PeerAddress,
  Random,
  SignatureVerifier,
  SyncRung,
  Transport,
} from "@kith/core";
import type { Visibility } from "./service.ts";

/** Everything a node needs from outside. The daemon and the simulator fill it, each in its own way. */
export interface NodeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: EventStore;
  readonly box: Box;
  readonly verifier: SignatureVerifier;
  /** Opens the family of direct links; called again whenever the node comes back on the network. */
  readonly openTransport: (preferredPort: number | null) => Transport;
  /** null: no local discovery (`--lan off`). */
  readonly openDiscovery: (() => Discovery) | null;
  /** Addresses of this host that an invite may hint at. */
  readonly localHosts: () => readonly string[];
  /** Memory and disk facts that only a composition root can read; asked by status and doctor. */
  readonly hostFacts: () => HostFacts;
  readonly version: string;
  /** Used when the device is new; later `rename` changes it. */
  readonly name: string;
  /** Dialled until they answer, for ever. */
  readonly peers: readonly PeerAddress[];
  readonly visibility: Visibility;
  /** Of spaces joined from now on, messages of so many days before are kept; null or left out: all. */
  readonly historyDays?: number | null;
  /** Left out: all. */
  readonly ways?: Ways;
  /** Tells the store's file from a copy of it, the same at each start; left out: cannot be told. spec/identity ID43. */
  readonly storePlace?: string;
  /** The store was brought to where it is, and nothing was written elsewhere since. */
  readonly isMoved?: boolean;
}

/** By which ways content may travel; all of them unless a test or a measurement takes some away. */
export interface Ways {
  /** New events at once over open links, and what neighbours may lack of others'. */
  readonly push: boolean;
  /** Content over links at all. Without it control, joins and keys still go there: their events fit no datagram. */
  readonly streams: boolean;
  /** By which rungs reconciliations look for a difference, in this order; left out: all but filters. spec/sync SY37. */
  readonly rungs?: readonly SyncRung[];
  /** Share of missing events that a Bloom filter may hide. Left out: core's. */
  readonly bloomRate?: number;
}

export const ALL_WAYS: Ways = { push: true, streams: true };

export interface HostFacts {
  readonly freeDiskBytes: number | null;
  /** IPv4 addresses with their interface, loopback included. */
  readonly interfaces: readonly {
    readonly name: string;
    readonly address: string;
    readonly loopback: boolean;
  }[];
}
