/** Uploaded backups in memory, restored by counting them. */
import type { KithService } from "@kith/node";
import type { BackupPlace } from "../backups.ts";

export function createMemoryBackups(service: KithService): BackupPlace & { restarts(): number } {
  let pieces: Uint8Array[] = [];
  let restarts = 0;
  return {
    restarts: () => restarts,
    async put(source) {
      const taken: Uint8Array[] = [];
      for await (const piece of source) taken.push(new Uint8Array(piece));
      pieces = taken;
      return { bytes: taken.reduce((sum, { length }) => sum + length, 0) };
    },
    async *read() {
      yield* pieces;
    },
    async clear() {
      pieces = [];
    },
    restore: (source, secrets) => service.checkBackup(source, secrets),
    onRestored() {
      restarts += 1;
    },
  };
}
