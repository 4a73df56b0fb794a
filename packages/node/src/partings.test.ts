import { createManualClock } from "@kith/core/testing";
import type { DeviceId } from "@kith/core";
import { expect, test } from "vitest";
import { PART_REST_FIRST_MS, PART_REST_MAX_MS, REPUTATIONS_MAX } from "./limits.ts";
import { NO_SHARED_SPACE, Partings } from "./partings.ts";
import { quietLog } from "./testing/quiet-log.ts";

const device = "a".repeat(64) as DeviceId;

function create(): {
  partings: Partings;
  clock: ReturnType<typeof createManualClock>;
  meet: (whom?: DeviceId) => void;
} {
  const clock = createManualClock();
  const partings = new Partings({ clock, log: quietLog, isMember: () => true, nameOf: () => "Bea" });
  const meet = (whom = device): void => {
    const session = { device: whom, peer: {} as never, close: () => undefined };
    partings.hear(session, { code: NO_SHARED_SPACE, detail: "" });
  };
  return { partings, clock, meet };
}

test("[EP94] each time the rest is twice as long, up to a bound, and what comes within one does not count", () => {
  const { partings, clock, meet } = create();
  const rests: number[] = [];
  for (let time = 0; time < 12; time += 1) {
    meet();
    rests.push(partings.restMs(device));
    meet();
    clock.advance(partings.restMs(device));
  }
  expect(rests.slice(0, 3)).toEqual([PART_REST_FIRST_MS, 2 * PART_REST_FIRST_MS, 4 * PART_REST_FIRST_MS]);
  expect(Math.max(...rests)).toBe(PART_REST_MAX_MS);
  expect(rests.at(-1)).toBe(PART_REST_MAX_MS);
});

test("[EP94] who keeps to the rest is heard again, and long after it the rest is short again", () => {
  const { partings, clock, meet } = create();
  meet();
  expect(partings.isFresh(device)).toBe(true);
  clock.advance(PART_REST_FIRST_MS / 2);
  expect(partings.isFresh(device)).toBe(false);
  expect(partings.restMs(device)).toBe(PART_REST_FIRST_MS / 2);
  expect(partings.tellers()).toEqual(["Bea"]);
  clock.advance(PART_REST_FIRST_MS + PART_REST_MAX_MS);
  expect(partings.tellers()).toEqual([]);
  meet();
  expect(partings.restMs(device)).toBe(PART_REST_FIRST_MS);
});

test("[EP94] devices that are remembered so are bounded", () => {
  const { partings, meet } = create();
  for (let at = 0; at <= REPUTATIONS_MAX; at += 1) meet(at.toString(16).padStart(64, "0") as DeviceId);
  expect(partings.restMs("0".repeat(64) as DeviceId)).toBe(0);
  expect(partings.restMs(REPUTATIONS_MAX.toString(16).padStart(64, "0") as DeviceId)).toBe(
    PART_REST_FIRST_MS,
  );
});

test("[EP94] who hears it ends the link, and what else goes wrong ends none", () => {
  const { partings } = create();
  const reasons: string[] = [];
  const session = { device, peer: {} as never, close: (reason: string) => void reasons.push(reason) };
  partings.hear(session, { code: "OTHER", detail: "" });
  expect([reasons, partings.restMs(device)]).toEqual([[], 0]);
  partings.hear(session, { code: NO_SHARED_SPACE, detail: "" });
  expect([reasons, partings.restMs(device)]).toEqual([["no-shared-space"], PART_REST_FIRST_MS]);
});

test("[EP94] who is a member again rests no more, but where it says itself that it shares nothing", () => {
  for (const isTold of [true, false]) {
    const clock = createManualClock();
    let isMember = false;
    const partings = new Partings({ clock, log: quietLog, isMember: () => isMember, nameOf: () => "Bea" });
    const session = { device, peer: {} as never, send: () => true, close: () => undefined };
    if (isTold) partings.hear(session, { code: NO_SHARED_SPACE, detail: "" });
    else partings.part(session);
    expect([partings.restMs(device), partings.tellers()]).toEqual([PART_REST_FIRST_MS, []]);
    isMember = true;
    expect([partings.restMs(device), partings.tellers()]).toEqual([0, []]);
    clock.advance(PART_REST_FIRST_MS);
    // Here it is a member, and says that it shares nothing.
    partings.hear(session, { code: NO_SHARED_SPACE, detail: "" });
    expect([partings.restMs(device), partings.tellers()]).toEqual([2 * PART_REST_FIRST_MS, ["Bea"]]);
  }
});
