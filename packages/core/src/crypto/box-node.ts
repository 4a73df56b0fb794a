/**
 * The production Box: X-Wing (draft-connolly-cfrg-xwing-kem) over node:crypto, OpenSSL 3.5.
 * Encapsulation draws its coins from OpenSSL, the one randomness in core that is not the Random port:
 * node offers no encapsulation with given coins. Hence not for simulated runs.
 */
import {
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hash,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Box } from "./box.ts";
import { BOX_PUBLIC_KEY_BYTES } from "./box.ts";
import { concatBytes } from "./bytes.ts";
import type { Kem } from "./hpke.ts";
import { createHpkeBox } from "./hpke.ts";

const MLKEM_SEED_BYTES = 64;
const MLKEM_PUBLIC_BYTES = 1184;
const MLKEM_CIPHERTEXT_BYTES = 1088;
const X25519_BYTES = 32;
// "\.//^\", the label of X-Wing's combiner.
const XWING_LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

// node takes raw keys only in DER: these are the fixed bytes before each (RFC 8410; draft-ietf-lamps-kyber-certificates, the seed form).
const X25519_SPKI = der("302a300506032b656e032100");
const X25519_PKCS8 = der("302e020100300506032b656e04220420");
const MLKEM_SPKI = der("308204b2300b0609608648016503040402038204a100");
const MLKEM_PKCS8_SEED = der("3054020100300b060960864801650304040204428040");

/** Box over node:crypto. Byte-compatible with createSeededBox. */
export function createNodeBox(): Box {
  return createHpkeBox(xwing);
}

const xwing: Kem = {
  publicKeyOf: (seed) => expand(seed).publicKey,
  encapsulate(publicKey) {
    const mlkemKey = publicKeyFrom(MLKEM_SPKI, publicKey.subarray(0, MLKEM_PUBLIC_BYTES));
    const xBytes = publicKey.subarray(MLKEM_PUBLIC_BYTES, BOX_PUBLIC_KEY_BYTES);
    const ephemeral = generateKeyPairSync("x25519");
    const xShared = diffieHellman({
      privateKey: ephemeral.privateKey,
      publicKey: publicKeyFrom(X25519_SPKI, xBytes),
    });
    const xEnc = rawPublic(ephemeral.publicKey, X25519_SPKI);
    const { sharedKey, ciphertext } = encapsulate(mlkemKey);
    return { shared: combine(sharedKey, xShared, xEnc, xBytes), enc: concatBytes(ciphertext, xEnc) };
  },
  decapsulate(seed, enc) {
    const keys = expand(seed);
    const xEnc = enc.subarray(MLKEM_CIPHERTEXT_BYTES);
    const xShared = diffieHellman({ privateKey: keys.x, publicKey: publicKeyFrom(X25519_SPKI, xEnc) });
    const mlkemShared = decapsulate(keys.mlkem, enc.subarray(0, MLKEM_CIPHERTEXT_BYTES));
    return combine(mlkemShared, xShared, xEnc, keys.publicKey.subarray(MLKEM_PUBLIC_BYTES));
  },
};

interface ExpandedKeys {
  readonly mlkem: KeyObject;
  readonly x: KeyObject;
  readonly publicKey: Uint8Array;
}

/** X-Wing's expandDecapsulationKey: SHAKE256(seed, 96) = ML-KEM d | ML-KEM z | X25519 scalar. */
function expand(seed: Uint8Array): ExpandedKeys {
  const expanded = hash("shake256", seed, {
    outputEncoding: "buffer",
    outputLength: MLKEM_SEED_BYTES + X25519_BYTES,
  });
  const mlkem = privateKeyFrom(MLKEM_PKCS8_SEED, expanded.subarray(0, MLKEM_SEED_BYTES));
  const x = privateKeyFrom(X25519_PKCS8, expanded.subarray(MLKEM_SEED_BYTES));
  const publicKey = concatBytes(
    rawPublic(createPublicKey(mlkem), MLKEM_SPKI),
    rawPublic(createPublicKey(x), X25519_SPKI),
  );
  return { mlkem, x, publicKey };
}

/** X-Wing's combiner. The ML-KEM ciphertext and key need no place in it: ML-KEM binds them itself. */
function combine(
  mlkemShared: Uint8Array,
  xShared: Uint8Array,
  xEnc: Uint8Array,
  xPublic: Uint8Array,
): Uint8Array {
  return new Uint8Array(
    hash("sha3-256", concatBytes(mlkemShared, xShared, xEnc, xPublic, XWING_LABEL), "buffer"),
  );
}

function privateKeyFrom(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "pkcs8" });
}

function publicKeyFrom(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
}

function rawPublic(key: KeyObject, prefix: Uint8Array): Uint8Array {
  return key.export({ format: "der", type: "spki" }).subarray(prefix.length);
}

function der(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}
