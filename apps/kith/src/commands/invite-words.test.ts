/** How an invitation is told, by the time at which it is looked at. */
import { expect, test } from "vitest";
import { inviteState } from "./invite-words.ts";
import { minuteOf } from "./times.ts";

const expires = "2026-05-03T10:00:00.000Z";
const atMs = Date.parse(expires);
const fresh = { revoked: false, expires, used: 0, uses: 1 };

test.each([
  ["one that lets in", fresh, atMs - 1, `until ${minuteOf(expires)}`],
  ["one whose time is over", fresh, atMs, `expired ${minuteOf(expires)}`],
  ["one without end", { ...fresh, expires: null }, atMs, "without end"],
  ["one that has let in whom it was for", { ...fresh, used: 1 }, atMs - 1, "used up"],
  ["one that two came by at once", { ...fresh, used: 2 }, atMs - 1, "used up"],
  ["one with room", { ...fresh, used: 2, uses: 3 }, atMs - 1, `until ${minuteOf(expires)}`],
  ["one that was taken back, whatever else holds", { ...fresh, used: 1, revoked: true }, atMs, "revoked"],
])("%s", (_what, invite, nowMs, told) => {
  expect(inviteState(invite, nowMs)).toBe(told);
});

test("a time is a day and a minute of this computer's clock", () => {
  expect(minuteOf(expires)).toMatch(/^2026-05-0[234] \d\d:\d\d$/);
});
