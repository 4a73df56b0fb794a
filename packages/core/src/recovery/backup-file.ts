/**
 * The outer form of a backup: a head that says by what it opens, then sealed chunks, each in its place and the last marked as
 * such, so that nothing is altered, reordered, left out or cut off unseen. Owns no meaning of what lies in the chunks.
 * spec/identity ID54, ID55.
 */
import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  aeadOpen,
  aeadSeal,
  concatBytes,
  CoreError,
  coreError,
  decodeCbor,
  encodeCbor,
  equalBytes,
  hkdfSha256,
  labels,
  readArray,
  readBytes,
  readUint,
  sha256,
  sha256Labelled,
  utf8,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import type { Random } from "../ports/index.ts";
import { keyOfPassphrase, PASSPHRASE_SALT_BYTES } from "./passphrase.ts";

const MAGIC = utf8("KITHBAK1");
const VERSION = 1;
const COMMITMENT_BYTES = 32;
const KINDS = ["passphrase", "words"] as const;
/** One of each kind. */
const SLOTS_MAX = 2;
/** Version, commitment and both slots take 200. */
export const BACKUP_HEAD_BYTES_MAX = 1_024;
/** Plaintext of one chunk: what is in memory at a time. The longest event fits, with room for many short ones. */
export const BACKUP_CHUNK_BYTES_MAX = 512 * 1_024;
const LENGTH_BYTES = 4;
/** The same, sealed. */
const SEALED_MAX = BACKUP_CHUNK_BYTES_MAX + AEAD_TAG_BYTES;

/** What a person has that opens a backup. seed: of the root, as the words stand for it. */
export interface BackupSecrets {
  readonly passphrase?: string;
  readonly seed?: Uint8Array;
}

interface Slot {
  readonly kind: (typeof KINDS)[number];
  readonly salt: Uint8Array;
  readonly wrapped: Uint8Array;
}

export interface BackupSealer {
  /** What the file begins with. */
  readonly head: Uint8Array;
  /** The next chunk, as it goes into the file. Throws BACKUP_CHUNK. */
  seal(plaintext: Uint8Array, isLast: boolean): Uint8Array;
}

/** A new file for each of the given secrets. Rejects with BACKUP_SECRET where there is none. */
export async function createBackupSealer(secrets: BackupSecrets, random: Random): Promise<BackupSealer> {
  const fileKey = random.bytes(AEAD_KEY_BYTES);
  const slots: Slot[] = [];
  for (const kind of KINDS) {
    const salt = random.bytes(PASSPHRASE_SALT_BYTES);
    const key = await slotKey(kind, secrets, salt);
    if (key) slots.push({ kind, salt, wrapped: aeadSeal(key, noNonce, fileKey, slotData(kind)) });
  }
  if (slots.length === 0)
    throw coreError("BACKUP_SECRET", "a backup needs a passphrase, or the recovery words");
  const value = [
    VERSION,
    commit(fileKey),
    slots.map(({ kind, salt, wrapped }) => [KINDS.indexOf(kind), salt, wrapped]),
  ] as const satisfies CborValue;
  const bytes = encodeCbor(value);
  const head = concatBytes(MAGIC, lengthOf(bytes), bytes);
  const data = sha256(head);
  let index = 0;
  return {
    head,
    seal(plaintext, isLast) {
      if (plaintext.length > BACKUP_CHUNK_BYTES_MAX)
        throw coreError("BACKUP_CHUNK", `a chunk has at most ${BACKUP_CHUNK_BYTES_MAX} bytes`);
      const sealed = aeadSeal(fileKey, nonceOf(index, isLast), plaintext, data);
      index += 1;
      return concatBytes(lengthOf(sealed), sealed);
    },
  };
}

/**
 * The chunks of a file, in order, each as soon as it is whole; ends well only where the file does. Throws BACKUP_FORMAT for
 * what is no backup, BACKUP_NEWER, BACKUP_SECRET for another passphrase or other words, BACKUP_DAMAGED for what was altered or cut off.
 */
export async function* openBackup(
  source: AsyncIterable<Uint8Array>,
  secrets: BackupSecrets,
): AsyncGenerator<Uint8Array> {
  const reader = new Reader(source);
  const start = await reader.take(MAGIC.length + LENGTH_BYTES);
  if (start === null || !equalBytes(start.subarray(0, MAGIC.length), MAGIC))
    throw coreError("BACKUP_FORMAT", "this is no backup of Kith");
  const length = readLength(start.subarray(MAGIC.length));
  const bytes = length <= BACKUP_HEAD_BYTES_MAX ? await reader.take(length) : null;
  if (bytes === null) throw damaged();
  const fileKey = await openHead(bytes, secrets);
  const data = sha256(concatBytes(start, bytes));
  for (let index = 0; ; index += 1) {
    const lengthBytes = await reader.take(LENGTH_BYTES);
    const sealedBytes = lengthBytes === null ? SEALED_MAX + 1 : readLength(lengthBytes);
    const sealed = sealedBytes <= SEALED_MAX ? await reader.take(sealedBytes) : null;
    if (sealed === null) throw damaged();
    const last = aeadOpen(fileKey, nonceOf(index, true), sealed, data);
    const chunk = last ?? aeadOpen(fileKey, nonceOf(index, false), sealed, data);
    if (chunk === null) throw damaged();
    yield chunk;
    if (last === null) continue;
    if (!(await reader.isAtEnd())) throw damaged();
    return;
  }
}

