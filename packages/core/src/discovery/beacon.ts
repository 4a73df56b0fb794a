/**
 * Datagrams of one size that say where a device is and what it holds to those who hold a discovery key, and are
 * noise to everybody else. Owns sealing and opening; refuses to know sockets and time. spec/discovery.
 */
import {
  aeadOpen,
  aeadSeal,
  concatBytes,
  coreError,
  CoreError,
  hkdfSha256,
  labelled,
  labels,
  sha256,
  SIPHASH_KEY_BYTES,
  sipHashInto,
  utf8,
} from "../crypto/index.ts";
import type { Random } from "../ports/index.ts";
import { BEACON_BYTES, BEACON_KEYS_MAX, BEACON_NONCE_BYTES, BEACON_TAG_BYTES } from "./limits.ts";
import { decodePayload, encodePayload } from "./payload.ts";
import type { DatagramPayload } from "./payload.ts";

const SEALED_AT = BEACON_NONCE_BYTES + BEACON_TAG_BYTES;
const NO_DATA = new Uint8Array(0);

interface BeaconKeys {
  readonly tagKey: Uint8Array;
  readonly sealKey: Uint8Array;
}

/** By the very array that its epoch holds: a beat comes twice a second, and a derivation costs more than a seal. */
const derived = new WeakMap<Uint8Array, BeaconKeys>();

function beaconKeysOf(key: Uint8Array): BeaconKeys {
  let keys = derived.get(key);
  if (!keys) derived.set(key, (keys = deriveBeaconKeys(key)));
  return keys;
}

// The discovery key also proves membership in handshakes: each use has a key of its own.
function deriveBeaconKeys(key: Uint8Array): BeaconKeys {
  if (key.length !== 32)
    throw coreError("BEACON_KEY", `a discovery key has 32 bytes, this one ${key.length}`);
  return {
    tagKey: hkdfSha256(key, { info: utf8(labels.beaconTag), length: SIPHASH_KEY_BYTES }),
    sealKey: hkdfSha256(key, { info: utf8(labels.beaconKey), length: 32 }),
  };
}

/** BEACON_BYTES that only holders of the key can tell from noise. Throws BEACON_PAYLOAD, BEACON_KEY. */
export function sealBeacon(
  payload: DatagramPayload,
  { key, random }: { readonly key: Uint8Array; readonly random: Random },
): Uint8Array {
  const keys = beaconKeysOf(key);
  const nonce = random.bytes(BEACON_NONCE_BYTES);
  const tag = new Uint8Array(BEACON_TAG_BYTES);
  sipHashInto(tag, keys.tagKey, nonce);
  return concatBytes(nonce, tag, aeadSeal(keys.sealKey, nonce, encodePayload(payload), NO_DATA));
}

/** Noise of a beacon's size, for the first beat and for devices that have no space yet. */
export function coverBeacon(random: Random): Uint8Array {
  return random.bytes(BEACON_BYTES);
}

export interface BeaconTable<Ref> {
  /** Replaces the keys. Throws BEACON_KEYS beyond BEACON_KEYS_MAX. */
  set(keys: readonly { readonly key: Uint8Array; readonly ref: Ref }[]): void;
  /** The payload and whose key it was; null for noise, other sizes, and whatever is not a beacon. Never throws. */
  open(datagram: Uint8Array): { readonly ref: Ref; readonly payload: DatagramPayload } | null;
}

export function createBeaconTable<Ref>(): BeaconTable<Ref> {
  let entries: readonly (BeaconKeys & { readonly ref: Ref })[] = [];
  // Used again for every key: noise comes at any rate, and each datagram is tried under all of them.
  const expected = new Uint8Array(BEACON_TAG_BYTES);
  return {
    set(keys) {
      if (keys.length > BEACON_KEYS_MAX) {
        throw coreError(
          "BEACON_KEYS",
          `${keys.length} discovery keys, at most ${BEACON_KEYS_MAX} can be listened for; keep the newest`,
        );
      }
      entries = keys.map(({ key, ref }) => ({ ...beaconKeysOf(key), ref }));
    },
    open(datagram) {
      if (datagram.length !== BEACON_BYTES) return null;
      const nonce = datagram.subarray(0, BEACON_NONCE_BYTES);
      const tag = datagram.subarray(BEACON_NONCE_BYTES, SEALED_AT);
      for (const keys of entries) {
        sipHashInto(expected, keys.tagKey, nonce);
        if (!isSameTag(expected, tag)) continue;
        const payload = openWith(keys, nonce, datagram.subarray(SEALED_AT));
        if (payload !== null) return { ref: keys.ref, payload };
      }
      return null;
    },
  };
}

/** The key that visible devices beacon under: public, so that strangers find each other when both wish it. */
export function nearbyBeaconKey(): Uint8Array {
  return sha256(labelled(labels.nearbyKey));
}

// Ends at the first difference: a tag that somebody guesses in this way opens nothing, the AEAD does.
function isSameTag(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < BEACON_TAG_BYTES; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

function openWith(keys: BeaconKeys, nonce: Uint8Array, sealed: Uint8Array): DatagramPayload | null {
  const plain = aeadOpen(keys.sealKey, nonce, sealed, NO_DATA);
  if (plain === null) return null;
  try {
    return decodePayload(plain);
  } catch (error) {
    // A holder of the key wrote nonsense or a later version: to this device that is noise.
    if (error instanceof CoreError) return null;
    throw error;
  }
}
