/** For tests: a directory with a key, gone when the test is. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const testKey = new Uint8Array(createHash("sha256").update("a key for tests").digest());

export function makeTestDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "kith-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
