/**
 * What the epoch events of a space's scopes say: who created each epoch, for whom it was boxed, and under which others its
 * secrets lie. Owns no keys and no judgement; give it only events that count. A re-box may come before its epoch.
 * spec/epoch EP2, EP11, EP15, EP73.
 */
import { controlScope, isOfEpoch, publicScope } from "../event/index.ts";
import type { Body, BoxRecipient, EpochKeys, EpochLink, Header } from "../event/index.ts";
import type { BoxName, DeviceId, EpochId, EventId, PrekeyId, ScopeId, SpaceId } from "../ids.ts";
import { readerBoxName } from "./boxes.ts";

export interface EpochAnnouncement {
  readonly event: EventId;
  readonly author: DeviceId;
  /** Control events that it cites: auth in a content scope, prev and parents in the control scope. */
  readonly cites: readonly EventId[];
  /** For whom it was boxed when it was made. */
  readonly recipients: readonly BoxRecipient[];
}

export interface EpochFacts {
  readonly epoch: EpochId;
  readonly scope: ScopeId;
  /** By event id. One, unless some holder of the secrets announced the epoch again. */
  readonly announcements: readonly EpochAnnouncement[];
  /** Every device known to hold it or its header secret: boxed to, re-boxed to, announcing it, or holding one that it is linked to. */
  readonly holders: ReadonlySet<DeviceId>;
}

export interface EpochBook {
  /** Takes epoch.create, epoch.rebox, epoch.headers and epoch.link, ignores every other kind; idempotent. */
  note(event: { readonly id: EventId; readonly header: Header; readonly body: Body }): void;
  get(epoch: EpochId): EpochFacts | null;
  /** Whose events say that they boxed the epoch for this device. */
  giversTo(epoch: EpochId, device: DeviceId): ReadonlySet<DeviceId>;
  /** What the device is known to hold, or to have the headers of: by boxes, its own announcements and links. */
  heldBy(device: DeviceId): ReadonlySet<EpochId>;
  /** What whoever holds these holds as well: themselves, and all whose secrets lie under one of them. */
  reachOf(epochs: readonly EpochId[]): ReadonlySet<EpochId>;
  /** Names of all boxes of the epoch that were announced. */
  boxNames(epoch: EpochId): readonly BoxName[];
  /** For which keys of the device boxes were announced, in the order in which that was heard. */
  prekeysOf(device: DeviceId): readonly PrekeyId[];
  /** Some epoch was boxed for it. */
  isUsed(prekey: PrekeyId): boolean;
  /** Devices that all of a join-only scope's epoch was boxed for, by names that only who has all of it can give. */
  readersOf(keys: EpochKeys): ReadonlySet<DeviceId>;
  /** Devices that all of an epoch is said to be boxed for: by names that nobody has compared. */
  namedReaders(epoch: EpochId): readonly DeviceId[];
  /** By epoch id. */
  ofScope(scope: ScopeId): EpochFacts[];
}

