/**
 * Decode -> verify, in front of the ledger. Takes events as the wire brings them, in any order and from
 * anyone who may deliver here, and hands them on one batch at a time in the order of their arrival.
 * Signatures of one batch are checked while the batch before it is being stored. Holds back, within
 * bounds, what waits for a parent or for a key. spec/event, spec/sync.
 */
import { decodeOuter, kinds, mayComeBare, openEvent } from "@kith/core";
import type {
  DeviceId,
  EpochId,
  EventId,
  LockedPlace,
  Log,
  OpenedEvent,
  ScopeId,
  SignatureVerifier,
} from "@kith/core";
import { isKeyEvent } from "./floors.ts";
import { BELOW_FLOOR, BODY_SHED } from "./ledger-types.ts";
import type { Gathering, Ledger, Verdict } from "./ledger.ts";
import { takeLinks } from "./links.ts";
import { LockedEvents } from "./locked.ts";
import type { OverdueEvents } from "./locked.ts";
import { PIPELINE_BYTES_MAX, PIPELINE_EVENTS_MAX, WAITING_BYTES_MAX, WAITING_EVENTS_MAX } from "./limits.ts";

export { NOBODY } from "./locked.ts";
export type { OverdueEvents } from "./locked.ts";

export interface Delivered {
  readonly scope: ScopeId;
  readonly outers: readonly Uint8Array[];
  readonly from: DeviceId;
}

export interface IngestReport {
  readonly from: DeviceId;
  readonly accepted: number;
  readonly duplicates: number;
  /** What no honest device sends: code of the first such event and how many there were. */
  readonly refused: { readonly code: string; readonly count: number } | null;
  /** Ids that would let waiting events in. */
  readonly missing: readonly EventId[];
}

export interface IngestOptions {
  readonly ledger: Ledger;
  readonly verifier: SignatureVerifier;
  readonly log: Log;
  readonly nowMs: () => number;
  /** It is signed by the device it names, and waits for its causes. */
  readonly onWaiting?: (opened: OpenedEvent, from: DeviceId) => void;
  /** It does not stand, by its id. */
  readonly onRefused?: (id: EventId) => void;
  /** Told at once what a delivery brings, by its ids. */
  readonly onDecoded: (scope: ScopeId, ids: readonly EventId[], from: DeviceId) => void;
  /** Called when the pipeline fills up (true) and when it has drained (false). */
  readonly onPressure: (full: boolean) => void;
}

/**
 * What an honest device may deliver as well: it holds the other branch of somebody's forked chain, or the other
 * part of a control log that is full. Charged to nobody but the author.
 */
const HONEST_REFUSALS: ReadonlySet<string> = new Set(["CHAIN_BROKEN", "MEMBERSHIP_FULL", BELOW_FLOOR.code]);

/** Each is hashed when a digest differs from ours: 0.2 ms. */
const HELD_IDS_MAX = 512;

interface Waiting {
  readonly opened: OpenedEvent;
  readonly from: DeviceId;
  /** Ids it waits for that are not here yet. */
  readonly missing: Set<EventId>;
}

