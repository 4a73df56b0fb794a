/**
 * Figures in Prometheus' text format (version 0.0.4). Owns the names; labels have values of short closed lists only,
 * so that neither a caller nor a peer can make series, and no id and no name is ever among them. Spec: http, HT69.
 */
import type { NodeStats, NodeStatus } from "@kith/node";

const methods: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** Seconds. A local read takes below a millisecond, a write one commit, a verification of much some seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5] as const;

export interface Calls {
  /** seconds: null where the call waits for something else than the node. */
  note(method: string, status: number, seconds: number | null): void;
  readonly counts: ReadonlyMap<string, number>;
  readonly slots: readonly number[];
  readonly timed: number;
  readonly seconds: number;
}

export function countCalls(): Calls {
  const counts = new Map<string, number>();
  const slots: number[] = buckets.map(() => 0);
  let timed = 0;
  let sum = 0;
  return {
    counts,
    slots,
    get timed() {
      return timed;
    },
    get seconds() {
      return sum;
    },
    note(method, status, seconds) {
      const labels = `method="${methods.includes(method) ? method : "other"}",status="${Math.floor(status / 100)}xx"`;
      counts.set(labels, (counts.get(labels) ?? 0) + 1);
      if (seconds === null) return;
      timed += 1;
      sum += seconds;
      for (const [at, bound] of buckets.entries()) if (seconds <= bound) slots[at] = (slots[at] ?? 0) + 1;
    },
  };
}

type Sample = readonly [labels: string, value: number];

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(
    ([labels, value]) => `kith_${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`,
  );
  return `# HELP kith_${name} ${help}\n# TYPE kith_${name} ${type}\n${lines.join("")}`;
}

function histogram(name: string, help: string, { slots, timed, seconds }: Calls): string {
  const lines = buckets.map((bound, at) => `kith_${name}_bucket{le="${bound}"} ${slots[at] ?? 0}\n`);
  return (
    `# HELP kith_${name} ${help}\n# TYPE kith_${name} histogram\n${lines.join("")}` +
    `kith_${name}_bucket{le="+Inf"} ${timed}\nkith_${name}_sum ${seconds}\nkith_${name}_count ${timed}\n`
  );
}

export function layOutMetrics(sources: {
  readonly status: NodeStatus;
  readonly stats: NodeStats;
  readonly readers: number;
  readonly calls: Calls;
}): string {
  const { status, stats, readers, calls } = sources;
  const { latencies, queues, received, sent } = stats;
  const gauge = (name: string, help: string, value: number): string =>
    family(name, "gauge", help, [["", value]]);
  const counter = (name: string, help: string, value: number): string =>
    family(name, "counter", help, [["", value]]);
  const both = (name: string, help: string, key: "frames" | "bytes" | "events"): string =>
    family(name, "counter", help, [
      ['direction="sent"', sent[key]],
      ['direction="received"', received[key]],
    ]);
  const cpu = process.cpuUsage();
  const states = ["excellent", "good", "poor", "offline"] as const;
  return [
    family("info", "gauge", "Version of the program.", [
      [`version="${status.version.replace(/[^\w.+-]/g, "")}"`, 1],
    ]),
    gauge("uptime_seconds", "Since the node started.", status.uptimeS),
    gauge("online", "1 while the node is on the network.", status.online ? 1 : 0),
    family(
      "network_health",
      "gauge",
      "1 at the state that holds.",
      states.map((state): Sample => [`state="${state}"`, status.networkHealth === state ? 1 : 0]),
    ),
    gauge("spaces", "Spaces on this device.", status.spaces),
    gauge("peers_connected", "Devices linked now.", status.connectedPeers),
    gauge(
      "peers_in_sync",
      "Of them, those that hold the same.",
      stats.peers.filter(({ inSync }) => inSync).length,
    ),
    gauge("events", "Events kept.", stats.events),
    gauge("messages", "Messages kept.", stats.messages),
    gauge("storage_bytes", "Size of the store.", stats.storageUsed),
    both("sync_frames_total", "Frames exchanged with other devices.", "frames"),
    both("sync_bytes_total", "Bytes of them.", "bytes"),
    both("sync_events_total", "Events among them.", "events"),
    counter("sync_rounds_total", "Reconciliations that either side began.", stats.rounds),
    counter("events_duplicate_total", "Events that came although they were here.", stats.duplicates),
    counter("events_refused_total", "Events that were refused.", stats.refused),
    family("queue_events", "gauge", "Events that wait.", [
      ['queue="ingest"', queues.ingest],
      ['queue="causes"', queues.waitingForCauses],
      ['queue="keys"', queues.waitingForKeys],
    ]),
    gauge("queue_outgoing_bytes", "Bytes that the network has not taken yet.", queues.outgoingBytes),
    family("commit_seconds", "gauge", "Time to disk of the last 1,024 writes.", [
      ['quantile="0.5"', (latencies.commit.medianMs ?? 0) / 1_000],
      ['quantile="0.99"', (latencies.commit.p99Ms ?? 0) / 1_000],
    ]),
    counter("commits_total", "Writes.", latencies.commit.count),
    gauge("log_readers", "Open readers of the change log.", readers),
    family("http_requests_total", "counter", "HTTP calls answered.", [...calls.counts]),
    histogram("http_request_seconds", "Time to answer, without calls that wait.", calls),
    gauge("resident_bytes", "Memory of the process.", process.memoryUsage.rss()),
    counter("cpu_seconds_total", "Processor time of the process.", (cpu.user + cpu.system) / 1_000_000),
  ].join("");
}
