/** Acknowledgements as they come over links, on a manual clock and a ledger that only writes down. */
import { kinds } from "@kith/core";
import type { DeviceId, EventStore, HeightRow, LogDraft, ScopeId, SpaceId, StoredEvent } from "@kith/core";
import { createManualClock, eventOf } from "@kith/core/testing";
import { expect, test } from "vitest";
import { Deliveries } from "./delivery.ts";
import type { Ledger } from "./ledger.ts";
import { DELIVERY_SAVE_DELAY_MS } from "./limits.ts";

const self = "a".repeat(64) as DeviceId;
const peer = "b".repeat(64) as DeviceId;
const space = "c".repeat(64) as SpaceId;
const scope = "d".repeat(64) as ScopeId;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Written {
  readonly heights: readonly HeightRow[];
  readonly log: readonly LogDraft[];
}

function createRig() {
  const tips = new Map([[self, { seq: 1_000 }]]);
  const clock = createManualClock();
  const written: Written[] = [];
  const errors: unknown[] = [];
  const ledger = {
    replicas: new Map([
      [
        space,
        {
          rosters: new Map(),
          membership: {
            state: () => ({
              devices: new Map([
                [self, {}],
                [peer, {}],
              ]),
            }),
          },
        },
      ],
    ]),
    scopeState: () => ({ space, tips }),
    health: { restMs: 0 },
    gather: () => ({ drafts: [], from: null }),
    commit: async (_: unknown, extras: Written) => void written.push(extras),
  };
  const deliveries = new Deliveries({
    store: { heights: () => [], eventsAt: () => [], metaKeys: () => [] } as unknown as EventStore,
    ledger: ledger as unknown as Ledger,
    device: self,
    clock,
    onError: (error) => errors.push(error),
    onHeights: () => undefined,
  });
  const own = (seq: number): StoredEvent => ({
    ...eventOf(seq, { scope, seq, device: self, kind: kinds["message.post"] }),
    arrival: seq,
  });
  return { clock, written, errors, deliveries, own, tips };
}

test("acknowledgements that follow one another are one write and count at once", async () => {
  const { clock, written, errors, deliveries, own } = createRig();
  const events = Array.from({ length: 20 }, (_, index) => own(index + 1));
  deliveries.noteOwn(events);
  for (let seq = 1; seq <= 20; seq += 1) deliveries.note(scope, peer, [[self, seq]]);
  expect(deliveries.of({ scope, space, device: self, seq: 20, timeMs: 0 })).toEqual({
    devices: 1,
    of: 1,
    readBy: 0,
  });
  expect(written).toEqual([]);
  clock.advance(DELIVERY_SAVE_DELAY_MS);
  await turn();
  expect(written.map(({ heights }) => heights)).toEqual([[{ scope, holder: peer, device: self, seq: 20 }]]);
  const told = written[0]?.log.map(({ data }) => JSON.parse(data ?? "") as { messages: { id: string }[] });
  expect(told?.flatMap(({ messages }) => messages.map(({ id }) => id))).toEqual(events.map(({ id }) => id));
  deliveries.note(scope, peer, [[self, 21]]);
  clock.advance(DELIVERY_SAVE_DELAY_MS);
  await turn();
  expect(written).toHaveLength(2);
  expect(errors).toEqual([]);
});

test("nothing is written once the node has stopped", async () => {
  const { clock, written, deliveries, own } = createRig();
  deliveries.noteOwn([own(1)]);
  deliveries.note(scope, peer, [[self, 1]]);
  deliveries.close();
  deliveries.note(scope, peer, [[self, 2]]);
  clock.advance(10 * DELIVERY_SAVE_DELAY_MS);
  await turn();
  expect(written).toEqual([]);
});

test("[EP98] what somebody keeps of another's chain counts when that has come here, though they said so before", async () => {
  const { deliveries, tips } = createRig();
  const third = "e".repeat(64) as DeviceId;
  deliveries.note(scope, peer, [[third, 2]]);
  expect(deliveries.height(scope, peer, third)).toBe(0);
  for (const seq of [1, 2, 3]) {
    tips.set(third, { seq });
    const event = eventOf(seq, { scope, seq, device: third, kind: kinds["message.post"] });
    deliveries.noteArrived([{ ...event, arrival: seq }]);
    expect(deliveries.height(scope, peer, third)).toBe(Math.min(seq, 2));
  }
});
