import fc from "fast-check";
import { expect, test } from "vitest";
import { refusal, salt } from "./event-fixtures.ts";
import { padBody, paddedLength, unpadBody } from "./padding.ts";

test("[EV10] padding and unpadding are inverse for every payload", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), (payload) => {
      expect(unpadBody(padBody(salt, payload))).toEqual(payload);
    }),
  );
});

test("[EV10] lengths are at least 256, enough, monotone, and at most 12% more", () => {
  let before = 0;
  for (let content = 1; content <= 60 * 1024; content += 1) {
    const padded = paddedLength(content);
    if (padded < Math.max(256, content) || padded < before)
      throw new Error(`${content} is padded to ${padded}`);
    if (content > 256 && padded > content * 1.12) throw new Error(`${content} is padded to ${padded}`);
    before = padded;
  }
  expect(paddedLength(256)).toBe(256);
  expect(paddedLength(257)).toBe(272);
});

test("[EV10] messages up to 236 bytes of payload look alike", () => {
  expect([0, 100, 236].map((bytes) => padBody(salt, new Uint8Array(bytes)).length)).toEqual([256, 256, 256]);
});

test("[EV10] [EV22] any bytes unpad to a payload or one refusal", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void refusal(() => unpadBody(bytes))));
  expect(refusal(() => unpadBody(new Uint8Array(255)))).toBe("EVENT_PADDING");
});
