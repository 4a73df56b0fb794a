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
  readArray,
  readBytes,
  readNullable,
  readUint,
  startOfChain,
} from "@kith/core";
import type {
  CborValue,
  Clock,
  DeviceId,
  EpochBook,
  EpochId,
  EpochKeys,
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

interface Chain {
  /** Number of the next body. */
  readonly next: number;
  /** That all later keys follow from; null: they follow from the content secret, or are destroyed. */
  readonly key: Uint8Array | null;
  /** Numbers before it whose body did not come, by key; null as above. */
  readonly skipped: ReadonlyMap<number, Uint8Array | null>;
}

interface MetaWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

type Numbered = Pick<Header, "epoch" | "device" | "ratchet">;

const PREFIX = "ratchet/";
const KEY_BYTES = 32;
const CHAIN_BYTES_MAX = 256 * 1_024;
const FRESH: Chain = { next: 0, key: null, skipped: new Map() };

export class SealedKeys implements SealedSource {
  readonly #store: EventStore;
  readonly #clock: Clock;
  /** As they will be with what is on its way to the disk. */
  readonly #chains = new Map<string, Chain>();
  readonly #bodies = new Map<EpochId, number>();

  constructor({ store, clock }: { readonly store: EventStore; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  bodyOf(event: Parameters<SealedSource["bodyOf"]>[0]): Uint8Array | null {
    return this.#store.sealedBody(event);
  }

  keyOf(place: { readonly epoch: EpochId; readonly device: DeviceId }, index: number): Uint8Array | null {
    const { next, key, skipped } = this.#chain(nameOf(place));
    if (index < next) return skipped.get(index) ?? null;
    return key && bodyKeyAt(advanceChain({ index: next, key }, index));
  }

  /** Of the device's next body under the epoch. */
  nextIndex(epoch: EpochId, device: DeviceId): number {
    return this.#chain(nameOf({ epoch, device })).next;
  }

  /**
   * The device may go on with the epoch: it was made for it (who got it later has a chain that others may not know), and neither
   * 50 bodies lie under it nor is it a day old. Where a scope has had very many, each serves longer: a device holds a bounded
   * number of them. epochs: those of its scope that are held.
   */
  mayGoOn(keys: EpochKeys, device: DeviceId, book: EpochBook, epochs: number): boolean {
    if (keys.profile !== "sealed") return true;
    const made = book.get(keys.epoch)?.announcements ?? [];
    const isFor = made.some(
      ({ author, recipients }) => author === device || recipients.some((each) => each.device === device),
    );
    const isLong = epochs >= EPOCHS_PER_SCOPE_MAX / 2;
    const [bodies, ageMs] = isLong
      ? [SEALED_LONG_BODIES, SEALED_LONG_MS]
      : [SEALED_EPOCH_BODIES, SEALED_EPOCH_MS];
    const madeMs = made.map(({ event }) => this.#store.event(event)?.timeMs ?? Infinity);
    const isOld = this.#clock.nowMs() - Math.min(...madeMs) >= ageMs;
    return isFor && !isOld && this.#bodiesUnder(keys.epoch) < bodies;
  }

  /** Takes note of an accepted event's place in its chain. What to store with it. isUsed: its key is needed no more. */
  note(header: Numbered, isUsed: boolean): MetaWrite[] {
    const { ratchet } = header;
    if (ratchet === null) return [];
    const name = nameOf(header);
    const before = this.#chain(name);
    const chain = advanced(before, ratchet, isUsed);
    if (chain === before) return [];
    this.#set(name, chain);
    if (chain.next > before.next)
      this.#bodies.set(header.epoch, this.#bodiesUnder(header.epoch) + chain.next - before.next);
    return [{ key: PREFIX + name, value: encodeChain(chain) }];
  }

  /** Of events that are not going to be stored: as the disk has it, and then what is still on its way there. */
  reload(
    { drafts, fills }: Pick<Gathering, "drafts" | "fills">,
    inFlight: Iterable<{ readonly header: Numbered; readonly isUsed: boolean }>,
  ): void {
    const headers = [...drafts, ...fills].flatMap(({ header }) => (header ? [header] : []));
    const names = new Set(headers.filter(({ ratchet }) => ratchet !== null).map(nameOf));
    if (names.size === 0) return;
    for (const name of names) this.#chains.delete(name);
    this.#bodies.clear();
    for (const { header, isUsed } of inFlight) if (names.has(nameOf(header))) this.note(header, isUsed);
  }

  /** What stays of an epoch's chains when its content secret is destroyed: of these devices all keys that are not used. */
  leave({ epoch, secrets }: EpochKeys, devices: Iterable<DeviceId>): MetaWrite[] {
    const { contentSecret } = secrets;
    if (contentSecret === null) return [];
    const names = [...devices].map((device) => ({ device, name: nameOf({ epoch, device }) }));
    return names.map(({ device, name }) => {
      const { next, skipped } = this.#chain(name);
      let place: RatchetPlace = startOfChain(contentSecret, epoch, device);
      const left = new Map<number, Uint8Array>();
      for (const index of [...skipped.keys()].sort((a, b) => a - b)) {
        place = advanceChain(place, index);
        left.set(index, bodyKeyAt(place));
      }
      const chain = { next, key: advanceChain(place, next).key, skipped: left };
      this.#set(name, chain);
      return { key: PREFIX + name, value: encodeChain(chain) };
    });
  }

  /** The epoch is over: its keys are destroyed, used or not. Nothing to store where there are none. */
  end(epoch: EpochId): MetaWrite[] {
    const keys = this.#store.metaKeys(`${PREFIX}${epoch}/`);
    this.#bodies.delete(epoch);
    for (const key of keys) this.#chains.delete(key.slice(PREFIX.length));
    return keys.map((key) => ({ key, value: null }));
  }

  #bodiesUnder(epoch: EpochId): number {
    const known = this.#bodies.get(epoch);
    if (known !== undefined) return known;
    const names = this.#store.metaKeys(`${PREFIX}${epoch}/`).map((key) => key.slice(PREFIX.length));
    const bodies = names.reduce((sum, name) => sum + this.#chain(name).next, 0);
    this.#bodies.set(epoch, bodies);
    return bodies;
  }

  #set(name: string, chain: Chain): void {
    this.#chains.set(name, chain);
  }

  #chain(name: string): Chain {
    const known = this.#chains.get(name);
    if (known) return known;
    const stored = this.#store.meta(PREFIX + name);
    const chain = stored ? decodeChain(stored) : FRESH;
    this.#chains.set(name, chain);
    return chain;
  }
}

/** How its body is kept: as it was opened, or that it did not open. None for what lies in no chain, or came without its body. */
export function sealedViews({ id, header, body, padded, isClosed }: Candidate): ViewChange[] {
  if (header.ratchet === null || (body === null && isClosed !== true)) return [];
  return [{ op: "sealed", row: { id, scope: header.scope, body: padded ?? null } }];
}

function nameOf({ epoch, device }: { readonly epoch: EpochId; readonly device: DeviceId }): string {
  return `${epoch}/${device}`;
}

function advanced(chain: Chain, index: number, isUsed: boolean): Chain {
  const { next, key } = chain;
  if (index < next) {
    if (!isUsed || !chain.skipped.has(index)) return chain;
    return { next, key, skipped: new Map([...chain.skipped].filter(([at]) => at !== index)) };
  }
  const skipped = new Map(chain.skipped);
  let place = key && { index: next, key };
  for (let at = next; at < index + (isUsed ? 0 : 1); at += 1) {
    place &&= advanceChain(place, at);
    skipped.set(at, place && bodyKeyAt(place));
  }
  return { next: index + 1, key: place && advanceChain(place, index + 1).key, skipped };
}

function encodeChain({ next, key, skipped }: Chain): Uint8Array {
  return encodeCbor([next, key, ...[...skipped].map(([index, left]): CborValue => [index, left])]);
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
      skipped.map((pair) => {
        const [index, left] = readArray(pair, 2, "skipped key");
        return [readUint(index, "skipped key"), readNullable(left, readKey)];
      }),
    ),
  };
}
