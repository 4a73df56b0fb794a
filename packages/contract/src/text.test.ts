import fc from "fast-check";
import { expect, test } from "vitest";
import { messageText, parseAddress, parseDuration, personName, placeName, utf8Bytes } from "./index.ts";

test("[HT8] the length counted is the length of the UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => utf8Bytes(text) === Buffer.byteLength(text)),
  );
});

test("[HT8] whatever is accepted as a name is one visible line in one form, and is accepted again unchanged", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme", maxLength: 100 }),
    fc.string({ maxLength: 2_000 }),
  );
  fc.assert(
    fc.property(anything, (raw) => {
      const result = personName.safeParse(raw);
      if (!result.success) return;
      const name = result.data;
      expect(name).toBe(name.trim().normalize("NFC"));
      expect([...name].length).toBeLessThanOrEqual(80);
      expect(name).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
      expect(personName.parse(name)).toBe(name);
      expect(placeName.safeParse(name).success).toBe(!/[/\\]/.test(name));
    }),
    { numRuns: 2_000 },
  );
});

test("[HT8] a message's text is kept exactly", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => messageText.parse(text) === text),
  );
  expect(messageText.safeParse("\ud800").success).toBe(false);
});

test("times of invitations are a minute to a year, and nothing else is a time", () => {
  expect([parseDuration("30m"), parseDuration("24h"), parseDuration("7d"), parseDuration("90s")]).toEqual([
    1_800_000, 86_400_000, 604_800_000, 90_000,
  ]);
  for (const text of ["", "7", "d", "7D", "-7d", "1.5h", "59s", "366d", "999999999d", "7d ", "٧d"])
    expect(parseDuration(text)).toBeNull();
});

test("an address is read in bounded time whatever it holds", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      const address = parseAddress(text);
      if (address !== null) expect(address.port).toBeGreaterThan(0);
    }),
  );
  expect(parseAddress("/ip6/fd00::7/tcp/1")).toEqual({ host: "fd00::7", port: 1 });
  expect(parseAddress("[fd00::7]:1")).toEqual({ host: "fd00::7", port: 1 });
});
