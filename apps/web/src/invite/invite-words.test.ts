import { expect, test } from "vitest";
import { describeChoice, overWords } from "./invite-words.ts";

test("what an invitation does is said whole: who, until when, what they may, what they see of before, who is asked", () => {
  const choice = { role: "reader", expires: "1d", uses: 5 } as const;
  const words = describeChoice(choice, { name: "Climbing", history: "all" });
  for (const part of [
    "Up to 5 people",
    "within 1 day",
    "read, not write",
    "with all of its history",
    "nobody is asked",
    "wait until an owner or admin lets them in",
  ])
    expect(words).toContain(part);
});

test("of a space whose past is closed to who comes later no history is promised", () => {
  const choice = { role: "member", expires: "7d", uses: 1 } as const;
  const words = describeChoice(choice, { name: "Climbing", history: "from-joining" });
  expect(words).toContain("One person may join Climbing within 7 days and read and write everywhere");
  expect(words).toContain("from when they come, and nothing from before");
  expect(words).not.toContain("all of its history");
});

test("an invitation is over by its revocation, its uses or its time, and says by which", () => {
  const open = { revoked: false, used: 0, uses: 1, expires: "2030-01-01T00:00:00.000Z" };
  const nowMs = Date.parse("2029-12-31T23:59:59.999Z");
  expect(overWords(open, nowMs)).toBeNull();
  expect(overWords({ ...open, revoked: true }, nowMs)).toBe("revoked");
  expect(overWords({ ...open, used: 1 }, nowMs)).toBe("used up");
  // Two came by it at once.
  expect(overWords({ ...open, used: 2 }, nowMs)).toBe("used up");
  expect(overWords(open, nowMs + 1)).toMatch(/^expired on .*20(29|30)/);
  expect(overWords({ ...open, used: 1 }, nowMs + 1)).toBe("used up");
  expect(overWords({ ...open, expires: null }, nowMs + 1)).toBeNull();
});
