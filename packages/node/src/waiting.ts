/** Events that are here and do not open: for whose key they wait, in names that people know. spec/epoch EP85. */
import { channelOfScope } from "@kith/core";
import type { LogDraft, PersonId, SpaceId } from "@kith/core";
import type { Ingest } from "./ingest.ts";
import type { Ledger } from "./ledger.ts";
import type { WaitingInfo } from "./service-spaces.ts";

export interface WaitingOptions {
  readonly ledger: Ledger;
  readonly ingest: () => Pick<Ingest, "overdue">;
  readonly nameOf: (person: PersonId) => string;
  readonly nowMs: () => number;
  readonly record: (drafts: readonly LogDraft[]) => void;
}

export class Waiting {
  readonly #options: WaitingOptions;
  /** By space, how many events were told of last. */
  readonly #told = new Map<SpaceId, number>();

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** The longest wait first. */
  of(space: SpaceId): WaitingInfo[] {
    const { ledger, ingest, nameOf } = this.#options;
    const replica = ledger.replicas.get(space);
    if (!replica) return [];
    const { devices } = replica.membership.state();
    const found = new Map<string, WaitingInfo>();
    for (const { scope, from, events, sinceMs } of ingest().overdue()) {
      if (!replica.scopes.has(scope)) continue;
      const channel = replica.rosters.has(scope) ? channelOfScope(scope) : null;
      // What came in a datagram of the network came from nobody who would be known.
      const facts = devices.get(from);
      const known = found.get(`${channel}/${from}`);
      found.set(`${channel}/${from}`, {
        channel,
        person: facts?.person ?? null,
        name: facts ? nameOf(facts.person) : null,
        device: facts?.device ?? null,
        deviceName: facts?.name ?? null,
        events: events + (known?.events ?? 0),
        sinceMs: Math.min(sinceMs, known?.sinceMs ?? sinceMs),
      });
    }
    return [...found.values()].sort((a, b) => a.sinceMs - b.sinceMs);
  }

  /** Tells who watches the log when there is more or less to wait for. */
  look(space: SpaceId): void {
    const events = this.of(space).reduce((sum, one) => sum + one.events, 0);
    if (events === (this.#told.get(space) ?? 0)) return;
    this.#told.set(space, events);
    const data = JSON.stringify({ space, change: "waiting", events });
    this.#options.record([{ type: "space", atMs: this.#options.nowMs(), ref: null, data }]);
  }
}
