import type { ScopeId } from "@kith/core";
import { createManualClock } from "@kith/core/testing";
import { expect, test } from "vitest";
import { ROOT_BUSY_MS, ROOT_BUSY_PAUSE, ROOT_REST_MS } from "./limits.ts";
import { createSettledRoots } from "./settled-roots.ts";

const scope = "a".repeat(64) as ScopeId;
const other = "b".repeat(64) as ScopeId;

function createRig() {
  const clock = createManualClock();
  let read = 0;
  const settled = createSettledRoots({ root: () => Uint8Array.of(++read) }, clock);
  return { clock, settled, reads: () => read };
}

test("a scope that rests has a root, one that was written a moment ago has none", () => {
  const { clock, settled } = createRig();
  expect(settled.root(scope)).not.toBeNull();
  settled.note(scope);
  expect(settled.root(scope)).toBeNull();
  expect(settled.root(other)).not.toBeNull();
  clock.advance(ROOT_REST_MS);
  expect(settled.root(scope)).not.toBeNull();
});

test("while a scope is written without a pause its root is read seldom, and not never", () => {
  const { clock, settled, reads } = createRig();
  for (let ms = 0; ms < 4 * ROOT_BUSY_MS; ms += 50) {
    settled.note(scope);
    settled.root(scope);
    clock.advance(50);
  }
  expect(reads()).toBe(3);
});

test("what takes long to read is read the more seldom while it is written", () => {
  const clock = createManualClock();
  const tookMs = (2 * ROOT_BUSY_MS) / ROOT_BUSY_PAUSE;
  let reads = 0;
  const root = (): Uint8Array => {
    clock.advance(tookMs);
    return Uint8Array.of(++reads);
  };
  const settled = createSettledRoots({ root }, clock);
  const startMs = clock.monotonicMs();
  while (clock.monotonicMs() - startMs < 6 * ROOT_BUSY_MS) {
    settled.note(scope);
    settled.root(scope);
    clock.advance(50);
  }
  expect(reads).toBe(3);
});
