import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, encodeCbor } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { decodeHeader } from "./header.ts";
import { epoch, post, refusal, seal, seeded } from "./event-fixtures.ts";
import { openEvent } from "./open.ts";
import { decodeOuter, encodeOuter, shedBody } from "./outer.ts";

const whole = seal({ body: post("fuzz me") }).outer;
const decodeAndOpen = (bytes: Uint8Array) => refusal(() => openEvent(decodeOuter(bytes), epoch));

test("[EV20] an event over 60 KiB is refused unread, and none is made", () => {
  expect(refusal(() => decodeOuter(new Uint8Array(61_441)))).toBe("EVENT_TOO_LARGE");
  const parts = { ...decodeOuter(whole), sealedBody: new Uint8Array(61_440) };
  expect(refusal(() => encodeOuter(parts))).toBe("EVENT_TOO_LARGE");
});

test("[EV22] attack 13: random bytes decode to one refusal", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1_024 }), (bytes) => decodeAndOpen(bytes) !== "accepted"));
});

test("[EV22] attack 13: a truncated or lengthened event is refused at every length", () => {
  for (let length = 0; length < whole.length; length += 1) {
    expect(decodeAndOpen(whole.subarray(0, length))).not.toBe("accepted");
  }
  expect(decodeAndOpen(concatBytes(whole, Uint8Array.of(0)))).not.toBe("accepted");
});

test("[EV22] attack 13: lengths that promise more than there is allocate nothing", () => {
  const bombs = [
    "9bffffffffffffffff",
    "865bffffffffffffffff",
    "9a7fffffff01",
    "8681818181818181818181818181818181818101",
  ];
  for (const bomb of bombs) expect(decodeAndOpen(Buffer.from(bomb, "hex"))).toMatch(/^CBOR_/);
});

test("[EV22] well-formed arrays of wrong things are refused with a code", () => {
  const field: fc.Arbitrary<CborValue> = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.nat(),
    fc.string({ maxLength: 8 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant(seeded("32 bytes")),
    fc.constant(new Uint8Array(24)),
    fc.constant(new Uint8Array(300)),
    fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 18 }),
  );
  const array = fc.array(field, { maxLength: 16 }).map((fields) => encodeCbor([1, ...fields]));
  fc.assert(
    fc.property(array, (bytes) => decodeAndOpen(bytes) !== "accepted"),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(array, (bytes) => void refusal(() => decodeHeader(bytes))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(array, (bytes) => void refusal(() => shedBody(bytes))),
    { numRuns: 200 },
  );
});
