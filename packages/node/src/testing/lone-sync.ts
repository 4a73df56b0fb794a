/** What one side of a link does to reconcile, with nobody at the other end: a test says what comes from there. */
import { createRootIndex, createSetIndex } from "@kith/core";
import type { Clock, DeviceId, EventId, EventStore, Frame } from "@kith/core";
import { createListReader, createSeededRandom } from "@kith/core/testing";
import type { CpuBudgets } from "../cpu-budget.ts";
import { ALL_WAYS } from "../deps.ts";
import type { PeerSession } from "../peer-session.ts";
import { ScopeSync } from "../scope-sync.ts";
import type { SettledRoots } from "../settled-roots.ts";
import { quietLog } from "./quiet-log.ts";

/** The reconciliation of one link, which the other side dialled and which takes all; every look at the ranges takes 40 ms. */
export function createLoneSync(
  device: DeviceId,
  clock: Clock & { advance(ms: number): void },
  budgets: CpuBudgets,
) {
  const sent: Frame[] = [];
  const ids = Array.from({ length: 50 }, (_, n) => n.toString(16).padStart(64, "0") as EventId);
  const reader = {
    buckets: () => [{ bucket: 1, count: ids.length }],
    idsInBucket: () => ids,
    withheld: () => [],
    ...createListReader(() => ids.map((id, at) => ({ id, timeMs: 1, arrival: at + 1 }))),
  };
  const sets = createSetIndex(reader);
  let spentMs = 0;
  const sync = new ScopeSync({
    session: {
      link: { role: "acceptor" },
      device,
      send: (frame: Frame) => sent.push(frame) > 0,
      pause: () => undefined,
      resume: () => undefined,
    } as unknown as PeerSession,
    clock,
    random: createSeededRandom("sync"),
    log: quietLog,
    ways: ALL_WAYS,
    store: reader as unknown as EventStore,
    roots: createRootIndex(reader),
    settledRoots: {} as SettledRoots,
    sets: {
      ...sets,
      rangeSet(of) {
        spentMs += 40;
        clock.advance(40);
        return sets.rangeSet(of);
      },
    },
    budget: budgets(device),
    mayExchange: () => true,
    holds: () => false,
    settle: () => Promise.resolve(),
    floorOf: () => 0,
    onAgreed: () => undefined,
    onFault: () => undefined,
  });
  return { sync, sent, spentMs: () => spentMs };
}
