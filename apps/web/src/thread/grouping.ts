/** What stands between rows: a new day, a new author, the line above what is new. */
import type { Row } from "@kith/react";

/** Rows of one author closer than this read as one block. */
const BLOCK_MS = 5 * 60_000;

export interface RowFrame {
  /** Words of the day that begins here, or null. */
  readonly day: string | null;
  readonly isNewSince: boolean;
  /** The author stands above it. */
  readonly isFirst: boolean;
}

export function frameRow(
  row: Row,
  before: Row | undefined,
  options: { newSince: string | null; nowMs: number },
): RowFrame {
  const isNewDay = before === undefined || dayOf(before.atMs) !== dayOf(row.atMs);
  const isNewSince = row.key === options.newSince;
  const isFirst =
    isNewDay ||
    isNewSince ||
    before.author !== row.author ||
    row.replyTo !== null ||
    row.atMs - before.atMs > BLOCK_MS;
  return { day: isNewDay ? describeDay(row.atMs, options.nowMs) : null, isNewSince, isFirst };
}

const dayOf = (ms: number): string => new Date(ms).toDateString();

export function describeDay(ms: number, nowMs: number): string {
  if (dayOf(ms) === dayOf(nowMs)) return "Today";
  if (dayOf(ms) === dayOf(nowMs - 86_400_000)) return "Yesterday";
  const sameYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  return new Date(ms).toLocaleDateString(undefined, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

let clock: { readonly zone: number; readonly format: Intl.DateTimeFormat } | null = null;

export function clockTime(ms: number): string {
  // Kept: to make one costs as much as to draw a row. A device that travels gets another.
  const zone = new Date().getTimezoneOffset();
  if (clock?.zone !== zone)
    clock = { zone, format: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }) };
  return clock.format.format(ms);
}
