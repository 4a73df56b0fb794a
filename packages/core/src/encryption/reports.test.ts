import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aeadSeal,
  concatBytes,
  createNodeBox,
  encodeCbor,
  labelled,
  labels,
  sha256,
} from "../crypto/index.ts";
import {
  decodeBody,
  encodeBody,
  kinds,
  REASON_CHARS_MAX,
  REPORT_BOX_BYTES,
  REPORT_BOXES_MAX,
  sealEvent,
} from "../event/index.ts";
import type { MessageReportBody } from "../event/index.ts";
import { control, controlEpoch, draft, id32, refusal, salt, alice } from "../event/event-fixtures.ts";
import { REPORT_SEALED_BYTES } from "../event/report-boxes.ts";
import { idBytes } from "../ids.ts";
import type { EventId, SpaceId } from "../ids.ts";
import { createTestPerson, seededRandom } from "../membership/world.fixture.ts";
import type { TestPerson } from "../membership/world.fixture.ts";
import type { Random } from "../ports/index.ts";
import { openReport, sealReport } from "./reports.ts";

const box = createNodeBox();
const [ann, bea, cid] = ["Ann", "Bea", "Cid"].map(createTestPerson) as [TestPerson, TestPerson, TestPerson];
const place = { space: id32<SpaceId>("space"), author: cid.device.device };
const message = id32<EventId>("message");

function seal(
  to: readonly TestPerson[] = [ann, bea],
  {
    reason = "rude",
    decoys = 0,
    random = seededRandom("report"),
  }: { reason?: string | null; decoys?: number; random?: Random } = {},
): MessageReportBody {
  const prekeys = to.map(({ prekey }) => prekey.bundle);
  return sealReport({ message, reason }, place, { prekeys, decoys, box, random });
}

const open = (body: Pick<MessageReportBody, "sealed" | "boxes">, who: TestPerson, at = place) => {
  const { bundle, secretSeed } = who.prekey;
  return openReport(body, at, { device: who.device.device, prekeys: [{ id: bundle.id, secretSeed }], box });
};
const sent = (body: MessageReportBody): MessageReportBody =>
  decodeBody(kinds["message.report"], encodeBody(body)) as MessageReportBody;

describe("a sealed report", () => {
  test("[SP126] opens for each device that it is sealed to, and for no other", () => {
    const body = sent(seal());
    for (const who of [ann, bea]) expect(open(body, who)).toEqual({ message, reason: "rude" });
    expect(open(body, cid)).toBeNull();
    expect(open(sent(seal([ann], { reason: null })), ann)).toEqual({ message, reason: null });
  });

  test("[SP126] copied into the event of another device, or into another space, it opens for nobody", () => {
    const body = seal();
    expect(open(body, ann, { ...place, author: bea.device.device })).toBeNull();
    expect(open(body, ann, { ...place, space: id32<SpaceId>("another") })).toBeNull();
  });

  test("[SP126] boxes of another report do not open this one: one report says one thing to all", () => {
    const [one, other] = [seal([ann]), seal([bea], { random: seededRandom("another") })];
    expect(open({ sealed: one.sealed, boxes: other.boxes }, bea)).toBeNull();
    expect(open({ sealed: one.sealed, boxes: other.boxes }, ann)).toBeNull();
  });

  test("[SP125] its bytes are as many for every reason, and boxes stand by their own bytes, whomever they are for", () => {
    const reasons = [null, "x", "x".repeat(REASON_CHARS_MAX), "\u{1F9D7}".repeat(REASON_CHARS_MAX)];
    const lengths = reasons.map((reason) => encodeBody(seal([ann, bea], { reason })).length);
    expect(new Set(lengths).size).toBe(1);
    const { boxes } = sent(seal([bea, ann, cid], { decoys: 2 }));
    expect(boxes).toHaveLength(5);
    expect(boxes.map((each) => Buffer.from(each).toString("hex"))).toEqual(
      boxes.map((each) => Buffer.from(each).toString("hex")).toSorted(),
    );
    for (const each of boxes) expect(each.length).toBe(REPORT_BOX_BYTES);
  });

  test("[SP126] a reason is a line of 1 to 280 characters that turns no direction", () => {
    for (const reason of ["", " ", "x".repeat(REASON_CHARS_MAX + 1), "a\nb", "a\u202eb"])
      expect(refusal(() => seal([ann], { reason }))).toBe("REASON_INVALID");
  });
});

