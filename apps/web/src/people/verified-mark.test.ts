import type { Member } from "@kith/react";
import { expect, test } from "vitest";
import { countVerified } from "./verified-mark.tsx";

const all = (...states: Member["verification"][]) => states.map((verification) => ({ verification }));

test("the verified are counted among the others, never oneself", () => {
  const six = Array.from({ length: 6 }, () => "verified" as const);
  expect(countVerified(all("self", ...six, "unverified"))).toBe("6 of 7 verified");
  expect(countVerified(all("self", "unverified"))).toBe("0 of 1 verified");
});

test("[ID63] who has changed since they were verified is not counted as verified", () => {
  expect(countVerified(all("self", "verified", "changed", "changed"))).toBe("1 of 3 verified");
});

test("where nobody else is, nothing is said", () => {
  expect(countVerified(all("self"))).toBeNull();
  expect(countVerified([])).toBeNull();
});
