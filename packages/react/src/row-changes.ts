/**
 * What the person does to messages that are in the node: another text at once, a deletion after a few seconds in which it can
 * be taken back, for then it has not been sent. Undone when the node refuses.
 */
import type { KithClient } from "@kith/client";
import type { Message } from "@kith/contract";
import { judge, toFailure } from "./failure.ts";
import type { Cancel, Host } from "./host.ts";
import type { SavedRow } from "./rows.ts";
import type { RefusedChange } from "./types.ts";

/** Long enough to read the row and find the button. */
export const UNDO_MS = 6_000;

interface Wish {
  /** null: that it is deleted. */
  readonly text: string | null;
  readonly atMs: number;
  /** Of a deletion that has not been sent; null: it is on its way. */
  cancel: Cancel | null;
  /** It may not go for now. */
  isHeld: boolean;
}

export interface RowChangesOptions {
  readonly client: Pick<KithClient, "editMessage" | "deleteMessage">;
  readonly host: Pick<Host, "nowMs" | "after">;
  /** Of another text; a deletion tells nobody anything new. */
  mayGo(): true | Promise<boolean>;
  onChange(): void;
  /** The node has it; the message as it is now. */
  onDone(message: Message): void;
  onRefused(refused: RefusedChange): void;
  onSignedOut(error: unknown): void;
}

export interface RowChanges {
  edit(message: string, text: string): void;
  /** Of one that is held. */
  undoEdit(message: string): void;
  remove(message: string): void;
  /** Of a deletion that has not been sent. */
  undoRemove(message: string): void;
  /** The row with what is wished for but not in the node yet. */
  over(row: SavedRow): SavedRow;
  nodeIsBack(): void;
  /** Whether one may may have changed: what is held is asked about. */
  askAgain(): void;
  /** There is a text that only this page has. */
  hasUnsent(): boolean;
  /** Nobody is there to take anything back any more: it is sent now. */
  leave(): void;
}

export function createRowChanges(options: RowChangesOptions): RowChanges {
  const { client, host } = options;
  const wishes = new Map<string, Wish>();
  const underWay = new Set<string>();
  const shown = new WeakMap<
    SavedRow,
    Pick<Wish, "isHeld"> & { readonly wish: Wish; readonly isSent: boolean; readonly row: SavedRow }
  >();

  async function carryOut(message: string): Promise<void> {
    const wish = wishes.get(message);
    if (wish === undefined || wish.cancel !== null || underWay.has(message)) return;
    underWay.add(message);
    try {
      const may = wish.text === null || options.mayGo();
      wish.isHeld = may !== true && !(await may);
      // While it was asked the person may have changed their mind.
      if (!wish.isHeld && wishes.get(message) === wish) {
        const now =
          wish.text === null
            ? await client.deleteMessage(message)
            : await client.editMessage(message, wish.text);
        options.onDone(now);
        if (wishes.get(message) === wish) wishes.delete(message);
      }
    } catch (error) {
      const kind = judge(error);
      if (kind === "signed-out") options.onSignedOut(error);
      // Without an answer it stays wished for, and is said again when the node is back.
      if (kind === "refused" || kind === "busy") {
        if (wishes.get(message) === wish) wishes.delete(message);
        options.onRefused({ message, text: wish.text, failure: toFailure(error) });
      }
    } finally {
      underWay.delete(message);
      options.onChange();
    }
    const newer = wishes.get(message);
    if (newer !== undefined && newer !== wish) void carryOut(message);
  }

  function send(message: string): void {
    const wish = wishes.get(message);
    if (!wish?.cancel) return;
    wish.cancel();
    wish.cancel = null;
    options.onChange();
    void carryOut(message);
  }

  return {
    edit(message, text) {
      if (wishes.get(message)?.text === null) return;
      wishes.set(message, { text, atMs: host.nowMs(), cancel: null, isHeld: false });
      options.onChange();
      void carryOut(message);
    },
    undoEdit(message) {
      if (wishes.get(message)?.isHeld !== true) return;
      wishes.delete(message);
      options.onChange();
    },
    remove(message) {
      if (wishes.get(message)?.text === null) return;
      const cancel = host.after(UNDO_MS, () => send(message));
      wishes.set(message, { text: null, atMs: host.nowMs(), cancel, isHeld: false });
      options.onChange();
    },
    undoRemove(message) {
      const wish = wishes.get(message);
      if (!wish?.cancel) return;
      wish.cancel();
      wishes.delete(message);
      options.onChange();
    },
    over(row) {
      const wish = wishes.get(row.id);
      if (wish === undefined || row.deleted) return row;
      const isSent = wish.cancel === null;
      const { isHeld } = wish;
      const known = shown.get(row);
      if (known?.wish === wish && known.isSent === isSent && known.isHeld === isHeld) return known.row;
      const next: SavedRow =
        wish.text !== null
          ? { ...row, text: wish.text, editedMs: isHeld ? row.editedMs : wish.atMs, isEditHeld: isHeld }
          : isSent
            ? { ...row, text: "", deleted: true, reactions: [] }
            : { ...row, leaving: true };
      shown.set(row, { wish, isSent, isHeld, row: next });
      return next;
    },
    nodeIsBack() {
      for (const message of wishes.keys()) void carryOut(message);
    },
    askAgain() {
      for (const [message, { isHeld }] of wishes) if (isHeld) void carryOut(message);
    },
    hasUnsent: () =>
      [...wishes].some(([message, { text, isHeld }]) => text !== null && (isHeld || !underWay.has(message))),
    leave() {
      for (const message of wishes.keys()) send(message);
    },
  };
}
