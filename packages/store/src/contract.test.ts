import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStoreContract } from "@kith/core/testing";
import { createMemoryDisk, createMemoryStore } from "./memory/index.ts";
import { openSqliteStore } from "./sqlite/index.ts";

describeStoreContract("memory", async () => {
  const disk = createMemoryDisk();
  let store = createMemoryStore({ disk });
  return {
    store,
    async reopen() {
      await store.close();
      return (store = createMemoryStore({ disk }));
    },
    dispose: () => store.close(),
  };
});

describeStoreContract("sqlite", async () => {
  const directory = mkdtempSync(join(tmpdir(), "kith-store-"));
  const key = new Uint8Array(randomBytes(32));
  let store = await openSqliteStore({ directory, key });
  return {
    store,
    async reopen() {
      await store.close();
      return (store = await openSqliteStore({ directory, key }));
    },
    async dispose() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
});
