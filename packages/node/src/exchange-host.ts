/** What a session's exchange works with: the node's parts, and whom it tells. */
import type { Box, Clock, DeviceId, EventStore, Log, Random, RootIndex, SetIndex, SpaceId } from "@kith/core";
import type { Author } from "./author.ts";
import type { CpuBudgets } from "./cpu-budget.ts";
import type { Deliveries } from "./delivery.ts";
import type { Ways } from "./deps.ts";
import type { Exchange } from "./exchange.ts";
import type { Ingest } from "./ingest.ts";
import type { Joins } from "./joins.ts";
import type { Ledger } from "./ledger.ts";
import type { SettledRoots } from "./settled-roots.ts";
import type { Wants } from "./wants.ts";

export interface ExchangeHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly ingest: Ingest;
  readonly wants: Wants;
  readonly joins: Joins;
  readonly deliveries: Deliveries;
  readonly roots: RootIndex;
  readonly settledRoots: SettledRoots;
  readonly sets: SetIndex;
  readonly budgets: CpuBudgets;
  readonly ways: Ways;
  readonly box: Box;
  readonly self: DeviceId;
  readonly ownName: () => string;
  readonly peerPort: () => number | null;
  /** What no honest device sends. */
  readonly onFault: (exchange: Exchange, code: string, count: number) => void;
  readonly onHello: (exchange: Exchange, name: string, peerPort: number | null) => void;
  readonly onSpaceInSync: (exchange: Exchange, space: SpaceId) => void;
  readonly onStateChanged: (exchange: Exchange) => void;
}
