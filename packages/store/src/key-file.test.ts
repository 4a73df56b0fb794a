import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeyFile, readKeyFile } from "./index.ts";

describe("key file", () => {
  const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "kith-key-"));
    path = join(directory, "data.key");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("[ST7] a made key is read back, from a file for its owner alone", () => {
    const key = createKeyFile(path, { random });
    expect(key).toHaveLength(32);
    expect(readKeyFile(path)).toEqual(key);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("[ST7] an existing key file is never written over", () => {
    const key = createKeyFile(path, { random });
    expect(() => createKeyFile(path, { random })).toThrow(
      expect.objectContaining({ code: "KEY_FILE_EXISTS" }),
    );
    expect(readKeyFile(path)).toEqual(key);
  });

  it("[ST7] a key file that others may read is refused, with the command that mends it", () => {
    createKeyFile(path, { random });
    chmodSync(path, 0o640);
    const refused = expect.objectContaining({
      code: "KEY_FILE_MODE",
      message: expect.stringContaining("chmod 600") as string,
    });
    expect(() => readKeyFile(path)).toThrow(refused);
    chmodSync(path, 0o600);
    expect(readKeyFile(path)).toHaveLength(32);
  });

  it("[ST7] a missing, short or long key file is refused, and no error holds a byte of it", () => {
    expect(() => readKeyFile(path)).toThrow(expect.objectContaining({ code: "KEY_FILE_MISSING" }));
    for (const length of [0, 31, 33]) {
      writeFileSync(path, "k".repeat(length), { mode: 0o600 });
      expect(() => readKeyFile(path)).toThrow(expect.objectContaining({ code: "KEY_FILE_LENGTH" }));
      expect(() => readKeyFile(path)).not.toThrow(/kkkk/);
    }
    expect(() => createKeyFile(join(directory, "none", "data.key"), { random })).toThrow(
      expect.objectContaining({ code: "KEY_FILE_FAILED" }),
    );
  });
});
