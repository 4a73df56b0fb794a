import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SpaceId } from "../ids.ts";
import {
  decodeEquivocation,
  encodeEquivocation,
  proveEquivocation,
  verifyEquivocation,
} from "./equivocation.ts";
import type { EquivocationProof } from "./equivocation.ts";
import {
  alice,
  bob,
  createEpoch,
  draft,
  epoch,
  forge,
  id32,
  post,
  refusal,
  salt,
  scope,
  space,
} from "./event-fixtures.ts";
import type { SignedHeader } from "./header.ts";
import { openEvent } from "./open.ts";
import { decodeOuter } from "./outer.ts";
import { sealEvent } from "./seal.ts";
import type { EventDraft } from "./seal.ts";

function signed(changes: Partial<EventDraft>, keys = epoch, device = alice): SignedHeader {
  const changed = draft({ space: keys.space, scope: keys.scope, device: device.device, ...changes });
  const { outer } = sealEvent(changed, { keys, secretKey: device.secretKey, salt });
  return openEvent(decodeOuter(outer), keys).signedHeader;
}

const one = signed({ body: post("one") });
const two = signed({ body: post("two") });
const refused = (a: SignedHeader, b: SignedHeader) => refusal(() => proveEquivocation(a, b));

describe("equivocation", () => {
  test("[EV25] attack 28: two statements of one device for one place are a proof, in either order the same", () => {
    const proof = proveEquivocation(one, two);
    expect(proveEquivocation(two, one)).toEqual(proof);
    expect(verifyEquivocation(proof)).toEqual({ device: alice.device, space, scope, seq: 2 });
  });

  test("[EV26] a proof travels as bytes and is checked without keys", () => {
    const proof = proveEquivocation(one, two);
    const received = decodeEquivocation(encodeEquivocation(proof));
    expect(received).toEqual(proof);
    expect(verifyEquivocation(received).device).toBe(alice.device);
  });

  test("[EV25] two epochs do not hide it: the place is device, scope and seq", () => {
    const later = createEpoch("later", space, scope);
    expect(refused(one, signed({ body: post("two") }, later))).toBe("accepted");
  });

  test("[EV26] one header twice, or two places, are no proof", () => {
    expect(refused(one, one)).toBe("EQUIVOCATION_NONE");
    expect(refused(one, signed({ seq: 3 }))).toBe("EQUIVOCATION_NONE");
    expect(refused(one, signed({}, epoch, bob))).toBe("EQUIVOCATION_NONE");
    const otherSpace = id32<SpaceId>("another space");
    const elsewhere = createEpoch("elsewhere", otherSpace, scope);
    expect(refused(one, signed({}, elsewhere))).toBe("EQUIVOCATION_NONE");
  });

  test("[EV25] [EV26] attack 1: nobody can frame a device: a header it did not sign is refused", () => {
    const forged = openEvent(
      forge({ secretKey: bob.secretKey, draft: { body: post("framed") } }),
      epoch,
    ).signedHeader;
    expect(refused(one, forged)).toBe("EQUIVOCATION_FORGED");
    expect(refused(one, { header: one.header, signature: two.signature })).toBe("EQUIVOCATION_FORGED");
  });

  test("[EV26] a proof in the wrong order is refused, so that one pair is one proof", () => {
    const { first, second } = proveEquivocation(one, two);
    expect(refusal(() => verifyEquivocation({ first: second, second: first }))).toBe("EQUIVOCATION_ORDER");
  });

  test("[EV26] [EV22] a proof altered in any byte is refused with a code", () => {
    const bytes = encodeEquivocation(proveEquivocation(one, two));
    const check = (altered: Uint8Array) =>
      refusal(() => void verifyEquivocation(decodeEquivocation(altered) satisfies EquivocationProof));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const altered = Uint8Array.from(bytes);
        altered[at] = (altered[at] as number) ^ mask;
        expect(check(altered)).not.toBe("accepted");
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (any) => check(any) !== "accepted"));
  });
});