describe("the body of a report", () => {
  const bodyOf = (sealed: number, boxes: Uint8Array): string =>
    refusal(() => decodeBody(kinds["message.report"], encodeCbor([new Uint8Array(sealed), boxes])));
  const packed = (...bytes: readonly number[]): Uint8Array =>
    Buffer.concat(bytes.map((byte) => new Uint8Array(REPORT_BOX_BYTES).fill(byte)));

  test("[SP125] has 1 to 32 boxes of one length, in strictly ascending order", () => {
    const most = Array.from({ length: REPORT_BOXES_MAX }, (_, at) => at);
    expect(bodyOf(REPORT_SEALED_BYTES, packed(...most))).toBe("accepted");
    expect(bodyOf(REPORT_SEALED_BYTES, packed(...most, REPORT_BOXES_MAX))).toBe("MALFORMED");
    expect(bodyOf(REPORT_SEALED_BYTES, packed())).toBe("MALFORMED");
    expect(bodyOf(REPORT_SEALED_BYTES, packed(2, 1))).toBe("REPORT_INVALID");
    expect(bodyOf(REPORT_SEALED_BYTES, packed(1, 1))).toBe("REPORT_INVALID");
    expect(bodyOf(REPORT_SEALED_BYTES, packed(1).subarray(1))).toBe("MALFORMED");
    expect(bodyOf(REPORT_SEALED_BYTES, Buffer.concat([packed(1), Uint8Array.of(2)]))).toBe("REPORT_INVALID");
    expect(bodyOf(REPORT_SEALED_BYTES - 1, packed(1))).toBe("MALFORMED");
    for (const count of [0, REPORT_BOXES_MAX + 1])
      expect(
        refusal(() =>
          encodeBody({ ...seal([ann]), boxes: Array.from({ length: count }, (_, at) => packed(at)) }),
        ),
      ).toBe("REPORT_INVALID");
  });

  test("[SP125] with as many boxes as there may be it fits an event", () => {
    const boxes = Array.from({ length: REPORT_BOXES_MAX }, (_, at) => packed(at));
    const body: MessageReportBody = {
      type: "message.report",
      sealed: new Uint8Array(REPORT_SEALED_BYTES),
      boxes,
    };
    const { outer } = sealEvent(draft({ body, scope: control, auth: [] }), {
      keys: controlEpoch,
      secretKey: alice.secretKey,
      salt,
    });
    expect(outer.length).toBeLessThanOrEqual(61_440);
  });

  test("[SP126] [EV22] whatever bytes stand in it, a report opens to what was sealed or to nothing", () => {
    const honest = seal([ann]);
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), (inBox, at, byte) => {
        const bytes = Uint8Array.from(inBox ? (honest.boxes[0] ?? new Uint8Array()) : honest.sealed);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ byte;
        const body = inBox ? { ...honest, boxes: [bytes] } : { ...honest, sealed: bytes };
        expect(open(body, ann)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test("[SP126] what its own author sealed out of form says nothing", () => {
    const inner = (content: Uint8Array, more: (padded: Uint8Array) => void = () => undefined) =>
      open(forge(content, more), ann);
    const right = encodeCbor([Buffer.from(message, "hex"), "rude"]);
    expect(inner(right)).toEqual({ message, reason: "rude" });
    expect(inner(right, (padded) => (padded[1_183] = 1))).toBeNull();
    expect(inner(right, (padded) => padded.set([255, 255]))).toBeNull();
    expect(inner(encodeCbor([Buffer.from(message, "hex"), "a\u202eb"]))).toBeNull();
    expect(inner(encodeCbor([Buffer.from(message, "hex")]))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_182 }), (bytes) => void inner(bytes)),
      { numRuns: 60 },
    );
  });
});

/** Sealed as it should be, around bytes of one's own. */
function forge(content: Uint8Array, more: (padded: Uint8Array) => void): MessageReportBody {
  const key = new Uint8Array(32).fill(7);
  const padded = new Uint8Array(1_184);
  new DataView(padded.buffer).setUint16(0, content.length);
  padded.set(content, 2);
  more(padded);
  const { space, author } = place;
  const sealed = concatBytes(
    sha256(labelled(labels.reportCommitment, key)),
    aeadSeal(key, new Uint8Array(24), padded, labelled(labels.reportBody, idBytes(space), idBytes(author))),
  );
  const { id, device, publicKey } = ann.prekey.bundle;
  const info = labelled(labels.reportBox, encodeCbor([space, author, device, id].map(idBytes)));
  const none = new Uint8Array();
  return { type: "message.report", sealed, boxes: [box.seal(publicKey, info, none, key)] };
}
