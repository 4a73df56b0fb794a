/**
 * Repair by datagrams: what a beacon's digest shows to be missing is asked for and sent in datagrams of the same
 * size, or by a reconciliation where there is a link. What is too much for a digest goes by filters of the newest
 * window. Gives out only to members, under the key that we speak
 * under, and within bounds for each address. Says what is to be sent; sealing and counting are the beacon's. spec/discovery
 * DI17-DI23, spec/sync SY33-SY36, SY42.
 */
import {
  BLOOM_RATE,
  BLOOM_SALT_BYTES,
  createCellDecoder,
  DATAGRAM_BLOOM_BYTES_MAX,
  DATAGRAM_EVENT_BYTES_MAX,
  DIGEST_CELLS,
  filterRecent,
  missingFromRecent,
  shortIdsOf,
  WANT_SHORTS_MAX,
} from "@kith/core";
import type {
  BeaconDigest,
  CellDecodeResult,
  Clock,
  DeviceId,
  DigestIndex,
  EventId,
  EventStore,
  Log,
  PeerAddress,
  Random,
  RecentFilter,
  RepairPayload,
  ScopeDigest,
  ScopeId,
  ShortId,
} from "@kith/core";
import { Allowance } from "./allowance.ts";
import type { BeaconVoice, RepairBody } from "./beacon.ts";
import { trimOldest } from "./bounded.ts";
import type { Ways } from "./deps.ts";
import { NOBODY } from "./ingest.ts";
import type { Ingest } from "./ingest.ts";
import {
  DIGEST_GRACE_MS,
  REPAIR_CHECKS_PER_SOURCE_MAX,
  REPAIR_CHECKS_TOTAL_MAX,
  REPAIR_FILTERS_PER_SOURCE_MAX,
  REPAIR_FILTERS_TOTAL_MAX,
  REPAIR_LOOKS_PER_SOURCE_MAX,
  REPAIR_LOOKS_TOTAL_MAX,
  REPAIR_REMEMBERED_MAX,
  REPAIR_REPEAT_MS,
  REPAIR_SENT_PER_SOURCE_MAX,
  REPAIR_SENT_TOTAL_MAX,
} from "./limits.ts";

/** A link by which a scope may be reconciled instead. */
export interface RepairLink {
  readonly session: { readonly rttMs: number | null };
  mayReconcile(scope: ScopeId): boolean;
  doubt(scope: ScopeId): void;
}

export interface RepairOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Pick<EventStore, "eventsById">;
  readonly ingest: Pick<Ingest, "deliver" | "heldIds" | "isFull">;
  readonly digests: DigestIndex;
  readonly ways: Ways;
  readonly self: DeviceId;
  /** As far as this device knows. */
  readonly isEntitled: (scope: ScopeId, device: DeviceId) => boolean;
  /** The disk refused a write a moment ago. */
  readonly isResting: () => boolean;
  readonly send: (voice: BeaconVoice, body: RepairBody, to: PeerAddress) => void;
  readonly linkTo: (device: DeviceId) => RepairLink | null;
  /** Other devices heard a moment ago. */
  readonly near: () => number;
}

export interface HeardDigest {
  readonly voice: BeaconVoice;
  readonly device: DeviceId;
  readonly from: PeerAddress;
  readonly digest: BeaconDigest;
}

export class Repair {
  readonly #options: RepairOptions;
  readonly #sent: Allowance;
  readonly #looks: Allowance;
  readonly #checks: Allowance;
  readonly #filtersSent: Allowance;
  readonly #filtersAnswered: Allowance;
  /** When something was last asked for, or sent to an address; the oldest first. */
  readonly #lastMs = new Map<string, number>();
  readonly #graces = new Map<string, () => void>();

