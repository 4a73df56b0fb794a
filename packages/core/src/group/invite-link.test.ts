import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError, encodeCbor } from "../crypto/index.ts";
import type { EventId, SpaceId } from "../ids.ts";
import { inviteKeys } from "./invite-keys.ts";
import {
  decodeInviteLink,
  encodeInviteLink,
  INVITE_HINTS_MAX,
  INVITE_LINK_BYTES_MAX,
  INVITE_LINK_PREFIX,
  INVITE_TEXT_CHARS_MAX,
} from "./invite-link.ts";

const parts = {
  seed: Uint8Array.from({ length: 16 }, (_, index) => index),
  space: "5a".repeat(32) as SpaceId,
  head: "6b".repeat(32) as EventId,
  hints: [
    { host: "192.168.1.20", port: 4_100 },
    { host: "fe80::1%eth0", port: 1 },
  ],
  spaceName: "Climbing",
};
const link = encodeInviteLink(parts);
const malformed = expect.objectContaining({ code: "INVITE_MALFORMED" });

describe("invite links", () => {
  it("[IN14] a link carries seed, space, pinned head, hints and the space's name", () => {
    expect(link.startsWith(INVITE_LINK_PREFIX)).toBe(true);
    expect(decodeInviteLink(link)).toEqual(parts);
    const { spaceName: _, ...unnamed } = parts;
    expect(decodeInviteLink(encodeInviteLink({ ...unnamed, hints: [] }))).toEqual({
      ...parts,
      hints: [],
      spaceName: null,
    });
  });

  it.each([
    ["blanks around it", `\n  ${link}\t `],
    ["a sentence around it", `Join us: <${link}>, tonight!`],
    ["line breaks within it", `${link.slice(0, 40)}\r\n ${link.slice(40, 90)}\n${link.slice(90)}`],
    ["the payload alone", link.slice(INVITE_LINK_PREFIX.length)],
    ["a scheme in capitals", link.replace("kith://join#", "KITH://JOIN#")],
    ["a slash that a browser put in", link.replace("join#", "join/#")],
  ])("[IN15] a link is found with %s", (_, text) => {
    expect(decodeInviteLink(text)).toEqual(parts);
  });

  it.each([
    ["nothing", ""],
    ["other text", "hello there"],
    ["another address", "https://example.org/#abc"],
    ["a cut link", link.slice(0, -5)],
    ["an altered link", link.replace("#h", "#i")],
    ["a text beyond the bound", `${link} ${"x".repeat(INVITE_TEXT_CHARS_MAX)}`],
    [
      "a payload beyond the bound",
      INVITE_LINK_PREFIX + Buffer.alloc(INVITE_LINK_BYTES_MAX + 1).toString("base64url"),
    ],
  ])("[IN16] %s is refused with what to do next", (_, text) => {
    expect(() => decodeInviteLink(text)).toThrow(malformed);
    expect(() => decodeInviteLink(text)).toThrow(/copy it again/);
  });

  it("[IN16] an error never repeats the seed", () => {
    for (const text of [link.slice(0, -5), `${link}AAAA`]) {
      try {
        decodeInviteLink(text);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain(
          link.slice(INVITE_LINK_PREFIX.length, INVITE_LINK_PREFIX.length + 12),
        );
      }
    }
  });

  it("[IN16] attack 13: arbitrary text never breaks the reader otherwise than by its code", () => {
    const payload = fc
      .uint8Array({ maxLength: 400 })
      .map((bytes) => INVITE_LINK_PREFIX + Buffer.from(bytes).toString("base64url"));
    fc.assert(
      fc.property(fc.oneof(fc.string(), payload), (text) => {
        expect(() => decodeInviteLink(text)).toThrow(malformed);
      }),
      { numRuns: 500 },
    );
  });

  it("[IN16] a changed character gives another invite or none, never an error of another kind", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: INVITE_LINK_PREFIX.length, max: link.length - 1 }),
        fc.constantFrom(..."AZaz09-_!"),
        (at, char) => {
          const changed = link.slice(0, at) + char + link.slice(at + 1);
          try {
            if (changed !== link) expect(decodeInviteLink(changed)).not.toEqual(parts);
          } catch (error) {
            expect(error).toBeInstanceOf(CoreError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["a path for a host", ["../etc", 1]],
    ["port 0", ["10.0.0.1", 0]],
    ["a host of 254 characters", ["a".repeat(254), 1]],
  ])("[IN18] attack 25: a hint with %s is refused", (_, hint) => {
    const value = [
      1,
      parts.seed,
      Buffer.from(parts.space, "hex"),
      Buffer.from(parts.head, "hex"),
      [hint],
      null,
    ];
    expect(() =>
      decodeInviteLink(INVITE_LINK_PREFIX + Buffer.from(encodeCbor(value as never)).toString("base64url")),
    ).toThrow(malformed);
  });

  it("[IN18] hints beyond the bound, or of no use, are left out of a new link", () => {
    const hints = [
      { host: "no host", port: 1 },
      { host: "10.0.0.1", port: 70_000 },
      ...Array.from({ length: 20 }, (_, index) => ({ host: `10.0.0.${index}`, port: 9 })),
    ];
    expect(decodeInviteLink(encodeInviteLink({ ...parts, hints })).hints).toEqual(
      hints.slice(2, 2 + INVITE_HINTS_MAX),
    );
  });

  it("[IN18] the longest link there can be is read", () => {
    const hints = Array.from({ length: INVITE_HINTS_MAX }, () => ({ host: "h".repeat(253), port: 65_535 }));
    expect(
      decodeInviteLink(encodeInviteLink({ ...parts, hints, spaceName: "\u{1f9d7}".repeat(80) })).hints,
    ).toEqual(hints);
  });

  it("[IN1] attack 20: a seed yields distinct keys, and always the same", () => {
    const keys = inviteKeys(parts.seed);
    expect(inviteKeys(parts.seed)).toEqual(keys);
    expect(inviteKeys(new Uint8Array(16)).invite).not.toBe(keys.invite);
    expect(Buffer.from(keys.discoveryKey).equals(keys.publicKey)).toBe(false);
    expect(() => inviteKeys(new Uint8Array(15))).toThrow(expect.objectContaining({ code: "INVITE_SEED" }));
  });
});
