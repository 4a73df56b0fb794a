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
  expect(words("saved", 0, 7)).toBe("Saved here · waits for 7 devices");
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

test("what nobody else has says who it waits for: by name where it is known whose devices these are", () => {
  const member = (name: string, self: boolean, ...devices: string[]) => ({
    person: name,
    name,
    role: "member" as const,
    devices,
    joined: "",
    overturned: null,
    suspended: [],
    may: { remove: false, roles: [] },
    status: null,
    avatar: null,
    verification: "unverified" as const,
    self,
  });
  const me = member("Ann", true, "a");
  const waits = (of: number, ...others: ReturnType<typeof member>[]): string =>
    describeDelivery({ state: "saved", delivery: { devices: 0, of, readBy: 0 } }, [me, ...others]).words;
  const ben = member("Ben", false, "b");
  const cem = member("Cem", false, "c", "d");
  expect(waits(1, ben)).toBe("Saved here · waits for Ben");
  expect(waits(3, ben, cem)).toBe("Saved here · waits for Ben and Cem");
  expect(waits(4, ben, cem, member("Dee", false, "e"))).toBe("Saved here · waits for 4 devices");
  // Somebody has joined whom this message does not count.
  expect(waits(1, ben, cem)).toBe("Saved here · waits for 1 device");
});
