import { expect, test } from "vitest";
import { message, SELF } from "./testing/scripted-client.ts";
import { toRow, withDelivery, withReaction } from "./rows.ts";
import type { SavedRow } from "./rows.ts";
import {
  addNewer,
  addOlder,
  changeRow,
  emptyWindow,
  placeRow,
  replaceRows,
  ROWS_MAX,
  settleOrder,
} from "./window.ts";
import type { Window } from "./window.ts";

const row = (facts: Parameters<typeof message>[0] = {}): SavedRow => toRow(message(facts), SELF);
const rows = (count: number): SavedRow[] => Array.from({ length: count }, () => row());
const open = (all: readonly SavedRow[], edges: Partial<Window> = {}): Window => ({
  ...emptyWindow,
  rows: all,
  ...edges,
});
const ids = (window: Window): string[] => window.rows.map(({ id }) => id);

test("a full window lets go of what is farthest from where the reader went", () => {
  const all = rows(ROWS_MAX + 150);
  const newest = open(all.slice(-250), { hasOlder: true });
  const older = addOlder(newest, all.slice(100, 200), true);
  expect(older.rows).toHaveLength(ROWS_MAX);
  expect(older.rows[0]).toBe(all[100]);
  expect(older.hasNewer).toBe(true);
  const back = addNewer(older, all.slice(400), false);
  expect(back.rows).toHaveLength(ROWS_MAX);
  expect(back.rows.at(-1)).toBe(all.at(-1));
  expect(back.hasOlder).toBe(true);
  expect(back.hasNewer).toBe(false);
});

test("pages that overlap what is shown show nothing twice", () => {
  const all = rows(5);
  const window = open(all.slice(2), { hasOlder: true });
  expect(ids(addOlder(window, all.slice(0, 4), false))).toEqual(all.map(({ id }) => id));
  expect(ids(addNewer(open(all.slice(0, 3)), all.slice(1), false))).toEqual(all.map(({ id }) => id));
});

test("a message that arrives late goes to its place by time", () => {
  const [first, late, last] = rows(3) as [SavedRow, SavedRow, SavedRow];
  const { window, outcome } = placeRow(open([first, last]), late, "oldest");
  expect(outcome).toBe("placed");
  expect(ids(window)).toEqual([first.id, late.id, last.id]);
});

test("what lies beyond a window's ends stays in the node", () => {
  const [before, first, last, after] = rows(4) as [SavedRow, SavedRow, SavedRow, SavedRow];
  const window = open([first, last], { hasOlder: true, hasNewer: true });
  expect(placeRow(window, before, "oldest").outcome).toBe("outside");
  expect(placeRow(window, after, "oldest").outcome).toBe("outside");
  expect(placeRow(open([first, last]), after, "oldest").outcome).toBe("placed");
});

test("a full window of a reader who has gone back does not slide under them", () => {
  const all = rows(ROWS_MAX);
  const { window, outcome } = placeRow(open(all), row(), "newest");
  expect(outcome).toBe("outside");
  expect(window.hasNewer).toBe(true);
  expect(window.rows).toBe(all);
});

test("of two devices in one millisecond only the node knows which was first; of one device the later is later", () => {
  const at = "2030-01-01T00:00:00.000Z";
  const one = row({ at, device: "a" });
  const two = row({ at, device: "a" });
  const other = row({ at, device: "b" });
  const own = placeRow(open([one]), two, "oldest");
  expect(own.outcome).toBe("placed");
  const guessed = placeRow(own.window, other, "oldest");
  expect(guessed.outcome).toBe("unsure");
  expect(ids(settleOrder(guessed.window, [other, one, two]))).toEqual([other.id, one.id, two.id]);
});

test("a row is a new object only if it changed", () => {
  const all = [message(), message()];
  const before = open(all.map((each) => toRow(each, SELF)));
  const [kept, changed] = all as [(typeof all)[0], (typeof all)[0]];
  const after = replaceRows(
    before,
    open([toRow(kept, SELF), toRow({ ...changed, authorName: "New" }, SELF)]),
  );
  expect(after.rows[0]).toBe(before.rows[0]);
  expect(after.rows[1]?.authorName).toBe("New");
  expect(changeRow(before, kept.id, (each) => each)).toBe(before);
});

test("what devices have acknowledged is never taken back, whatever order it is told in", () => {
  const told = row({ delivery: { devices: 0, of: 3, readBy: 0 } });
  const two = withDelivery(told, { devices: 2, of: 3 });
  expect(withDelivery(two, { devices: 1, of: 3 })).toBe(two);
  // The answer to the post, overtaken by the log.
  expect(placeRow(open([two]), told, "oldest").window.rows[0]).toBe(two);
  expect(withDelivery(two, { devices: 2, of: 4 }).delivery).toEqual({ devices: 2, of: 4, readBy: 0 });
});

test("a reaction said twice is one; the last one taken back takes the emoji with it", () => {
  const thumb = { emoji: "👍", person: SELF, present: true };
  const once = withReaction(row(), thumb, SELF);
  expect(once.reactions).toEqual([{ emoji: "👍", people: [SELF], mine: true }]);
  expect(withReaction(once, thumb, SELF)).toBe(once);
  expect(withReaction(once, { ...thumb, present: false }, SELF).reactions).toEqual([]);
});
