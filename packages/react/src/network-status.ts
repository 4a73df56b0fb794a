/**
 * How the node stands, for any page: shape, words and colour, never colour alone. Colours are the page's where it sets
 * --kith-status-ok, -warn, -bad, -text, -muted and -line, else fit light and dark by themselves.
 */
import { createElement as h, memo } from "react";
import type { CSSProperties, ReactElement } from "react";
import { useP2PConnection } from "./hooks.ts";
import type { BoardConnection } from "./types.ts";

export type NetworkLevel = "ok" | "warn" | "bad";

export interface NetworkSummary {
  readonly level: NetworkLevel;
  readonly words: string;
}

type Peer = BoardConnection["peers"][number];

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

/** One line about a connection, in plain words. */
export function describeConnection(
  connection: Pick<BoardConnection, "isConnecting" | "isConnected" | "phase" | "networkStatus" | "peers">,
): NetworkSummary {
  const { networkStatus: status, peers } = connection;
  if (connection.phase === "signed-out") return { level: "bad", words: "Signed out of this node" };
  if (connection.phase === "stopped") return { level: "bad", words: "This node has stopped" };
  if (connection.phase === "locked") return { level: "warn", words: "This node is locked" };
  if (connection.phase === "connected" && status?.online === false)
    return { level: "warn", words: "Off the network" };
  if (!connection.isConnected)
    return { level: "warn", words: connection.isConnecting ? "Connecting to this node" : "Not connected" };
  const inReach = peers.filter(({ connected }) => connected).length;
  if (inReach === 0) return { level: "warn", words: "No other device is reachable" };
  const isPoor = status?.networkHealth === "poor";
  return {
    level: isPoor ? "warn" : "ok",
    words: `${count(inReach, "device")} reachable${isPoor ? ", the network is poor" : ""}`,
  };
}

const colours: Readonly<Record<NetworkLevel, string>> = {
  ok: "var(--kith-status-ok, light-dark(#0b6b3a, #6fd69a))",
  warn: "var(--kith-status-warn, light-dark(#7a5200, #f0c060))",
  bad: "var(--kith-status-bad, light-dark(#a3262a, #ff9b95))",
};
const shapes: Readonly<Record<NetworkLevel, ReactElement>> = {
  ok: h("circle", { cx: 5, cy: 5, r: 4 }),
  warn: h("path", { d: "M5 1 9.5 9h-9z" }),
  bad: h("rect", { x: 1, y: 1, width: 8, height: 8 }),
};
const muted = "var(--kith-status-muted, light-dark(#4a5560, #a9b4be))";
const line = "1px solid var(--kith-status-line, light-dark(#d5dbe0, #3a444d))";
const base: CSSProperties = {
  color: "var(--kith-status-text, light-dark(#15202a, #e8eef2))",
  font: "inherit",
};

const Mark = memo(function Mark({ level }: { level: NetworkLevel }): ReactElement {
  return h(
    "svg",
    { viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": true, fill: colours[level] },
    shapes[level],
  );
});

function summaryLine(connection: BoardConnection): ReactElement {
  const { level, words } = describeConnection(connection);
  const style: CSSProperties = { ...base, display: "inline-flex", alignItems: "center", gap: "0.5em" };
  return h(
    "span",
    { role: "status", "data-level": level, style },
    h(Mark, { level }),
    h("span", null, words),
  );
}

const paths: Readonly<Record<Peer["path"], string>> = {
  lan: "local network",
  direct: "direct",
  relay: "by relay",
  tor: "by Tor",
  hub: "by a hub",
};

const PeerLine = memo(function PeerLine({ name, where }: { name: string; where: string }): ReactElement {
  const style: CSSProperties = { display: "flex", gap: "1em", justifyContent: "space-between" };
  return h("li", { style }, h("bdi", null, name), h("span", { style: { color: muted } }, where));
});

function whereIs({ connected, path, rttMs }: Peer): string {
  if (!connected) return "not reachable now";
  return rttMs === null ? paths[path] : `${paths[path]}, ${Math.max(1, Math.round(rttMs))} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
}

function facts({ networkStatus: status }: BoardConnection): readonly (readonly [string, string])[] {
  if (status === null) return [];
  const { networkHealth: health } = status;
  return [
    ["Network", `${health.slice(0, 1).toUpperCase()}${health.slice(1)}`],
    ["Messages here", status.messagesSynced.toLocaleString("en")],
    ["Storage", megabytes(status.storageUsed)],
  ];
}

export interface P2PNetworkStatusProps {
  /** compact (default): one line. detailed: that line, figures of the node, and its devices. */
  readonly variant?: "compact" | "detailed";
}

export function P2PNetworkStatus({ variant = "compact" }: P2PNetworkStatusProps): ReactElement {
  const connection = useP2PConnection();
  if (variant === "compact") return summaryLine(connection);
  const row: CSSProperties = { display: "flex", gap: "1em", justifyContent: "space-between" };
  const known = facts(connection);
  return h(
    "section",
    { "aria-label": "Network", style: { ...base, border: line, borderRadius: 8, padding: "0.75em 1em" } },
    summaryLine(connection),
    known.length > 0 &&
      h(
        "dl",
        { style: { margin: "0.75em 0 0" } },
        known.map(([name, value]) =>
          h(
            "div",
            { key: name, style: row },
            h("dt", { style: { color: muted } }, name),
            h("dd", { style: { margin: 0 } }, value),
          ),
        ),
      ),
    connection.peers.length > 0 &&
      h(
        "ul",
        { "aria-label": "Devices", style: { listStyle: "none", margin: "0.75em 0 0", padding: 0 } },
        connection.peers.map((peer) => h(PeerLine, { key: peer.id, name: peer.name, where: whereIs(peer) })),
      ),
  );
}
