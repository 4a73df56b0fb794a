/** A program that follows the log of a real node through a proxy of its own, and what it was told. */
import type { LogEntry } from "@kith/contract";
import { createKithClient } from "@kith/client";
import type { StreamOptions, StreamState, WayName } from "@kith/client";
import { startWayProxy } from "./way-proxy.ts";
import type { ProxyRules, WayProxy } from "./way-proxy.ts";

export interface WayReader {
  readonly name: string;
  readonly proxy: WayProxy;
  readonly entries: LogEntry[];
  /** Every way that entries came over, one after the other; and every state. */
  readonly ways: WayName[];
  readonly states: StreamState[];
  /** Resolves once it holds: asked again after each entry, way and state. */
  until(holds: (reader: WayReader) => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startWayReader(
  name: string,
  node: { readonly port: number; readonly token: string },
  rules: Partial<ProxyRules>,
  options: StreamOptions = {},
): Promise<WayReader> {
  const proxy = await startWayProxy(node.port, rules);
  const client = createKithClient({ url: proxy.url, token: node.token });
  const checks = new Set<() => void>();
  const tell = (): void => {
    for (const check of checks) check();
  };
  const reader: WayReader = {
    name,
    proxy,
    entries: [],
    ways: [],
    states: [],
    until: (holds) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!holds(reader)) return;
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      }),
    close() {
      end();
      return proxy.close();
    },
  };
  client.on("way", (way) => (reader.ways.push(way), tell()));
  client.on("status", (state) => (reader.states.push(state), tell()));
  const end = client.subscribe(options, (entry) => (reader.entries.push(entry), tell()));
  return reader;
}

/** The whole log of a node after a cursor, as it stands now. */
export async function readLog(
  node: { readonly url: string; readonly token: string },
  after = "0",
): Promise<LogEntry[]> {
  const whole: LogEntry[] = [];
  for (let since = after; ;) {
    const answer = await fetch(`${node.url}/api/poll?since=${since}&wait=0`, {
      headers: { authorization: `Bearer ${node.token}` },
    });
    const { items, next } = (await answer.json()) as { items: LogEntry[]; next: string };
    if (items.length === 0) return whole;
    whole.push(...items);
    since = next;
  }
}
