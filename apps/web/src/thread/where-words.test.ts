import type { DeviceDelivery } from "@kith/react";
import { expect, test } from "vitest";
import { describeWhere, groupByPerson } from "./where-words.ts";

const device = (more: Partial<DeviceDelivery> = {}): DeviceDelivery => ({
  person: "ben",
  name: "Ben",
  device: "phone",
  deviceName: "Phone",
  self: false,
  state: "waits",
  connected: false,
  lastSeen: "2026-05-03T09:20:30.000Z",
  ...more,
});
const nowMs = Date.parse("2026-05-20T12:00:00.000Z");
const words = (more: Partial<DeviceDelivery>): string => {
  const { level, words: said } = describeWhere(device(more), nowMs);
  return `${level}: ${said}`;
};

test("[SP156] a device that has a message says so; every other says why not, and one that is away since when", () => {
  expect(words({ state: "kept" })).toBe("ok: Has it");
  expect(words({ state: "kept", self: true })).toBe("ok: Here");
  expect(words({})).toMatch(/^idle: Not in reach, last seen on .*3/);
  expect(words({ lastSeen: new Date(nowMs).toISOString() })).toMatch(/^idle: Not in reach, last seen at /);
  expect(words({ lastSeen: null })).toBe("idle: Not met yet");
  expect(words({ connected: true })).toBe("idle: In reach, has not said yet that it has it");
  expect(words({ state: "key", connected: true })).toBe("warn: Waits for its key");
  expect(words({ state: "key" })).toMatch(/^warn: Waits for its key; not in reach, last seen on .*3/);
  expect(words({ state: "older" })).toBe("idle: Keeps nothing from so long ago");
  expect(words({ state: "refused" })).toMatch(/^bad: Hung up on/);
  expect(words({ state: "parted" })).toMatch(/^warn: Says that it shares no space/);
});

test("devices of one person stand together, also of two of one name", () => {
  const all = [device(), device({ device: "laptop" }), device({ person: "other", device: "x" })];
  expect(groupByPerson(all).map((each) => each.map((one) => one.device))).toEqual([
    ["phone", "laptop"],
    ["x"],
  ]);
});
