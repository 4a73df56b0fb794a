/** Backups that were brought to the node: one at a time, as they came, until they are used or forgotten. */
import type { BackupReport, TypedSecrets } from "@kith/node";
import { ApiFault } from "./fault.ts";

/** Where a backup lies while it is looked at, and what fills a store from it: the composition root's. */
export interface BackupPlace {
  /** In place of an earlier one. Rejects when it cannot be kept; then nothing is. */
  put(source: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number }>;
  /** From its beginning, each time. */
  read(): AsyncIterable<Uint8Array>;
  clear(): Promise<void>;
  /** Beside the store that runs: what fails leaves no trace. */
  restore(source: AsyncIterable<Uint8Array>, secrets: TypedSecrets): Promise<BackupReport>;
  /** The answer is out: what was restored takes the place of what runs. */
  onRestored(): void;
}

export class BackupDesk {
  readonly #place: BackupPlace;
  #count = 0;
  #current: string | null = null;
  #isTaking = false;

  constructor(place: BackupPlace) {
    this.#place = place;
  }

  async take(source: AsyncIterable<Uint8Array>): Promise<{ id: string; bytes: number }> {
    if (this.#isTaking)
      throw new ApiFault("TOO_MANY", "another backup is on its way here", "wait for its end");
    this.#isTaking = true;
    this.#current = null;
    try {
      const { bytes } = await this.#place.put(source);
      this.#count += 1;
      this.#current = String(this.#count);
      return { id: this.#current, bytes };
    } finally {
      this.#isTaking = false;
    }
  }

  /** Throws UNKNOWN_UPLOAD. */
  open(id: string): AsyncIterable<Uint8Array> {
    if (this.#current === null || id !== this.#current)
      throw new ApiFault("UNKNOWN_UPLOAD", "that backup is not here any more", "upload it again");
    return this.#place.read();
  }

  async clear(): Promise<void> {
    this.#current = null;
    await this.#place.clear();
  }
}
