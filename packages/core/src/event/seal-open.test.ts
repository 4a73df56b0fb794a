import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aeadSeal, concatBytes, decodeCbor, encodeCbor } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { SpaceId } from "../ids.ts";
import { decodeBody } from "./bodies.ts";
import {
  alice,
  bob,
  control,
  controlEpoch,
  createEpoch,
  draft,
  epoch,
  forge,
  id32,
  post,
  refusal,
  salt,
  scope,
  seal,
  seeded,
  space,
  START_MS,
} from "./event-fixtures.ts";
import type { Forgery } from "./event-fixtures.ts";
import { openEvent, toRecord, verifyOpened } from "./open.ts";
import { decodeOuter, encodeOuter, outerContext, shedBody } from "./outer.ts";
import { publicScope } from "./scopes.ts";
import { sealEvent } from "./seal.ts";
import { bucketOf } from "./time.ts";

const open = (outer: Uint8Array) => openEvent(decodeOuter(outer), epoch);
const openForged = (forgery: Forgery) => refusal(() => open(forge(forgery).bytes));

/** Refused when opened, or when its signature is checked: both come before an event means anything. */
function isRefused(bytes: Uint8Array): boolean {
  let opened;
  try {
    opened = open(bytes);
  } catch (error) {
    if (error instanceof Error && error.name === "CoreError") return true;
    throw error;
  }
  return !verifyOpened(opened);
}

describe("sealing and opening", () => {
  test("[EV1] [EV5] a sealed event opens to what was written, signed by its device", () => {
    const sealed = seal({ body: post("hello") });
    const opened = open(sealed.outer);
    expect(opened.id).toBe(sealed.id);
    expect(opened.header).toEqual(sealed.header);
    expect(verifyOpened(opened)).toBe(true);
    expect(decodeBody(opened.header.kind, opened.body as Uint8Array)).toEqual(post("hello"));
  });

  test("[EV5] what an event was opened to stays when others are sealed and opened", () => {
    const sealed = seal();
    const copy = sealed.outer.slice();
    const opened = open(sealed.outer);
    const before = JSON.stringify(opened);
    open(seal({ seq: 3, body: post("another, and a longer one") }).outer);
    expect(JSON.stringify(opened)).toBe(before);
    expect(sealed.outer).toEqual(copy);
    expect(verifyOpened(opened)).toBe(true);
    expect(opened.signedHeader.header).toEqual(
      opened.check.message.slice(-opened.signedHeader.header.length),
    );
  });

  test("[EV9] sealing the same draft again gives the same bytes", () => {
    expect(seal().outer).toEqual(seal().outer);
  });

  test("the forger's honest event is the sealed one, so that its refusals show what they say", () => {
    expect(forge({}).bytes).toEqual(seal().outer);
  });

  test("[EV14] the store's columns carry place and time of the event", () => {
    const opened = open(seal().outer);
    const { device, seq, prev, parents } = opened.header;
    expect(toRecord(opened)).toEqual({
      id: opened.id,
      space,
      scope,
      bucket: opened.bucket,
      device,
      seq,
      prev,
      parents,
      timeMs: START_MS,
      timeCount: 3,
      kind: 32,
      outer: opened.outer,
    });
  });

  test("[EV6] a draft of one scope is not sealed under another's epoch", () => {
    expect(refusal(() => sealEvent(draft(), { keys: controlEpoch, secretKey: alice.secretKey, salt }))).toBe(
      "EVENT_SCOPE",
    );
  });

  test("[EV3] an event of a reserved kind opens and verifies; only its meaning is unknown", () => {
    const opened = open(forge({ fields: (fields) => void (fields[11] = 999) }).bytes);
    expect(verifyOpened(opened)).toBe(true);
    expect(refusal(() => decodeBody(999, opened.body as Uint8Array))).toBe("UNKNOWN_KIND");
  });
});

