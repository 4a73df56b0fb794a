/**
 * What the epoch events of a space's scopes say: who created each epoch and for whom it was boxed. Owns
 * no keys and no judgement; give it only events that count. A re-box may come before its epoch. spec/epoch EP2, EP11, EP15.
 */
import type { Body, Header } from "../event/index.ts";
import type { DeviceId, EpochId, EventId, ScopeId } from "../ids.ts";

export interface EpochAnnouncement {
  readonly event: EventId;
  readonly author: DeviceId;
  /** Control events that it cites: auth in a content scope, prev and parents in the control scope. */
  readonly cites: readonly EventId[];
}

export interface EpochFacts {
  readonly epoch: EpochId;
  readonly scope: ScopeId;
  /** By event id. One, unless some holder of the secrets announced the epoch again. */
  readonly announcements: readonly EpochAnnouncement[];
  /** Every device known to hold it: boxed to, re-boxed to, or announcing it. */
  readonly holders: ReadonlySet<DeviceId>;
}

export interface EpochBook {
  /** Takes epoch.create and epoch.rebox, ignores every other kind; idempotent. */
  note(event: { readonly id: EventId; readonly header: Header; readonly body: Body }): void;
  get(epoch: EpochId): EpochFacts | null;
  /** Whose events say that they boxed the epoch for this device. */
  giversTo(epoch: EpochId, device: DeviceId): ReadonlySet<DeviceId>;
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

  function addHolders(
    epoch: EpochId,
    giver: DeviceId,
    recipients: readonly { readonly device: DeviceId }[],
  ): void {
    const known = holders.get(epoch) ?? new Map<DeviceId, Set<DeviceId>>();
    holders.set(epoch, known);
    if (!known.has(giver)) known.set(giver, new Set());
    for (const { device } of recipients) known.set(device, (known.get(device) ?? new Set()).add(giver));
  }

  function factsOf(epoch: EpochId): EpochFacts | null {
    const entry = announced.get(epoch);
    if (!entry) return null;
    const announcements = entry.announcements.toSorted((a, b) => (a.event < b.event ? -1 : 1));
    return { epoch, scope: entry.scope, announcements, holders: new Set(holders.get(epoch)?.keys()) };
  }

  return {
    note({ id, header, body }) {
      if (body.type === "epoch.rebox") {
        addHolders(body.epoch, header.device, body.recipients);
        return;
      }
      if (body.type !== "epoch.create") return;
      const { epoch, scope, device } = header;
      addHolders(epoch, device, body.recipients);
      const entry = announced.get(epoch) ?? { scope, announcements: [] };
      announced.set(epoch, entry);
      if (entry.announcements.some(({ event }) => event === id)) return;
      const below = [...(header.prev ? [header.prev] : []), ...header.parents];
      entry.announcements.push({
        event: id,
        author: device,
        cites: header.auth.length > 0 ? header.auth : below,
      });
    },
    get: factsOf,
    giversTo: (epoch, device) => holders.get(epoch)?.get(device) ?? new Set(),
    ofScope: (scope) =>
      [...announced.keys()].sort().flatMap((epoch) => {
        const facts = factsOf(epoch);
        return facts?.scope === scope ? [facts] : [];
      }),
  };
}
