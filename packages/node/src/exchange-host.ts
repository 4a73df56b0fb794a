/** What a session's exchange works with: the node's parts, and whom it tells. */
import type {
  Box,
  Clock,
  DeviceId,
  EventStore,
  Log,
  PrekeyId,
  Random,
  RootIndex,
  SetIndex,
  SpaceId,
} from "@kith/core";
import type { Author } from "./author.ts";
import type { CpuBudgets } from "./cpu-budget.ts";
import type { Deliveries } from "./delivery.ts";
import type { Ways } from "./deps.ts";
import type { Early } from "./early/early.ts";
import type { Exchange } from "./exchange.ts";
import type { Ingest } from "./ingest.ts";
import type { Joins } from "./joins.ts";
import type { Ledger } from "./ledger.ts";
import type { Linking } from "./linking.ts";
import type { Talks } from "./talks.ts";
import type { Partings } from "./partings.ts";
import type { PeerSession } from "./peer-session.ts";
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
  readonly linking: Linking;
  readonly talks: Talks;
  readonly deliveries: Deliveries;
  readonly early: Early;
  readonly roots: RootIndex;
  readonly settledRoots: SettledRoots;
  readonly sets: SetIndex;
  readonly budgets: CpuBudgets;
  readonly ways: Ways;
  readonly box: Box;
  readonly self: DeviceId;
  readonly ownName: () => string;
  /** The newest of this device. */
  readonly ownPrekey: () => PrekeyId;
  readonly peerPort: () => number | null;
  /** What no honest device sends. */
  readonly onFault: (exchange: Exchange, code: string, count: number) => void;
  /** A link is open: what waits for it is asked and told. */
  readonly onSession: (session: PeerSession) => void;
  readonly onSessionClosed: (session: PeerSession) => void;
  readonly onHello: (exchange: Exchange, name: string, peerPort: number | null) => void;
  /** Events of the space wait for a key, or some do no longer. */
  readonly onWaiting: (space: SpaceId) => void;
  readonly onSpaceInSync: (exchange: Exchange, space: SpaceId) => void;
  readonly onStateChanged: (exchange: Exchange) => void;
  readonly partings: Pick<Partings, "isFresh" | "part" | "hear">;
}
