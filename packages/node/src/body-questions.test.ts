import type { EventId, Frame, ScopeId } from "@kith/core";
import { createManualClock, eventId, scopeOf } from "@kith/core/testing";
import { describe, expect, test } from "vitest";
import { BodyQuestions } from "./body-questions.ts";
import { BODIES_ASKED_MAX, BODIES_FRESH_MAX, BODIES_REST_MS, BODIES_TICK_MS } from "./limits.ts";

const scope = scopeOf(1);

function createQuestions(missing: readonly EventId[]) {
  const clock = createManualClock();
  const asked: EventId[][] = [];
  const here = new Set(missing);
  let isOpen = true;
  const questions = new BodyQuestions({
    clock,
    store: {
      withheld: (_scope, limit, after) =>
        [...here]
          .sort()
          .filter((id) => after === undefined || id > after)
          .slice(0, limit),
      shedReason: (id) => (here.has(id) ? "withheld" : null),
    },
    mayExchange: () => isOpen,
    send: (frame: Extract<Frame, { type: "want" }>) => void asked.push([...frame.ids]),
  });
  return { clock, asked, here, questions, close: () => void (isOpen = false) };
}

const ids = (count: number, from = 1) => Array.from({ length: count }, (_, n) => eventId(from + n));
const bare = (of: readonly EventId[], at: ScopeId = scope) => ({ bare: of.map((id) => ({ id, scope: at })) });

describe("asking for bodies that are not here", () => {
  test("[SP147] any number of them is asked for, a page at a time, each once", () => {
    const missing = ids(700);
    const { clock, asked, questions } = createQuestions(missing);
    questions.walk(scope);
    clock.advance(10 * BODIES_TICK_MS);
    expect(asked.map(({ length }) => length)).toEqual([BODIES_ASKED_MAX, BODIES_ASKED_MAX, 700 - 512]);
    expect(asked.flat()).toEqual(missing.toSorted());
  });

  test("[SP147] attack: who answers without bodies for ever is asked ever more rarely, however many rounds it makes", () => {
    const { clock, asked, questions } = createQuestions(ids(3));
    for (let second = 0; second < 3_600; second += 1) {
      questions.walk(scope);
      clock.advance(1_000);
    }
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThanOrEqual(5 + 3_600_000 / (16 * BODIES_REST_MS));
  });

  test("[SP147] what came bare a moment ago is asked for before the older ones, and not once it is here", () => {
    const { clock, asked, here, questions } = createQuestions(ids(600));
    questions.walk(scope);
    questions.note(bare([eventId(600), eventId(599)]));
    here.delete(eventId(599));
    clock.advance(BODIES_TICK_MS);
    expect(asked).toEqual([[eventId(600)]]);
    clock.advance(BODIES_TICK_MS);
    expect(asked[1]).toHaveLength(BODIES_ASKED_MAX);
  });

  test("[SP147] attack: a flood of bare events makes it ask no faster, and remember no more", () => {
    const { clock, asked, questions } = createQuestions(ids(5_000));
    for (let second = 0; second < 10; second += 1) {
      questions.note(bare(ids(500, 1 + second * 500)));
      clock.advance(1_000);
    }
    expect(asked.length).toBeLessThanOrEqual(10_000 / BODIES_TICK_MS);
    questions.note(bare(ids(5_000)));
    clock.advance(60_000);
    expect(asked.flat().length).toBeLessThanOrEqual(5_000 + BODIES_FRESH_MAX + BODIES_ASKED_MAX);
  });

  test("[SP147] a scope that does not go over the link any more is asked about no more, and others still are", () => {
    const { clock, asked, questions, close } = createQuestions(ids(600));
    questions.walk(scope);
    clock.advance(BODIES_TICK_MS);
    close();
    clock.advance(60_000);
    expect(asked).toHaveLength(1);
    questions.note(bare(ids(3)));
    questions.close();
    clock.advance(60_000);
    expect(asked).toHaveLength(1);
  });
});
