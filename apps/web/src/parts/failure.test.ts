import { expect, test } from "vitest";
import { sentencesOf } from "./failure.ts";

test("a failure is told in sentences, each with one full stop, however the node wrote them", () => {
  expect(sentencesOf({ message: "Not allowed here.", next: "Ask an owner." })).toBe(
    "Not allowed here. Ask an owner.",
  );
  expect(sentencesOf({ message: "something failed", next: "try again; then report it" })).toBe(
    "Something failed. Try again; then report it.",
  );
  expect(sentencesOf({ message: "Really?", next: "" })).toBe("Really?");
});
