import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError, createNodeBox, sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { DeviceId, EventId, PersonId, SpaceId } from "../ids.ts";
import { spaceIdOf } from "../membership/index.ts";
import {
  cutFirstText,
  decodeConversationRequest,
  encodeConversationRequest,
  isRequestOf,
  linkOfRequest,
  readConversationRequest,
  REQUEST_BYTES_MAX,
  REQUEST_TEXT_CHARS_MAX,
} from "./conversation-request.ts";
import type { ConversationRequest } from "./conversation-request.ts";
import { FOUNDING_PROFILES, foundSpace } from "./found-space.ts";
import { createTestPerson, seededRandom } from "../membership/world.fixture.ts";
import { decodeInviteLink } from "./invite-link.ts";

const id = <Id extends string>(name: string): Id => toId(sha256(utf8(name))) as unknown as Id;
const from = id<PersonId>("ann");
const to = id<PersonId>("ben");
const founding = { device: id<DeviceId>("device"), salt: sha256(utf8("salt")), profile: "archive" as const };
const shared = {
  seed: new Uint8Array(16).fill(7),
  head: id<EventId>("head"),
  hints: [{ host: "10.0.0.1", port: 5_484 }],
  text: "Shall we? 🧗",
};
const direct: ConversationRequest = {
  ...shared,
  kind: "direct",
  space: spaceIdOf({ person: from, ...founding, kind: "direct", name: to }),
  founding,
};
const group: ConversationRequest = {
  ...shared,
  kind: "group",
  space: id<SpaceId>("trip"),
  name: "Trip",
  text: null,
};

describe("requests to talk", () => {
  it.each([["direct", direct] as const, ["group", group] as const])(
    "[IN23] a request for a %s survives the wire and holds its invite",
    (_, request) => {
      const bytes = encodeConversationRequest(request);
      expect(decodeConversationRequest(bytes)).toEqual(request);
      const { seed, space, head, hints } = request;
      expect(decodeInviteLink(linkOfRequest(request))).toMatchObject({ seed, space, head, hints });
    },
  );

  it("[IN23] the longest fits its bound, and a longer text is refused", () => {
    const hints = Array.from({ length: 8 }, () => ({ host: "h".repeat(253), port: 65_535 }));
    const most = { ...direct, hints, text: "🧗".repeat(REQUEST_TEXT_CHARS_MAX) };
    expect(encodeConversationRequest(most).length).toBeLessThanOrEqual(REQUEST_BYTES_MAX);
    expect(() => encodeConversationRequest({ ...most, text: `${most.text}!` })).toThrow(CoreError);
    expect(() => encodeConversationRequest({ ...most, text: " " })).toThrow(CoreError);
  });

  it("[IN24] a direct conversation is only its founder's to offer, and only to whom it names", () => {
    expect(isRequestOf(direct, { from, to })).toBe(true);
    expect(isRequestOf(direct, { from: id<PersonId>("eve"), to })).toBe(false);
    expect(isRequestOf(direct, { from, to: id<PersonId>("eve") })).toBe(false);
    expect(isRequestOf({ ...direct, space: group.space }, { from, to })).toBe(false);
    expect(isRequestOf(group, { from, to: from })).toBe(false);
  });

  it("[IN24] altered, cut and arbitrary bytes are refused with a code, or read to what encodes to them", () => {
    const bytes = encodeConversationRequest(direct);
    const check = (given: Uint8Array): void => {
      const read = readConversationRequest(given);
      if (typeof read === "string") expect(read).toMatch(/^[A-Z_]+$/);
      else expect(encodeConversationRequest(read)).toEqual(given);
    };
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) =>
        check(cut ? bytes.slice(0, at) : bytes.map((byte, index) => (index === at ? byte ^ flip : byte))),
      ),
      { numRuns: 400 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: REQUEST_BYTES_MAX + 8 }), check), { numRuns: 200 });
    expect(readConversationRequest(new Uint8Array(REQUEST_BYTES_MAX + 1))).toMatch(/^[A-Z_]+$/);
  });

  it("the beginning of a text ends at a whole character", () => {
    expect(cutFirstText("short")).toBe("short");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 300, maxLength: 400 }), (text) => {
        const cut = cutFirstText(text);
        expect(cut.isWellFormed()).toBe(true);
        expect(Array.from(cut).length).toBeLessThanOrEqual(REQUEST_TEXT_CHARS_MAX);
      }),
    );
  });

  it("[SP102] the profile of a new space is chosen by its kind, and said by its founding", () => {
    const ann = createTestPerson("Ann");
    const founded = foundSpace({
      identity: ann,
      kind: "direct",
      name: to,
      box: createNodeBox(),
      random: seededRandom("x"),
    });
    const profiles = founded.writes.flatMap(({ body }) =>
      body.type === "epoch.create" ? [body.profile] : [],
    );
    expect(profiles).toEqual(["archive", FOUNDING_PROFILES.direct]);
    expect(founded.writes[0]?.body).toMatchObject({ spaceKind: "direct", profile: FOUNDING_PROFILES.direct });
  });
});
