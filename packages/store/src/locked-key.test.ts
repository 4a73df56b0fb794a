import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  clearKeyDraft,
  createKeyFile,
  createLockedKeyFile,
  lookAtKeyFile,
  readKeyFile,
  replaceKeyFile,
  unlockKeyFile,
} from "./index.ts";
import {
  decodeWrappedKey,
  PASSPHRASE_COST,
  WRAPPED_KEY_BYTES,
  WrappedKeyError,
  wrapKey,
} from "./wrapped-key.ts";

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
/** The least that a file may say: a guess costs milliseconds. */
const cheap = { random, cost: { memoryKib: 8_192, passes: 1, lanes: 1 } };
const passphrase = "four words at dawn";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kith-key-"));
  path = join(directory, "key");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const refused = (code: string) => expect.objectContaining({ code }) as Error;

test("[ST25] a key made under a passphrase is never in its file, and opens by that passphrase alone", async () => {
  const key = await createLockedKeyFile(path, passphrase, { random });
  const bytes = readFileSync(path);
  expect(bytes.includes(Buffer.from(key))).toBe(false);
  expect(bytes.includes(Buffer.from(passphrase))).toBe(false);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(lookAtKeyFile(path)).toBe("locked");
  expect(await unlockKeyFile(path, passphrase)).toEqual(key);
  expect(decodeWrappedKey(bytes).cost).toEqual(PASSPHRASE_COST);
  await expect(unlockKeyFile(path, `${passphrase} `)).rejects.toThrow(refused("WRONG_PASSPHRASE"));
  await expect(unlockKeyFile(path, passphrase.toUpperCase())).rejects.toThrow(refused("WRONG_PASSPHRASE"));
  expect(() => readKeyFile(path)).toThrow(refused("KEY_FILE_LOCKED"));
});

test("[ST25] the same letters, composed or not, are the same passphrase", async () => {
  const key = await createLockedKeyFile(path, "caf\u00E9 au lait", cheap);
  expect(await unlockKeyFile(path, "cafe\u0301 au lait")).toEqual(key);
});

test("[ST26] a damaged file is told from a wrong passphrase, whichever bit it is, and no error holds a byte of it", async () => {
  await createLockedKeyFile(path, passphrase, cheap);
  const whole = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length * 8 - 1), async (bit) => {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, bytes);
      const error = (await unlockKeyFile(path, passphrase).catch((each: unknown) => each)) as {
        code: string;
        message: string;
      };
      // In its first bytes it no longer says that it is one.
      expect(bit < 64 ? ["KEY_FILE_LENGTH"] : ["KEY_FILE_DAMAGED"]).toContain(error.code);
      expect(error.message).not.toContain(passphrase);
    }),
    { numRuns: 60 },
  );
  for (const length of [0, 8, 31, 33, WRAPPED_KEY_BYTES - 1, WRAPPED_KEY_BYTES + 1, 100_000]) {
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(100_000)]).subarray(0, length));
    await expect(unlockKeyFile(path, passphrase)).rejects.toThrow(/put back the key file/);
  }
});

test("[ST26] any bytes at all are read or refused, and what they ask for is bounded before any work is done", async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: WRAPPED_KEY_BYTES, maxLength: WRAPPED_KEY_BYTES }), (bytes) => {
      expect(() => decodeWrappedKey(bytes)).toThrow(WrappedKeyError);
    }),
  );
  const key = random.bytes(32);
  for (const cost of [
    { memoryKib: 4_294_967_295, passes: 3, lanes: 1 },
    { memoryKib: 65_536, passes: 4_294_967_295, lanes: 1 },
    { memoryKib: 65_536, passes: 3, lanes: 255 },
    { memoryKib: 8, passes: 1, lanes: 1 },
    { memoryKib: 65_536, passes: 0, lanes: 1 },
  ])
    await expect(wrapKey(key, passphrase, { random, cost })).rejects.toThrow(WrappedKeyError);
});

test("[ST27] a passphrase is set, changed and removed, and what a file held before is overwritten where it lay", async () => {
  const key = createKeyFile(path, { random });
  // A second name for the old file shows what became of its content.
  const { linkSync } = await import("node:fs");
  for (const [index, next] of [passphrase, "another one entirely", null].entries()) {
    const before = readFileSync(path);
    const kept = join(directory, `old-${index}`);
    linkSync(path, kept);
    await replaceKeyFile(path, key, { ...cheap, passphrase: next });
    expect(readFileSync(kept)).toEqual(Buffer.alloc(before.length));
    expect(lookAtKeyFile(path)).toBe(next === null ? "clear" : "locked");
    expect(next === null ? readKeyFile(path) : await unlockKeyFile(path, next)).toEqual(key);
    expect(existsSync(`${path}.new`)).toBe(false);
  }
});

test("[ST27] a process that dies after any step leaves a key file that opens, and the next start clears the rest", async () => {
  const key = createKeyFile(path, { random });
  const opens = async (passphrases: readonly (string | null)[]): Promise<void> => {
    const found = [];
    for (const each of passphrases)
      found.push(
        await (
          each === null ? Promise.resolve().then(() => readKeyFile(path)) : unlockKeyFile(path, each)
        ).catch(() => null),
      );
    expect(found.filter((each) => each !== null)).toContainEqual(key);
  };
  for (const [from, to] of [
    [null, passphrase],
    [passphrase, "another one entirely"],
    ["another one entirely", null],
  ] as const) {
    for (const step of ["draft written", "draft checked", "renamed", "old overwritten"] as const) {
      await replaceKeyFile(path, key, { ...cheap, passphrase: from });
      const dying = replaceKeyFile(path, key, {
        ...cheap,
        passphrase: to,
        onStep(reached) {
          if (reached === step) throw new Error("killed");
        },
      });
      await expect(dying).rejects.toThrow("killed");
      await opens([from, to]);
      clearKeyDraft(path);
      expect(existsSync(`${path}.new`)).toBe(false);
      await opens([from, to]);
    }
    await replaceKeyFile(path, key, { ...cheap, passphrase: to });
  }
});
