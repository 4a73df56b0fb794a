/**
 * A stretch of a conversation: at most 300 rows in the node's order, with what lies beyond its two ends left
 * in the node. Pure: windows in, windows out.
 */
import { mergeRow } from "./rows.ts";
import type { SavedRow } from "./rows.ts";

/** A page that keeps more costs tens of megabytes and seconds; this is three screens beyond any view. */
export const ROWS_MAX = 300;

export interface Window {
  readonly rows: readonly SavedRow[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

export const emptyWindow: Window = { rows: [], hasOlder: false, hasNewer: false };

/** Which end is let go when there are too many. */
export type Drop = "oldest" | "newest";

function trim(window: Window, drop: Drop): Window {
  const excess = window.rows.length - ROWS_MAX;
  if (excess <= 0) return window;
  return drop === "oldest"
    ? { ...window, rows: window.rows.slice(excess), hasOlder: true }
    : { ...window, rows: window.rows.slice(0, ROWS_MAX), hasNewer: true };
}

function byId(rows: readonly SavedRow[]): Map<string, SavedRow> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** Fresh tellings of a stretch: rows that are known keep what was acknowledged, and their object if nothing changed. */
export function replaceRows(before: Window, next: Window): Window {
  const known = byId(before.rows);
  const rows = next.rows.map((row) => {
    const old = known.get(row.id);
    return old === undefined ? row : mergeRow(old, row);
  });
  return trim({ ...next, rows }, "oldest");
}

export function addOlder(window: Window, page: readonly SavedRow[], hasOlder: boolean): Window {
  const known = byId(window.rows);
  const rows = [...page.filter((row) => !known.has(row.id)), ...window.rows];
  return trim({ ...window, rows, hasOlder }, "newest");
}

export function addNewer(window: Window, page: readonly SavedRow[], hasNewer: boolean): Window {
  const known = byId(window.rows);
  const rows = [...window.rows, ...page.filter((row) => !known.has(row.id))];
  return trim({ ...window, rows, hasNewer }, "oldest");
}

export interface Placed {
  readonly window: Window;
  /** unsure: written in the same millisecond as another device's row; only the node knows which is first. */
  readonly outcome: "placed" | "known" | "outside" | "unsure";
}

/** A row that has just come to be known goes where it belongs, which need not be the end. */
export function placeRow(window: Window, row: SavedRow, drop: Drop): Placed {
  const { rows } = window;
  const at = rows.findIndex(({ id }) => id === row.id);
  const known = rows[at];
  if (known !== undefined) {
    const merged = mergeRow(known, row);
    return {
      window: merged === known ? window : { ...window, rows: rows.with(at, merged) },
      outcome: "known",
    };
  }
  const first = rows[0];
  const last = rows.at(-1);
  if (window.hasNewer && (last === undefined || row.atMs > last.atMs)) return { window, outcome: "outside" };
  if (window.hasOlder && first !== undefined && row.atMs < first.atMs) return { window, outcome: "outside" };
  let index = rows.length;
  while (index > 0 && rows[index - 1]!.atMs > row.atMs) index -= 1;
  let tie = index;
  while (tie > 0 && rows[tie - 1]!.atMs === row.atMs) tie -= 1;
  // What one device wrote arrives in its order; between devices of one millisecond the node decides.
  const unsure = rows.slice(tie, index).some(({ device }) => device !== row.device);
  const full = rows.length >= ROWS_MAX;
  if (full && drop === "newest" && index === rows.length)
    return { window: { ...window, hasNewer: true }, outcome: "outside" };
  return {
    window: trim({ ...window, rows: rows.toSpliced(index, 0, row) }, drop),
    outcome: unsure ? "unsure" : "placed",
  };
}

/** Rows that the node has just listed stand in its order; all others stay where they are. */
export function settleOrder(window: Window, listed: readonly SavedRow[]): Window {
  const order = new Map(listed.map((row, index) => [row.id, index]));
  const sorted = window.rows
    .filter((row) => order.has(row.id))
    .sort((a, b) => order.get(a.id)! - order.get(b.id)!);
  let next = 0;
  const rows = window.rows.map((row) => (order.has(row.id) ? sorted[next++]! : row));
  return rows.every((row, index) => row === window.rows[index]) ? window : { ...window, rows };
}

/** The same window if nothing changed. */
export function changeRows(window: Window, change: (row: SavedRow) => SavedRow): Window {
  let changed = false;
  const rows = window.rows.map((row) => {
    const next = change(row);
    changed ||= next !== row;
    return next;
  });
  return changed ? { ...window, rows } : window;
}

export function changeRow(window: Window, id: string, change: (row: SavedRow) => SavedRow): Window {
  const index = window.rows.findIndex((row) => row.id === id);
  const row = window.rows[index];
  if (row === undefined) return window;
  const next = change(row);
  return next === row ? window : { ...window, rows: window.rows.with(index, next) };
}

/** What answers one of them says that it is gone. */
export function withoutRows(window: Window, ids: ReadonlySet<string>): Window {
  const left = window.rows.filter((row) => !ids.has(row.id));
  const next = changeRows({ ...window, rows: left }, (row) =>
    row.replyTo !== null && ids.has(row.replyTo) ? { ...row, isReplyToExpired: true } : row,
  );
  return left.length === window.rows.length && next.rows === left ? window : next;
}
