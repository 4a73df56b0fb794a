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
import { lastSeenMs } from "./last-seen.ts";
import type { Ledger } from "./ledger.ts";
import { meant } from "./meant.ts";
import type { PeerSession } from "./peer-session.ts";
import { scopesFor } from "./replica.ts";
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
  /** When a device that is linked to was last heard; null: there is no link. */
  readonly heardMs: (device: DeviceId) => number | null;
  readonly onKeysChanged: () => void;
  /** A space has opened to a device of the person's that is linked to. */
  readonly onSpread: (device: DeviceId, space: SpaceId) => void;
}

/** What a device that was restored is called until its person says otherwise. */
const RESTORED_NAME = "Restored device";

interface NewDevice {
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
  readonly name: string;
}

export class OwnDevices {
  readonly #options: OwnDevicesOptions;
  #spreading: Promise<void> = Promise.resolve();
  #introducing: Promise<void> = Promise.resolve();
  /** Devices whose turn is to come. */
  readonly #queued = new Set<DeviceId>();

  constructor(options: OwnDevicesOptions) {
    this.#options = options;
  }

  /** This one first, then from the most senior. */
  list(): DeviceInfo[] {
    const { person, device: self, certificate, name } = this.#options.identity();
    const { isConnected, heardMs, store } = this.#options;
    const found = new Map<DeviceId, { facts: DeviceFacts; spaces: number }>();
    for (const replica of this.#replicas()) {
      for (const facts of ownIn(replica, person)) {
        const known = found.get(facts.device);
        // Each space knows since when the device is in it; the person's it is since the first.
        const linkedMs = Math.min(facts.linkedMs, known?.facts.linkedMs ?? facts.linkedMs);
        found.set(facts.device, {
          facts: { ...(known?.facts ?? facts), linkedMs },
          spaces: (known?.spaces ?? 0) + 1,
        });
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
        lastSeenMs:
          facts.device === self.device ? null : (heardMs(facts.device) ?? lastSeenMs(store, facts.device)),
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
      lastSeenMs: null,
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

  /**
   * Makes this device one of its person in every space that it holds and is not in yet: by the root's own word, which needs no
   * other device of theirs. Resolves when that is on disk. spec/identity ID50, ID53.
   */
  introduce(): Promise<void> {
    const { ledger, identity, log, onKeysChanged } = this.#options;
    this.#introducing = this.#introducing.then(async () => {
      for (const replica of ledger.replicas.values()) {
        const { space } = replica;
        if (!this.#isToIntroduce(replica)) continue;
        const { certificate, prekey } = identity();
        try {
          await this.#linkIn(replica, { certificate, prekey: prekey.bundle, name: RESTORED_NAME });
          log.info("device:introduced", { space });
          onKeysChanged();
        } catch (error) {
          // It is tried again when the space's members change, and at the next start.
          log.warn("device:not-introduced", { space, error: String(error) });
        }
      }
    });
    return this.#introducing;
  }

  #isToIntroduce({ membership }: Replica): boolean {
    const { person, certificate, device } = this.#options.identity();
    const { members, devices, removedDevices } = membership.state();
    const { device: self } = device;
    return certificate.depth === 1 && members.has(person) && !devices.has(self) && !removedDevices.has(self);
  }

  /** What this person calls a device of theirs; null for one without name, and for others' devices. */
  nameOf(device: DeviceId): string | null {
    return this.#factsOf(device)?.name ?? null;
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

  async #linkIn(replica: Replica, device: NewDevice): Promise<void> {
    const { author, ledger, box, identity } = this.#options;
    const { control, membership, book } = replica;
    // One that comes again with another prekey is linked again: boxes for the older one it cannot open.
    const known = membership.state().devices.get(device.certificate.device);
    if (known?.prekeys.at(-1)?.id === device.prekey.id) return;
    const isFirst = !membership.state().devices.has(identity().device.device);
    // Nobody makes keys before being somebody: of one that others would not choose any more a link still tells.
    const now = isFirst ? (author.beaconKeys(control) ?? noKeyHere()) : await author.ensureKeys(control);
    // With the private channels that the person is in. Not what came as a box alone: a re-box lies under its epoch, and
    // who cannot open it is cut off from our chain.
    const others = scopesFor(replica, identity().person)
      .flatMap((scope) => ledger.keys.ofScope(scope))
      .filter(({ epoch }) => epoch !== now.epoch && book.get(epoch) !== null);
    const plan = planDeviceLink({ device, keys: { control: now, content: others }, membership, book, box });
    const rank = membership.state().members.get(device.certificate.person)?.role;
    const [link] = plan.writes;
    // A reader announces no keys: others do, once they have heard of the link.
    if (isFirst && link && rank === "reader") await author.write([link]);
    else await author.write(plan.writes, { boxes: plan.boxes });
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
    const named = meant(this.list(), idOrName, (device) => device);
    const [only] = named;
    if (only && named.length === 1) return only.id;
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

function noKeyHere(): never {
  throw new ServiceError(
    "NO_KEY",
    "This device has no key of that space yet.",
    "Wait until a member's device is reachable.",
  );
}

function ownIn({ membership }: Replica, person: Identity["person"]): DeviceFacts[] {
  return [...membership.state().devices.values()].filter((device) => device.person === person);
}
