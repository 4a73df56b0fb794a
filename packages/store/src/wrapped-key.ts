/**
 * A data key under a passphrase: Argon2id (RFC 9106) makes a key of the passphrase, AES-256-GCM closes the data key with
 * it. The form has one length, says what it cost to make, and carries a checksum, so that a damaged file is told from
 * a wrong passphrase. spec/store ST25-ST26.
 */
import { argon2, createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { Random } from "@kith/core";

/** A data key has 256 bits. */
export const KEY_FILE_BYTES = 32;

export interface PassphraseCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** What RFC 9106 §4 recommends where memory is scarce: 64 MiB and 3 passes, 0.1 to 0.2 s here. */
export const PASSPHRASE_COST: PassphraseCost = { memoryKib: 65_536, passes: 3, lanes: 1 };
/** KiB of memory that a file may ask for: a hostile one must not take a small machine's. */
const MEMORY_KIB_MAX = 262_144;
/** KiB of memory below which guessing is cheap: such a file was not made here. */
const MEMORY_KIB_MIN = 8_192;
/** Passes that a file may ask for: with the memory above, a few seconds. */
const PASSES_MAX = 16;
/** Lanes that a file may ask for. */
const LANES_MAX = 4;

const magic = Buffer.from("KITHKEY1");
/** As RFC 9106 §3.1 recommends for passwords. */
const SALT_BYTES = 16;
/** The nonce's length that GCM takes as it is. NIST SP 800-38D §5.2.1.1. */
const NONCE_BYTES = 12;
/** The whole tag of GCM. */
const TAG_BYTES = 16;
/** Of a damaged file one in 2^64 passes. */
const CHECKSUM_BYTES = 8;
const saltAt = magic.length + 12;
const nonceAt = saltAt + SALT_BYTES;
const boxAt = nonceAt + NONCE_BYTES;
const checksumAt = boxAt + KEY_FILE_BYTES + TAG_BYTES;

export const WRAPPED_KEY_BYTES = checksumAt + CHECKSUM_BYTES;

/** What is wrong with bytes that should be a wrapped key; in words that go on from the file's name. */
export class WrappedKeyError extends Error {
  override readonly name = "WrappedKeyError";
}

export interface WrappedKey {
  readonly cost: PassphraseCost;
  readonly bytes: Uint8Array;
}

/** Whether it says that it is one. A clear key is another length. */
export function looksWrapped(bytes: Uint8Array): boolean {
  return bytes.length !== KEY_FILE_BYTES && magic.equals(bytes.subarray(0, magic.length));
}

/** Throws WrappedKeyError. */
export function decodeWrappedKey(bytes: Uint8Array): WrappedKey {
  if (bytes.length !== WRAPPED_KEY_BYTES)
    throw new WrappedKeyError(
      `has ${bytes.length} bytes where a key under a passphrase has ${WRAPPED_KEY_BYTES}`,
    );
  const view = Buffer.from(bytes);
  if (!magic.equals(view.subarray(0, magic.length)))
    throw new WrappedKeyError("does not begin like a key under a passphrase");
  if (!checksumOf(view).equals(view.subarray(checksumAt))) throw new WrappedKeyError("is damaged");
  const cost = {
    memoryKib: view.readUInt32BE(magic.length),
    passes: view.readUInt32BE(magic.length + 4),
    lanes: view.readUInt32BE(magic.length + 8),
  };
  checkCost(cost);
  return { cost, bytes: view };
}

function checkCost({ memoryKib, passes, lanes }: PassphraseCost): void {
  const isFit =
    memoryKib >= MEMORY_KIB_MIN &&
    memoryKib <= MEMORY_KIB_MAX &&
    passes >= 1 &&
    passes <= PASSES_MAX &&
    lanes >= 1 &&
    lanes <= LANES_MAX;
  if (!isFit)
    throw new WrappedKeyError(
      `asks for ${memoryKib} KiB, ${passes} passes and ${lanes} lanes, beyond bounds`,
    );
}

/** Throws WrappedKeyError for a cost out of bounds. */
export async function wrapKey(
  key: Uint8Array,
  passphrase: string,
  { random, cost = PASSPHRASE_COST }: { readonly random: Random; readonly cost?: PassphraseCost },
): Promise<Uint8Array> {
  if (key.length !== KEY_FILE_BYTES) throw new Error(`a data key has ${KEY_FILE_BYTES} bytes`);
  checkCost(cost);
  const bytes = Buffer.alloc(WRAPPED_KEY_BYTES);
  magic.copy(bytes);
  bytes.writeUInt32BE(cost.memoryKib, magic.length);
  bytes.writeUInt32BE(cost.passes, magic.length + 4);
  bytes.writeUInt32BE(cost.lanes, magic.length + 8);
  bytes.set(random.bytes(SALT_BYTES), saltAt);
  bytes.set(random.bytes(NONCE_BYTES), nonceAt);
  const wrapping = await deriveWrappingKey(passphrase, bytes, cost);
  const cipher = createCipheriv("aes-256-gcm", wrapping, bytes.subarray(nonceAt, boxAt));
  cipher.setAAD(bytes.subarray(0, nonceAt));
  cipher.update(key).copy(bytes, boxAt);
  cipher.final();
  cipher.getAuthTag().copy(bytes, boxAt + KEY_FILE_BYTES);
  wrapping.fill(0);
  checksumOf(bytes).copy(bytes, checksumAt);
  return bytes;
}

/** Null when it is another passphrase's. Throws WrappedKeyError. */
export async function unwrapKey(bytes: Uint8Array, passphrase: string): Promise<Uint8Array | null> {
  const { cost } = decodeWrappedKey(bytes);
  const view = Buffer.from(bytes);
  const wrapping = await deriveWrappingKey(passphrase, view, cost);
  try {
    const decipher = createDecipheriv("aes-256-gcm", wrapping, view.subarray(nonceAt, boxAt), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(view.subarray(0, nonceAt));
    decipher.setAuthTag(view.subarray(boxAt + KEY_FILE_BYTES, checksumAt));
    const key = decipher.update(view.subarray(boxAt, boxAt + KEY_FILE_BYTES));
    try {
      decipher.final();
    } catch {
      // The tag is another's; nothing else can fail here.
      key.fill(0);
      return null;
    }
    return new Uint8Array(key);
  } finally {
    wrapping.fill(0);
  }
}

function deriveWrappingKey(passphrase: string, bytes: Buffer, cost: PassphraseCost): Promise<Buffer> {
  // The same letters from another keyboard are the same passphrase.
  const message = Buffer.from(passphrase.normalize("NFC"), "utf8");
  return new Promise((resolve, reject) => {
    argon2(
      "argon2id",
      {
        message,
        nonce: bytes.subarray(saltAt, nonceAt),
        memory: cost.memoryKib,
        passes: cost.passes,
        parallelism: cost.lanes,
        tagLength: 32,
      },
      (error, derived) => {
        message.fill(0);
        if (error === null) resolve(Buffer.from(derived));
        else reject(error);
      },
    );
  });
}

function checksumOf(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes.subarray(0, checksumAt)).digest().subarray(0, CHECKSUM_BYTES);
}