export class Ingest {
  readonly #options: IngestOptions;
  readonly #waiting = new Map<EventId, Waiting>();
  /** Which waiting events an id would let go. */
  readonly #waitingFor = new Map<EventId, Set<EventId>>();
  readonly #locked: LockedEvents;
  /** On their way to the disk, once for each time they came. */
  readonly #entered = new Map<EventId, number>();
  /** Judged in order of delivery. */
  #tail: Promise<void> = Promise.resolve();
  #stored: Promise<unknown> = Promise.resolve();
  #waitingBytes = 0;
  #inPipeline = 0;
  #pipelineBytes = 0;
  #full = false;
  #refusedTotal = 0;
  #duplicatesTotal = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#locked = new LockedEvents(options.nowMs);
  }

  get counts(): { waiting: number; locked: number; refused: number; duplicates: number; inPipeline: number } {
    return {
      waiting: this.#waiting.size,
      locked: this.#locked.size,
      refused: this.#refusedTotal,
      duplicates: this.#duplicatesTotal,
      inPipeline: this.#inPipeline,
    };
  }

  /** More than it should hold: who brings more is not read from until it has drained. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Waits here for a cause, a key or the disk. */
  holds(id: EventId): boolean {
    return this.#waiting.has(id) || this.#locked.has(id) || this.#entered.has(id);
  }

  /** What waits here, the newest HELD_IDS_MAX of either kind. */
  heldIds(): EventId[] {
    return [...[...this.#waiting.keys()].slice(-HELD_IDS_MAX), ...this.#locked.ids().slice(-HELD_IDS_MAX)];
  }

  /** It brought some that cannot be taken for want of a key, or nobody knows who did. */
  hasLockedFrom(device: DeviceId): boolean {
    return this.#locked.hasFrom(device);
  }

  /** Places of those that it brought, to be asked about: LockedEvents.overdueFrom. */
  overdueFrom(device: DeviceId, maySpeakOf: (scope: ScopeId) => boolean): LockedPlace[] {
    return this.#locked.overdueFrom(device, maySpeakOf);
  }

  /** Those that are overdue, by scope and by who brought them. */
  overdue(): OverdueEvents[] {
    return this.#locked.overdue();
  }

  /** Resolves when every event of this delivery is stored, held back or refused. */
  deliver(delivered: Delivered): Promise<IngestReport> {
    const tally: Tally = {
      from: delivered.from,
      accepted: 0,
      duplicates: 0,
      refused: null,
      missing: new Set(),
      announced: [],
      ids: [],
    };
    const opened = this.#open(delivered, tally);
    for (const { id } of opened) this.#entered.set(id, (this.#entered.get(id) ?? 0) + 1);
    this.#options.onDecoded(delivered.scope, tally.ids, delivered.from);
    const bytes = opened.reduce((sum, { outer }) => sum + outer.byteLength, 0);
    this.#enter(opened.length, bytes);
    const verified = this.#options.verifier.verify(opened.map((event) => event.check));
    const stored = this.#tail.then(async () => {
      const valid = await verified;
      const signed = opened.filter((_, index) => valid[index] === true);
      const unlocked = await takeLinks(signed, this.#options.ledger, this.#options.log);
      return { commit: this.#admit(opened, valid, tally), unlocked };
    });
    this.#tail = stored.then(
      () => undefined,
      () => undefined,
    );
    const outcome = stored
      .then(({ commit, unlocked }) => commit.then(() => unlocked))
      .finally(() => this.#leave(opened, bytes))
      .then(async (unlocked) => {
        for (const scope of unlocked) await this.retryLocked(scope);
        for (const { scope, epoch } of tally.announced) await this.retryLocked(scope, epoch);
        return report(tally);
      });
    this.#stored = Promise.allSettled([this.#stored, outcome]);
    return outcome;
  }

  /** Resolves when every event that was delivered before this call is stored, held back or refused. */
  async stored(): Promise<void> {
    await this.#stored;
  }

  /** A key has arrived, or the announcement of an epoch: what was locked for want of it enters now. */
  async retryLocked(scope: ScopeId, epoch: EpochId | null = null): Promise<void> {
    for (const [from, outers] of this.#locked.take(scope, epoch)) await this.deliver({ scope, outers, from });
  }

  #open(delivered: Delivered, tally: Tally): OpenedEvent[] {
    const opened: OpenedEvent[] = [];
    for (const bytes of delivered.outers) {
      try {
        const outer = decodeOuter(bytes);
        tally.ids.push(outer.id);
        const waiting = this.#waiting.get(outer.id);
        // A bare form does not stand in the way of the whole one.
        if (waiting && waiting.opened.body === null && outer.sealedBody !== null) this.#stopWaiting(outer.id);
        else if (waiting) {
          this.#countDuplicate(tally);
          continue;
        }
        const keys = this.#options.ledger.keys.find(outer.tag, outer.bucket);
        if (!keys) {
          if (this.#options.ledger.knows(outer.id)) this.#countDuplicate(tally);
          else this.#locked.add(outer, { ...delivered, epoch: null });
          continue;
        }
        if (keys.scope !== delivered.scope) {
          this.#refuse(
            tally,
            "SCOPE_MISMATCH",
            outer.id,
            "the event belongs to another scope than the one it was sent for",
          );
          continue;
        }
        // It waits for the announcement, and is not opened and checked once more by being sent again.
        if (this.#locked.isUnannounced(outer.id)) {
          this.#countDuplicate(tally);
          continue;
        }
        const event = openEvent(outer, keys);
        // What lies ahead of its device's chain cannot be here: that spares new events a look into the store.
        if (
          !this.#options.ledger.isAhead(event.header) &&
          this.#options.ledger.knows(event.id, delivered.scope) &&
          !(outer.sealedBody && mayComeBare(event.header.kind) && this.#options.ledger.lacksBody(event.id))
        ) {
          this.#countDuplicate(tally);
          continue;
        }
        // Whatever keys are here: else who has them would take less than who has not.
        if (outer.sealedBody === null && !mayComeBare(event.header.kind) && !this.#isBelowFloor(event)) {
          this.#refuse(tally, BODY_SHED.code, event.id, BODY_SHED.detail);
          continue;
        }
        opened.push(event);
      } catch (error) {
        if (!(error instanceof Error && "code" in error)) throw error;
        this.#refuse(tally, String(error.code), null, error.message);
      }
    }
    return opened;
  }

  #admit(events: readonly OpenedEvent[], valid: readonly boolean[], tally: Tally): Promise<unknown> {
    const gathering = this.#options.ledger.gather(tally.from);
    const queue: { opened: OpenedEvent; from: DeviceId }[] = [];
    for (const [index, opened] of events.entries()) {
      if (valid[index] === true) queue.push({ opened, from: tally.from });
      else this.#refuse(tally, "EVENT_SIGNATURE", opened.id, "the signature is not the named device's");
    }
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { opened, from } = next;
      const verdict = this.#judge(opened, gathering);
      switch (verdict.status) {
        case "accepted":
          tally.accepted += 1;
          if (opened.header.kind === kinds["epoch.create"]) tally.announced.push(opened.header);
          // Kept, for others hold it too; and held against nobody but its author.
          if (verdict.forks && opened.header.device === from) this.#charge(tally, "EVENT_FORKED");
          queue.unshift(...this.#release(opened.id));
          break;
        case "known":
          this.#countDuplicate(tally);
          break;
        case "waiting":
          this.#wait(opened, from, verdict.missing);
          this.#options.onWaiting?.(opened, from);
          for (const id of verdict.missing) tally.missing.add(id);
          break;
        case "unannounced": {
          const { header, outer } = opened;
          this.#locked.add(decodeOuter(outer), { scope: header.scope, from, epoch: verdict.epoch });
          break;
        }
        case "refused":
          this.#refuse(
            tally,
            verdict.code,
            opened.id,
            verdict.detail,
            !HONEST_REFUSALS.has(verdict.code) || opened.header.device === tally.from,
          );
          break;
        default:
          verdict satisfies never;
      }
    }
    return gathering.drafts.length + gathering.causes.length + gathering.fills.length > 0
      ? this.#options.ledger.commit(gathering)
      : Promise.resolve();
  }

  /** As the ledger's; when that throws, nothing of the gathering may stay in memory as if it were to be stored. */
  #judge(opened: OpenedEvent, gathering: Gathering): Verdict {
    if (this.#isUselessBelowFloor(opened)) return { status: "refused", ...BELOW_FLOOR };
    try {
      return this.#options.ledger.accept(this.#afresh(opened), gathering);
    } catch (error) {
      this.#options.ledger.rollBack(gathering);
      throw error;
    }
  }

  /** What waited closed, in a sealed scope: all of its epoch may have come meanwhile. */
  #afresh(opened: OpenedEvent): OpenedEvent {
    const { isClosed, header, outer } = opened;
    const keys = isClosed && header.ratchet !== null ? this.#options.ledger.keys.get(header.epoch) : null;
    return keys ? openEvent(decodeOuter(outer), keys) : opened;
  }

  /** Of what is older than the history here only what something waits for is kept, and what tells of keys. */
  #isUselessBelowFloor({ id, header, bucket }: OpenedEvent): boolean {
    const isOld = this.#isBelowFloor({ header, bucket });
    return isOld && !isKeyEvent(header.kind) && !this.#waitingFor.has(id);
  }

  #isBelowFloor({ header, bucket }: Pick<OpenedEvent, "header" | "bucket">): boolean {
    return bucket < this.#floorOf(header.scope);
  }

  #floorOf(scope: ScopeId): number {
    return this.#options.ledger.scopeState(scope)?.floor ?? 0;
  }

  #wait(opened: OpenedEvent, from: DeviceId, missing: readonly EventId[]): void {
    // The oldest goes first: what it waited for has not come for the longest, and reconciliation brings both again.
    while (this.#waiting.size >= WAITING_EVENTS_MAX || this.#waitingBytes > WAITING_BYTES_MAX) {
      const oldest = this.#waiting.keys().next().value;
      if (oldest === undefined) break;
      this.#stopWaiting(oldest);
    }
    // Copied: the bytes are a view of a whole received chunk, which would be kept alive by it.
    const kept = { ...opened, outer: opened.outer.slice() };
    this.#waiting.set(opened.id, { opened: kept, from, missing: new Set(missing) });
    this.#waitingBytes += kept.outer.byteLength;
    for (const id of missing) {
      const others = this.#waitingFor.get(id);
      if (others) others.add(opened.id);
      else this.#waitingFor.set(id, new Set([opened.id]));
    }
  }

  /** Those waiting events that lacked only this id. They are judged again, since more may be missing. */
  #release(arrived: EventId): { opened: OpenedEvent; from: DeviceId }[] {
    const freed: { opened: OpenedEvent; from: DeviceId }[] = [];
    for (const id of this.#waitingFor.get(arrived) ?? []) {
      const entry = this.#waiting.get(id);
      if (!entry) continue;
      entry.missing.delete(arrived);
      if (entry.missing.size > 0) continue;
      this.#waiting.delete(id);
      this.#waitingBytes -= entry.opened.outer.byteLength;
      freed.push(entry);
    }
    this.#waitingFor.delete(arrived);
    return freed;
  }

  #stopWaiting(id: EventId): void {
    const entry = this.#waiting.get(id);
    if (!entry) return;
    this.#waiting.delete(id);
    this.#waitingBytes -= entry.opened.outer.byteLength;
    for (const missing of entry.missing) {
      const others = this.#waitingFor.get(missing);
      others?.delete(id);
      if (others?.size === 0) this.#waitingFor.delete(missing);
    }
  }

  #countDuplicate(tally: Tally): void {
    tally.duplicates += 1;
    this.#duplicatesTotal += 1;
  }

  #refuse(tally: Tally, code: string, id: EventId | null, detail: string, charged = true): void {
    this.#refusedTotal += 1;
    if (id !== null) this.#options.onRefused?.(id);
    if (charged) this.#charge(tally, code);
    this.#options.log.warn("event:refused", { code, id, from: tally.from, detail });
  }

  #charge(tally: Tally, code: string): void {
    tally.refused = { code: tally.refused?.code ?? code, count: (tally.refused?.count ?? 0) + 1 };
  }

  #enter(events: number, bytes: number): void {
    this.#inPipeline += events;
    this.#pipelineBytes += bytes;
    if (!this.#full && (this.#inPipeline > PIPELINE_EVENTS_MAX || this.#pipelineBytes > PIPELINE_BYTES_MAX)) {
      this.#full = true;
      this.#options.onPressure(true);
    }
  }

  #leave(events: readonly OpenedEvent[], bytes: number): void {
    for (const { id } of events) {
      const count = (this.#entered.get(id) ?? 0) - 1;
      if (count > 0) this.#entered.set(id, count);
      else this.#entered.delete(id);
    }
    this.#inPipeline -= events.length;
    this.#pipelineBytes -= bytes;
    if (
      this.#full &&
      this.#inPipeline < PIPELINE_EVENTS_MAX / 2 &&
      this.#pipelineBytes < PIPELINE_BYTES_MAX / 2
    ) {
      this.#full = false;
      this.#options.onPressure(false);
    }
  }
}

interface Tally {
  readonly from: DeviceId;
  accepted: number;
  duplicates: number;
  refused: { code: string; count: number } | null;
  readonly missing: Set<EventId>;
  /** Epochs that events taken here announce. */
  readonly announced: Pick<OpenedEvent["header"], "scope" | "epoch">[];
  /** Of all that could be decoded. */
  readonly ids: EventId[];
}

function report({ from, accepted, duplicates, refused, missing }: Tally): IngestReport {
  return { from, accepted, duplicates, refused, missing: [...missing] };
}