describe("attacks", () => {
  test("[EV5] attack 1: an event whose signer is not the device it names does not verify", () => {
    const byBob = forge({ secretKey: bob.secretKey });
    expect(verifyOpened(open(byBob.bytes))).toBe(false);
  });

  test("[EV5] attack 1: the signature is asked of the header's device, never of another", () => {
    expect(open(seal().outer).check.publicKey).toEqual(idBytes(alice.device));
  });

  test("[EV5] attack 15: there is no outer author; a body sealed for one device does not open under a header of another", () => {
    const forged = forge({
      secretKey: bob.secretKey,
      fields: (fields) => void (fields[3] = idBytes(bob.device)),
    });
    expect(refusal(() => open(forged.bytes))).toBe("EVENT_BODY");
  });

  test("[EV6] attack 6: an event replayed into another space or scope is refused, though all else is right", () => {
    const otherSpace = id32<SpaceId>("another space");
    const elsewhere = createEpoch("elsewhere", otherSpace, publicScope(otherSpace));
    const changes = { keys: elsewhere };
    expect(refusal(() => openEvent(forge(changes), elsewhere))).toBe("EVENT_SCOPE");
    const sameSpace = createEpoch("control again", space, control);
    expect(refusal(() => openEvent(forge({ keys: sameSpace, draft: { auth: [] } }), sameSpace))).toBe(
      "EVENT_SCOPE",
    );
  });

  test("[EV6] attack 6: an event replayed into another epoch of its scope is refused", () => {
    const later = createEpoch("later", space, scope);
    const replayed = forge({ keys: later, fields: (fields) => void (fields[10] = idBytes(epoch.epoch)) });
    expect(refusal(() => openEvent(replayed, later))).toBe("EVENT_EPOCH");
  });

  test("[EV5] attack 6: the signed header of another's event, re-wrapped by a member for a later epoch, is refused", () => {
    const later = createEpoch("later", space, scope);
    const opened = open(seal().outer);
    const signed = concatBytes(opened.signedHeader.signature, opened.signedHeader.header);
    const rewrapped = forge({ keys: later, plain: () => signed });
    expect(refusal(() => openEvent(rewrapped, later))).toBe("EVENT_EPOCH");
  });

  test("[EV8] attack 7: a ciphertext made for one key under another key's tag is refused before it is decrypted", () => {
    const second = createEpoch("second", space, scope);
    const twoFaced = forge({ keys: second, tagKeys: epoch });
    expect(refusal(() => openEvent(twoFaced, second))).toBe("EVENT_TAG");
  });

  test("[EV5] attack 20: a signature for one kind does not serve another, known or reserved", () => {
    const opened = open(seal().outer);
    for (const kind of [33, 48, 999, 1_000]) {
      const moved = forge({ fields: (fields) => void (fields[11] = kind) });
      const stolen = { ...open(moved.bytes).check, signature: opened.check.signature };
      expect(verifyOpened({ ...opened, check: stolen })).toBe(false);
    }
  });

  test("[EV5] attack 20: the kind's label stands in what is signed; reserved kinds put their number beside theirs", () => {
    const reserved = forge({ fields: (fields) => void (fields[11] = 999) });
    const message = Buffer.from(open(seal().outer).check.message).toString("latin1");
    const other = Buffer.from(open(reserved.bytes).check.message).toString("latin1");
    expect(message).toContain("kith/v1/event/message.post");
    expect(other).toContain("kith/v1/event/reserved\u0003\u00e7");
  });
});

