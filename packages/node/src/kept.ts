/** Small values under names in the store, at hand in memory: durable when a change resolves, in the order of the calls. */
import { readUtf8, utf8 } from "@kith/core";
import type { EventStore } from "@kith/core";

export interface MetaWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface KeptOptions {
  readonly store: EventStore;
  /** What the names in the store begin with. */
  readonly prefix: string;
  /** Puts writes on disk; rejects when it could not. */
  readonly save: (writes: readonly MetaWrite[]) => Promise<unknown>;
}

export class Kept<Value> {
  readonly #options: KeptOptions;
  readonly #values = new Map<string, Value>();

  constructor(options: KeptOptions) {
    this.#options = options;
    for (const key of options.store.metaKeys(options.prefix)) this.reload(key.slice(options.prefix.length));
  }

  get(name: string): Value | null {
    return this.#values.get(name) ?? null;
  }

  entries(): Iterable<[string, Value]> {
    return this.#values.entries();
  }

  async set(name: string, value: Value | null): Promise<void> {
    const write = this.change(name, value);
    try {
      await this.#options.save([write]);
    } catch (error) {
      this.reload(name);
      throw error;
    }
  }

  /** Changes what is at hand, and says what puts it on disk with a commit of the caller's. Should that fail: reload. */
  change(name: string, value: Value | null): MetaWrite {
    if (value === null) this.#values.delete(name);
    else this.#values.set(name, value);
    const key = this.#options.prefix + name;
    return { key, value: value === null ? null : utf8(JSON.stringify(value)) };
  }

  /** Takes what is on disk. */
  reload(name: string): void {
    const stored = this.#options.store.meta(this.#options.prefix + name);
    if (stored === null) this.#values.delete(name);
    else this.#values.set(name, JSON.parse(readUtf8(stored)) as Value);
  }
}
