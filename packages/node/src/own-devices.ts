/**
 * The devices of this node's person, over all its spaces: listing, naming and ending them, making a new one of them, and
 * bringing each into the spaces that only another is in. spec/space SP70-SP82, spec/identity ID33.
 */
import { planDeviceLink, planDeviceName, planDeviceRemoval } from "@kith/core";
import type {
  Box,
  DeviceCertificate,
  DeviceFacts,
  DeviceId,
  EventStore,
  Identity,
  Log,
  PlannedWrite,
  PrekeyBundle,
  SpaceId,
} from "@kith/core";
import type { Author } from "./author.ts";
import { fencesAt } from "./fences.ts";
import { readRoot } from "./identity-store.ts";
import type { Ledger } from "./ledger.ts";
import type { PeerSession } from "./peer-session.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { DeviceInfo } from "./service.ts";

export interface OwnDevicesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly box: Box;
  readonly log: Log;
  readonly identity: () => Identity;
  readonly isConnected: (device: DeviceId) => boolean;
  readonly onKeysChanged: () => void;
  /** A space has opened to a device of the person's that is linked to. */
  readonly onSpread: (device: DeviceId, space: SpaceId) => void;
}

interface NewDevice {
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
  readonly name: string;
}

export class OwnDevices {
  readonly #options: OwnDevicesOptions;
  #spreading: Promise<void> = Promise.resolve();
  /** Devices whose turn is to come. */
  readonly #queued = new Set<DeviceId>();

  constructor(options: OwnDevicesOptions) {
    this.#options = options;
  }

  /** This one first, then from the most senior. */
  list(): DeviceInfo[] {
    const { person, device: self, certificate, name } = this.#options.identity();
    const isConnected = this.#options.isConnected;
    const found = new Map<DeviceId, { facts: DeviceFacts; spaces: number }>();
    for (const replica of this.#replicas()) {
      for (const facts of ownIn(replica, person)) {
        const known = found.get(facts.device);
        found.set(facts.device, { facts: known?.facts ?? facts, spaces: (known?.spaces ?? 0) + 1 });
      }
    }
    const devices = [...found.values()]
      .toSorted((a, b) => a.facts.depth - b.facts.depth || (a.facts.device < b.facts.device ? -1 : 1))
      .map(({ facts, spaces }) => ({
        id: facts.device,
        name: facts.name,
        self: facts.device === self.device,
        connected: isConnected(facts.device),
        linkedMs: facts.linkedMs,
        spaces,
        removable: facts.device !== self.device && this.#mayRemove(facts),
      }));
    const own = devices.filter((device) => device.self);
    const alone = {
      id: self.device,
      name,
      self: true,
      connected: false,
      linkedMs: certificate.issuedMs,
      spaces: 0,
      removable: false,
    };
    return [...(own.length > 0 ? own : [alone]), ...devices.filter((device) => !device.self)];
  }

  async rename(device: string, name: string): Promise<DeviceId> {
    const { author } = this.#options;
    const id = this.#find(device);
    const writes: PlannedWrite[] = [];
    for (const replica of this.#withDevice(id)) {
      const { epoch } = await author.ensureKeys(replica.control);
      writes.push(planDeviceName({ space: replica.space, device: id, name, controlEpoch: epoch }));
    }
    if (writes.length > 0) await author.write(writes);
    return id;
  }

  /** Ends it in every space and makes keys there that it shall not have. Throws UNKNOWN_DEVICE, NOT_ALLOWED. */
  async remove(device: string): Promise<void> {
    const { author, identity, ledger, store } = this.#options;
    const { person, device: self } = identity();
    const id = this.#find(device);
    if (id === self.device)
      throw new ServiceError(
        "NOT_ALLOWED",
        "This device does not remove itself.",
        "Remove it on another device of yours, or reset it here.",
      );
    const replicas = this.#withDevice(id);
    for (const replica of replicas) {
      const { space, membership, content, control } = replica;
      const facts = membership.state().devices.get(id);
      if (!facts) continue;
      const fences = fencesAt(ledger.scopeState(content)?.tips, content, [id]);
      // The root's word only where it is needed: a device that is senior speaks for itself.
      const rootSeed = this.#isSeniorTo(facts, membership.state().devices.get(self.device))
        ? null
        : readRoot(store);
      const { epoch } = await author.ensureKeys(control);
      const plan = { space, person, device: id, fences, rootSeed, controlEpoch: epoch };
      await author.write([planDeviceRemoval(plan)]);
      for (const scope of [control, content]) await author.ensureKeys(scope);
    }
    this.#options.onKeysChanged();
  }

  /** Makes it a device of the person in every space, with boxes of all epochs. */
  async link(device: NewDevice): Promise<SpaceId[]> {
    const spaces: SpaceId[] = [];
    for (const replica of this.#replicas()) {
      await this.#linkIn(replica, device);
      spaces.push(replica.space);
    }
    return spaces;
  }

