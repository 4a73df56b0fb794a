/**
 * Being seen by people who share no space: a key of its own for each time of being visible, and the keys of
 * strangers who are visible as well. Tells nobody anything that outlasts it. spec/discovery.
 */
import { nearbyBeaconKey } from "@kith/core";
import type { Clock, ProofKey, Random } from "@kith/core";
import type { BeaconVoice } from "./beacon.ts";
import { trimOldest } from "./bounded.ts";
import { HEARD_DEVICES_MAX, STALE_MS } from "./limits.ts";

export interface NearbyOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/** One array for good: beacons know keys by it. */
const NEARBY_KEY = nearbyBeaconKey();

export class Nearby {
  readonly #options: NearbyOptions;
  readonly #strangers = new Map<string, { key: Uint8Array; heardMs: number }>();
  #key: Uint8Array | null = null;

  constructor(options: NearbyOptions) {
    this.#options = options;
  }

  /** 32 bytes while visible; null otherwise. */
  get key(): Uint8Array | null {
    return this.#key;
  }

  /** A new key each time: whoever saw the last one cannot follow us into this one. */
  set(visible: boolean): void {
    this.#key = visible ? this.#options.random.bytes(32) : null;
    this.#strangers.clear();
  }

  voices(): BeaconVoice[] {
    if (!this.#key) return [];
    return [{ topic: { kind: "nearby" }, key: NEARBY_KEY, root: () => null, digest: null }];
  }

  /** A visible stranger was heard. "ignore" unless we are visible too; of two the lower key dials. */
  hear(theirs: Uint8Array): "ignore" | "dial" | "leave-to-them" {
    if (!this.#key) return "ignore";
    const name = Buffer.from(theirs).toString("hex");
    this.#strangers.delete(name);
    this.#strangers.set(name, { key: theirs, heardMs: this.#options.clock.monotonicMs() });
    trimOldest(this.#strangers, HEARD_DEVICES_MAX);
    return Buffer.compare(this.#key, theirs) < 0 ? "dial" : "leave-to-them";
  }

  proofKeys(): ProofKey[] {
    if (!this.#key) return [];
    const nowMs = this.#options.clock.monotonicMs();
    const fresh = [...this.#strangers.values()].filter(({ heardMs }) => nowMs - heardMs < STALE_MS);
    return [this.#key, ...fresh.map(({ key }) => key)].map((key) => ({
      kind: "nearby",
      key,
      space: null,
      invite: null,
      order: 0,
    }));
  }
}
