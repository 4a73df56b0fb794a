/** Reactions the person has just given or taken back: shown at once, undone when the node refuses. */
import type { KithClient } from "@kith/client";
import { judge, toFailure } from "./failure.ts";
import { HELD_BACK } from "./gate.ts";
import { withReaction } from "./rows.ts";
import type { SavedRow } from "./rows.ts";
import type { Failure } from "./types.ts";

interface Wish {
  readonly message: string;
  readonly emoji: string;
  readonly present: boolean;
}

export interface ReactionsOptions {
  readonly client: Pick<KithClient, "react" | "unreact">;
  self(): string;
  /** Of one that is given; to take one back tells nobody anything new. */
  mayGo(): true | Promise<boolean>;
  onChange(): void;
  /** The node has it. */
  onDone(wish: Wish): void;
  onRefused(failure: Failure): void;
  onSignedOut(error: unknown): void;
}

export interface Reactions {
  set(message: string, emoji: string, present: boolean): void;
  /** The row with what is wished for but not in the node yet. */
  over(row: SavedRow): SavedRow;
  nodeIsBack(): void;
}

export function createReactions(options: ReactionsOptions): Reactions {
  const wishes = new Map<string, Wish>();
  const underWay = new Set<string>();
  const shown = new WeakMap<SavedRow, { readonly over: readonly Wish[]; readonly row: SavedRow }>();
  const keyOf = (message: string, emoji: string): string => `${message} ${emoji}`;

  async function carryOut(key: string): Promise<void> {
    const wish = wishes.get(key);
    if (wish === undefined || underWay.has(key)) return;
    underWay.add(key);
    try {
      const may = !wish.present || options.mayGo();
      if (may !== true && !(await may)) {
        if (wishes.get(key) === wish) wishes.delete(key);
        options.onRefused(HELD_BACK);
      } else if (wishes.get(key) === wish) {
        if (wish.present) await options.client.react(wish.message, wish.emoji);
        else await options.client.unreact(wish.message, wish.emoji);
        options.onDone(wish);
        if (wishes.get(key) === wish) wishes.delete(key);
      }
    } catch (error) {
      const kind = judge(error);
      if (kind === "signed-out") options.onSignedOut(error);
      // Without an answer it stays wished for, and is said again when the node is back.
      if (kind === "refused" || kind === "busy") {
        wishes.delete(key);
        options.onRefused(toFailure(error));
      }
    } finally {
      underWay.delete(key);
      options.onChange();
    }
    const newer = wishes.get(key);
    if (newer !== undefined && newer !== wish) void carryOut(key);
  }

  return {
    set(message, emoji, present) {
      const key = keyOf(message, emoji);
      wishes.set(key, { message, emoji, present });
      options.onChange();
      void carryOut(key);
    },
    over(row) {
      if (wishes.size === 0) return row;
      const over = [...wishes.values()].filter(({ message }) => message === row.id);
      if (over.length === 0) return row;
      const known = shown.get(row);
      if (known?.over.length === over.length && known.over.every((wish, index) => wish === over[index]))
        return known.row;
      const self = options.self();
      const next = over.reduce(
        (before, { emoji, present }) => withReaction(before, { emoji, person: self, present }, self),
        row,
      );
      shown.set(row, { over, row: next });
      return next;
    },
    nodeIsBack() {
      for (const key of wishes.keys()) void carryOut(key);
    },
  };
}
