/**
 * What this device has of a sealed scope besides its events: of each device and epoch how far its chain of keys has been used,
 * the keys that are left once the epoch's content secret is destroyed, and the bodies that it opened. Owns which number comes
 * next and what is forgotten when. Everything here is stored with the event that changes it. spec/epoch EP96-EP99.
 */
import {
  advanceChain,
  bodyKeyAt,
  decodeCbor,
  encodeCbor,
  idBytes,
  readArray,
  readBytes,
  readId,
  readNullable,
  readUint,
  readUtf8,
  SHEDDABLE_KIND_MIN,
  startOfChain,
} from "@kith/core";
import type {
  CborValue,
  Clock,
  DeviceId,
  EpochAnnouncement,
  EpochBook,
  EpochId,
  EpochKeys,
  EventId,
  EventStore,
  Header,
  RatchetPlace,
  SealedSource,
  ViewChange,
} from "@kith/core";
import type { Candidate, Gathering } from "./ledger-types.ts";
import {
  EPOCHS_PER_SCOPE_MAX,
  SEALED_EPOCH_BODIES,
  SEALED_EPOCH_MS,
  SEALED_LONG_BODIES,
  SEALED_LONG_MS,
} from "./limits.ts";

/** A number whose body did not come. key: null as in Chain. */
interface Skipped {
  readonly key: Uint8Array | null;
  /** The event that came without its body; null: none did. */
  readonly event: EventId | null;
}

interface Chain {
  /** Number of the next body. */
  readonly next: number;
  /** That all later keys follow from; null: they follow from the content secret, or are destroyed. */
  readonly key: Uint8Array | null;
  readonly skipped: ReadonlyMap<number, Skipped>;
}

interface MetaWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

type Numbered = Pick<Header, "epoch" | "device" | "ratchet">;
type Settled = Pick<Gathering, "drafts" | "fills">;

interface Noted {
  readonly id: EventId;
  readonly padded: Uint8Array | null;
  readonly isUsed: boolean;
}

/** What to store, and what to say when it was, or was not. */
export interface Step {
  readonly meta: readonly MetaWrite[];
  done(): void;
  undo(): void;
}

/** When this device came to hold an epoch, by its own clock: the author's may be anywhere. */
export const SINCE_PREFIX = "sealed-since/";
const PREFIX = "ratchet/";
const KEY_BYTES = 32;
/** RATCHET_MAX keys that wait for their bodies take 166 KB: 72 bytes each, with number, event and heads. */
const CHAIN_BYTES_MAX = 256 * 1_024;
const FRESH: Chain = { next: 0, key: null, skipped: new Map() };

export class SealedKeys implements SealedSource {
  readonly #store: EventStore;
  readonly #clock: Clock;
  /** As they will be with what is on its way to the disk. */
  readonly #chains = new Map<string, Chain>();
  /** On its way to the disk, by the header of each event, in the order in which it was noted. */
  readonly #pending = new Map<Numbered, Noted>();
  /** Chains without their content secret, while that is being destroyed. */
  readonly #leaving = new Map<string, Chain>();
  /** Their keys are destroyed, or are being. */
  readonly #ended = new Set<EpochId>();
  readonly #bodies = new Map<EpochId, number>();

