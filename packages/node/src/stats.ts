/** The figures of a running node, gathered from its parts when somebody asks. */
import type { DeviceId } from "@kith/core";
import { sumTimes } from "./latencies.ts";
import type { Times } from "./latencies.ts";
import type { NodeParts } from "./node.ts";
import type { Flow } from "./traffic.ts";

export interface PeerStats {
  readonly id: DeviceId;
  readonly connectedS: number;
  readonly rttMs: number | null;
  readonly inSync: boolean;
  readonly reputation: number;
  readonly queuedBytes: number;
  readonly rounds: number;
  readonly sent: Flow;
  readonly received: Flow;
}

export interface NodeStats {
  readonly events: number;
  readonly messages: number;
  readonly storageUsed: number;
  readonly sent: Flow;
  readonly received: Flow;
  readonly duplicates: number;
  readonly refused: number;
  /** Reconciliations that either side began. */
  readonly rounds: number;
  readonly queues: {
    readonly ingest: number;
    readonly waitingForCauses: number;
    readonly waitingForKeys: number;
    readonly outgoingBytes: number;
  };
  readonly latencies: { readonly commit: Times; readonly roundTrip: Times };
  readonly peers: readonly PeerStats[];
}

export function gatherStats({ options, ingest, ledger, swarm, traffic }: NodeParts): NodeStats {
  const { events, messages, bytes } = options.store.stats();
  const counts = ingest.counts;
  const nowMs = options.clock.nowMs();
  const reputations = new Map(swarm.peers().map(({ id, reputation }) => [id, reputation]));
  const peers = [...swarm.exchanges()].map(({ session, inSync }): PeerStats => ({
    id: session.device,
    connectedS: Math.max(0, Math.floor((nowMs - session.openedAtMs) / 1_000)),
    rttMs: session.rttMs === null ? null : Math.round(session.rttMs * 1_000) / 1_000,
    inSync,
    reputation: reputations.get(session.device) ?? 100,
    queuedBytes: session.link.queuedBytes,
    rounds: session.traffic.rounds,
    sent: session.traffic.sent,
    received: session.traffic.received,
  }));
  return {
    events,
    messages,
    storageUsed: bytes,
    sent: traffic.sent,
    received: traffic.received,
    duplicates: counts.duplicates,
    refused: counts.refused,
    rounds: traffic.rounds,
    queues: {
      ingest: counts.inPipeline,
      waitingForCauses: counts.waiting,
      waitingForKeys: counts.locked,
      outgoingBytes: peers.reduce((sum, { queuedBytes }) => sum + queuedBytes, 0),
    },
    latencies: {
      commit: ledger.commitTimes.sum(),
      roundTrip: sumTimes(peers.flatMap(({ rttMs }) => rttMs ?? [])),
    },
    peers,
  };
}
