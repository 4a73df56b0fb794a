/**
 * The boxes of a report, of one length, packed. Owns the one order: by their own bytes, so that it tells nobody for whom they
 * are. spec/space SP125, SP126.
 */
import {
  BOX_ENC_BYTES,
  BOX_TAG_BYTES,
  compareBytes,
  concatBytes,
  coreError,
  readBytes,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { REPORT_BOXES_MAX } from "./limits.ts";

const KEY_BYTES = 32;
/** Encapsulated key 1,120, the report's key 32, AES-GCM tag 16. */
export const REPORT_BOX_BYTES: number = BOX_ENC_BYTES + KEY_BYTES + BOX_TAG_BYTES;
/** What a report says, with its length before it and zeros behind: as long for every reason. */
export const REPORT_PADDED_BYTES = 1_184;
/** Commitment to the key 32, ciphertext, tag 16. */
export const REPORT_SEALED_BYTES: number = KEY_BYTES + REPORT_PADDED_BYTES + BOX_TAG_BYTES;

/** Throws REPORT_INVALID for none, more than REPORT_BOXES_MAX, or one twice; MALFORMED for another length. */
export function writeReportBoxes(boxes: readonly Uint8Array[]): Uint8Array {
  if (boxes.length === 0 || boxes.length > REPORT_BOXES_MAX)
    throw refuse(`it has ${boxes.length} boxes; one report has 1 to ${REPORT_BOXES_MAX}`);
  const sorted = boxes
    .map((box) => readBytes(box, REPORT_BOX_BYTES, "box of a report"))
    .toSorted(compareBytes);
  checkOrder(sorted);
  return concatBytes(...sorted);
}

/** Throws REPORT_INVALID, MALFORMED. */
export function readReportBoxes(value: CborValue | undefined): Uint8Array[] {
  const bounds = { min: REPORT_BOX_BYTES, max: REPORT_BOXES_MAX * REPORT_BOX_BYTES };
  const packed = readBytes(value, bounds, "boxes of a report");
  if (packed.length % REPORT_BOX_BYTES !== 0)
    throw refuse(`its boxes are no multiple of ${REPORT_BOX_BYTES} bytes`);
  const boxes = Array.from({ length: packed.length / REPORT_BOX_BYTES }, (_, at) =>
    packed.subarray(at * REPORT_BOX_BYTES, (at + 1) * REPORT_BOX_BYTES),
  );
  checkOrder(boxes);
  return boxes;
}

function checkOrder(boxes: readonly Uint8Array[]): void {
  boxes.forEach((box, i) => {
    const before = boxes[i - 1];
    if (before !== undefined && compareBytes(before, box) >= 0)
      throw refuse("its boxes are not in strictly ascending order");
  });
}

function refuse(why: string): Error {
  return coreError("REPORT_INVALID", `the report is refused: ${why}`);
}
