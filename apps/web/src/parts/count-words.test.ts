import { expect, test } from "vitest";
import { countOf } from "./count-words.ts";

test.each([
  [countOf(0, "member"), "0 members"],
  [countOf(1, "member"), "1 member"],
  [countOf(2, "member"), "2 members"],
  [countOf(1, "person", "people"), "1 person"],
  [countOf(3, "person", "people"), "3 people"],
])("%s", (said, meant) => expect(said).toBe(meant));
