/**
 * The contract of the port EventStore: an adapter is finished when it passes. Rules: spec/store. The parts
 * tell stories with small worlds; the property compares any run of batches with a naive model.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventStore } from "../ports/index.ts";
import { batches } from "./store-batches.ts";
import { describeExpiry } from "./store-contract-expiry.ts";
import { describeEvents } from "./store-contract-events.ts";
import { describeLogAndRest } from "./store-contract-log.ts";
import { describeSealed } from "./store-contract-sealed.ts";
import { describeSyncStructures } from "./store-contract-sync.ts";
import { describeUnread } from "./store-contract-unread.ts";
import { describeViews } from "./store-contract-views.ts";
import type { StoreInTest } from "./store-in-test.ts";
import { createStoreModel } from "./store-model.ts";
import { plain } from "./store-rows.ts";

export interface StoreUnderTest {
  readonly store: EventStore;
  /** Closes the store and opens the same data again, as a restart does. */
  reopen(): Promise<EventStore>;
  dispose(): Promise<void> | void;
}

export function describeStoreContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest;
    const at = {} as StoreInTest;
    beforeEach(async () => {
      under = await create();
      at.store = under.store;
      at.reopen = () => under.reopen();
    });
    afterEach(() => under.dispose());

    describeEvents(at);
    describeViews(at);
    describeUnread(at);
    describeExpiry(at);
    describeSealed(at);
    describeLogAndRest(at);
    describeSyncStructures(at);

    it("[ST2] [ST3] [ST4] [ST5] [ST13] [ST31] [ST33] any run of batches leaves what a naive model says", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(batches, { minLength: 1, maxLength: 12 }),
          fc.nat(12),
          async (run, reopenAt) => {
            const fresh = await create();
            try {
              let subject = fresh.store;
              const model = createStoreModel();
              for (const [at, batch] of run.entries()) {
                if (at === reopenAt) subject = await fresh.reopen();
                const expected = model.commit(batch);
                const actual = await subject.commit(batch).catch(() => null);
                expect(actual === null ? null : plain(actual)).toEqual(plain(expected));
              }
              expect(plain(model.read(subject))).toEqual(plain(model.expected()));
            } finally {
              await fresh.dispose();
            }
          },
        ),
        { numRuns: 30 },
      );
    }, 120_000);
  });
}
