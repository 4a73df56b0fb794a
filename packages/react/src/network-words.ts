/** What the log says about the network, in plain words. Pure; anything it does not know is left out. */
import type { LogEntry } from "@kith/contract";
import type { NetworkLine, Phase } from "./types.ts";

/** An evening's worth of comings and goings; the node itself keeps no more of it for a page. */
export const NETWORK_LINES_MAX = 200;

const healthWords: Readonly<Record<string, string>> = {
  excellent: "The network is excellent",
  good: "The network is good",
  poor: "The network is poor: links are slow or were lost",
  offline: "No other device is reachable",
};

const pathWords: Readonly<Record<string, string>> = {
  lan: "on this network",
  direct: "directly",
  relay: "by relay",
  tor: "by Tor",
  hub: "by a hub",
};

const phaseWords: Readonly<Record<Phase, string>> = {
  starting: "This page has opened",
  connecting: "The connection to this node was lost",
  connected: "Connected to this node",
  stopped: "This node does not answer: it has stopped",
  locked: "This node is locked: nothing is sent or received",
  "signed-out": "This browser is signed out of this node",
};

type Facts = Readonly<Record<string, unknown>>;

const textOf = (facts: Facts, key: string): string => (typeof facts[key] === "string" ? facts[key] : "");

/** Named when it is read, not when it was heard: the name may come a moment later. */
export type NameOf = (person: string) => string | null;

export interface NetworkEvent extends Pick<NetworkLine, "at" | "type"> {
  say(nameOf: NameOf): string;
}

const whoIn = (facts: Facts, nameOf: NameOf): string =>
  nameOf(textOf(facts, "person")) ?? (textOf(facts, "name") || "Somebody");

function describePeer(facts: Facts, nameOf: NameOf): string {
  const name = whoIn(facts, nameOf);
  if (facts["state"] === "lost") return `${name}’s device is no longer reachable`;
  const path = pathWords[textOf(facts, "path")];
  return `${name}’s device is reachable${path === undefined ? "" : ` ${path}`}`;
}

function describeSpace(facts: Facts): string | null {
  switch (facts["change"]) {
    case "invite":
      return "An invite was made";
    case "invite-revoked":
      return "An invite was withdrawn";
    case "renamed":
      return "A space has another name";
    case "restored-met":
      return "Somebody was met who knows what was deleted since the backup";
    case "overturned":
      return "A removal or demotion was undone";
    case "device-forked":
      return "A device told two different stories";
    case "device-suspended":
      return "A device was suspended: it told two different stories";
    default:
      return null;
  }
}

export function describeEntry({ type, at, data }: LogEntry): NetworkEvent | null {
  const facts = (data ?? {}) as Facts;
  const atMs = Date.parse(at);
  switch (type) {
    case "peer":
      return { at: atMs, type, say: (nameOf) => describePeer(facts, nameOf) };
    case "network": {
      const text = healthWords[textOf(facts, "health")];
      return text === undefined ? null : { at: atMs, type, say: () => text };
    }
    case "space": {
      if (facts["change"] === "member")
        return { at: atMs, type, say: (nameOf) => `${whoIn(facts, nameOf)} joined a space` };
      if (facts["change"] === "member-removed")
        return { at: atMs, type, say: (nameOf) => `${whoIn(facts, nameOf)} was removed from a space` };
      if (facts["change"] === "member-left")
        return { at: atMs, type, say: (nameOf) => `${whoIn(facts, nameOf)} left a space` };
      const text = describeSpace(facts);
      return text === null ? null : { at: atMs, type, say: () => text };
    }
    default:
      return null;
  }
}

export function describePhase(phase: Phase, at: number): NetworkEvent {
  return { at, type: "node", say: () => phaseWords[phase] };
}

export function addEvent(events: readonly NetworkEvent[], event: NetworkEvent): readonly NetworkEvent[] {
  return [...events, event].slice(-NETWORK_LINES_MAX);
}
