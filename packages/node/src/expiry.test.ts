import { controlScope, createMembership, publicScope } from "@kith/core";
import type { ChannelId, Header, ScopeId } from "@kith/core";
import {
  channelOf,
  createManualClock,
  deviceOf,
  entryOf,
  eventId,
  eventOf,
  messageOf,
  personOf,
  scopeOf,
  spaceOf,
} from "@kith/core/testing";
import { createMemoryStore } from "@kith/store/memory";
import { expect, test, vi } from "vitest";
import { describeChange } from "./describe-change.ts";
import { Expiries } from "./expiry.ts";
import { Ledger } from "./ledger.ts";
import { EXPIRED_AT_ONCE_MAX, EXPIRY_LOOK_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

test("[SP131] [HT114] the log tells of a setting where it holds, and of none in another scope", () => {
  const space = spaceOf(1);
  const membership = createMembership(space);
  const board = channelOf(2);
  const rosters = new Map([[scopeOf(2), { facts: { id: board } }]]);
  const replica = { space, control: controlScope(space), membership, rosters } as unknown as Replica;
  const told = (scope: ScopeId, channel: ChannelId): number =>
    describeChange({
      id: eventId(1),
      header: { space, scope, device: deviceOf(1) } as Header,
      body: { type: "channel.expiry", channel, seconds: 60 },
      replica,
      nowMs: 1,
    }).length;
  expect(told(controlScope(space), channelOf(1))).toBe(1);
  expect(told(scopeOf(2), board)).toBe(1);
  expect(told(scopeOf(2), channelOf(1))).toBe(0);
  expect(told(publicScope(space), channelOf(1))).toBe(0);
});

/** A store with messages that end so many milliseconds after the clock's first moment. */
async function world(ends: readonly number[]) {
  const clock = createManualClock();
  const store = createMemoryStore();
  const ledger = new Ledger({ clock, log, store });
  const startMs = clock.nowMs();
  await store.commit({
    events: ends.map((ms, index) => {
      const [n, expiresMs] = [index + 1, startMs + ms];
      const row = { id: eventId(n), scope: scopeOf(1), author: personOf(1), expiresMs };
      return entryOf(eventOf(n, { seq: n, kind: 38 }), {
        views: [
          { op: "message", row: messageOf(n, { expiresMs }) },
          { op: "expiring", row },
        ],
      });
    }),
  });
  const told: unknown[] = [];
  ledger.onCommitted(({ log: rows }) =>
    told.push(...rows.map(({ data }) => JSON.parse(data ?? "null") as unknown)),
  );
  const expiries = new Expiries({ clock, log, store, ledger });
  const left = () => store.messages({ limit: 999 }).length;
  return { clock, store, ledger, expiries, told, left };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("[SP133] what fell due while the device was off is put away at its start, the rest each at its own time", async () => {
  const { clock, expiries, told, left } = await world([-5, 0, 1_000, 45_000]);
  await expiries.sweep();
  expect(left()).toBe(2);
  expect(told).toEqual([
    expect.objectContaining({ change: "messages-expired", messages: [eventId(1), eventId(2)] }),
  ]);
  clock.advance(999);
  await settled();
  expect(left()).toBe(2);
  clock.advance(1);
  await settled();
  expect(left()).toBe(1);
  clock.advance(EXPIRY_LOOK_MS);
  await settled();
  expect(left()).toBe(1);
  clock.advance(14_000);
  await settled();
  expect(left()).toBe(0);
  // Nothing left to wait for.
  expect(clock.planned).toBe(0);
  await expiries.close();
});

test("[SP133] a clock that was set, or a machine that slept, is noticed within one step", async () => {
  const world1 = await world([86_400_000]);
  let aheadMs = 0;
  const clock = { ...world1.clock, nowMs: () => world1.clock.nowMs() + aheadMs };
  const expiries = new Expiries({ clock, log, store: world1.store, ledger: world1.ledger });
  await expiries.sweep();
  aheadMs = 86_400_000;
  world1.clock.advance(EXPIRY_LOOK_MS);
  await settled();
  expect(world1.left()).toBe(0);
  await expiries.close();
});

test("[SP133] more than one commit takes are put away all the same", async () => {
  const { expiries, left } = await world(Array.from({ length: EXPIRED_AT_ONCE_MAX + 3 }, () => 0));
  await expiries.sweep();
  expect(left()).toBe(0);
  await expiries.close();
});

test("[SP133] a disk that refuses is tried again, and not at once", async () => {
  const { clock, store, expiries, left } = await world([0]);
  const commit = store.commit.bind(store);
  store.commit = () => Promise.reject(new Error("no room"));
  await expiries.sweep();
  expect(left()).toBe(1);
  expect(log.warn).toHaveBeenCalledWith("message:not-expired", expect.anything());
  store.commit = commit;
  clock.advance(EXPIRY_LOOK_MS - 1);
  await settled();
  expect(left()).toBe(1);
  clock.advance(1);
  await settled();
  expect(left()).toBe(0);
  await expiries.close();
  expect(clock.planned).toBe(0);
});
