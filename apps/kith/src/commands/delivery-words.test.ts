import type { DeviceDelivery } from "@kith/contract";
import { expect, test } from "vitest";
import { deliveryWords } from "./delivery-words.ts";
import { minuteOf } from "./times.ts";

const SEEN = "2026-05-03T09:20:30.000Z";

const words = (state: DeviceDelivery["state"], more: Partial<DeviceDelivery> = {}): string =>
  deliveryWords({ state, self: false, connected: false, lastSeen: SEEN, ...more });

test("[CL20] each device that has not a message says why, and one that is away since when", () => {
  expect(words("kept")).toBe("has it");
  expect(words("kept", { self: true })).toBe("here");
  expect(words("waits")).toBe(`not in reach, last seen ${minuteOf(SEEN)}`);
  expect(words("waits", { lastSeen: null })).toBe("not met by this device yet");
  expect(words("waits", { connected: true })).toBe("in reach, has not said yet that it has it");
  expect(words("key")).toBe(`waits for its key; not in reach, last seen ${minuteOf(SEEN)}`);
  expect(words("key", { connected: true })).toBe("waits for its key");
  expect(words("older")).toContain("so long ago");
  expect(words("refused")).toContain("hung up on");
  expect(words("parted")).toContain("shares no space");
});
