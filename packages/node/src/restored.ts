/**
 * Of a device that was restored from a backup: in which scopes it has met nobody yet who was there without it. The deletions that were
 * made after the backup are not here, so what they deleted may show. Kept on this device. spec/identity ID59.
 */
import type { DeviceFacts, DeviceId, EventStore, ScopeId, SpaceId } from "@kith/core";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import type { Ledger } from "./ledger.ts";
import type { Replica } from "./replica.ts";
import type { SwarmOptions } from "./swarm-options.ts";

const PREFIX = "restored/";

/** Of one space. */
interface Restored {
  /** In which nobody was met yet. */
  readonly scopes: readonly ScopeId[];
  /** Those of the space when the backup was made. */
  readonly devices: readonly DeviceId[];
}

/** For the store that a space was restored into. */
export function restoredSpaceMeta(store: EventStore, { space, scopes, membership }: Replica): MetaWrite {
  const kept = new Kept<Restored>({ store, prefix: PREFIX, save: () => Promise.resolve() });
  return kept.change(space, { scopes: [...scopes.keys()], devices: [...membership.state().devices.keys()] });
}

export interface RestoredSpacesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly device: DeviceId;
  readonly record: SwarmOptions["record"];
  nowMs(): number;
}

export class RestoredSpaces {
  readonly #options: RestoredSpacesOptions;
  readonly #spaces: Kept<Restored>;

  constructor(options: RestoredSpacesOptions) {
    this.#options = options;
    const { store, ledger } = options;
    const save = (meta: readonly MetaWrite[]) => ledger.commit(ledger.gather(null), { meta });
    this.#spaces = new Kept({ store, prefix: PREFIX, save });
  }

  /** What was deleted there since the backup may show, and there is somebody who could tell. */
  mayShowDeleted({ space, membership }: Replica, scope: ScopeId): boolean {
    const restored = this.#spaces.get(space);
    if (!restored?.scopes.includes(scope)) return false;
    const { devices } = membership.state();
    return [...devices.keys()].some(
      (other) =>
        this.#options.ledger.isEntitled(scope, other) && this.#knowsOfItself(restored, devices, other),
    );
  }

  /** The space and all that this device is given of it are the same there as here. */
  noteInSync(space: SpaceId, device: DeviceId): void {
    const { ledger, record, nowMs } = this.#options;
    const restored = this.#spaces.get(space);
    const devices = restored && ledger.replicas.get(space)?.membership.state().devices;
    if (!restored || !devices || !this.#knowsOfItself(restored, devices, device)) return;
    const scopes = restored.scopes.filter((scope) => !ledger.isEntitled(scope, device));
    if (scopes.length === restored.scopes.length) return;
    const write = this.#spaces.change(space, scopes.length === 0 ? null : { ...restored, scopes });
    const data = JSON.stringify({ space, change: "restored-met" });
    record([{ type: "space", atMs: nowMs(), ref: null, data }], [write]);
  }

  /**
   * Whether it has the space from elsewhere than from this device: who was let in by this one, or by one that was, knows no more than
   * it. Nor may one that the root alone brought in since: it may be restored from the same backup.
   */
  #knowsOfItself(
    { devices: before }: Restored,
    devices: ReadonlyMap<DeviceId, DeviceFacts>,
    device: DeviceId,
  ): boolean {
    const asked = new Set<DeviceId>([this.#options.device]);
    let at: DeviceId | undefined = device;
    while (at !== undefined && !asked.has(at)) {
      if (before.includes(at)) return true;
      asked.add(at);
      at = devices.get(at)?.by;
    }
    return false;
  }
}
