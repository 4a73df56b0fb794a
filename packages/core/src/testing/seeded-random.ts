/** The Random port from a seed: the same seed gives the same bytes. For tests, vectors and simulated runs. */
import { sha256, utf8 } from "../crypto/index.ts";
import type { Random } from "../ports/index.ts";

/** SHA-256 in counter mode over the seed. Not for keys of real people: whoever knows the seed knows all. */
export function createSeededRandom(seed: string): Random {
  const start = utf8(`${seed}/`);
  let count = 0;
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let at = 0; at < length; at += 32) {
        out.set(sha256(start, utf8(String(count))).subarray(0, Math.min(32, length - at)), at);
        count += 1;
      }
      return out;
    },
  };
}
