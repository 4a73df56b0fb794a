import { expect, test } from "vitest";
import type { EventId } from "../ids.ts";
import { placeInChain } from "./chain.ts";
import { id32 } from "./event-fixtures.ts";

const [id, other, tip] = ["this", "other", "tip"].map((name) => id32<EventId>(name)) as [
  EventId,
  EventId,
  EventId,
];
const place = (header: { seq: number; prev: EventId | null }, existing: EventId | null, tipSeq: number) =>
  placeInChain(header, { id, existing, tip: tipSeq === 0 ? null : { seq: tipSeq, id: tip } });

test("[EV14] an event that is held already is known", () => {
  expect(place({ seq: 3, prev: tip }, id, 5)).toBe("known");
});

test("[EV14] another event at the same seq is a fork", () => {
  expect(place({ seq: 3, prev: tip }, other, 5)).toBe("fork");
});

test("[EV14] the first event of a device, and one that names the tip, are next", () => {
  expect(place({ seq: 1, prev: null }, null, 0)).toBe("next");
  expect(place({ seq: 6, prev: tip }, null, 5)).toBe("next");
});

test("[EV14] the next seq with another predecessor is refused by name", () => {
  expect(place({ seq: 6, prev: other }, null, 5)).toBe("bad-prev");
});

test("[EV14] an event whose predecessors are not held lies behind a gap", () => {
  expect(place({ seq: 7, prev: other }, null, 5)).toBe("gap");
  expect(place({ seq: 2, prev: other }, null, 0)).toBe("gap");
});
