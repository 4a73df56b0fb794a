/** What entries of the log do to the rows of a window. Pure; saying one twice changes nothing. */
import type { Message } from "@kith/contract";
import { mergeRow, toRow, withDelivery, withReaction } from "./rows.ts";
import { changeRow, changeRows, placeRow, withoutRows } from "./window.ts";
import type { Drop, Window } from "./window.ts";

export type Change =
  | { readonly type: "message"; readonly message: Message }
  /** Edited or deleted: only what is in the window changes. */
  | { readonly type: "edit"; readonly message: Message }
  | {
      readonly type: "reaction";
      readonly message: string;
      readonly emoji: string;
      readonly person: string;
      readonly present: boolean;
    }
  | {
      readonly type: "delivery";
      readonly messages: readonly { readonly id: string; readonly devices: number; readonly of: number }[];
    }
  /** Their time is over: nothing of them is shown any more. */
  | { readonly type: "expired"; readonly messages: readonly string[] }
  | { readonly type: "name"; readonly person: string; readonly name: string };

/** What an entry of the log about a reaction says; null: its author is nobody here. */
export type Reacted = Omit<Extract<Change, { type: "reaction" }>, "type" | "person"> & {
  readonly author: string | null;
};

/** What an entry of the log about a space says. */
export interface SpaceEntry {
  readonly space?: string | null;
  readonly change?: string;
  readonly channel?: string;
  readonly channels?: readonly string[];
  readonly messages?: readonly string[];
}

export interface Applied {
  readonly window: Window;
  /** Only the node knows where among those of its millisecond the new row stands. */
  readonly isUnsure: boolean;
}

export function applyChange(
  window: Window,
  change: Change,
  { self, drop }: { readonly self: string; readonly drop: Drop },
): Applied {
  const sure = (next: Window): Applied => ({ window: next, isUnsure: false });
  switch (change.type) {
    case "message": {
      const placed = placeRow(window, toRow(change.message, self), drop);
      return { window: placed.window, isUnsure: placed.outcome === "unsure" };
    }
    case "edit":
      return sure(changeRow(window, change.message.id, (row) => mergeRow(row, toRow(change.message, self))));
    case "reaction":
      return sure(changeRow(window, change.message, (row) => withReaction(row, change, self)));
    case "delivery":
      return sure(
        change.messages.reduce(
          (before, told) => changeRow(before, told.id, (row) => withDelivery(row, told)),
          window,
        ),
      );
    case "expired":
      return sure(withoutRows(window, new Set(change.messages)));
    case "name":
      return sure(
        changeRows(window, (row) =>
          row.author === change.person && row.authorName !== change.name
            ? { ...row, authorName: change.name }
            : row,
        ),
      );
    default:
      return change satisfies never;
  }
}
