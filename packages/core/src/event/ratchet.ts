/**
 * Chains of keys in a sealed scope: one for each device and epoch, each key for one body, none of them derived from a later one.
 * Owns the derivation; what is kept of a chain, and when it is destroyed, is the node's. spec/epoch EP96.
 */
import { concatBytes, hkdfSha3, labels, sha256Labelled, utf8 } from "../crypto/index.ts";
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

/** The place with this number, which is not before the given one. SHA-256 a step. */
export function advanceChain(from: RatchetPlace, index: number): RatchetPlace {
  if (index < from.index) throw new Error("RATCHET_INVARIANT: a chain does not go back");
  let { key } = from;
  for (let at = from.index; at < index; at += 1) key = sha256Labelled(labels.ratchetNext, key);
  return { index, key };
}

/** Of the body with the place's number. */
export function bodyKeyAt({ key }: RatchetPlace): Uint8Array {
  return sha256Labelled(labels.ratchetKey, key);
}

/** Places that are remembered of a chain stand so far apart: whoever numbers bodies backwards makes others derive no more than this each. */
const PLACES_APART = 64;

/** Keys of an epoch whose content secret is here. */
export function createChains(
  contentSecret: Uint8Array,
  epoch: EpochId,
  devicesMax: number,
): (device: DeviceId, index: number) => Uint8Array {
  /** Of each device by index / PLACES_APART, as far as was asked; and the last that was asked for. */
  const chains = new Map<DeviceId, { readonly places: RatchetPlace[]; last: RatchetPlace }>();
  return (device, index) => {
    let chain = chains.get(device);
    if (!chain) {
      const start = startOfChain(contentSecret, epoch, device);
      if (chains.size >= devicesMax) chains.clear();
      chains.set(device, (chain = { places: [start], last: start }));
    }
    const { places, last } = chain;
    for (let at = places.length; at <= Math.floor(index / PLACES_APART); at += 1)
      places.push(advanceChain(places[at - 1] ?? last, at * PLACES_APART));
    const near = places[Math.floor(index / PLACES_APART)] ?? last;
    chain.last = advanceChain(last.index <= index && last.index > near.index ? last : near, index);
    return bodyKeyAt(chain.last);
  };
}
