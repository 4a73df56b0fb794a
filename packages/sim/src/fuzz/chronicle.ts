/**
 * What happened in a history, noted as it happens and apart from what the devices make of it: every event once, what its
 * author knew, and every box. Owns no judgement.
 */
import { boxName, createMembership, decodeBody, decodeOuter, openEvent } from "@kith/core";
import type {
  Body,
  ControlEvent,
  DeviceId,
  EpochId,
  EventId,
  MembershipState,
  PersonId,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import type { Party, View } from "./party.ts";

/** A secret came to a device: by a box, or because the device made it. */
export interface Grant {
  readonly giver: Party;
  readonly tick: number;
  /** Whose devices are members', as the giver knew. */
  readonly members: ReadonlyMap<DeviceId, unknown>;
}

/** A message, or an act of the control scope that is not about keys. */
export interface Post {
  readonly id: EventId;
  readonly isMessage: boolean;
  readonly epoch: EpochId;
  readonly author: Party;
  /** Who was out, as the author knew, and by which removals. */
  readonly outside: readonly { readonly person: PersonId; readonly removals: readonly EventId[] }[];
  /** Devices of no member that the author knew to hold the epoch. */
  readonly strangers: readonly DeviceId[];
}

export class Chronicle {
  /** In an order in which each follows what it cites. */
  readonly control = new Map<EventId, ControlEvent>();
  readonly posts: Post[] = [];
  readonly #space: () => SpaceId;
  readonly #known = new Set<EventId>();
  readonly #pasts = new Map<EventId, MembershipState>();
  /** For whom which events say that an epoch was boxed. */
  readonly #named = new Map<EpochId, { readonly event: EventId; readonly devices: readonly DeviceId[] }[]>();
  readonly #grants = new Map<string, Grant[]>();
  /** When each device heard of each removal. */
  readonly #heard = new Map<Party, Map<EventId, number>>();
  readonly #views = new Map<Party, View>();
  readonly #onNoOwner: (party: Party) => void;
  #tick = 0;

  constructor(space: () => SpaceId, onNoOwner: (party: Party) => void) {
    this.#space = space;
    this.#onNoOwner = onNoOwner;
  }

  follow(party: Party): void {
    const heard = new Map<EventId, number>();
    this.#heard.set(party, heard);
    party.onBoxes((names) => {
      for (const name of names) this.#grant(name, party);
    });
    party.ledger.onCommitted(({ events, from }) => {
      this.#tick += 1;
      for (const event of events) this.#note(party, event, from === null);
      const view = party.view();
      if (view === null) return;
      if (view.state.info && ![...view.state.members.values()].some(({ role }) => role === "owner"))
        this.#onNoOwner(party);
      this.#views.set(party, view);
    });
  }

  /** A secret that the party made itself, in an event of its own or outside of all rules. */
  made(party: Party, epoch: EpochId): void {
    this.#grant(`${epoch} ${party.device}`, party);
  }

  /** How a device came to an epoch's secrets. */
  grantsOf(party: Party, epoch: EpochId): readonly Grant[] {
    const boxed = this.#grants.get(boxName(party.identity.prekey.bundle.id, epoch)) ?? [];
    return [...boxed, ...(this.#grants.get(`${epoch} ${party.device}`) ?? [])];
  }

  hadHeard({ giver, tick }: Grant, removal: EventId): boolean {
    return (this.#heard.get(giver)?.get(removal) ?? Infinity) <= tick;
  }

  /** What an event's own past amounts to. */
  pastOf({ id, header }: ControlEvent): MembershipState {
    const known = this.#pasts.get(id);
    if (known) return known;
    const membership = createMembership(this.#space());
    const past = new Set<EventId>();
    const open = [...(header.prev ? [header.prev] : []), ...header.parents];
    for (let next = open.pop(); next; next = open.pop()) {
      const event = this.control.get(next);
      if (!event || past.has(next)) continue;
      past.add(next);
      open.push(...event.header.parents);
      if (event.header.prev) open.push(event.header.prev);
    }
    for (const event of this.control.values()) if (past.has(event.id)) membership.add(event);
    const state = membership.state();
    this.#pasts.set(id, state);
    return state;
  }

  #grant(name: string, giver: Party): void {
    const grant: Grant = {
      giver,
      tick: this.#tick,
      members: giver.replica?.membership.state().devices ?? new Map(),
    };
    const known = this.#grants.get(name);
    if (known) known.push(grant);
    else this.#grants.set(name, [grant]);
  }

  #note(party: Party, stored: StoredEvent, isOwn: boolean): void {
    const known = this.control.get(stored.id);
    if (known?.body?.type === "member.remove") this.#heard.get(party)?.set(stored.id, this.#tick);
    if (this.#known.has(stored.id)) return;
    this.#known.add(stored.id);
    const outer = decodeOuter(stored.outer);
    const keys = party.ledger.keys.find(outer.tag, outer.bucket);
    const { replica } = party;
    if (!keys || !replica) throw new Error(`a stored event has no key: ${stored.id}`);
    const { id, header, body: bytes } = openEvent(outer, keys);
    const body = bytes === null ? null : readBody(header.kind, bytes);
    if (body?.type === "epoch.create" && isOwn) this.made(party, header.epoch);
    if (body?.type === "epoch.create" || body?.type === "epoch.rebox") {
      const named = [header.device, ...body.recipients.map(({ device }) => device)];
      this.#named.set(header.epoch, [
        ...(this.#named.get(header.epoch) ?? []),
        { event: id, devices: named },
      ]);
    } else if (isOwn) this.#post(party, { id, header, body });
    if (header.scope !== replica.control) return;
    this.control.set(id, { id, header, body });
    if (body?.type === "member.remove") this.#heard.get(party)?.set(id, this.#tick);
    const view = this.#views.get(party);
    const follows = [...new Set([...(header.prev ? [header.prev] : []), ...header.parents])].sort().join();
    if (isOwn && view?.heads === follows) this.#pasts.set(id, view.state);
  }

  /** By what the author knew before: a removal itself lies under a key of its target. */
  #post(author: Party, { id, header, body }: Pick<ControlEvent, "id" | "header" | "body">): void {
    const view = this.#views.get(author);
    if (!view || body?.type === "merge") return;
    const { removed, devices } = view.state;
    const outside = [...removed.keys()].map((person) => ({
      person,
      removals: view.removals.filter((removal) => {
        const known = this.control.get(removal)?.body;
        return known?.type === "member.remove" && known.person === person;
      }),
    }));
    const holders = (this.#named.get(header.epoch) ?? [])
      .filter(({ event }) => author.store.hasEvent(event))
      .flatMap((named) => named.devices);
    const strangers = holders.filter((device) => !devices.has(device));
    const isMessage = body?.type === "message.post";
    this.posts.push({ id, isMessage, epoch: header.epoch, author, outside, strangers });
  }
}

function readBody(kind: number, bytes: Uint8Array): Body | null {
  try {
    return decodeBody(kind, bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
