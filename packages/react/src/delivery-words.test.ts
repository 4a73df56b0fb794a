import { expect, test } from "vitest";
import { describeDelivery } from "./delivery-words.ts";
import type { Row } from "./types.ts";

const words = (state: Row["state"], devices = 0, of = 0, readBy = 0): string =>
  describeDelivery({ state, delivery: { devices, of, readBy } }).words;

test("says what devices have acknowledged and no more", () => {
  expect(words("sending")).toBe("Sending…");
  expect(words("waiting")).toContain("sent by itself");
  expect(words("failed")).toBe("Not sent");
  expect(words("saved")).toBe("Saved here · nobody else is in this space yet");
  expect(words("saved", 0, 7)).toBe("Saved here");
  expect(words("saved", 3, 7)).toBe("On 3 of 7 devices");
  expect(words("saved", 7, 7)).toBe("On all 7 devices");
  expect(words("saved", 1, 1)).toBe("On 1 of 1 device");
  expect(words("saved", 7, 7, 2)).toBe("Read by 2");
});

test("more acknowledgements than devices are all of them", () => {
  expect(describeDelivery({ state: "saved", delivery: { devices: 3, of: 2, readBy: 0 } })).toMatchObject({
    level: "all",
    devices: 2,
  });
});
