/**
 * This device's prekeys over time: a newer one where the newest was used or is old, and the secrets of earlier ones, which
 * are destroyed when nobody should seal to them any more. spec/epoch EP80-EP82.
 */
import { decodeCbor, encodeCbor, planPrekey, readArray, readBytes, readNullable, readUint } from "@kith/core";
import type {
  Box,
  Clock,
  EventStore,
  Identity,
  Log,
  Prekey,
  PrekeyBundle,
  PrekeyId,
  Random,
} from "@kith/core";
import type { Author } from "./author.ts";
import { newPrekey, prekeyMeta, readPrekeyMade } from "./identity-store.ts";
import type { MetaWrite } from "./kept.ts";
import type { Ledger } from "./ledger.ts";
import { PREKEY_KEPT_MS, PREKEY_LOOK_MS, PREKEY_ROTATION_MS, PREKEY_UNUSED_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";

export interface PrekeysOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: EventStore;
  readonly box: Box;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly identity: () => Identity;
  readonly setIdentity: (identity: Identity) => void;
}

interface OldPrekey {
  readonly secretSeed: Uint8Array;
  readonly madeMs: number;
  /** Since when no space has it as the newest; null: one does. */
  readonly replacedMs: number | null;
}

const PREFIX = "identity/prekey-old/";
const SEED_BYTES = 32;

