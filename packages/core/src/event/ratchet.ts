/**
 * Chains of keys in a sealed scope: one for each device and epoch, each key for one body, none of them derived from a later one.
 * Owns the derivation; what is kept of a chain, and when it is destroyed, is the node's. spec/epoch EP96.
 */
import { concatBytes, hkdfSha3, hmacSha256, labels, utf8 } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EpochId, EventId } from "../ids.ts";

/** A place in a chain: from its key those of this number and of all later ones follow, and none before. */
export interface RatchetPlace {
  readonly index: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What a device has of sealed bodies besides an epoch's secrets. */
export interface SealedSource {
  /** As it was opened here, with salt and padding; null: it was not, or is not kept. */
  bodyOf(event: EventId): Uint8Array | null;
  /** 32 bytes; null: used, destroyed, or never here. */
  keyOf(place: { readonly epoch: EpochId; readonly device: DeviceId }, index: number): Uint8Array | null;
}

const KEY_BYTES = 32;

/** Where a device's chain begins, of the epoch's content secret and id. HKDF-SHA3-512. */
export function startOfChain(contentSecret: Uint8Array, epoch: EpochId, device: DeviceId): RatchetPlace {
  const info = concatBytes(utf8(labels.ratchetStart), idBytes(device));
  return { index: 0, key: hkdfSha3(contentSecret, { salt: idBytes(epoch), info, length: KEY_BYTES }) };
}

/** The place with this number, which is not before the given one. HMAC-SHA-256 a step. */
export function advanceChain(from: RatchetPlace, index: number): RatchetPlace {
  if (index < from.index) throw new Error("RATCHET_INVARIANT: a chain does not go back");
  let { key } = from;
  for (let at = from.index; at < index; at += 1) key = hmacSha256(key, utf8(labels.ratchetNext));
  return { index, key };
}

/** Of the body with the place's number. */
export function bodyKeyAt({ key }: RatchetPlace): Uint8Array {
  return hmacSha256(key, utf8(labels.ratchetKey));
}

/** Keys of an epoch whose content secret is here. The last place of each chain is remembered: bodies mostly come in their order. */
export function createChains(
  contentSecret: Uint8Array,
  epoch: EpochId,
  devicesMax: number,
): (device: DeviceId, index: number) => Uint8Array {
  const places = new Map<DeviceId, RatchetPlace>();
  return (device, index) => {
    const known = places.get(device);
    const from = known && known.index <= index ? known : startOfChain(contentSecret, epoch, device);
    const place = advanceChain(from, index);
    if (places.size >= devicesMax) places.clear();
    places.set(device, place);
    return bodyKeyAt(place);
  };
}
