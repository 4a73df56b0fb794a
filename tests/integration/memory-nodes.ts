/** Real nodes on the memory adapters: the whole of core and node, without sockets or disks. */
import { randomBytes } from "node:crypto";
import { createInlineVerifier, createNodeBox, decodeOuter, epochKeysOf } from "@kith/core";
import type { Clock, EpochId, EventId, EventStore, Log, Random, ScopeId, SpaceId } from "@kith/core";
import { createNode } from "@kith/node";
import type { KithNode, LogEntry, NodeOptions } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { createMemoryNetwork } from "@kith/transports/memory";
import type { MemoryNetwork } from "@kith/transports/memory";

export const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

export const random: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

const log: Log = process.env["KITH_TEST_LOG"]
  ? {
      debug: (event, facts) => console.log("debug", event, facts),
      info: (event, facts) => console.log("info", event, facts),
      warn: (event, facts) => console.log("warn", event, facts),
      error: (event, facts) => console.log("error", event, facts),
    }
  : { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Household {
  readonly network: MemoryNetwork;
  add(name: string, options?: Partial<NodeOptions> & { host?: string }): Promise<Housemate>;
  stop(): Promise<void>;
}

export interface Housemate extends KithNode {
  readonly store: EventStore;
  readonly host: string;
  /** Resolves when the condition holds, asked again at each entry of the change log. */
  until(what: string, condition: () => boolean, withinMs?: number): Promise<void>;
}

export function createHousehold(): Household {
  const network = createMemoryNetwork({ clock, random });
  const all: Housemate[] = [];
  return {
    network,
    async add(name, options = {}) {
      const host = options.host ?? `10.0.0.${all.length + 1}`;
      const store = options.store ?? createMemoryStore();
      const node = await createNode({
        clock,
        random,
        log,
        store,
        name,
        box: createNodeBox(),
        verifier: createInlineVerifier(),
        openTransport: () => network.transport(host),
        openDiscovery: () => network.discovery(host),
        localHosts: () => [host],
        hostFacts: () => ({
          freeDiskBytes: 1e9,
          interfaces: [{ name: "eth0", address: host, loopback: false }],
        }),
        version: "0.0.0",
        peers: [],
        visibility: "members",
        ...options,
      });
      await node.start();
      const mate: Housemate = {
        ...node,
        service: node.service,
        store,
        host,
        until: (what, condition, withinMs) => until(node, what, condition, withinMs),
      };
      all.push(mate);
      return mate;
    },
    async stop() {
      await Promise.all(all.map((node) => node.stop()));
    },
  };
}

/** Long before a test's own end, so that its failure names what did not come, and far beyond what a slow machine takes. */
const UNTIL_MS = 25_000;

function until(node: KithNode, what: string, condition: () => boolean, withinMs = UNTIL_MS): Promise<void> {
  return new Promise((resolve, reject) => {
    const seen: LogEntry[] = [];
    const check = (): void => {
      if (!condition()) return;
      clearTimeout(timer);
      clearInterval(poll);
      unsubscribe();
      resolve();
    };
    const unsubscribe = node.service.onLog((entries) => {
      seen.push(...entries);
      check();
    });
    // Not every condition is told by the log (a session's sync state is not).
    const poll = setInterval(check, 20);
    const timer = setTimeout(() => {
      clearInterval(poll);
      unsubscribe();
      reject(new Error(`never came: ${what}; the log said ${seen.map((entry) => entry.type).join(", ")}`));
    }, withinMs);
    check();
  });
}

/** It holds the event without its body. */
export function isBare({ store }: Housemate, id: string): boolean {
  const bytes = store.event(id as EventId)?.outer;
  return bytes !== undefined && decodeOuter(bytes).sealedBody === null;
}

/** Which of these events of a store open with a key that lies in the other. Throws for one that is not here: it would open with none. */
export function opening(store: EventStore, other: EventStore, ids: readonly string[]): string[] {
  const keys = other.metaKeys("epoch/").flatMap((key) => {
    const [, of, scope, epoch] = key.split("/");
    const value = other.meta(key) ?? new Uint8Array();
    const place = { space: of as SpaceId, scope: scope as ScopeId, epoch: epoch as EpochId };
    return epochKeysOf(place, [value.slice(0, 32), value.slice(32)]) ?? [];
  });
  if (keys.length === 0) throw new Error("the other store holds no key at all; nothing follows from that");
  return ids.filter((id) => {
    const row = store.event(id as EventId);
    if (!row) throw new Error(`${id} is not here`);
    const { tag, bucket } = decodeOuter(row.outer);
    return keys.some(
      (each) =>
        each.secrets.contentSecret !== null && Buffer.from(each.tagOf(bucket)).equals(Buffer.from(tag)),
    );
  });
}
