import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventId, PersonId, ScopeId } from "../ids.ts";
import type { ActRow } from "../ports/index.ts";
import { settleActs } from "./settle-acts.ts";

const ann = "ann" as PersonId;
const bob = "bob" as PersonId;
const scope = "here" as ScopeId;
const message = { author: ann, scope };

function act(facts: Partial<ActRow>): ActRow {
  return {
    target: "m" as EventId,
    kind: "edit",
    event: "e1" as EventId,
    scope,
    author: ann,
    admin: false,
    timeMs: 1,
    timeCount: 0,
    text: "new",
    ...facts,
  };
}

test("[SP140] the author's last edit counts, others' do not", () => {
  const first = act({ event: "e1" as EventId, timeMs: 5 });
  const last = act({ event: "e2" as EventId, timeMs: 5, timeCount: 1 });
  const foreign = act({ event: "e3" as EventId, author: bob, timeMs: 9, admin: true });
  const elsewhere = act({ event: "e4" as EventId, scope: "there" as ScopeId, timeMs: 9 });
  expect(settleActs(message, [last, first, foreign, elsewhere]).edit).toBe(last);
  expect(settleActs(message, [foreign, elsewhere])).toEqual({ deleted: false, edit: null });
});

test("[SP142] authors and admins delete, others and other scopes do not; no edit outlives it", () => {
  const deletion = act({ kind: "delete", text: null, event: "d" as EventId });
  expect(settleActs(message, [deletion, act({ timeMs: 99 })])).toEqual({ deleted: true, edit: null });
  expect(settleActs(message, [{ ...deletion, author: bob, admin: true }]).deleted).toBe(true);
  expect(settleActs(message, [{ ...deletion, author: bob }]).deleted).toBe(false);
  expect(settleActs(message, [{ ...deletion, scope: "there" as ScopeId }]).deleted).toBe(false);
});

test("[SP141] the order of arrival plays no part", () => {
  const some = fc.record({
    kind: fc.constantFrom("edit" as const, "delete" as const),
    event: fc.integer({ min: 0, max: 9 }).map((n) => `e${n}` as EventId),
    author: fc.constantFrom(ann, bob),
    admin: fc.boolean(),
    timeMs: fc.integer({ min: 1, max: 3 }),
  });
  const different = fc.uniqueArray(some, { selector: ({ event }) => event, maxLength: 8 });
  fc.assert(
    fc.property(
      different.chain((facts) =>
        fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length })),
      ),
      ([facts, shuffled]) => {
        expect(settleActs(message, shuffled.map(act))).toEqual(settleActs(message, facts.map(act)));
      },
    ),
  );
});
