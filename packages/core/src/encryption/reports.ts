/**
 * What a report says, for those alone whom it is sealed to: one key, a box of it for each device, and everything that the
 * bytes could tell others (which message, how long a reason, for whom a box is) left out. Owns no answer to whom. spec/space
 * SP125-SP127.
 */
import {
  AEAD_NONCE_BYTES,
  aeadOpen,
  aeadSeal,
  concatBytes,
  decodeCbor,
  encodeCbor,
  equalBytes,
  labelled,
  labels,
  readArray,
  readId,
  readNullable,
  readText,
  sha256,
} from "../crypto/index.ts";
import type { Box } from "../crypto/index.ts";
import { checkReason, REASON_CHARS_MAX, REPORT_BOX_BYTES, REPORT_PADDED_BYTES } from "../event/index.ts";
import type { MessageReportBody } from "../event/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EventId, PrekeyId, SpaceId } from "../ids.ts";
import type { Random } from "../ports/index.ts";

/** What a report is bound to: copied into another's event it opens for nobody. */
export interface ReportPlace {
  readonly space: SpaceId;
  /** The device that writes it. */
  readonly author: DeviceId;
}

export interface ReportContent {
  readonly message: EventId;
  readonly reason: string | null;
}

const KEY_BYTES = 32;
const LENGTH_BYTES = 2;
const NO_AAD = new Uint8Array(0);
/** Each key seals one report. */
const NO_NONCE = new Uint8Array(AEAD_NONCE_BYTES);
const REASON_TEXT = { bytesMax: 4 * REASON_CHARS_MAX };

/**
 * For these prekeys, which must be verified. decoys: boxes that nobody can open, one for each device that is left out though
 * its rank would have it, so that their number does not name it. Throws REASON_INVALID.
 */
export function sealReport(
  { message, reason }: ReportContent,
  place: ReportPlace,
  {
    prekeys,
    decoys,
    box,
    random,
  }: {
    readonly prekeys: readonly PrekeyBundle[];
    readonly decoys: number;
    readonly box: Box;
    readonly random: Random;
  },
): MessageReportBody {
  const key = random.bytes(KEY_BYTES);
  const content = encodeCbor([idBytes(message), reason === null ? null : checkReason(reason)]);
  const padded = new Uint8Array(REPORT_PADDED_BYTES);
  new DataView(padded.buffer).setUint16(0, content.length);
  padded.set(content, LENGTH_BYTES);
  const sealed = concatBytes(commitTo(key), aeadSeal(key, NO_NONCE, padded, contentAad(place)));
  const real = prekeys.map(({ device, id, publicKey }) =>
    box.seal(publicKey, reportBoxInfo(place, device, id), NO_AAD, key),
  );
  const empty = Array.from({ length: decoys }, () =>
    box.seal(box.generateKeyPair(random).publicKey, NO_AAD, NO_AAD, random.bytes(KEY_BYTES)),
  );
  return { type: "message.report", sealed, boxes: [...real, ...empty] };
}

/** null: no box of it is for this device, or it says nothing that this version can read. */
export function openReport(
  { sealed, boxes }: Pick<MessageReportBody, "sealed" | "boxes">,
  place: ReportPlace,
  {
    device,
    prekeys,
    box,
  }: {
    readonly device: DeviceId;
    readonly prekeys: readonly { readonly id: PrekeyId; readonly secretSeed: Uint8Array }[];
    readonly box: Box;
  },
): ReportContent | null {
  for (const blob of boxes) {
    if (blob.length !== REPORT_BOX_BYTES) continue;
    for (const { id, secretSeed } of prekeys) {
      const key = box.open(secretSeed, reportBoxInfo(place, device, id), NO_AAD, blob);
      if (key?.length === KEY_BYTES) return readSealed(sealed, key, place);
    }
  }
  return null;
}

/** The cipher does not commit to its key: without this one report could say different things to different admins. */
function readSealed(sealed: Uint8Array, key: Uint8Array, place: ReportPlace): ReportContent | null {
  if (!equalBytes(sealed.subarray(0, KEY_BYTES), commitTo(key))) return null;
  const padded = aeadOpen(key, NO_NONCE, sealed.subarray(KEY_BYTES), contentAad(place));
  if (padded === null) return null;
  const end = LENGTH_BYTES + new DataView(padded.buffer, padded.byteOffset).getUint16(0);
  if (end > padded.length || padded.subarray(end).some((byte) => byte !== 0)) return null;
  try {
    return readContent(padded.subarray(LENGTH_BYTES, end));
  } catch (error) {
    // Its author made it so, or is of a later version: to this one it says nothing.
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function readContent(bytes: Uint8Array): ReportContent {
  const fields = readArray(decodeCbor(bytes, { bytesMax: REPORT_PADDED_BYTES }), 2, "report");
  return {
    message: readId<EventId>(fields[0], 32, "reported message"),
    reason: readNullable(fields[1], (text) => checkReason(readText(text, REASON_TEXT, "reason of a report"))),
  };
}

function commitTo(key: Uint8Array): Uint8Array {
  return sha256(labelled(labels.reportCommitment, key));
}

function contentAad({ space, author }: ReportPlace): Uint8Array {
  return labelled(labels.reportBody, idBytes(space), idBytes(author));
}

/** HPKE info of a box. */
function reportBoxInfo({ space, author }: ReportPlace, device: DeviceId, prekey: PrekeyId): Uint8Array {
  return labelled(labels.reportBox, encodeCbor([space, author, device, prekey].map(idBytes)));
}
