/** When each way is tried, on virtual time: over sockets these figures would be those of the machine. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KithApiError } from "./error.ts";
import { followLog } from "./follow.ts";
import type { Start, Way, WayHandlers, WayName } from "./ways/way.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

type Manner = "opens" | "refuses" | "hangs";

/** A way that is as it is told to be, and what was tried, with the time of each attempt. */
function follow(manners: Partial<Record<WayName, Manner>>, options: { readonly space?: string } = {}) {
  const beganMs = performance.now();
  const tried: [WayName, number][] = [];
  const told: string[] = [];
  const open = new Map<WayName, WayHandlers>();
  const starts: Start[] = [];
  const way = (name: WayName): Way => ({
    name,
    open(from, handlers) {
      starts.push(from);
      tried.push([name, performance.now() - beganMs]);
      const manner = manners[name] ?? "opens";
      // As a socket does: never within the call that opens it.
      if (manner === "opens") queueMicrotask(() => handlers.opened("c1"));
      if (manner === "refuses") queueMicrotask(() => handlers.failed(null));
      open.set(name, handlers);
      return () => open.delete(name);
    },
  });
  const { end } = followLog(
    { ways: [way("websocket"), way("events"), way("polling")], ...options },
    {
      entry: ({ cursor }) => told.push(cursor),
      state: (state) => told.push(state),
      connected: () => told.push(`connected at ${performance.now() - beganMs}`),
      way: (name) => told.push(name),
      ended: (error) => told.push(`ended ${error?.code ?? "by the caller"}`),
    },
  );
  return { tried, told, manners, open, end, starts };
}

test.each<[string, Partial<Record<WayName, Manner>>, [WayName, number][]]>([
  ["all open", {}, [["websocket", 0]]],
  [
    "WebSocket refused",
    { websocket: "refuses" },
    [
      ["websocket", 0],
      ["events", 0],
    ],
  ],
  [
    "WebSocket and events refused",
    { websocket: "refuses", events: "refuses" },
    [
      ["websocket", 0],
      ["events", 0],
      ["polling", 0],
    ],
  ],
  [
    "WebSocket hanging",
    { websocket: "hangs" },
    [
      ["websocket", 0],
      ["events", 1_500],
    ],
  ],
  [
    "events hanging",
    { websocket: "refuses", events: "hangs" },
    [
      ["websocket", 0],
      ["events", 0],
      ["polling", 1_500],
    ],
  ],
  [
    "WebSocket and events hanging",
    { websocket: "hangs", events: "hangs" },
    [
      ["websocket", 0],
      ["events", 1_500],
      ["polling", 1_900],
    ],
  ],
])("[CL2] %s: what refuses is left at once, what hangs in time", async (_name, manners, wanted) => {
  const { tried, told, end } = follow(manners);
  await vi.advanceTimersByTimeAsync(1_900);
  const [last, atMs] = wanted.at(-1) ?? [];
  expect(told).toEqual(["connecting", last, "open", `connected at ${atMs}`]);
  // A look upwards begins 1 s after the fall at the earliest; what is asked here lies before it.
  expect(tried.slice(0, wanted.length)).toEqual(wanted);
  end();
});

test("[CL3] the way above is tried 1 to 2 s after a fall, then half as often each time, to once a minute", async () => {
  const { tried, end } = follow({ websocket: "refuses", events: "refuses" });
  await vi.advanceTimersByTimeAsync(600_000);
  const looks = tried.slice(3).filter(([name]) => name === "websocket");
  const waits = looks.map(([, ms], at) => ms - (looks[at - 1]?.[1] ?? 0));
  for (const [at, wait] of waits.entries()) {
    const fullMs = Math.min(60_000, 2_000 * 2 ** at);
    expect(wait, `look ${at}`).toBeGreaterThanOrEqual(fullMs / 2);
    expect(wait, `look ${at}`).toBeLessThanOrEqual(fullMs);
  }
  expect(waits.length).toBeGreaterThan(10);
  end();
});

test("[CL5] after a loss the same way is tried first, after 10 to 20 ms", async () => {
  const { tried, told, open, end } = follow({});
  await vi.advanceTimersByTimeAsync(10);
  open.get("websocket")?.failed(null);
  await vi.advanceTimersByTimeAsync(9);
  expect(tried).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(11);
  expect(tried.map(([name]) => name)).toEqual(["websocket", "websocket"]);
  expect(told.slice(4, 6)).toEqual(["waiting", "connecting"]);
  end();
});

test("[CL5] where nothing opens all are tried again ever more slowly, to once in 5 to 10 s", async () => {
  const { tried, end } = follow({ websocket: "refuses", events: "refuses", polling: "refuses" });
  await vi.advanceTimersByTimeAsync(300_000);
  const rounds = tried.filter(([name]) => name === "websocket").map(([, ms]) => ms);
  const waits = rounds.slice(1).map((ms, at) => ms - (rounds[at] ?? 0));
  expect(waits[0]).toBeLessThanOrEqual(100);
  for (const wait of waits.slice(8)) {
    expect(wait).toBeGreaterThanOrEqual(5_000);
    expect(wait).toBeLessThanOrEqual(10_000);
  }
  expect(waits.length).toBeGreaterThan(30);
  end();
});

test("[CL6] a refusal of the node's own ends it, whichever way said so", async () => {
  const { told, tried, open } = follow({ websocket: "refuses", events: "hangs" });
  await vi.advanceTimersByTimeAsync(1);
  const facts = {
    status: 401,
    code: "TOKEN_INVALID",
    message: "this token is not valid here",
    next: "make one",
  };
  open.get("events")?.failed(new KithApiError(facts));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.slice(-2)).toEqual(["ended", "ended TOKEN_INVALID"]);
  expect(tried.map(([name]) => name)).toEqual(["websocket", "events"]);
});

test("[CL18] a stream of one space asks every way for it, and goes on behind what was of others", async () => {
  const { starts, open, end } = follow({ websocket: "refuses" }, { space: "Chess" });
  await vi.advanceTimersByTimeAsync(10);
  open.get("events")?.passed("c9");
  open.get("events")?.failed(null);
  await vi.advanceTimersByTimeAsync(20);
  expect(starts.map(({ since, space }) => [since, space])).toEqual([
    [undefined, "Chess"],
    [undefined, "Chess"],
    ["c9", "Chess"],
  ]);
  end();
});