async function openHead(bytes: Uint8Array, secrets: BackupSecrets): Promise<Uint8Array> {
  const { commitment, slots } = readHead(bytes);
  for (const { kind, salt, wrapped } of slots) {
    const key = await slotKey(kind, secrets, salt);
    const fileKey = key && aeadOpen(key, noNonce, wrapped, slotData(kind));
    if (!fileKey) continue;
    if (!equalBytes(commit(fileKey), commitment)) throw damaged();
    return fileKey;
  }
  const kinds = slots.map(({ kind }) => kind);
  const tried = kinds.filter((kind) => (kind === "words" ? secrets.seed : secrets.passphrase) !== undefined);
  throw coreError(
    "BACKUP_SECRET",
    tried.length > 0
      ? `it does not open with ${tried.map(nameOf).join(" or ")}`
      : `it opens with ${kinds.map(nameOf).join(", or ")}`,
  );
}

function nameOf(kind: Slot["kind"]): string {
  return kind === "words" ? "these recovery words" : "this passphrase";
}

function readHead(bytes: Uint8Array): { commitment: Uint8Array; slots: Slot[] } {
  try {
    const [version, ...fields] = readArray(
      decodeCbor(bytes, { bytesMax: BACKUP_HEAD_BYTES_MAX }),
      { min: 1, max: 8 },
      "head",
    );
    if (readUint(version, "version") !== VERSION)
      throw coreError("BACKUP_NEWER", "a newer version of Kith made this backup");
    const [commitment, slots] = readArray(fields, 2, "head");
    return {
      commitment: readBytes(commitment, COMMITMENT_BYTES, "commitment"),
      slots: readArray(slots, { min: 1, max: SLOTS_MAX }, "slots").map((slot) => {
        const [kind, salt, wrapped] = readArray(slot, 3, "slot");
        return {
          kind: KINDS[readUint(kind, "slot kind", KINDS.length - 1)] ?? "passphrase",
          salt: readBytes(salt, PASSPHRASE_SALT_BYTES, "salt"),
          wrapped: readBytes(wrapped, AEAD_KEY_BYTES + AEAD_TAG_BYTES, "wrapped key"),
        };
      }),
    };
  } catch (error) {
    if (error instanceof CoreError && error.code !== "BACKUP_NEWER") throw damaged(error);
    throw error;
  }
}

async function slotKey(
  kind: Slot["kind"],
  { passphrase, seed }: BackupSecrets,
  salt: Uint8Array,
): Promise<Uint8Array | null> {
  if (kind === "passphrase") return passphrase === undefined ? null : keyOfPassphrase(passphrase, salt);
  return seed === undefined
    ? null
    : hkdfSha256(seed, { salt, info: utf8(labels.backupWords), length: AEAD_KEY_BYTES });
}

/** A slot's key is of one file alone, for its salt is: it seals once. */
const noNonce = new Uint8Array(AEAD_NONCE_BYTES);

function slotData(kind: Slot["kind"]): Uint8Array {
  return concatBytes(utf8(labels.backupSlot), new Uint8Array([KINDS.indexOf(kind)]));
}

/** The cipher does not commit to its key. */
function commit(fileKey: Uint8Array): Uint8Array {
  return sha256Labelled(labels.backupCommitment, fileKey);
}

/** Never used twice: the file's key is of this file alone. */
function nonceOf(index: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(AEAD_NONCE_BYTES);
  new DataView(nonce.buffer).setBigUint64(0, BigInt(index));
  nonce[8] = isLast ? 1 : 0;
  return nonce;
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return length;
}

function readLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
}

function damaged(cause?: unknown): CoreError {
  return coreError(
    "BACKUP_DAMAGED",
    "the backup was altered or cut off",
    cause === undefined ? undefined : { cause },
  );
}

/** Pieces of any size, as runs of the size that is asked for. */
class Reader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  /** null: the source ends before. */
  async take(length: number): Promise<Uint8Array | null> {
    while (this.#bytes < length) if (!(await this.#more())) return null;
    const all = this.#held.length === 1 ? this.#held[0] : concatBytes(...this.#held);
    const rest = all?.subarray(length) ?? new Uint8Array();
    this.#held = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    return all?.slice(0, length) ?? new Uint8Array();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#bytes === 0) if (!(await this.#more())) return true;
    return false;
  }

  async #more(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    if (next.value.length > 0) this.#held.push(next.value);
    this.#bytes += next.value.length;
    return true;
  }
}
