/** Pages in which what is shown early stands where it belongs among what is stored. spec/http HT55. */
import { compareTimes } from "@kith/core";
import type { ChannelId, EventStore, MessageRow, SpaceId } from "@kith/core";
import { EARLY_LOOK_PAGES_MAX, PAGE_ROWS_MAX } from "../limits.ts";
import type { MessagePlace } from "@kith/core/ports";
import type { EarlyWindow } from "./window.ts";

export interface EarlyPage {
  readonly space?: SpaceId;
  readonly channel?: ChannelId;
  /** Exclusive; stored, expired or shown early. */
  readonly before?: MessagePlace;
  readonly after?: MessagePlace;
  readonly limit: number;
}

export interface PageRow {
  readonly row: MessageRow;
  readonly early: boolean;
}

/** As the store's page, oldest first: the newest before `before`, or those next after `after`. */
export function pageOf(
  store: Pick<EventStore, "messages" | "message">,
  window: EarlyWindow,
  { before, after, limit, ...of }: EarlyPage,
): PageRow[] {
  const isWithin = (row: MessageRow): boolean =>
    (before === undefined || compareRows(row, before) < 0) &&
    (after === undefined || compareRows(row, after) > 0);
  const early = [...window.rows(of)].filter(isWithin).map((row) => ({ row, early: true }));
  const stored = storedPage(store, window, {
    ...of,
    ...(before && { before }),
    ...(after && { after }),
    limit,
  });
  const rows = [...stored.map((row) => ({ row, early: false })), ...early];
  if (early.length > 0) rows.sort((a, b) => compareRows(a.row, b.row));
  return after === undefined ? rows.slice(-limit) : rows.slice(0, limit);
}

function storedPage(
  store: Pick<EventStore, "messages">,
  window: EarlyWindow,
  { before, after, limit, ...of }: EarlyPage,
): MessageRow[] {
  const edge = after ?? before;
  if (edge === undefined || window.row(edge.id) === null)
    return store.messages({
      ...of,
      limit,
      ...(before && { before: before.id }),
      ...(after && { after: after.id }),
    });
  // The store does not know this message: where it would stand is looked for from the newest on.
  const found: MessageRow[] = [];
  let oldest: MessageRow | undefined;
  for (let page = 0; page < EARLY_LOOK_PAGES_MAX; page += 1) {
    const rows = store.messages({ ...of, limit: PAGE_ROWS_MAX, ...(oldest && { before: oldest.id }) });
    const within = rows.filter((row) => compareRows(row, edge) > 0 === (after !== undefined));
    found.unshift(...within);
    [oldest] = rows;
    const isEnough = after === undefined ? found.length >= limit : within.length < rows.length;
    if (isEnough || rows.length < PAGE_ROWS_MAX) break;
  }
  return after === undefined ? found.slice(-limit) : found.slice(0, limit);
}

/** The order of pages. Negative when a stands before b. */
export function compareRows(a: MessagePlace, b: MessagePlace): number {
  return (
    compareTimes({ ms: a.timeMs, count: a.timeCount }, { ms: b.timeMs, count: b.timeCount }) ||
    compareIds(a.device, b.device) ||
    a.seq - b.seq ||
    compareIds(a.id, b.id)
  );
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
