/** What the store and its writer thread say to each other. */
import type { BatchOutcome, Failure, Group } from "./group.ts";

export interface WriterData {
  readonly directory: string;
  readonly key: Uint8Array;
  readonly bytesMax: number | undefined;
  readonly logRowsMax: number;
}

export type ToWriter = { readonly type: "group"; readonly group: Group } | { readonly type: "close" };

export type FromWriter =
  | { readonly type: "ready" }
  /** An older store is brought up to this version: so many of its events are done. */
  | { readonly type: "filling"; readonly done: number; readonly events: number }
  | { readonly type: "refused"; readonly failure: Failure }
  | { readonly type: "done"; readonly outcomes: readonly BatchOutcome[] }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "warning"; readonly failure: Failure };
