/** What the swarm works with: ways to other devices, and whom it tells. */
import type {
  Clock,
  Discovery,
  EventStore,
  Frame,
  HandshakeResult,
  Identity,
  InviteId,
  Log,
  LogDraft,
  PeerAddress,
  ProofKey,
  Random,
  Transport,
} from "@kith/core";
import type { BeaconVoice } from "./beacon.ts";
import type { Exchange } from "./exchange.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import type { Ledger } from "./ledger.ts";
import type { CommitExtras } from "./ledger-types.ts";
import type { PeerSession } from "./peer-session.ts";
import type { Repair, RepairOptions } from "./repair.ts";
import type { Swarm } from "./swarm.ts";
import type { Traffic } from "./traffic.ts";

export interface SwarmOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly identity: () => Identity;
  readonly openTransport: (preferredPort: number | null) => Transport;
  readonly openDiscovery: (() => Discovery) | null;
  readonly peers: readonly PeerAddress[];
  readonly exchangeHost: (
    swarm: Swarm,
  ) => Omit<ExchangeHost, "onFault" | "onHello" | "onStateChanged" | "partings" | "peerPort">;
  readonly createRepair: (network: Pick<RepairOptions, "send" | "linkTo" | "near">) => Repair;
  readonly onBeat: () => void;
  /** Scopes and joins to speak of, in turn. */
  readonly voices: () => readonly BeaconVoice[];
  /** Invites that may be answered for. */
  readonly listens: () => readonly BeaconVoice[];
  readonly proofKeys: () => readonly ProofKey[];
  readonly nameOf: (peer: HandshakeResult) => string;
  readonly learnName: (peer: HandshakeResult, name: string) => void;
  /** The invite was handed to this link's person, who may ask over any link. */
  readonly isAskedFor: (session: PeerSession, invite: InviteId) => boolean;
  /** Counts what all links carry. */
  readonly traffic: Traffic;
  /** Frames of the session that the exchange stands on. */
  readonly onFrame: (exchange: Exchange, frame: Frame) => void;
  /** meta: what is kept with it. */
  readonly record: (drafts: readonly LogDraft[], meta?: NonNullable<CommitExtras["meta"]>) => void;
}
