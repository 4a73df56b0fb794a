/**
 * The simulator's Box: the same bytes as box-node.ts, with X-Wing by @noble/post-quantum, whose coins
 * come from the Random port, so that a seed replays a whole run. Slower by an order of magnitude.
 */
import { ml_kem768_x25519 as xwing } from "@noble/post-quantum/hybrid.js";
import type { Random } from "../ports/random.ts";
import type { Box } from "./box.ts";
import { createHpkeBox } from "./hpke.ts";

/** 32 bytes for ML-KEM, then 32 for the X25519 ephemeral key. */
const COIN_BYTES = 64;

/** Box whose encapsulations are decided by `random`. Byte-compatible with createNodeBox. */
export function createSeededBox(random: Random): Box {
  return createHpkeBox({
    publicKeyOf: (seed) => xwing.getPublicKey(seed),
    encapsulate(publicKey) {
      const { sharedSecret, cipherText } = xwing.encapsulate(publicKey, random.bytes(COIN_BYTES));
      return { shared: sharedSecret, enc: cipherText };
    },
    decapsulate: (seed, enc) => xwing.decapsulate(enc, seed),
  });
}
