import { describe, expect, test } from "vitest";
import type { CborValue } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { EventId } from "../ids.ts";
import {
  alice,
  control,
  controlEpoch,
  draft,
  epoch,
  forge,
  id32,
  refusal,
  salt,
  seal,
  seeded,
} from "./event-fixtures.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import type { Header } from "./header.ts";
import { openEvent } from "./open.ts";
import { decodeOuter } from "./outer.ts";
import { sealEvent } from "./seal.ts";

const ids = (count: number) => Array.from({ length: count }, (_, i) => id32<EventId>(`head ${i}`)).toSorted();
const honest: Header = seal().header;
const isTaken = (changes: Partial<Header>) => refusal(() => encodeHeader({ ...honest, ...changes }));
const openedWith = (at: number, value: CborValue) =>
  refusal(() => openEvent(forge({ fields: (fields) => void (fields[at] = value) }), epoch));

describe("the header", () => {
  test("[EV4] reads back as it was written", () => {
    expect(decodeHeader(encodeHeader(honest))).toEqual(honest);
  });

  test("[EV13] exactly the first event of a chain has no prev", () => {
    expect(isTaken({ seq: 1, prev: null })).toBe("accepted");
    expect(isTaken({ seq: 1 })).toBe("EVENT_HEADER");
    expect(isTaken({ prev: null })).toBe("EVENT_HEADER");
    expect(openedWith(5, null)).toBe("EVENT_HEADER");
  });

  test("[EV13] seq counts from 1", () => {
    expect(isTaken({ seq: 0 })).toBe("EVENT_HEADER");
    expect(openedWith(4, 0)).toBe("EVENT_HEADER");
  });

  test("[EV15] [EV21] sixteen parents and auth heads are taken, seventeen not", () => {
    expect(isTaken({ parents: ids(16), auth: ids(16) })).toBe("accepted");
    expect(isTaken({ parents: ids(17) })).toBe("EVENT_HEADER");
    expect(isTaken({ auth: ids(17) })).toBe("EVENT_HEADER");
    expect(openedWith(6, ids(17).map(idBytes))).toBe("MALFORMED");
    expect(openedWith(7, ids(17).map(idBytes))).toBe("MALFORMED");
  });

  test("[EV15] parents and auth heads are strictly ascending, so that one set has one header", () => {
    const [low, high] = ids(2) as [EventId, EventId];
    expect(openedWith(6, [low, high].map(idBytes))).toBe("accepted");
    expect(openedWith(6, [high, low].map(idBytes))).toBe("EVENT_HEADER");
    expect(openedWith(7, [low, low].map(idBytes))).toBe("EVENT_HEADER");
  });

  test("[EV15] a draft's heads may come in any order: sealing sorts them", () => {
    const parents = ids(5);
    expect(seal({ parents: parents.toReversed() }).header.parents).toEqual(parents);
  });

  test("[EV15] prev does not stand among the parents", () => {
    expect(isTaken({ parents: [honest.prev as EventId] })).toBe("EVENT_HEADER");
    expect(openedWith(6, [idBytes(honest.prev as EventId)])).toBe("EVENT_HEADER");
  });

  test("[EV15] a control event cites no auth heads: its own past authorises it", () => {
    const body = { type: "profile.set", name: "Alice", status: null, avatar: null } as const;
    const options = { keys: controlEpoch, secretKey: alice.secretKey, salt };
    expect(refusal(() => sealEvent(draft({ scope: control, body }), options))).toBe("EVENT_HEADER");
    expect(refusal(() => sealEvent(draft({ scope: control, auth: [], body }), options))).toBe("accepted");
  });

  test.each([
    ["seq", 4, 2 ** 48],
    ["milliseconds", 8, 2 ** 48],
    ["count", 9, 2 ** 20],
    ["kind", 11, 2 ** 16],
  ])("[EV21] a header's %s ends below its bound", (_name, at, bound) => {
    expect(openedWith(at, bound)).toBe("MALFORMED");
  });

  test("[EV21] the greatest values are taken", () => {
    const time = { ms: 2 ** 48 - 1, count: 2 ** 20 - 1 };
    const sealed = seal({ seq: 2 ** 48 - 1, time, parents: ids(16), auth: ids(16) });
    expect(openEvent(decodeOuter(sealed.outer), epoch).header.time).toEqual(time);
  });

  test("[EV21] values outside the bounds are refused before they are signed", () => {
    expect(isTaken({ seq: 2 ** 48 })).toBe("EVENT_HEADER");
    expect(isTaken({ time: { ms: -1, count: 0 } })).toBe("EVENT_HEADER");
    expect(isTaken({ time: { ms: 0.5, count: 0 } })).toBe("EVENT_HEADER");
    expect(isTaken({ time: { ms: 0, count: 2 ** 20 } })).toBe("EVENT_HEADER");
    expect(isTaken({ kind: 70_000 })).toBe("EVENT_HEADER");
  });

  test("[EV4] a header with a field too few, too many, or of another length is refused", () => {
    const shorter = (fields: unknown[]) => void fields.pop();
    const longer = (fields: unknown[]) => void fields.push(1);
    expect(refusal(() => openEvent(forge({ fields: shorter }), epoch))).toBe("MALFORMED");
    expect(refusal(() => openEvent(forge({ fields: longer }), epoch))).toBe("EVENT_HEADER");
    const muchLonger = (fields: unknown[]) => void fields.push(60, 60);
    expect(refusal(() => openEvent(forge({ fields: muchLonger }), epoch))).toBe("MALFORMED");
    expect(openedWith(3, seeded("short").subarray(0, 31))).toBe("MALFORMED");
  });

  test("[EV20] a header over 1,536 bytes is not decoded", () => {
    expect(refusal(() => decodeHeader(new Uint8Array(1_537)))).toBe("CBOR_SIZE");
  });
});