  constructor({ store, clock }: { readonly store: EventStore; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  bodyOf(event: EventId): Uint8Array | null {
    for (const { id, padded } of this.#pending.values()) if (id === event && padded) return padded;
    return this.#store.sealedBody(event);
  }

  keyOf(place: { readonly epoch: EpochId; readonly device: DeviceId }, index: number): Uint8Array | null {
    const { next, key, skipped } = this.#chain(nameOf(place));
    if (index < next) return skipped.get(index)?.key ?? null;
    return key && bodyKeyAt(advanceChain({ index: next, key }, index));
  }

  /** Of the device's next body under the epoch. */
  nextIndex(epoch: EpochId, device: DeviceId): number {
    return this.#chain(nameOf({ epoch, device })).next;
  }

  /**
   * The device may go on with the epoch: it was made for it (who got it later has a chain that others may not know), its key is
   * here, and neither 50 bodies lie under it nor is it a day old. Where a scope has had very many, each serves longer: a device
   * holds a bounded number of them. epochs: those of its scope that are held.
   */
  mayGoOn(keys: EpochKeys, device: DeviceId, book: EpochBook, epochs: number): boolean {
    const { epoch } = keys;
    if (keys.profile !== "sealed") return true;
    const made = this.#earliest(book.get(epoch)?.announcements ?? []);
    const isFor = made && (made.author === device || made.recipients.some((each) => each.device === device));
    const next = this.nextIndex(epoch, device);
    if (!isFor || !keys.contentKeyOf(device, SHEDDABLE_KIND_MIN, next)) return false;
    const isLong = epochs >= EPOCHS_PER_SCOPE_MAX / 2;
    const [bodies, ageMs] = isLong
      ? [SEALED_LONG_BODIES, SEALED_LONG_MS]
      : [SEALED_EPOCH_BODIES, SEALED_EPOCH_MS];
    const since = this.#store.meta(SINCE_PREFIX + epoch);
    // An author's clock may be ahead, and ours: whichever came first.
    const madeMs = Math.min(made.timeMs, since ? Number(readUtf8(since)) : Infinity);
    return this.#clock.nowMs() - madeMs < ageMs && this.#bodiesUnder(epoch) < bodies;
  }

  /** By which came here first; one that is on its way here is the first that did. */
  #earliest(announcements: readonly EpochAnnouncement[]): (EpochAnnouncement & { timeMs: number }) | null {
    let first: (EpochAnnouncement & { timeMs: number; arrival: number }) | null = null;
    for (const each of announcements) {
      const { arrival, timeMs } = this.#store.event(each.event) ?? { arrival: Infinity, timeMs: Infinity };
      if (first === null || arrival < first.arrival) first = { ...each, arrival, timeMs };
    }
    return first;
  }

  /** Takes note of an accepted event's place in its chain. What to store with it. isUsed: its key is needed no more. */
  note(
    { id, header, padded = null }: Pick<Candidate, "id" | "header" | "padded">,
    isUsed: boolean,
  ): MetaWrite[] {
    if (header.ratchet === null || this.#ended.has(header.epoch)) return [];
    const noted = { id, padded, isUsed };
    this.#pending.set(header, noted);
    return this.#apply(header, noted);
  }

  #apply(header: Numbered, { id, isUsed }: Noted): MetaWrite[] {
    const name = nameOf(header);
    const before = this.#chain(name);
    const chain = advanced(before, header.ratchet ?? 0, isUsed ? null : id);
    if (chain === before) return [];
    this.#chains.set(name, chain);
    if (chain.next > before.next)
      this.#bodies.set(header.epoch, this.#bodiesUnder(header.epoch) + chain.next - before.next);
    return [{ key: PREFIX + name, value: encodeChain(chain) }];
  }

  /** They are on disk. */
  settle(settled: Settled): void {
    for (const header of headersOf(settled)) this.#pending.delete(header);
  }

  /** They are not going to be stored: as the disk has it, and then what is still on its way there. */
  takeBack(taken: Settled): void {
    const headers = headersOf(taken).filter((header) => this.#pending.delete(header));
    this.#reload(new Set(headers.map(nameOf)));
  }

  #reload(names: ReadonlySet<string>): void {
    if (names.size === 0) return;
    for (const name of names) this.#chains.delete(name);
    this.#bodies.clear();
    for (const [header, noted] of this.#pending) if (names.has(nameOf(header))) this.#apply(header, noted);
  }

  /**
   * What stays of an epoch's chains when its content secret is destroyed: of these devices all keys that are not used, but of
   * what was deleted or is over. null: something of it is on its way to the disk; ask again.
   */
  leave({ epoch, secrets }: EpochKeys, devices: Iterable<DeviceId>): Step | null {
    const { contentSecret } = secrets;
    if (contentSecret === null || this.#isBusy(epoch)) return null;
    const chains = new Map<string, Chain>();
    for (const device of devices) {
      const name = nameOf({ epoch, device });
      const { next, skipped } = this.#chain(name);
      let place: RatchetPlace = startOfChain(contentSecret, epoch, device);
      const left = new Map<number, Skipped>();
      for (const [index, { event }] of [...skipped].sort(([a], [b]) => a - b)) {
        if (this.#isOver(event)) continue;
        place = advanceChain(place, index);
        left.set(index, { key: bodyKeyAt(place), event });
      }
      chains.set(name, { next, key: advanceChain(place, next).key, skipped: left });
    }
    for (const [name, chain] of chains) {
      this.#leaving.set(name, chain);
      this.#chains.set(name, chain);
    }
    const done = (): void => {
      for (const name of chains.keys()) this.#leaving.delete(name);
    };
    return {
      meta: [...chains].map(([name, chain]) => ({ key: PREFIX + name, value: encodeChain(chain) })),
      done,
      undo: () => {
        done();
        this.#reload(new Set(chains.keys()));
      },
    };
  }

  /** The epoch is over: its keys are destroyed, used or not. null as in leave. */
  end(epoch: EpochId): Step | null {
    if (this.#isBusy(epoch)) return null;
    const keys = this.#store.metaKeys(`${PREFIX}${epoch}/`);
    this.#ended.add(epoch);
    this.#bodies.delete(epoch);
    for (const key of keys) this.#chains.delete(key.slice(PREFIX.length));
    return {
      meta: keys.map((key) => ({ key, value: null })),
      done: () => undefined,
      undo: () => void this.#ended.delete(epoch),
    };
  }

  /** Keys of bodies that were deleted, or are over, and never came: they go as well. */
  forget(epoch: EpochId): Step | null {
    if (this.#isBusy(epoch)) return null;
    const meta = this.#namesOf(epoch).flatMap((name): MetaWrite[] => {
      const { next, key, skipped } = this.#chain(name);
      const left = new Map([...skipped].filter(([, { event }]) => !this.#isOver(event)));
      if (left.size === skipped.size) return [];
      this.#chains.delete(name);
      return [{ key: PREFIX + name, value: encodeChain({ next, key, skipped: left }) }];
    });
    return meta.length === 0 ? null : { meta, done: () => undefined, undo: () => undefined };
  }

  #isOver(event: EventId | null): boolean {
    const reason = event && this.#store.shedReason(event);
    return reason === "deleted" || reason === "expired";
  }

  #isBusy(epoch: EpochId): boolean {
    return [...this.#pending.keys()].some((header) => header.epoch === epoch);
  }

  #namesOf(epoch: EpochId): string[] {
    return this.#store.metaKeys(`${PREFIX}${epoch}/`).map((key) => key.slice(PREFIX.length));
  }

  #bodiesUnder(epoch: EpochId): number {
    const known = this.#bodies.get(epoch);
    if (known !== undefined) return known;
    const bodies = this.#namesOf(epoch).reduce((sum, name) => sum + this.#chain(name).next, 0);
    this.#bodies.set(epoch, bodies);
    return bodies;
  }

  #chain(name: string): Chain {
    const known = this.#chains.get(name) ?? this.#leaving.get(name);
    if (known) return known;
    if (this.#ended.has(name.slice(0, name.indexOf("/")) as EpochId)) return FRESH;
    const stored = this.#store.meta(PREFIX + name);
    const chain = stored ? decodeChain(stored) : FRESH;
    this.#chains.set(name, chain);
    return chain;
  }
}

function headersOf({ drafts, fills }: Settled): Numbered[] {
  return [...drafts, ...fills].flatMap(({ header }) => (header ? [header] : []));
}

/** How its body is kept: as it was opened, or that it did not open. None for what lies in no chain, or came without its body. */
export function sealedViews({ id, header, body, padded, isClosed }: Candidate): ViewChange[] {
  if (header.ratchet === null || (body === null && isClosed !== true)) return [];
  return [{ op: "sealed", row: { id, scope: header.scope, body: padded ?? null } }];
}

function nameOf({ epoch, device }: { readonly epoch: EpochId; readonly device: DeviceId }): string {
  return `${epoch}/${device}`;
}

/** missing: the event that came without its body; null: the key is used. */
function advanced(chain: Chain, index: number, missing: EventId | null): Chain {
  const { next, key } = chain;
  if (index < next) {
    if (missing !== null || !chain.skipped.has(index)) return chain;
    return { next, key, skipped: new Map([...chain.skipped].filter(([at]) => at !== index)) };
  }
  const skipped = new Map(chain.skipped);
  let place = key && { index: next, key };
  for (let at = next; at < index + (missing === null ? 0 : 1); at += 1) {
    place &&= advanceChain(place, at);
    skipped.set(at, { key: place && bodyKeyAt(place), event: at === index ? missing : null });
  }
  return { next: index + 1, key: place && advanceChain(place, index + 1).key, skipped };
}

function encodeChain({ next, key, skipped }: Chain): Uint8Array {
  const left = [...skipped].map(([index, each]): CborValue => [
    index,
    each.key,
    each.event && idBytes(each.event),
  ]);
  return encodeCbor([next, key, ...left]);
}

function decodeChain(bytes: Uint8Array): Chain {
  const [next, key, ...skipped] = readArray(
    decodeCbor(bytes, { bytesMax: CHAIN_BYTES_MAX }),
    { min: 2, max: CHAIN_BYTES_MAX },
    "chain",
  );
  const readKey = (value: CborValue): Uint8Array => readBytes(value, KEY_BYTES, "key of a chain");
  return {
    next: readUint(next, "chain"),
    key: readNullable(key, readKey),
    skipped: new Map(
      skipped.map((one) => {
        const [index, left, event] = readArray(one, 3, "skipped key");
        return [
          readUint(index, "skipped key"),
          {
            key: readNullable(left, readKey),
            event: readNullable(event, (id) => readId<EventId>(id, 32, "event")),
          },
        ];
      }),
    ),
  };
}
