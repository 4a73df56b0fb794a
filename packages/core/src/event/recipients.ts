/**
 * To whom an epoch's boxes went: 64 bytes each, packed, so that one event holds RECIPIENTS_MAX of them.
 * Owns the one order. spec/event EV24.
 */
import { concatBytes, coreError, readBytes } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { BoxName, DeviceId, PrekeyId } from "../ids.ts";
import { RECIPIENTS_MAX } from "./limits.ts";

export interface BoxRecipient {
  readonly device: DeviceId;
  readonly prekey: PrekeyId;
  readonly box: BoxName;
}

const DEVICE_END = 32;
const PREKEY_END = 48;
const RECIPIENT_BYTES = 64;

/** Throws RECIPIENTS_INVALID for more than RECIPIENTS_MAX, or one prekey of one device twice. */
export function writeRecipients(recipients: readonly BoxRecipient[]): Uint8Array {
  if (recipients.length > RECIPIENTS_MAX) {
    throw refuse(`${recipients.length} are too many; name at most ${RECIPIENTS_MAX} and re-box for the rest`);
  }
  const sorted = recipients.toSorted(compareRecipients);
  checkOrder(sorted);
  return concatBytes(
    ...sorted.flatMap(({ device, prekey, box }) => [idBytes(device), idBytes(prekey), idBytes(box)]),
  );
}

/** Throws RECIPIENTS_INVALID, MALFORMED. */
export function readRecipients(value: CborValue | undefined): BoxRecipient[] {
  const packed = readBytes(value, { max: RECIPIENTS_MAX * RECIPIENT_BYTES }, "box recipients");
  if (packed.length % RECIPIENT_BYTES !== 0)
    throw refuse(`their bytes are no multiple of ${RECIPIENT_BYTES}`);
  const recipients: BoxRecipient[] = [];
  for (let at = 0; at < packed.length; at += RECIPIENT_BYTES) {
    recipients.push({
      device: toId<DeviceId>(packed.subarray(at, at + DEVICE_END)),
      prekey: toId<PrekeyId>(packed.subarray(at + DEVICE_END, at + PREKEY_END)),
      box: toId<BoxName>(packed.subarray(at + PREKEY_END, at + RECIPIENT_BYTES)),
    });
  }
  checkOrder(recipients);
  return recipients;
}

function checkOrder(recipients: readonly BoxRecipient[]): void {
  recipients.forEach((recipient, i) => {
    const before = recipients[i - 1];
    if (before !== undefined && compareRecipients(before, recipient) >= 0) {
      throw refuse("they are not in strictly ascending order of device and prekey");
    }
  });
}

function compareRecipients(a: BoxRecipient, b: BoxRecipient): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  if (a.prekey !== b.prekey) return a.prekey < b.prekey ? -1 : 1;
  return 0;
}

function refuse(why: string): Error {
  return coreError("RECIPIENTS_INVALID", `the recipients of an epoch are refused: ${why}`);
}
