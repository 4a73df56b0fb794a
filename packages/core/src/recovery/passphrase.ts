/** A key from a passphrase. What it costs is fixed, so that no file makes anybody spend more. spec/identity ID54. */
import { argon2id, utf8 } from "../crypto/index.ts";

export const PASSPHRASE_SALT_BYTES = 16;
/** Shorter ones are guessed. */
export const PASSPHRASE_CHARS_MIN = 10;
/** More than anybody remembers, and little to hash. */
export const PASSPHRASE_CHARS_MAX = 1_024;
/** 64 MiB and three passes: half a second of a small machine, and what makes guessing dear on a large one. */
const COST = { memoryKiB: 64 * 1_024, passes: 3 } as const;

/** 32 bytes. The text counts in NFKC, so that another keyboard gives the same. */
export function keyOfPassphrase(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  return argon2id(utf8(passphrase.normalize("NFKC")), salt, COST);
}