  constructor(options: RepairOptions) {
    this.#options = options;
    const { clock } = options;
    this.#sent = new Allowance({
      clock,
      perSource: REPAIR_SENT_PER_SOURCE_MAX,
      inTotal: REPAIR_SENT_TOTAL_MAX,
    });
    this.#looks = new Allowance({
      clock,
      perSource: REPAIR_LOOKS_PER_SOURCE_MAX,
      inTotal: REPAIR_LOOKS_TOTAL_MAX,
    });
    this.#checks = new Allowance({
      clock,
      perSource: REPAIR_CHECKS_PER_SOURCE_MAX,
      inTotal: REPAIR_CHECKS_TOTAL_MAX,
    });
    const filters = {
      clock,
      perSource: REPAIR_FILTERS_PER_SOURCE_MAX,
      inTotal: REPAIR_FILTERS_TOTAL_MAX,
    };
    this.#filtersSent = new Allowance(filters);
    this.#filtersAnswered = new Allowance(filters);
  }

  close(): void {
    for (const cancel of this.#graces.values()) cancel();
    this.#graces.clear();
  }

  hearDigest({ voice, device, from, digest }: HeardDigest): void {
    const scope = this.#scopeOf(voice, device);
    if (scope === null) return;
    const { digests, linkTo } = this.#options;
    const own = digests.under(scope, digest.day);
    if (own === null || Buffer.compare(own.cells, digest.cells) === 0) return;
    if (!this.#looks.take(from.host)) return;
    const link = linkTo(device);
    const difference = this.#usesCells ? compareCells(digests, scope, own, digest) : null;
    if (difference?.state !== "done") {
      // Too much for one datagram, or older than what is looked through: the roots differ as well, and links see to it.
      if (link?.mayReconcile(scope) !== true) this.#askByFilter(voice, { scope, device, from });
      return;
    }
    const here = this.#heldBack(scope, digest.day);
    const lacking = difference.onlyTheirs.filter((short) => !here.has(short));
    if (link?.mayReconcile(scope) === true) {
      if (lacking.length > 0) this.#askLink(link, { scope, device, day: digest.day, lacking });
      return;
    }
    this.#want(voice, lacking, { device, from, day: digest.day });
    // Who has left may know an older key: under it we ask and take, for who speaks under it may have what we lack.
    if (voice.digest !== null) this.#offer(voice, difference.onlyOurs, from);
  }

  hear(voice: BeaconVoice, payload: RepairPayload, from: PeerAddress): void {
    const scope = this.#scopeOf(voice, payload.device);
    if (scope === null) return;
    switch (payload.kind) {
      case "want": {
        if (voice.digest === null || payload.to !== this.#options.self) return;
        if (!this.#looks.take(from.host)) return;
        const found = this.#options.digests.find(scope, payload.day, payload.shorts);
        this.#sendEvents(voice, [...found.values()], from, () => true);
        return;
      }
      case "event":
        this.#take(scope, payload.outer, from);
        return;
      case "bloom":
        if (voice.digest === null || payload.to !== this.#options.self) return;
        this.#answerFilter(voice, scope, payload, from);
        return;
      default:
        payload satisfies never;
    }
  }

  /** The scope whose key this is; null unless the sender is a member as far as we know. */
  #scopeOf({ topic }: BeaconVoice, device: DeviceId): ScopeId | null {
    if (topic.kind !== "scope") return null;
    return this.#options.isEntitled(topic.scope, device) ? topic.scope : null;
  }

  /** What waits for a cause or a key is here, and need not come again. */
  #heldBack(scope: ScopeId, day: number): ReadonlySet<ShortId> {
    return shortIdsOf(scope, day, this.#options.ingest.heldIds());
  }

  /** Pushes may be under way: what is still missing after a moment is reconciled. */
  #askLink(
    link: RepairLink,
    missing: {
      readonly scope: ScopeId;
      readonly device: DeviceId;
      readonly day: number;
      readonly lacking: readonly ShortId[];
    },
  ): void {
    const { clock, digests, linkTo } = this.#options;
    const { scope, device, day, lacking } = missing;
    const name = `${device} ${scope}`;
    if (this.#graces.has(name)) return;
    const graceMs = Math.max(DIGEST_GRACE_MS, 2 * (link.session.rttMs ?? 0));
    const cancel = clock.after(graceMs, () => {
      this.#graces.delete(name);
      const still = linkTo(device);
      if (still?.mayReconcile(scope) !== true) return;
      // Read up to now, so that what has come since is found.
      digests.under(scope, day);
      const found = digests.find(scope, day, lacking);
      const here = this.#heldBack(scope, day);
      if (lacking.some((short) => !found.has(short) && !here.has(short))) still.doubt(scope);
    });
    this.#graces.set(name, cancel);
  }

  #want(
    voice: BeaconVoice,
    lacking: readonly ShortId[],
    { device, from, day }: { readonly device: DeviceId; readonly from: PeerAddress; readonly day: number },
  ): void {
    const shorts = lacking.filter((short) => this.#isDue(short)).slice(0, WANT_SHORTS_MAX);
    if (shorts.length === 0 || !this.#sent.take(from.host)) return;
    for (const short of shorts) this.#note(short);
    this.#options.send(voice, { kind: "want", to: device, day, shorts: shorts.toSorted() }, from);
  }

  /** Without cells filters alone are to find what is missing. */
  get #usesCells(): boolean {
    return this.#options.ways.rungs?.includes("cells") ?? true;
  }

  #askByFilter(
    voice: BeaconVoice,
    {
      scope,
      device,
      from,
    }: { readonly scope: ScopeId; readonly device: DeviceId; readonly from: PeerAddress },
  ): void {
    if (!this.#filtersSent.take(from.host) || !this.#sent.take(from.host)) return;
    const { digests, ingest, random, ways } = this.#options;
    const filter = filterRecent(digests.recent(scope), {
      salt: random.bytes(BLOOM_SALT_BYTES),
      rate: ways.bloomRate ?? BLOOM_RATE,
      bytesMax: DATAGRAM_BLOOM_BYTES_MAX,
      also: ingest.heldIds(),
    });
    this.#options.send(voice, { kind: "bloom", to: device, ...filter }, from);
  }

  #answerFilter(voice: BeaconVoice, scope: ScopeId, filter: RecentFilter, from: PeerAddress): void {
    if (!this.#filtersAnswered.take(from.host)) return;
    const { digests, random } = this.#options;
    const missing = missingFromRecent(digests.recent(scope), filter);
    // From anywhere among them: what this peer does not keep, or had long ago, must not stand before the rest for ever.
    const at = missing.length === 0 ? 0 : Buffer.from(random.bytes(4)).readUInt32BE(0) % missing.length;
    this.#sendEvents(voice, [...missing.slice(at), ...missing.slice(0, at)], from, () => true);
  }

  /** Unasked: our own, for nobody else is sure to hold them; others' by chance, so that about one device sends each. */
  #offer(voice: BeaconVoice, ids: readonly EventId[], from: PeerAddress): void {
    const { self, random, near } = this.#options;
    const others = Math.max(1, near());
    this.#sendEvents(voice, ids, from, (author) => {
      const [high = 0, low = 0] = random.bytes(2);
      return author === self || (high * 256 + low) * others < 65_536;
    });
  }

  #sendEvents(
    voice: BeaconVoice,
    ids: readonly EventId[],
    to: PeerAddress,
    chooses: (author: DeviceId) => boolean,
  ): void {
    const nameOf = (id: EventId): string => `${to.host} ${to.port} ${id}`;
    const due = ids.filter((id) => this.#isDue(nameOf(id))).slice(0, DIGEST_CELLS);
    if (due.length === 0) return;
    // In order of arrival: causes before what follows them.
    for (const { id, device, outer } of this.#options.store.eventsById(due)) {
      if (outer.byteLength > DATAGRAM_EVENT_BYTES_MAX || !chooses(device)) continue;
      if (!this.#sent.take(to.host)) return;
      this.#note(nameOf(id));
      this.#options.send(voice, { kind: "event", outer }, to);
    }
  }

  #take(scope: ScopeId, outer: Uint8Array, from: PeerAddress): void {
    const { ingest, isResting, log } = this.#options;
    // What is not taken now the next digests bring again.
    if (ingest.isFull || isResting() || !this.#checks.take(from.host)) return;
    ingest.deliver({ scope, outers: [outer], from: NOBODY }).catch((error: unknown) => {
      log.error("events:not-stored", { scope, error: String(error) });
    });
  }

  #isDue(name: string): boolean {
    const lastMs = this.#lastMs.get(name);
    return lastMs === undefined || this.#options.clock.monotonicMs() - lastMs >= REPAIR_REPEAT_MS;
  }

  #note(name: string): void {
    this.#lastMs.delete(name);
    this.#lastMs.set(name, this.#options.clock.monotonicMs());
    trimOldest(this.#lastMs, REPAIR_REMEMBERED_MAX);
  }
}

function compareCells(
  digests: DigestIndex,
  scope: ScopeId,
  own: ScopeDigest,
  { day, cells }: BeaconDigest,
): CellDecodeResult {
  const lookup = (shorts: readonly ShortId[]) => digests.find(scope, day, shorts);
  return createCellDecoder({ key: own.key, own: own.cells, lookup }).take(cells);
}