  /** What this person calls a device of theirs; null for one without name, and for others' devices. */
  nameOf(device: DeviceId): string | null {
    return this.#factsOf(device)?.name ?? null;
  }

  /** The name that the person has now in all its spaces, given on another device; null while it is as here, or as one likes. */
  newName(): string | null {
    const { person, name } = this.#options.identity();
    const names = new Set(
      this.#replicas().map(({ membership }) => membership.state().members.get(person)?.name),
    );
    const [only] = names;
    return names.size === 1 && only !== undefined && only !== name ? only : null;
  }

  /** A link to a device that is the person's now: what it sends of spaces that are not known here is wanted. */
  isOwn({ person, device }: Pick<PeerSession, "person" | "device">): boolean {
    return person === this.#options.identity().person && this.#factsOf(device) !== null;
  }

  /** Brings a device that is linked to into the spaces that it is not in. */
  spread(session: PeerSession): void {
    const { log, onSpread } = this.#options;
    const { device } = session;
    if (this.#queued.has(device)) return;
    this.#queued.add(device);
    this.#spreading = this.#spreading
      .then(async () => {
        this.#queued.delete(device);
        for (const replica of this.#replicas()) {
          if (!session.isOpen || !this.isOwn(session)) return;
          const facts = this.#factsOf(device);
          if (!facts || replica.membership.state().devices.has(device)) continue;
          const { certificate, prekeys, name } = facts;
          const prekey = prekeys.at(-1);
          if (!prekey) continue;
          await this.#linkIn(replica, { certificate, prekey, name: name ?? "Device" });
          onSpread(device, replica.space);
        }
      })
      .catch((error: unknown) => log.warn("device:not-spread", { device, error: String(error) }));
  }

  async #linkIn({ control, content, membership }: Replica, device: NewDevice): Promise<void> {
    const { author, ledger, box } = this.#options;
    // One that comes again with another prekey is linked again: boxes for the older one it cannot open.
    const known = membership.state().devices.get(device.certificate.device);
    if (known?.prekeys.at(-1)?.id === device.prekey.id) return;
    const now = await author.ensureKeys(control);
    const others = [control, content]
      .flatMap((scope) => ledger.keys.ofScope(scope))
      .filter(({ epoch }) => epoch !== now.epoch);
    const plan = planDeviceLink({ device, keys: { control: now, content: others }, box });
    await author.write(plan.writes, { boxes: plan.boxes });
  }

  /** Spaces that this device may write the control log of. */
  #replicas(): Replica[] {
    const { ledger, identity } = this.#options;
    const { device } = identity().device;
    return [...ledger.replicas.values()].filter(
      ({ membership }) => membership.state().info !== null && membership.state().devices.has(device),
    );
  }

  #withDevice(device: DeviceId): Replica[] {
    return this.#replicas().filter(({ membership }) => membership.state().devices.has(device));
  }

  /** Of a device that is the person's in some space and was removed in none. */
  #factsOf(device: DeviceId): DeviceFacts | null {
    const { ledger, identity } = this.#options;
    let found: DeviceFacts | null = null;
    for (const { membership } of ledger.replicas.values()) {
      const { devices, removedDevices } = membership.state();
      if (removedDevices.has(device)) return null;
      const facts = devices.get(device);
      if (facts?.person === identity().person) found ??= facts;
    }
    return found;
  }

  #find(idOrName: string): DeviceId {
    const devices = this.list();
    const byId = devices.find(({ id }) => id === idOrName);
    const named = devices.filter(({ name }) => name === idOrName);
    const only = byId ?? (named.length === 1 ? named[0] : undefined);
    if (only) return only.id;
    throw new ServiceError(
      named.length > 1 ? "AMBIGUOUS_NAME" : "UNKNOWN_DEVICE",
      named.length > 1
        ? `${named.length} of your devices are called "${idOrName.slice(0, 80)}".`
        : `You have no device "${idOrName.slice(0, 80)}".`,
      "`kith device list` shows those there are.",
    );
  }

  #mayRemove(facts: DeviceFacts): boolean {
    const { device, certificate } = this.#options.identity();
    if (readRoot(this.#options.store) !== null) return true;
    return this.#isSeniorTo(facts, { device: device.device, depth: certificate.depth });
  }

  #isSeniorTo(other: DeviceFacts, own: Pick<DeviceFacts, "device" | "depth"> | undefined): boolean {
    if (own === undefined) return false;
    return own.depth < other.depth || (own.depth === other.depth && own.device < other.device);
  }
}

function ownIn({ membership }: Replica, person: Identity["person"]): DeviceFacts[] {
  return [...membership.state().devices.values()].filter((device) => device.person === person);
}
