/** Where devices were reached: of those linked now in memory, of members also on disk, for the next start. */
import { readUtf8, utf8 } from "@kith/core";
import type { DeviceId, EventStore, Log, PeerAddress } from "@kith/core";
import type { Ledger } from "./ledger.ts";

export interface AddressesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly log: Log;
}

const META_PREFIX = "peer/";

export class Addresses {
  readonly #options: AddressesOptions;
  readonly #linked = new Map<DeviceId, PeerAddress>();

  constructor(options: AddressesOptions) {
    this.#options = options;
  }

  of(device: DeviceId): PeerAddress | null {
    return this.#linked.get(device) ?? null;
  }

  isLinked(address: PeerAddress): boolean {
    for (const known of this.#linked.values()) {
      if (known.host === address.host && known.port === address.port) return true;
    }
    return false;
  }

  link(device: DeviceId, address: PeerAddress): void {
    this.#linked.set(device, address);
    if (this.isMember(device)) this.#keep(device, address);
  }

  unlink(device: DeviceId): void {
    this.#linked.delete(device);
  }

  /** Where members were reached last, before this start too. */
  recall(): PeerAddress[] {
    const { store } = this.#options;
    return store.metaKeys(META_PREFIX).flatMap((key) => {
      const value = store.meta(key);
      const [host, port] = value ? readUtf8(value).split(" ") : [];
      return host && port ? [{ host, port: Number(port) }] : [];
    });
  }

  isMember(device: DeviceId): boolean {
    for (const replica of this.#options.ledger.replicas.values()) {
      if (replica.membership.state().devices.has(device)) return true;
    }
    return false;
  }

  #keep(device: DeviceId, { host, port }: PeerAddress): void {
    const { store, ledger, log } = this.#options;
    const key = META_PREFIX + device;
    const value = utf8(`${host} ${port}`);
    const known = store.meta(key);
    if (known && Buffer.from(known).equals(Buffer.from(value))) return;
    ledger.commit(ledger.gather(null), { meta: [{ key, value }] }).catch((error: unknown) => {
      log.warn("peer:address-not-kept", { device, error: String(error) });
    });
  }
}
