import { expect, test } from "vitest";
import { readWays } from "./ways.ts";

test("nothing set leaves all ways open", () => {
  expect(readWays({})).toBeNull();
  expect(readWays({ KITH_ONLY_DATAGRAMS: "0", KITH_SYNC_RUNG: "" })).toBeNull();
});

test("messages by datagrams alone, and the rungs of reconciliation, are each chosen by themselves", () => {
  expect(readWays({ KITH_ONLY_DATAGRAMS: "1" })).toEqual({ push: false, streams: false });
  expect(readWays({ KITH_SYNC_RUNG: "bloom" })).toEqual({ push: true, streams: true, rungs: ["bloom"] });
  expect(readWays({ KITH_ONLY_DATAGRAMS: "1", KITH_SYNC_RUNG: "bloom,buckets" })).toEqual({
    push: false,
    streams: false,
    rungs: ["bloom", "buckets"],
  });
});

test.each(["Bloom", "bloom,", "bloom,bloom", "cells ranges"])("the rung %j is refused in words", (text) => {
  expect(() => readWays({ KITH_SYNC_RUNG: text })).toThrow(/KITH_SYNC_RUNG/);
});

test("other values for datagrams are refused", () => {
  expect(() => readWays({ KITH_ONLY_DATAGRAMS: "yes" })).toThrow(/KITH_ONLY_DATAGRAMS/);
});
