/** The state of node and network as people are told it. A stopped node and an empty network are two things. */
import type { Phase, Status } from "@kith/react";
import { countOf } from "../parts/count-words.ts";
import type { Level } from "../parts/status.tsx";

export interface ConnectionWords {
  readonly level: Level;
  readonly title: string;
  readonly detail: string;
}

export interface ConnectionFacts {
  readonly phase: Phase;
  readonly status: Status | null;
  readonly peers: readonly {
    readonly connected: boolean;
    readonly shared: boolean;
    readonly inSync: boolean;
    readonly path: string;
  }[];
}

/** Of a history short enough to come at a glance no figure is worth reading. */
const RECEIVING_TOLD_MIN = 500;

function describeReceiving(status: Status | null): string | null {
  const receiving = status?.receiving ?? null;
  if (receiving === null || receiving.of - receiving.have < RECEIVING_TOLD_MIN) return null;
  return `${receiving.have.toLocaleString()} of ${receiving.of.toLocaleString()} received`;
}

export function describeConnection({ phase, status, peers }: ConnectionFacts): ConnectionWords {
  if (phase === "stopped")
    return { level: "bad", title: "This node has stopped", detail: "Start it again; nothing is lost" };
  if (phase === "locked")
    return { level: "warn", title: "This node is locked", detail: "Nothing is sent or received" };
  if (phase === "starting" || phase === "connecting")
    return { level: "warn", title: "Connecting", detail: "To the node on this device" };
  if (status?.online === false)
    return { level: "idle", title: "Off the network", detail: "You took this device off it" };
  const linked = peers.filter(({ connected, shared }) => connected && shared);
  if (linked.length === 0)
    return {
      level: "idle",
      title: "No other device reachable",
      detail: "Messages are saved here and go out later",
    };
  const relayed = linked.filter(({ path }) => path === "relay" || path === "tor").length;
  const devices = `${countOf(linked.length, "device")} reachable`;
  const detail = relayed === 0 ? devices : `${devices}, ${relayed} by relay`;
  const behind = linked.filter(({ inSync }) => !inSync).length;
  if (behind > 0) return { level: "warn", title: "Catching up", detail: describeReceiving(status) ?? detail };
  return { level: "ok", title: "Up to date", detail };
}