export function createEpochBook(): EpochBook {
  const announced = new Map<
    EpochId,
    { readonly scope: ScopeId; readonly announcements: EpochAnnouncement[] }
  >();
  /** Each with those who boxed it for the holder. */
  const holders = new Map<EpochId, Map<DeviceId, Set<DeviceId>>>();

  const prekeys = new Set<PrekeyId>();
  const prekeysBy = new Map<DeviceId, Set<PrekeyId>>();
  const boxed = new Map<EpochId, Map<BoxName, BoxRecipient>>();
  /** Of a join-only scope's epoch, with how many names they were found among. */
  const readers = new Map<EpochId, { readonly among: number; readonly devices: ReadonlySet<DeviceId> }>();

  const named = new Map<EpochId, Set<DeviceId>>();
  /** Under which epoch the secrets of which others lie; and the other way round. */
  const linksFrom = new Map<EpochId, Set<EpochId>>();
  const linksTo = new Map<EpochId, Set<EpochId>>();

  function addLinks({ space, scope, epoch }: Header, links: readonly EpochLink[]): void {
    for (const link of links) {
      if (!mayLink({ space, scope }, link.scope) || !isOfEpoch(space, link)) continue;
      linksFrom.set(epoch, (linksFrom.get(epoch) ?? new Set()).add(link.epoch));
      linksTo.set(link.epoch, (linksTo.get(link.epoch) ?? new Set()).add(epoch));
    }
  }

  function holdersOf(epoch: EpochId): Set<DeviceId> {
    const all = new Set<DeviceId>();
    for (const each of spread([epoch], linksTo))
      for (const device of holders.get(each)?.keys() ?? []) all.add(device);
    return all;
  }

  function addNamed(epoch: EpochId, recipients: readonly BoxRecipient[]): void {
    const known = named.get(epoch) ?? new Set<DeviceId>();
    named.set(epoch, known);
    for (const { device } of recipients) known.add(device);
  }

  function addHolders(epoch: EpochId, giver: DeviceId, recipients: readonly BoxRecipient[]): void {
    const names = boxed.get(epoch) ?? new Map<BoxName, BoxRecipient>();
    boxed.set(epoch, names);
    for (const recipient of recipients) {
      prekeys.add(recipient.prekey);
      const { device, prekey } = recipient;
      prekeysBy.set(device, (prekeysBy.get(device) ?? new Set()).add(prekey));
      names.set(recipient.box, recipient);
    }
    const known = holders.get(epoch) ?? new Map<DeviceId, Set<DeviceId>>();
    holders.set(epoch, known);
    if (!known.has(giver)) known.set(giver, new Set());
    for (const { device } of recipients) known.set(device, (known.get(device) ?? new Set()).add(giver));
  }

  function factsOf(epoch: EpochId): EpochFacts | null {
    const entry = announced.get(epoch);
    if (!entry) return null;
    const announcements = entry.announcements.toSorted((a, b) => (a.event < b.event ? -1 : 1));
    return {
      epoch,
      scope: entry.scope,
      announcements,
      // Worked out when asked for: of most epochs nobody asks.
      get holders() {
        return holdersOf(epoch);
      },
    };
  }

  return {
    note({ id, header, body }) {
      if (body.type === "epoch.rebox" || body.type === "epoch.headers") {
        addHolders(body.epoch, header.device, body.recipients);
        if (body.type === "epoch.rebox") addNamed(body.epoch, body.recipients);
        return;
      }
      if (body.type === "epoch.link") addLinks(header, body.links);
      if (body.type !== "epoch.create") return;
      const { epoch, scope, device } = header;
      addHolders(epoch, device, body.recipients);
      addNamed(epoch, body.recipients);
      const entry = announced.get(epoch) ?? { scope, announcements: [] };
      announced.set(epoch, entry);
      if (entry.announcements.some(({ event }) => event === id)) return;
      const below = [...(header.prev ? [header.prev] : []), ...header.parents];
      entry.announcements.push({
        event: id,
        author: device,
        cites: header.auth.length > 0 ? header.auth : below,
        recipients: body.recipients,
      });
    },
    get: factsOf,
    giversTo: (epoch, device) =>
      new Set([...spread([epoch], linksTo)].flatMap((each) => [...(holders.get(each)?.get(device) ?? [])])),
    heldBy(device) {
      const boxedTo = [...holders].filter(([, known]) => known.has(device)).map(([epoch]) => epoch);
      return spread(boxedTo, linksFrom);
    },
    reachOf: (epochs) => spread(epochs, linksFrom),
    readersOf(keys) {
      const names = boxed.get(keys.epoch) ?? new Map<BoxName, BoxRecipient>();
      const known = readers.get(keys.epoch);
      if (known?.among === names.size) return known.devices;
      const found = [...names.values()].filter(({ prekey, box }) => readerBoxName(prekey, keys) === box);
      const devices = new Set(found.map(({ device }) => device));
      readers.set(keys.epoch, { among: names.size, devices });
      return devices;
    },
    namedReaders: (epoch) => [...(named.get(epoch) ?? [])],
    boxNames: (epoch) => [...(boxed.get(epoch)?.keys() ?? [])],
    prekeysOf: (device) => [...(prekeysBy.get(device) ?? [])],
    isUsed: (prekey) => prekeys.has(prekey),
    ofScope: (scope) =>
      [...announced.keys()].sort().flatMap((epoch) => {
        const facts = factsOf(epoch);
        return facts?.scope === scope ? [facts] : [];
      }),
  };
}

/** A private channel's epochs are linked in it, and all of a space's own in its control scope. */
export function mayLink(
  { space, scope }: { readonly space: SpaceId; readonly scope: ScopeId },
  linked: ScopeId,
): boolean {
  return linked === scope || (scope === controlScope(space) && linked === publicScope(space));
}

/** These and all that is reached from them. Links may go round in a circle. */
function spread(from: readonly EpochId[], links: ReadonlyMap<EpochId, ReadonlySet<EpochId>>): Set<EpochId> {
  const reached = new Set(from);
  // A set yields what is added while it is walked.
  for (const epoch of reached) for (const next of links.get(epoch) ?? []) reached.add(next);
  return reached;
}
