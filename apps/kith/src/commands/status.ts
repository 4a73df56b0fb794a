/** `kith status` and `kith peers`: how the node is and whom it is linked to. */
import type { Peer, Status } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { exitCodes } from "../cli/failure.ts";
import { columns, plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

const storageWords = { ok: "", full: ", the disk is full", failing: ", the disk fails" } as const;

export const status: Command = async ({ paths, terminal }) => {
  const { client, file } = await requireNode(paths);
  const now = await client.status();
  if (terminal.json) terminal.object(now);
  else for (const line of describeStatus(now, file.url, terminal)) terminal.line(line);
  return exitCodes.done;
};

export const peers: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const list = await client.peers();
  if (terminal.json) terminal.object(list);
  else if (list.items.length === 0)
    terminal.line("Linked to no other device. `kith doctor` says what may be the reason.");
  else for (const line of columns(list.items.map(describePeer))) terminal.line(line);
  return exitCodes.done;
};

const healthTint = { excellent: "ok", good: "ok", poor: "warn", offline: "bad" } as const;

function describeStatus(now: Status, url: string, terminal: Terminal): string[] {
  const health = terminal.tint(healthTint[now.networkHealth], now.networkHealth);
  const links = now.online ? `${now.connectedPeers} linked, network ${health}` : "off the network";
  const rows = [
    ["name", plain(now.name)],
    ["device", now.nodeId],
    ["address", url],
    ["devices", links],
    ["spaces", String(now.spaces)],
    ...(now.historyDays === null
      ? []
      : [
          [
            "history",
            `of spaces joined from now on the last ${now.historyDays === 1 ? "day" : `${now.historyDays} days`}`,
          ],
        ]),
    [
      "messages",
      `${now.messagesSynced} here${now.waitingForKeys > 0 ? `, ${now.waitingForKeys} waiting for keys` : ""}`,
    ],
    ...(now.receiving
      ? [["receiving", `${now.receiving.have} of ${countOf(now.receiving.of, "event")}`]]
      : []),
    ["storage", `${(now.storageUsed / 1_048_576).toFixed(1)} MB${storageWords[now.storageState]}`],
    ["up for", describeDuration(now.uptimeS)],
    ["version", now.version],
  ];
  return columns(rows);
}

function describePeer(peer: Peer): string[] {
  const rtt = peer.rttMs === null ? "-" : `${peer.rttMs.toFixed(1)} ms`;
  return [
    plain(peer.name),
    peer.id.slice(0, 8),
    peer.path,
    peer.multiaddr,
    rtt,
    peer.inSync ? "in sync" : "syncing",
  ];
}

function describeDuration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} days`;
}
