import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeCbor } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import { decodeBody, encodeBody } from "./bodies.ts";
import { channel, draft, epoch, forge, post, refusal, seal, START_MS } from "./event-fixtures.ts";
import { decodeHeader, encodeHeader, expiryMs } from "./header.ts";
import { kinds, mayComeBare } from "./kinds.ts";
import { LIFETIME_S_MAX, LIFETIME_S_MIN } from "./limits.ts";
import { openEvent } from "./open.ts";
import { decodeOuter, shedBody } from "./outer.ts";

const body = { type: "message.expire", channel, text: "for today", replyTo: null } as const;
const day = { body, lifetimeS: 86_400 };
const headerOf = (outer: Uint8Array) => openEvent(decodeOuter(outer), epoch).header;
const opened = (fields: (fields: CborValue[]) => void, of: object = day) =>
  refusal(() => openEvent(forge({ draft: of, fields }), epoch));

describe("a message for a time", () => {
  test("[EV35] its header says how long, with a body and without", () => {
    const { outer, header } = seal(day);
    expect(header.lifetimeS).toBe(86_400);
    expect(expiryMs(header)).toBe(START_MS + 86_400_000);
    expect(decodeHeader(encodeHeader(header))).toEqual(header);
    expect(headerOf(shedBody(outer))).toEqual(headerOf(outer));
    expect(mayComeBare(header.kind)).toBe(true);
    expect(expiryMs(seal({ body: post("for good") }).header)).toBeNull();
  });

  test("[EV35] exactly headers of its kind have a lifetime", () => {
    expect(refusal(() => seal({ body }))).toBe("EVENT_HEADER");
    expect(refusal(() => seal({ body: post("hello"), lifetimeS: 86_400 }))).toBe("EVENT_HEADER");
    expect(opened(() => undefined)).toBe("accepted");
    expect(opened((fields) => void fields.pop())).toBe("EVENT_HEADER");
    expect(opened((fields) => void fields.push(86_400), {})).toBe("EVENT_HEADER");
    expect(opened((fields) => void fields.push(0))).toBe("MALFORMED");
  });

  test("[EV35] a lifetime is of a minute to a year", () => {
    for (const [seconds, sealing, opening] of [
      [LIFETIME_S_MIN, "accepted", "accepted"],
      [LIFETIME_S_MAX, "accepted", "accepted"],
      [LIFETIME_S_MIN - 1, "EVENT_HEADER", "EVENT_HEADER"],
      [LIFETIME_S_MAX + 1, "EVENT_HEADER", "MALFORMED"],
    ] as const) {
      expect(refusal(() => seal({ body, lifetimeS: seconds }))).toBe(sealing);
      expect(opened((fields) => void (fields[15] = seconds))).toBe(opening);
    }
    for (const odd of [null, "60", new Uint8Array(4), [60]])
      expect(opened((fields) => void (fields[15] = odd))).toBe("MALFORMED");
  });

  test("[EV22] [EV35] whatever stands in its header is read or refused, and what is read is written alike", () => {
    const { header } = seal(day);
    const bytes = encodeHeader(header);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        let read: ReturnType<typeof decodeHeader>;
        try {
          read = decodeHeader(changed);
        } catch (error) {
          return error instanceof Error && error.name === "CoreError";
        }
        return Buffer.from(encodeHeader(read)).equals(Buffer.from(changed));
      }),
      { numRuns: 1_000 },
    );
  });

  test("[EV35] a draft of another lifetime is another event", () => {
    expect(seal(day).id).not.toBe(seal({ ...day, lifetimeS: 86_401 }).id);
    expect(draft(day).body).toEqual(body);
  });
});

describe("how long messages of a channel are kept", () => {
  const kind = kinds["channel.expiry"];
  const written = (seconds: number | null) =>
    refusal(() => encodeBody({ type: "channel.expiry", channel, seconds }));
  const read = (seconds: CborValue) =>
    refusal(() => decodeBody(kind, encodeCbor([idBytes(channel), seconds])));

  test("[EV36] is a time of a minute to a year, or for good", () => {
    for (const seconds of [null, LIFETIME_S_MIN, 604_800, LIFETIME_S_MAX]) {
      expect(written(seconds)).toBe("accepted");
      expect(read(seconds)).toBe("accepted");
    }
    for (const seconds of [0, 1, LIFETIME_S_MIN - 1, LIFETIME_S_MAX + 1]) {
      expect(written(seconds)).toBe("MALFORMED");
      expect(read(seconds)).toBe("MALFORMED");
    }
    for (const odd of ["3600", [60], new Uint8Array(1)]) expect(read(odd)).toBe("MALFORMED");
    expect(refusal(() => decodeBody(kind, encodeCbor([idBytes(channel)])))).toBe("MALFORMED");
  });

  test("[EV12] [EV36] never comes without its body", () => {
    expect(mayComeBare(kind)).toBe(false);
    expect(kind).toBeLessThan(32);
  });

  test("[EV22] [EV36] arbitrary bytes of it are read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const code = refusal(() => decodeBody(kind, bytes));
        return code.length > 0;
      }),
    );
  });
});
