/** Verifies a data directory that no node runs on: opens the store to read only, and changes nothing. */
import { existsSync } from "node:fs";
import { verifyStore } from "@kith/node";
import type { VerifyReport } from "@kith/node";
import { lookAtKeyFile, readKeyFile, unlockKeyFile } from "@kith/store";
import { openSqliteStore } from "@kith/store/sqlite";
import { CommandError } from "../cli/failure.ts";
import type { DataPaths } from "../data-directory.ts";
import { createLog } from "../daemon/log.ts";
import { systemClock } from "../daemon/system.ts";
import { createWorkerVerifier } from "../daemon/verifier.ts";

type Plain<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Plain<Item>[] : T[Key];
};

/** Rejects with DATA_MISSING, a KeyFileError or a StoreError. The passphrase is asked for where there is one. */
export async function verifyDirectory(
  paths: DataPaths,
  passphrase: () => Promise<string>,
): Promise<Plain<VerifyReport>> {
  if (!existsSync(paths.directory)) {
    throw new CommandError(
      "DATA_MISSING",
      `there is no data directory at ${paths.directory}`,
      "Check --data, or start a node there first.",
    );
  }
  const log = createLog({ level: process.env["KITH_LOG"], isTerminal: process.stderr.isTTY });
  const store = await openSqliteStore({
    directory: paths.directory,
    key:
      lookAtKeyFile(paths.key) === "locked"
        ? await unlockKeyFile(paths.key, await passphrase())
        : readKeyFile(paths.key),
    readOnly: true,
    log,
  });
  const verifier = createWorkerVerifier({ clock: systemClock, log });
  try {
    const report = await verifyStore({ store, verifier });
    return {
      ...report,
      problems: report.problems.map((each) => ({ ...each })),
      roots: report.roots.map((each) => ({ ...each })),
    };
  } finally {
    await verifier.close();
    await store.close();
  }
}
