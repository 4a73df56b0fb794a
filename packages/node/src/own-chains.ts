/**
 * Whether this device may go on with its own chains. A store that was set back to an older copy has forgotten what it
 * signed: a number used twice would be proof against the device. So a store that lies in another place than where it last
 * ran compares itself with others before it writes, and a device that has forked all the same writes no more.
 * spec/identity ID43-ID45.
 */
import { readUtf8, utf8 } from "@kith/core";
import type { DeviceId, EventStore, Log, ScopeId, SpaceId } from "@kith/core";
import type { Ledger } from "./ledger.ts";
import { ServiceError } from "./service.ts";

const PLACE_META = "own-chains/place";

export interface OwnChainsOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly device: DeviceId;
  /** What tells the store's file from a copy of it; null: cannot be told. */
  readonly place: string | null;
  /** Its person says that nothing was written elsewhere since. */
  readonly isMoved: boolean;
}

/** sound; held: compares itself with others first; forked: has signed two events with one number. */
export type ChainState = "sound" | "held" | "forked";

export class OwnChains {
  readonly #options: OwnChainsOptions;
  readonly #compared = new Set<ScopeId>();
  #isHeld = false;

  constructor(options: OwnChainsOptions) {
    this.#options = options;
    const { store, device, log, place, isMoved } = options;
    if (place === null) return;
    const known = store.meta(PLACE_META);
    if (known && readUtf8(known) === place) return;
    if (known === null || isMoved) this.#settle();
    else {
      this.#isHeld = true;
      log.warn("device:restored", { device });
    }
  }

  get state(): ChainState {
    if (this.#isForked) return "forked";
    return this.#isHeld && this.#openScopes().length > 0 ? "held" : "sound";
  }

  /** Throws DEVICE_FORKED, DEVICE_RESTORED. */
  check(scope: ScopeId): void {
    if (this.#isForked)
      throw new ServiceError(
        "DEVICE_FORKED",
        "This device was set back to an older copy of its data, and has written over what it had written since.",
        "Run `kith reset` here, and link it anew from another of your devices, or ask for a new invitation.",
      );
    if (!this.#isHeld || this.#compared.has(scope) || this.#isAlone(scope)) return;
    throw new ServiceError(
      "DEVICE_RESTORED",
      "This device's data is a copy: what was written after it was made has to come back first.",
      "Wait until a device of the space is reachable. If nothing was written elsewhere, start with `kith up --moved`.",
    );
  }

  /** A scope that is made here now: nothing was written in it before. */
  noteFounded(scope: ScopeId): void {
    this.#compared.add(scope);
  }

  /** The space and all that this device is given of it are the same there as here. */
  noteInSync(space: SpaceId, device: DeviceId): void {
    if (!this.#isHeld) return;
    const { ledger } = this.#options;
    for (const scope of ledger.replicas.get(space)?.scopes.keys() ?? [])
      if (ledger.isEntitled(scope, device)) this.#compared.add(scope);
    if (this.#openScopes().length > 0) return;
    this.#isHeld = false;
    this.#settle();
  }

  /** This device has signed two events with one number. */
  get #isForked(): boolean {
    const { ledger, device } = this.#options;
    return [...ledger.replicas.values()].some(({ scopes }) =>
      [...scopes.values()].some(({ forks }) => forks.has(device)),
    );
  }

  #openScopes(): ScopeId[] {
    const { ledger } = this.#options;
    return [...ledger.replicas.values()]
      .flatMap(({ scopes }) => [...scopes.keys()])
      .filter((scope) => !this.#compared.has(scope) && !this.#isAlone(scope));
  }

  /** There is nobody to compare with. */
  #isAlone(scope: ScopeId): boolean {
    const replica = this.#options.ledger.replicaOfScope(scope);
    if (!replica) return false;
    const { device } = this.#options;
    return ![...replica.membership.state().devices.keys()].some(
      (other) => other !== device && this.#options.ledger.isEntitled(scope, other),
    );
  }

  #settle(): void {
    const { ledger, log, place } = this.#options;
    if (place === null) return;
    ledger
      .commit(ledger.gather(null), { meta: [{ key: PLACE_META, value: utf8(place) }] })
      .catch((error: unknown) => log.error("device:place-not-kept", { error: String(error) }));
  }
}
