import { expect, test } from "vitest";
import { Reputation, judgeHealth } from "./health.ts";

const link = (rttMs: number | null, missedBeats = 0) => ({ rttMs, missedBeats });

test("network health says offline without a link, whatever else", () => {
  expect(judgeHealth({ online: true, links: [], recentLosses: 0 })).toBe("offline");
  expect(judgeHealth({ online: false, links: [link(1)], recentLosses: 0 })).toBe("offline");
});

test("network health falls with round trips, missed heartbeats and lost links", () => {
  expect(judgeHealth({ online: true, links: [link(2), link(3)], recentLosses: 0 })).toBe("excellent");
  expect(judgeHealth({ online: true, links: [link(120)], recentLosses: 0 })).toBe("good");
  expect(judgeHealth({ online: true, links: [link(2), link(2), link(2, 1)], recentLosses: 0 })).toBe("good");
  expect(judgeHealth({ online: true, links: [link(2)], recentLosses: 1 })).toBe("good");
  expect(judgeHealth({ online: true, links: [link(900)], recentLosses: 0 })).toBe("poor");
  expect(judgeHealth({ online: true, links: [link(2, 2)], recentLosses: 0 })).toBe("poor");
  expect(judgeHealth({ online: true, links: [link(2)], recentLosses: 4 })).toBe("poor");
});

test("a fault costs reputation, time gives it back, and it stays within 0 and 100", () => {
  const reputation = new Reputation(0);
  expect(reputation.at(0)).toBe(100);
  reputation.fault(0);
  expect(reputation.at(0)).toBe(80);
  reputation.fault(0, 50);
  expect(reputation.at(0)).toBe(0);
  expect(reputation.at(200_000)).toBe(20);
  expect(reputation.at(10_000_000)).toBe(100);
});