export class Prekeys {
  readonly #options: PrekeysOptions;
  readonly #old = new Map<PrekeyId, OldPrekey>();
  #looking: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  constructor(options: PrekeysOptions) {
    this.#options = options;
    const { store } = options;
    for (const key of store.metaKeys(PREFIX)) {
      const value = store.meta(key);
      if (value) this.#old.set(key.slice(PREFIX.length) as PrekeyId, decodeOld(value));
    }
  }

  /** 32 bytes that open what is sealed to it; null: it was another device's, or is destroyed. */
  secretOf(prekey: PrekeyId): Uint8Array | null {
    const { bundle, secretSeed } = this.#options.identity().prekey;
    return prekey === bundle.id ? secretSeed : (this.#old.get(prekey)?.secretSeed ?? null);
  }

  start(): void {
    const again = (): void => {
      this.#cancel = this.#options.clock.after(PREKEY_LOOK_MS, () => {
        void this.look();
        again();
      });
    };
    again();
    void this.look();
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#looking;
  }

  /** Of the one in use; a store that does not say is of before any was replaced. */
  get #madeMs(): number {
    return readPrekeyMade(this.#options.store) ?? 0;
  }

  /** Announces a newer prekey where one is due, and destroys the secrets whose time is over. One look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#options.log.warn("prekey:not-renewed", { error: String(error) }))
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const due = this.#replicas().filter((replica) => this.#isDue(replica));
    if (due.length > 0) await this.#renew(due);
    for (const replica of due) await this.#announce(replica);
    await this.#sweep();
  }

  /** One that another space has got lately will do for these as well. */
  async #renew(due: readonly Replica[]): Promise<void> {
    const { prekey, person, device } = this.#options.identity();
    const isFresh = this.#ageOf(prekey.bundle.id) < PREKEY_ROTATION_MS;
    const known = due.flatMap((replica) => this.#newest(replica) ?? []);
    if (isFresh && !known.some(({ id }) => id === prekey.bundle.id)) return;
    const { clock, ledger, setIdentity } = this.#options;
    const latestMs = Math.max(...[prekey.bundle, ...known].map(({ expiresMs }) => expiresMs));
    const next = newPrekey(this.#options, { person, device }, latestMs);
    const nowMs = clock.nowMs();
    const meta = [...prekeyMeta(next, nowMs), ...this.keep(prekey)];
    try {
      await ledger.commit(ledger.gather(null), { meta });
    } catch (error) {
      this.#old.delete(prekey.bundle.id);
      throw error;
    }
    // It may have become another person's device, or have got another name meanwhile.
    const identity = this.#options.identity();
    if (identity.prekey === prekey) setIdentity({ ...identity, prekey: next });
  }

  /** What another prekey writes besides itself: the secret of this one is still needed. */
  keep({ bundle: { id }, secretSeed }: Prekey): MetaWrite[] {
    const old = { secretSeed, madeMs: this.#madeMs, replacedMs: null };
    this.#old.set(id, old);
    return [{ key: PREFIX + id, value: encodeOld(old) }];
  }

  async #announce(replica: Replica): Promise<void> {
    const { log, author, identity } = this.#options;
    const { space, control } = replica;
    try {
      const { epoch } = await author.ensureKeys(control);
      const { bundle } = identity().prekey;
      await author.write([planPrekey({ space, prekey: bundle, controlEpoch: epoch })]);
      log.info("prekey:announced", { space, prekey: bundle.id });
    } catch (error) {
      // A reader waits for somebody who makes keys; a full disk for room. It is looked at again.
      log.warn("prekey:not-announced", { space, error: String(error) });
    }
  }

  async #sweep(): Promise<void> {
    const { clock, ledger, identity } = this.#options;
    const nowMs = clock.nowMs();
    const named = new Set(this.#replicas().map((replica) => this.#newest(replica)?.id));
    const writes: MetaWrite[] = [];
    const next = new Map<PrekeyId, OldPrekey | null>();
    for (const [id, old] of this.#old) {
      const isNeeded = named.has(id) || id === identity().prekey.bundle.id;
      // One that was replaced after now was so by a clock that stood wrong: the time begins anew.
      const sinceMs = old.replacedMs === null || old.replacedMs > nowMs ? nowMs : old.replacedMs;
      const changed = { ...old, replacedMs: isNeeded ? null : sinceMs };
      const isOver = !isNeeded && nowMs - sinceMs >= PREKEY_KEPT_MS;
      if (!isOver && changed.replacedMs === old.replacedMs) continue;
      next.set(id, isOver ? null : changed);
      writes.push({ key: PREFIX + id, value: isOver ? null : encodeOld(changed) });
    }
    if (writes.length === 0) return;
    await ledger.commit(ledger.gather(null), { meta: writes });
    for (const [id, old] of next) {
      if (old === null) this.#old.delete(id);
      else this.#old.set(id, old);
    }
  }

  #isDue(replica: Replica): boolean {
    const newest = this.#newest(replica);
    if (!newest) return false;
    const ageMs = this.#ageOf(newest.id);
    return ageMs >= PREKEY_UNUSED_MS || (ageMs >= PREKEY_ROTATION_MS && replica.book.isUsed(newest.id));
  }

  /** Infinity for one that this device cannot open, or that was made by a clock which stood wrong. */
  #ageOf(prekey: PrekeyId): number {
    const { clock, identity } = this.#options;
    const madeMs = identity().prekey.bundle.id === prekey ? this.#madeMs : this.#old.get(prekey)?.madeMs;
    if (madeMs === undefined) return Infinity;
    const ageMs = clock.nowMs() - madeMs;
    return ageMs < -PREKEY_ROTATION_MS ? Infinity : ageMs;
  }

  /** That others box to now. */
  #newest({ membership }: Replica): PrekeyBundle | undefined {
    return membership.state().devices.get(this.#options.identity().device.device)?.prekeys.at(-1);
  }

  /** Spaces that this device is in. */
  #replicas(): Replica[] {
    const { ledger, identity } = this.#options;
    const { device } = identity().device;
    return [...ledger.replicas.values()].filter(({ membership }) => membership.state().devices.has(device));
  }
}

function encodeOld({ secretSeed, madeMs, replacedMs }: OldPrekey): Uint8Array {
  return encodeCbor([secretSeed, madeMs, replacedMs]);
}

/** Throws CBOR_*, MALFORMED for what this device has not written. */
function decodeOld(bytes: Uint8Array): OldPrekey {
  const [seed, madeMs, replacedMs] = readArray(decodeCbor(bytes, { bytesMax: 128 }), 3, "old prekey");
  return {
    secretSeed: readBytes(seed, SEED_BYTES, "old prekey's secret").slice(),
    madeMs: readUint(madeMs, "old prekey's time"),
    replacedMs: readNullable(replacedMs, (value) => readUint(value, "time of its replacement")),
  };
}
