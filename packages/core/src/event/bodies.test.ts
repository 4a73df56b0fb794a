import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCbor, encodeCbor } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import type { BoxName, DeviceId, EpochId, EventId, PersonId, PrekeyId, ScopeId, SpaceId } from "../ids.ts";
import { idBytes } from "../ids.ts";
import { decodeBody, encodeBody } from "./bodies.ts";
import type { Body } from "./body-types.ts";
import { channel, id16, id32, post, refusal, salt, seal } from "./event-fixtures.ts";
import { exampleBodies } from "./event-vectors.ts";
import type { Fence } from "./fences.ts";
import { commitToContent, deriveEpochKeys } from "./epoch-keys.ts";
import { linkedKeys, linkOf } from "./links.ts";
import type { EpochLink } from "./links.ts";
import { kindName, kinds } from "./kinds.ts";
import { EVENT_BYTES_MAX, FENCES_MAX, LINKS_MAX, RECIPIENTS_MAX } from "./limits.ts";
import { padBody } from "./padding.ts";

const written = (body: Body) => refusal(() => encodeBody(body));
const named = (name: string) => written({ type: "profile.set", name, status: null, avatar: null });
const readName = (name: string) => refusal(() => decodeBody(kinds["profile.set"], encodeCbor([name])));
const recipients = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    device: id32<DeviceId>(`device ${i}`),
    prekey: id16<PrekeyId>(`prekey ${i}`),
    box: id16<BoxName>(`box ${i}`),
  }));

