import type { Clock } from "@kith/core";

/** Maps keep the order of insertion: the first entries are the oldest, and go first. */
export function trimOldest(map: Map<unknown, unknown>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return;
    map.delete(key);
  }
}

/** Says yes to each name once in a while. */
export class Seldom<Name> {
  readonly #options: { readonly clock: Clock; readonly everyMs: number; readonly keptMax: number };
  readonly #lastMs = new Map<Name, number>();

  constructor(options: { readonly clock: Clock; readonly everyMs: number; readonly keptMax: number }) {
    this.#options = options;
  }

  take(name: Name): boolean {
    const { clock, everyMs, keptMax } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - (this.#lastMs.get(name) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    this.#lastMs.delete(name);
    this.#lastMs.set(name, nowMs);
    trimOldest(this.#lastMs, keptMax);
    return true;
  }
}
