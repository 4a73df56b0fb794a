/**
 * Destroys keys of sealed scopes: an epoch's content secret once every device that it was made for keeps the epoch, and all that
 * is left of it after 30 days. Bodies that came stay; what comes later than that is lost, and counted as such. spec/epoch EP98.
 */
import { readUtf8, utf8, withoutContent } from "@kith/core";
import type { Clock, DeviceId, EpochKeys, EventStore, Log, ScopeId, WriteBatch } from "@kith/core";
import type { Ledger } from "./ledger.ts";
import { SEALED_KEPT_MS, SEALED_LOOK_MS, SEALED_SOON_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { openClosed } from "./sealed-bodies.ts";
import { SINCE_PREFIX } from "./sealed.ts";
import type { Step } from "./sealed.ts";
import { secretsMeta } from "./secrets.ts";

export interface SealedKeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly self: DeviceId;
  /** Up to which number a device has said that it keeps another's chain of the scope. */
  readonly heightOf: (scope: ScopeId, holder: DeviceId, device: DeviceId) => number;
}

export class SealedKeeper {
  readonly #options: SealedKeeperOptions;
  #cancel: (() => void) | null = null;
  #looking: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: SealedKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#wait(0);
  }

  /** Somebody said what they keep, or something new lies in the scope. */
  touch(scope: ScopeId): void {
    if (this.#options.ledger.keys.ofScope(scope).at(-1)?.profile === "sealed") this.#wait(SEALED_SOON_MS);
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#looking;
  }

  /** Destroys what is due. One look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#options.log.warn("sealed:not-destroyed", { error: String(error) }))
      .finally(() => {
        this.#looking = null;
        if (!this.#isClosed) this.#wait(SEALED_LOOK_MS);
      });
    return this.#looking;
  }

  #dueMs = Infinity;

  #wait(ms: number): void {
    const { clock } = this.#options;
    const dueMs = clock.monotonicMs() + ms;
    if (this.#isClosed || (this.#cancel && this.#dueMs <= dueMs)) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = clock.after(ms, () => {
      this.#cancel = null;
      // One that is under way may have passed what has changed since.
      if (this.#looking) this.#wait(SEALED_SOON_MS);
      else void this.look();
    });
  }

  async #look(): Promise<void> {
    const { ledger } = this.#options;
    for (const replica of ledger.replicas.values())
      for (const scope of replica.scopes.keys())
        for (const keys of ledger.keys.ofScope(scope))
          if (keys.profile === "sealed" && !this.#isClosed) await this.#judge(replica, keys);
  }

  async #judge(replica: Replica, keys: EpochKeys): Promise<void> {
    const { store, ledger, log, clock } = this.#options;
    const { epoch, space } = keys;
    const since = SINCE_PREFIX + epoch;
    const nowMs = clock.nowMs();
    const known = store.meta(since);
    const isHeld = keys.secrets.contentSecret !== null;
    // Of the headers alone nothing is ever destroyed.
    if (!known && !isHeld) return;
    // A clock that was ahead when it was noted must not keep the keys until then.
    const sinceMs = known ? Math.min(nowMs, Number(readUtf8(known))) : nowMs;
    if (!known || sinceMs < Number(readUtf8(known)))
      await ledger.commit(ledger.gather(null), { meta: [{ key: since, value: utf8(String(sinceMs)) }] });
    // What nobody else was ever given lies nowhere else, and opens for who comes in.
    const isOver = nowMs - sinceMs >= SEALED_KEPT_MS && !isAlone(replica);
    if (!isOver && !isHeld) return this.#write(ledger.sealed.forget(epoch));
    if (!isOver && !this.#isAcknowledged(replica, keys)) return;
    if (isHeld) await openClosed({ store, ledger, log, nowMs: () => nowMs }, keys);
    const left = isHeld ? withoutContent(keys) : keys;
    const boxes = replica.book.boxNames(epoch).map((name) => ({ name, blob: null }));
    const step = isOver ? ledger.sealed.end(epoch) : ledger.sealed.leave(keys, this.#writers(replica, keys));
    if (step === null) return this.#wait(SEALED_SOON_MS);
    const over = isOver ? [{ key: since, value: null }] : [];
    await this.#write(step, { meta: [secretsMeta(left), ...over], boxes });
    if (isHeld) ledger.addSecrets(left, "replace");
    log.info(isOver ? "sealed:over" : "sealed:secret-destroyed", { space, epoch });
  }

  async #write(step: Step | null, more: Pick<WriteBatch, "meta" | "boxes"> = {}): Promise<void> {
    const { ledger } = this.#options;
    if (step === null) return;
    const meta = [...(more.meta ?? []), ...step.meta];
    try {
      await ledger.commit(ledger.gather(null), { ...more, meta });
    } catch (error) {
      step.undo();
      throw error;
    }
    step.done();
  }

  /** Devices that may write under it: of them the unused keys stay. */
  #writers({ book, membership }: Replica, keys: EpochKeys): ReadonlySet<DeviceId> {
    const authors = book.get(keys.epoch)?.announcements.map(({ author }) => author) ?? [];
    return new Set([...membership.state().devices.keys(), ...book.readersOf(keys), ...authors]);
  }

  /** Every member has a device that has all of it, and each such device says that it keeps the event that made it. */
  #isAcknowledged({ book, membership }: Replica, keys: EpochKeys): boolean {
    const { store, self, heightOf } = this.#options;
    const { members, devices } = membership.state();
    if (members.size < 2) return false;
    const made = (book.get(keys.epoch)?.announcements ?? []).flatMap(({ event }) => store.event(event) ?? []);
    const readers = book.readersOf(keys);
    const served = new Set<string>();
    for (const [device, { person }] of devices) {
      const isAuthor = made.some((event) => event.device === device);
      if (!isAuthor && !readers.has(device)) continue;
      const isTold = made.some((event) => heightOf(keys.scope, device, event.device) >= event.seq);
      if (device !== self && !isAuthor && !isTold) return false;
      served.add(person);
    }
    return [...members.keys()].every((person) => served.has(person));
  }
}

/** Nobody else is in it, nor ever was. */
function isAlone({ membership }: Replica): boolean {
  return membership.state().members.size < 2 && membership.removals().length === 0;
}