describe("bodies", () => {
  test.each(exampleBodies().map((body) => [body.type, body] as const))(
    "[EV3] a %s reads back as it was written",
    (type, body) => {
      const read = decodeBody(kinds[type], encodeBody(body));
      if ("recipients" in body && "recipients" in read) {
        expect(new Set(read.recipients)).toEqual(new Set(body.recipients));
      } else {
        expect(read).toEqual(body);
      }
    },
  );

  test("[EV3] the kinds have the numbers of the specification", () => {
    expect(Object.values(kinds)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 32, 33, 36, 37,
      38, 39, 40, 48,
    ]);
    expect(kindName(32)).toBe("message.post");
    expect(kindName(11)).toBeNull();
  });

  test("[EV3] a reserved kind has no meaning here and says so", () => {
    expect(refusal(() => decodeBody(11, encodeCbor([])))).toBe("UNKNOWN_KIND");
  });

  test("[EV3] a body of another kind's shape, or with a field more, is malformed", () => {
    expect(refusal(() => decodeBody(kinds["invite.revoke"], encodeBody(post("hi"))))).toBe("MALFORMED");
    expect(refusal(() => decodeBody(kinds.merge, encodeCbor([1])))).toBe("MALFORMED");
  });

  test("[EV22] random bytes and random mutations of a body give a value or one refusal", () => {
    const kind = fc.constantFrom(...Object.values(kinds), 11);
    const attempt = (number: number, bytes: Uint8Array) => refusal(() => decodeBody(number, bytes));
    fc.assert(fc.property(kind, fc.uint8Array({ maxLength: 400 }), (n, bytes) => void attempt(n, bytes)));
    const example = fc.constantFrom(...exampleBodies());
    fc.assert(
      fc.property(example, fc.nat(), fc.nat(255), (body, at, byte) => {
        const bytes = Uint8Array.from(encodeBody(body));
        bytes[at % bytes.length] = byte;
        attempt(kinds[body.type], bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe("texts", () => {
  test("[EV23] a text of 16 KiB is taken and fits an event; one byte more is refused, written or read", () => {
    expect(written(post("x".repeat(16_384)))).toBe("accepted");
    expect(seal({ body: post("世".repeat(5_461)) }).outer.length).toBeLessThan(EVENT_BYTES_MAX);
    expect(written(post("x".repeat(16_385)))).toBe("TEXT_TOO_LONG");
    expect(written(post("世".repeat(5_462)))).toBe("TEXT_TOO_LONG");
    const long = encodeCbor([idBytes(channel), "x".repeat(16_385), null]);
    expect(refusal(() => decodeBody(kinds["message.post"], long))).toBe("TEXT_TOO_LONG");
  });

  test("[EV23] broken Unicode is refused before it is written", () => {
    expect(written(post("half \ud83d"))).toBe("TEXT_INVALID");
    expect(named("half \ud83d")).toBe("NAME_INVALID");
  });

  test("[EV23] a name has 1 to 80 characters, whatever their bytes", () => {
    expect(named("🧗".repeat(80))).toBe("accepted");
    expect(readName("🧗".repeat(80))).toBe("accepted");
    for (const name of ["", "🧗".repeat(81), "x".repeat(81)]) {
      expect(named(name)).toBe("NAME_INVALID");
    }
    expect(readName("x".repeat(81))).toBe("NAME_INVALID");
  });

  test.each([
    ["a right-to-left override", "Alice\u202egro.evil"],
    ["an isolate", "Alice\u2067"],
    ["a line break", "Alice\nBob"],
    ["a line separator", "Alice\u2028Bob"],
    ["an escape", "Alice\u001b[2J"],
    ["a blank at the end", "Alice "],
    ["blanks alone", "   "],
  ])("[EV23] attack 25: a name with %s is refused, written or read", (_what, name) => {
    expect(named(name)).toBe("NAME_INVALID");
    expect(readName(name)).toBe("NAME_INVALID");
  });

  test("[EV23] names of other scripts are taken", () => {
    for (const name of ["مريم", "Zoë", "陳大文", "ליאור", "Nguyễn Thị"]) expect(named(name)).toBe("accepted");
  });

  test("[EV23] a reaction is a short visible text", () => {
    const react = (emoji: string) =>
      written({ type: "reaction.set", message: id32("message"), emoji, present: true });
    expect(["👩🏽‍❤️‍💋‍👨🏿", "👍", "+1"].map(react)).toEqual(["accepted", "accepted", "accepted"]);
    expect(["", " ", "x".repeat(65), "\u202e"].map(react)).toEqual(Array(4).fill("TEXT_INVALID"));
  });
});

describe("profiles", () => {
  test("[EV28] a profile that this version does not know is refused", () => {
    const read = (profile: number) =>
      refusal(() =>
        decodeBody(kinds["channel.found"], encodeCbor(["Board", new Uint8Array(32).fill(1), profile])),
      );
    expect([0, 1, 2, 3].map(read)).toEqual(["accepted", "accepted", "accepted", "MALFORMED"]);
  });
});

describe("bounded lists", () => {
  test("[EV24] recipients are written in one order, whatever order they came in", () => {
    const some = recipients(5);
    const body = (list: typeof some): Body => ({
      type: "epoch.create",
      profile: "archive",
      recipients: list,
    });
    expect(encodeBody(body(some.toReversed()))).toEqual(encodeBody(body(some)));
  });

  test("[EV24] recipients in another order, twice, or cut off are refused", () => {
    const packed = encodeBody({ type: "epoch.create", profile: "archive", recipients: recipients(2) }).slice(
      -128,
    );
    const read = (bytes: Uint8Array) =>
      refusal(() => decodeBody(kinds["epoch.create"], encodeCbor([0, bytes])));
    const [first, second] = [packed.subarray(0, 64), packed.subarray(64)];
    expect(read(packed)).toBe("accepted");
    expect(read(Buffer.concat([second, first]))).toBe("RECIPIENTS_INVALID");
    expect(read(Buffer.concat([first, first]))).toBe("RECIPIENTS_INVALID");
    expect(read(packed.subarray(1))).toBe("RECIPIENTS_INVALID");
  });

  test("[EV27] fences are written in one order; another order, one twice, a cut or a place 0 is refused", () => {
    const fence = (device: string, seq = 1) => ({
      scope: id32<ScopeId>("scope"),
      device: id32<DeviceId>(device),
      seq,
      id: id32<EventId>("last"),
    });
    const body = (fences: readonly Fence[]): Body => ({
      type: "member.remove",
      person: id32<PersonId>("removed"),
      fences,
    });
    const two = [fence("a"), fence("b", 2 ** 48 - 1)];
    expect(encodeBody(body(two.toReversed()))).toEqual(encodeBody(body(two)));
    const packed = encodeBody(body(two)).slice(-204);
    const read = (bytes: Uint8Array) =>
      refusal(() => decodeBody(kinds["member.remove"], encodeCbor([idBytes(id32<PersonId>("x")), bytes])));
    const [first, second] = [packed.subarray(0, 102), packed.subarray(102)];
    expect(read(packed)).toBe("accepted");
    expect(read(Buffer.concat([second, first]))).toBe("FENCES_INVALID");
    expect(read(Buffer.concat([first, first]))).toBe("FENCES_INVALID");
    expect(read(packed.subarray(1))).toBe("FENCES_INVALID");
    expect(refusal(() => encodeBody(body([fence("a", 0)])))).toBe("FENCES_INVALID");
    const many = Array.from({ length: FENCES_MAX + 1 }, (_, at) => fence(`device ${at}`));
    expect(refusal(() => encodeBody(body(many)))).toBe("FENCES_INVALID");
    expect(seal({ body: body(many.slice(1)) }).outer.length).toBeLessThanOrEqual(EVENT_BYTES_MAX);
  });

  test("[EV33] linked epochs are written in one order; another order, one twice, a cut, none or too many are refused", () => {
    const link = (name: string): EpochLink => ({
      scope: id32<ScopeId>("scope"),
      epoch: id32<EpochId>(name),
      headerSecret: new Uint8Array(32).fill(1),
      contentSecret: new Uint8Array(32).fill(2),
    });
    const body = (links: readonly EpochLink[]): Body => ({ type: "epoch.link", links });
    const two = [link("a"), link("b")];
    expect(encodeBody(body(two.toReversed()))).toEqual(encodeBody(body(two)));
    const packed = encodeBody(body(two)).slice(-256);
    const read = (bytes: Uint8Array) => refusal(() => decodeBody(kinds["epoch.link"], encodeCbor([bytes])));
    const [first, second] = [packed.subarray(0, 128), packed.subarray(128)];
    expect(read(packed)).toBe("accepted");
    expect(read(Buffer.concat([second, first]))).toBe("LINKS_INVALID");
    expect(read(Buffer.concat([first, first]))).toBe("LINKS_INVALID");
    expect(read(packed.subarray(0, 255))).toBe("LINKS_INVALID");
    expect(read(new Uint8Array(0))).toBe("MALFORMED");
    expect(read(new Uint8Array(128 * (LINKS_MAX + 1)))).toBe("MALFORMED");
    const many = Array.from({ length: LINKS_MAX + 1 }, (_, at) => link(`epoch ${at}`));
    expect(refusal(() => encodeBody(body(many)))).toBe("LINKS_INVALID");
    expect(refusal(() => encodeBody(body([])))).toBe("LINKS_INVALID");
    const heads = many.slice(0, 16).map(({ epoch }) => id32<never>(epoch));
    const sealed = seal({ body: body(many.slice(1)), parents: heads, auth: heads });
    expect(sealed.outer.length).toBeLessThanOrEqual(EVENT_BYTES_MAX);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(["accepted", "LINKS_INVALID", "MALFORMED"]).toContain(read(bytes));
      }),
    );
  });

  test("[EV34] a link holds the secrets of the archive's epoch that it names, and of nothing else", () => {
    const [space, scope] = [id32<SpaceId>("space"), id32<ScopeId>("scope")];
    const of = { space, scope, headerSecret: new Uint8Array(32).fill(3) };
    const contentSecret = new Uint8Array(32).fill(4);
    const archive = deriveEpochKeys({ ...of, contentSecret });
    const link = linkOf(archive);
    if (!link) throw new Error("an archive's epoch can be linked");
    expect(linkedKeys(space, link)?.epoch).toBe(archive.epoch);
    expect(linkedKeys(space, { ...link, epoch: id32<EpochId>("another") })).toBeNull();
    expect(linkedKeys(id32<SpaceId>("elsewhere"), link)).toBeNull();
    expect(linkedKeys(space, { ...link, contentSecret: of.headerSecret })).toBeNull();
    // What a join-only scope keeps from those who come later, and its headers, go in boxes alone.
    const commitment = commitToContent(contentSecret);
    const closed = deriveEpochKeys({ ...of, contentSecret, commitment });
    expect(linkOf(closed)).toBeNull();
    expect(linkOf(deriveEpochKeys({ ...of, contentSecret: null, commitment }))).toBeNull();
    for (const second of [contentSecret, commitment])
      expect(linkedKeys(space, { ...link, epoch: closed.epoch, contentSecret: second })).toBeNull();
  });

  test("[EV24] [EV20] as many recipients as are taken fit one event, with the longest header", () => {
    const list = recipients(RECIPIENTS_MAX + 1);
    const heads = list.slice(0, 16).map(({ device }) => id32<never>(device));
    const create = (count: number): Body => ({
      type: "epoch.create",
      profile: "archive",
      recipients: list.slice(0, count),
    });
    const sealed = seal({ body: create(RECIPIENTS_MAX), parents: heads, auth: heads });
    expect(sealed.outer.length).toBeLessThanOrEqual(EVENT_BYTES_MAX);
    expect(written(create(RECIPIENTS_MAX + 1))).toBe("RECIPIENTS_INVALID");
    const tooMany = encodeCbor([0, new Uint8Array(64 * (RECIPIENTS_MAX + 1))]);
    expect(refusal(() => decodeBody(kinds["epoch.create"], tooMany))).toBe("MALFORMED");
  });

  test("[EV24] a join request over 8 KiB and an invite for nobody are refused", () => {
    expect(written({ type: "member.admit", request: new Uint8Array(8_193) })).toBe("MALFORMED");
    const invite = exampleBodies().find((body) => body.type === "invite.create");
    if (invite?.type !== "invite.create") throw new Error("the examples hold no invite");
    expect(written({ ...invite, usesMax: 0 })).toBe("MALFORMED");
    expect(written({ ...invite, usesMax: 100_001 })).toBe("MALFORMED");
    expect(written({ ...invite, expiresMs: -1 })).toBe("MALFORMED");
  });

  test("[IN30] an open invite has a field more, and a gated one no other form", () => {
    const invite = exampleBodies().find((body) => body.type === "invite.create");
    if (invite?.type !== "invite.create") throw new Error("the examples hold no invite");
    const fieldsOf = (mode: "gated" | "open") =>
      decodeCbor(encodeBody({ ...invite, mode }), { bytesMax: 4_096 }) as CborValue[];
    expect([fieldsOf("gated").length, fieldsOf("open").length]).toEqual([6, 7]);
    for (const mode of [0, 2, null, true])
      expect(
        refusal(() => decodeBody(kinds["invite.create"], encodeCbor([...fieldsOf("gated"), mode]))),
      ).toBe("MALFORMED");
    expect(decodeBody(kinds["invite.create"], encodeBody({ ...invite, mode: "open" }))).toMatchObject({
      mode: "open",
    });
  });

  test("[SP151] [SP152] a profile of a name alone has one field, any other three, and bounds hold", () => {
    const profile = (status: string | null, avatar: Uint8Array | null): Body => ({
      type: "profile.set",
      name: "Zoë",
      status,
      avatar,
    });
    const fieldsOf = (body: Body) =>
      decodeCbor(encodeBody(body), { bytesMax: EVENT_BYTES_MAX }) as CborValue[];
    expect(fieldsOf(profile(null, null))).toHaveLength(1);
    expect(fieldsOf(profile("here", null))).toHaveLength(3);
    const read = (fields: readonly CborValue[]) =>
      refusal(() => decodeBody(kinds["profile.set"], encodeCbor(fields)));
    for (const fields of [
      ["Zoë", null, null],
      ["Zoë", null],
      ["Zoë", "here"],
      ["Zoë", null, new Uint8Array(16_385)],
      ["Zoë", null, new Uint8Array(0)],
    ])
      expect(read(fields)).toBe("MALFORMED");
    for (const status of ["", " x", "x".repeat(141), "a\u202Eb", "half \ud83d"])
      expect(written(profile(status, null))).toBe("STATUS_INVALID");
    expect(read(["Zoë", "a\u202Eb", null])).toBe("STATUS_INVALID");
    expect(written(profile(null, new Uint8Array(16_385)))).toBe("MALFORMED");
    const whole = profile("x".repeat(140), new Uint8Array(16_384));
    expect(decodeBody(kinds["profile.set"], encodeBody(whole))).toEqual(whole);
  });

  test("[EV10] a salt of another length is refused", () => {
    expect(refusal(() => padBody(salt.subarray(1), new Uint8Array(1)))).toBe("EVENT_SALT");
  });
});
