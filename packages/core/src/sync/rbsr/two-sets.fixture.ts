/** Two sets that reconcile in one process, for tests: every message is seen, and nothing of one side but its bytes. */
import { sha256, utf8 } from "../../crypto/index.ts";
import { createReconciler } from "./reconciler.ts";
import type { Reconciler, ReconcilerOptions } from "./reconciler.ts";
import { createRangeSet } from "./set/memory-range-set.ts";
import type { MemoryRangeSet } from "./set/memory-range-set.ts";

export interface Item {
  readonly timestamp: number;
  readonly id: Uint8Array;
}

export function makeItem(name: string, timestamp: number): Item {
  return { timestamp, id: sha256(utf8(name)) };
}

export function makeSet(items: readonly Item[]): MemoryRangeSet {
  const set = createRangeSet();
  for (const { timestamp, id } of items) set.insert(timestamp, id);
  return set;
}

export function makeReconciler(
  items: readonly Item[],
  options: Omit<ReconcilerOptions, "set"> = {},
): Reconciler {
  return createReconciler({ set: makeSet(items), ...options });
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Hex of each packed id, in order. */
export function idsOf(packed: Uint8Array): string[] {
  return Array.from({ length: packed.length / 32 }, (_, n) => hex(packed.subarray(n * 32, n * 32 + 32)));
}

/** Ids of the items of one list that are not in the other one, ascending. */
export function without(items: readonly Item[], others: readonly Item[]): string[] {
  const known = new Set(others.map(({ id }) => hex(id)));
  return items
    .map(({ id }) => hex(id))
    .filter((id) => !known.has(id))
    .toSorted();
}

export interface Run {
  /** In order, the initiator's first. */
  readonly messages: readonly Uint8Array[];
  readonly have: readonly string[];
  readonly need: readonly string[];
}

const ROUNDS_MAX = 5_000;

/** Carries messages until the initiator is done. `between` runs before each answer of the responder. */
export function reconcileBoth(
  initiator: Reconciler,
  responder: Reconciler,
  { first = initiator.initiate(), between = () => {} }: { first?: Uint8Array; between?: () => void } = {},
): Run {
  const messages: Uint8Array[] = [];
  const have: string[] = [];
  const need: string[] = [];
  let message: Uint8Array | null = first;
  while (message !== null) {
    if (messages.length > ROUNDS_MAX) throw new Error("two honest sides do not come to an end");
    between();
    messages.push(message);
    const answer = responder.reconcile(message).reply as Uint8Array;
    messages.push(answer);
    const learned = initiator.reconcile(answer);
    have.push(...idsOf(learned.have));
    need.push(...idsOf(learned.need));
    message = learned.reply;
  }
  return { messages, have, need };
}