describe("one signed header has one form", () => {
  test("[EV12] an alteration of any single byte of an event is refused", () => {
    const { outer } = seal();
    fc.assert(
      fc.property(fc.nat(outer.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        expect(isRefused(alter(outer, at, mask))).toBe(true);
      }),
      { numRuns: 500 },
    );
    for (let at = 0; at < outer.length; at += 1) expect(isRefused(alter(outer, at, 1))).toBe(true);
  });

  test("[EV12] an alteration of any single byte of a shed event is refused, the stated hash of its body too", () => {
    const outer = shedBody(seal().outer);
    for (let at = 0; at < outer.length; at += 1) {
      expect(isRefused(alter(outer, at, 1 << (at % 8)))).toBe(true);
    }
  });

  test("[EV12] a member who seals another's header again cannot give its shed form a second id", () => {
    const whole = decodeOuter(seal().outer);
    const stated = encodeOuter({ ...whole, sealedBody: null, contentHash: seeded("other body") });
    expect(stated.id).not.toBe(whole.id);
    expect(refusal(() => open(stated.bytes))).toBe("EVENT_BODY");
  });

  test("[EV9] another nonce around the same signed header is refused", () => {
    expect(openForged({ nonce: seeded("nonce").subarray(0, 24) })).toBe("EVENT_NONCE");
  });

  test("[EV10] [EV11] another salt under the same signed header is refused", () => {
    const opened = open(seal().outer);
    const signed = concatBytes(opened.signedHeader.signature, opened.signedHeader.header);
    const resalted = forge({
      plain: () => signed,
      padded: (padded) => concatBytes(seeded("other salt").subarray(0, 16), padded.subarray(16)),
    });
    expect(refusal(() => open(resalted.bytes))).toBe("EVENT_BODY");
  });

  test("[EV11] a body that does not hash to the signed hash is refused, even where its ciphertext is the signed one", () => {
    const other = seeded("another hash");
    const forged = forge({
      fields: (fields) => void (fields[13] = other),
      sealedBody: () => reseal(other),
    });
    expect(refusal(() => open(forged.bytes))).toBe("EVENT_BODY");
  });

  test("[EV10] padding that is longer than it must be is refused, though its author signed it", () => {
    expect(openForged({ padded: (padded) => concatBytes(padded, new Uint8Array(32)) })).toBe("EVENT_PADDING");
  });

  test("[EV10] padding that is not zeros is refused, though its author signed it", () => {
    expect(openForged({ padded: (padded) => alter(padded, padded.length - 1, 1) })).toBe("EVENT_PADDING");
  });

  test("[EV10] a payload length beyond the padding is refused", () => {
    expect(openForged({ padded: (padded) => alter(padded, 16, 255) })).toBe("EVENT_PADDING");
  });

  test("[EV16] a bucket that does not agree with the header's time is refused", () => {
    expect(openForged({ bucket: 1 })).toBe("EVENT_BUCKET");
  });

  test("[EV4] a ratchet index, reserved, is refused", () => {
    expect(openForged({ fields: (fields) => void (fields[12] = 0) })).toBe("EVENT_RATCHET");
  });

  test("[EV4] another header version is refused by name", () => {
    expect(openForged({ fields: (fields) => void (fields[0] = 2) })).toBe("EVENT_VERSION");
  });

  test("[EV1] a second encoding of the signed header is refused", () => {
    // 0x01 as version may also be written 0x18 0x01; only the short form is canonical.
    const longer = (bytes: Uint8Array) =>
      concatBytes(bytes.subarray(0, 1), Uint8Array.of(0x18, 0x01), bytes.subarray(2));
    expect(["CBOR_CANONICAL", "CBOR_SYNTAX"]).toContain(openForged({ header: longer }));
  });

  test("[EV1] a second encoding of the outer form is refused", () => {
    const { outer } = seal();
    const longer = concatBytes(outer.subarray(0, 1), Uint8Array.of(0x18, 0x01), outer.subarray(2));
    expect(["CBOR_CANONICAL", "CBOR_SYNTAX"]).toContain(refusal(() => decodeOuter(longer)));
  });

  test("[EV1] another version of the outer form is refused by name", () => {
    expect(refusal(() => decodeOuter(alter(seal().outer, 1, 3)))).toBe("EVENT_VERSION");
  });

  test("[EV1] a whole form that also states its body's hash, and a shed one that does not, are refused", () => {
    const fields = decodeCbor(seal().outer, { bytesMax: 10_000 }) as readonly CborValue[];
    expect(refusal(() => decodeOuter(encodeCbor([...fields, seeded("hash")])))).toBe("EVENT_OUTER");
    expect(refusal(() => decodeOuter(encodeCbor([...fields.slice(0, 5), null])))).toBe("EVENT_OUTER");
  });
});

describe("shedding", () => {
  test("[EV12] a shed event keeps id, header and signature and has no body", () => {
    const sealed = seal();
    const shed = open(shedBody(sealed.outer));
    expect(shed.id).toBe(sealed.id);
    expect(shed.header).toEqual(sealed.header);
    expect(verifyOpened(shed)).toBe(true);
    expect(shed.body).toBeNull();
    expect(shed.outer.length).toBeLessThan(sealed.outer.length);
  });

  test("[EV12] shedding twice changes nothing", () => {
    const once = shedBody(seal().outer);
    expect(shedBody(once)).toEqual(once);
  });

  test("[EV12] an event that carries rights or keys is refused without its body", () => {
    const sealed = sealEvent(
      draft({
        scope: control,
        auth: [],
        body: { type: "profile.set", name: "Alice", status: null, avatar: null },
      }),
      {
        keys: controlEpoch,
        secretKey: alice.secretKey,
        salt,
      },
    );
    expect(refusal(() => openEvent(decodeOuter(shedBody(sealed.outer)), controlEpoch))).toBe("EVENT_SHED");
  });
});

function alter(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const altered = Uint8Array.from(bytes);
  altered[at] = (altered[at] as number) ^ mask;
  return altered;
}

/** A body sealed under the nonce that a wrong hash gives: what a dishonest author would have to send. */
function reseal(bodyHash: Uint8Array): Uint8Array {
  const context = outerContext(epoch.tagOf(bucketOf(START_MS)), bucketOf(START_MS));
  const label = "kith/v1/event/body";
  const aad = concatBytes(Uint8Array.of(label.length), Buffer.from(label), context);
  return aeadSeal(
    epoch.contentKeyOf(alice.device) ?? new Uint8Array(0),
    bodyHash.subarray(0, 24),
    new Uint8Array(256),
    aad,
  );
}
