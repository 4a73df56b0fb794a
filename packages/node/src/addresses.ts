/** Where devices were reached: of those linked now in memory, of members also on disk, for the next start. */
import { readUtf8, utf8 } from "@kith/core";
import type { DeviceId, EventStore, Log, PeerAddress } from "@kith/core";
import { trimOldest } from "./bounded.ts";
import type { Ledger } from "./ledger.ts";
import { DIAL_TARGETS_MAX } from "./limits.ts";

export interface AddressesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly log: Log;
  self(): DeviceId;
}

const META_PREFIX = "peer/";

export class Addresses {
  readonly #options: AddressesOptions;
  readonly #linked = new Map<DeviceId, PeerAddress>();
  /** Who answered last at an address that we called: one device may have many. */
  readonly #reached = new Map<string, DeviceId>();

  constructor(options: AddressesOptions) {
    this.#options = options;
  }

  of(device: DeviceId): PeerAddress | null {
    return this.#linked.get(device) ?? null;
  }

  /** Whether the device of this address is linked, over this address or another of its own. */
  isLinked(address: PeerAddress): boolean {
    const device = this.#reached.get(keyOf(address));
    if (device !== undefined && this.#linked.has(device)) return true;
    for (const known of this.#linked.values()) {
      if (known.host === address.host && known.port === address.port) return true;
    }
    return false;
  }

  /** Whether this linked device is at that address, or was reached there. */
  isOf(device: DeviceId, address: PeerAddress): boolean {
    const linked = this.#linked.get(device);
    const isThere = linked?.host === address.host && linked.port === address.port;
    return isThere || this.#reached.get(keyOf(address)) === device;
  }

  link(device: DeviceId, address: PeerAddress): void {
    this.#linked.set(device, address);
    if (this.isMember(device)) this.#keep(device, address);
  }

  /** Who has become a member while linked (by joining over that link, say) is called again after a restart as well. */
  keepMembers(): void {
    for (const [device, address] of this.#linked) if (this.isMember(device)) this.#keep(device, address);
  }

  /** Our call to this address was answered by this device. */
  reached(address: PeerAddress, device: DeviceId): void {
    const key = keyOf(address);
    this.#reached.delete(key);
    this.#reached.set(key, device);
    trimOldest(this.#reached, DIAL_TARGETS_MAX);
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

  /** Of a space that this device is in as well. */
  isMember(device: DeviceId): boolean {
    const { ledger, self } = this.#options;
    for (const replica of ledger.replicas.values()) {
      if (replica.membership.state().devices.has(device) && !ledger.isOver(replica, self())) return true;
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

function keyOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
