/**
 * Which device is known to hold what: each device tells, over its own authenticated link, up to which
 * number it keeps every other device's chain. Counts only what was so acknowledged. spec/sync.
 */
import type {
  Clock,
  DeviceFacts,
  DeviceId,
  EpochKeys,
  EventId,
  EventStore,
  HeightRow,
  LogDraft,
  MessageRow,
  ScopeId,
  StoredEvent,
} from "@kith/core";
import { bucketOf, decodeOuter, isMessageKind, readUtf8, utf8 } from "@kith/core";
import type { Tellings } from "./key-order.ts";
import type { Ledger } from "./ledger.ts";
import {
  DELIVERY_ENTRY_MESSAGES_MAX,
  DELIVERY_MESSAGES_MAX,
  DELIVERY_SAVE_DELAY_MS,
  OWN_MESSAGES_REMEMBERED_MAX,
} from "./limits.ts";
import type { Replica } from "./replica.ts";
import type { Delivery } from "./service.ts";

export interface DeliveriesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly device: DeviceId;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** A device says that it keeps more of the scope than it said before. */
  readonly onHeights: (scope: ScopeId) => void;
}

type Heights = Map<DeviceId, Map<DeviceId, number>>;
type Placed = Pick<MessageRow, "scope" | "space" | "device" | "seq" | "timeMs">;

/** kept: it has said so, or is this one; older: it keeps nothing so old; key: nobody is known to have handed it the key. */
export type Where = "kept" | "older" | "key" | "waits";

export interface Recipient extends DeviceFacts {
  readonly where: Where;
}

const HELD_FROM_PREFIX = "held-from/";
/** As many as the devices of some members say of each other's chains. */
const AHEAD_MAX = 4_096;

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #scopes = new Map<ScopeId, Heights>();
  #unsaved = new Map<string, HeightRow>();
  #news = new Map<string, { scope: ScopeId; holder: DeviceId; from: number; to: number }>();
  /** What devices say to keep of others' chains that has not come here yet: their word may come before the events. */
  readonly #ahead = new Map<string, number>();
  readonly #recent = new Map<string, { readonly id: EventId; readonly timeMs: number }>();
  /** The first bucket of each scope that a device keeps, where it does not keep all. */
  readonly #floors = new Map<string, number>();
  #saving = false;
  #closed = false;
  #cancelSave = (): void => undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    for (const key of options.store.metaKeys(HELD_FROM_PREFIX)) {
      const value = options.store.meta(key);
      if (value) this.#floors.set(key, Number(readUtf8(value)));
    }
  }

  /** What a device says of itself: it keeps nothing older, whatever its heights. */
  noteFloor(scope: ScopeId, holder: DeviceId, floor: number): void {
    const key = `${HELD_FROM_PREFIX}${scope}/${holder}`;
    if ((this.#floors.get(key) ?? 0) === floor) return;
    this.#floors.set(key, floor);
    const { ledger, onError } = this.#options;
    const meta = [{ key, value: floor === 0 ? null : utf8(String(floor)) }];
    ledger.commit(ledger.gather(null), { meta }).catch(onError);
  }

  /** Nothing is written from now on. */
  close(): void {
    this.#closed = true;
    this.#cancelSave();
  }

  /** Up to which number the holder keeps the device's chain; 0 when it has not said. */
  height(scope: ScopeId, holder: DeviceId, device: DeviceId): number {
    return this.#heights(scope).get(holder)?.get(device) ?? 0;
  }

  /** For who asks which members know of something. */
  get tellings(): Tellings {
    const { store, device, clock } = this.#options;
    return {
      self: device,
      nowMs: clock.nowMs(),
      event: (id) => store.event(id),
      heightOf: (...of) => this.height(...of),
    };
  }

  /** Own messages just stored: their acknowledgements come soon and need not be looked up then. */
  noteOwn(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (event.device !== this.#options.device || !isMessageKind(event.kind)) continue;
      this.#recent.set(`${event.scope}${event.seq}`, { id: event.id, timeMs: event.timeMs });
    }
    for (const key of this.#recent.keys()) {
      if (this.#recent.size <= OWN_MESSAGES_REMEMBERED_MAX) break;
      this.#recent.delete(key);
    }
  }

  /** Takes what a device says of itself. Heights only grow: a smaller one is an older word. */
  note(scope: ScopeId, holder: DeviceId, pairs: readonly (readonly [DeviceId, number])[]): void {
    const heights = this.#heights(scope);
    const own = this.#options.ledger.scopeState(scope);
    if (!own) return;
    let mine = heights.get(holder);
    if (!mine) heights.set(holder, (mine = new Map()));
    for (const [device, claimed] of pairs) {
      // Nobody can hold more of a chain than there is of it here to compare with; the rest is not counted before it is here.
      const seq = Math.min(claimed, own.tips.get(device)?.seq ?? 0);
      const before = mine.get(device) ?? 0;
      if (claimed > seq) this.#noteAhead(`${scope}${device}${holder}`, claimed);
      if (seq <= before) continue;
      mine.set(device, seq);
      this.#unsaved.set(`${scope}${holder}${device}`, { scope, holder, device, seq });
      if (device === this.#options.device) this.#noteNews(scope, holder, before, seq);
    }
    this.#saveSoon();
    this.#options.onHeights(scope);
  }

  #noteAhead(key: string, claimed: number): void {
    this.#ahead.set(key, Math.max(claimed, this.#ahead.get(key) ?? 0));
    for (const oldest of this.#ahead.keys()) {
      if (this.#ahead.size <= AHEAD_MAX) return;
      this.#ahead.delete(oldest);
    }
  }

  /** Others' events have come of which somebody may have said already that they keep them. */
  noteArrived(events: readonly StoredEvent[]): void {
    if (this.#ahead.size === 0) return;
    // What is still ahead is noted again meanwhile.
    const ahead = [...this.#ahead];
    for (const { scope, device } of new Map(
      events.map((event) => [event.scope + event.device, event]),
    ).values())
      for (const [key, claimed] of ahead) {
        if (!key.startsWith(scope + device)) continue;
        this.#ahead.delete(key);
        this.note(scope, key.slice(scope.length + device.length) as DeviceId, [[device, claimed]]);
      }
  }

  of(message: Placed): Delivery {
    let devices = 0;
    let of = 0;
    this.#visit(message, (device) => {
      of += 1;
      if (this.#isKept(device, message)) devices += 1;
    });
    return { devices, of, readBy: 0 };
  }

  /** Each device that `of` counts, in no order. spec/space SP155, SP156. */
  recipients(message: Placed): Recipient[] {
    const found: Recipient[] = [];
    const replica = this.#options.ledger.replicas.get(message.space);
    const keys = this.#keysOf(message);
    const holders = keys && replica?.book.get(keys.epoch)?.holders;
    const whereOf = (device: DeviceId): Where => {
      if (this.#isKept(device, message)) return "kept";
      if (!this.#keeps(device, message)) return "older";
      return holders?.has(device) === false ? "key" : "waits";
    };
    this.#visit(message, (device, facts) => found.push({ ...facts, where: whereOf(device) }));
    return found;
  }

  /** Who came to a join-only scope later holds the event without what it says: it is not for them. */
  #visit(message: Placed, visit: (device: DeviceId, facts: DeviceFacts) => void): void {
    const replica = this.#options.ledger.replicas.get(message.space);
    if (!replica) return;
    const people = replica.rosters.get(message.scope)?.people();
    const keys = isJoinOnly(replica, message.scope) ? this.#keysOf(message) : null;
    const readers = keys && replica.book.readersOf(keys);
    for (const [device, facts] of replica.membership.state().devices) {
      if (people && !people.has(facts.person)) continue;
      if (device === message.device || readers?.has(device) === false) continue;
      visit(device, facts);
    }
  }

  /** That it lies under; null while it is shown early. */
  #keysOf({ scope, device, seq }: Placed): EpochKeys | null {
    const [event] = this.#options.store.eventsAt(scope, device, seq);
    if (!event) return null;
    const { tag, bucket } = decodeOuter(event.outer);
    return this.#options.ledger.keys.find(tag, bucket);
  }

  #isKept(holder: DeviceId, message: Placed): boolean {
    if (holder === this.#options.device) return true;
    const isHeld = this.height(message.scope, holder, message.device) >= message.seq;
    return isHeld && this.#keeps(holder, message);
  }

  #keeps(holder: DeviceId, { scope, timeMs }: Pick<Placed, "scope" | "timeMs">): boolean {
    const floor = this.#floors.get(`${HELD_FROM_PREFIX}${scope}/${holder}`);
    return floor === undefined || bucketOf(timeMs) >= floor;
  }

  #noteNews(scope: ScopeId, holder: DeviceId, before: number, seq: number): void {
    const key = `${scope}${holder}`;
    const known = this.#news.get(key);
    this.#news.set(key, { scope, holder, from: known?.from ?? before + 1, to: seq });
  }

  /**
   * One write under way at a time; what comes meanwhile is gathered for the next. Not at once: an acknowledgement
   * follows each message by a moment, and its write would stand before the next message's on the disk. Nothing is
   * lost when it is not written: holders say their heights again on every new link.
   */
  #saveSoon(): void {
    if (this.#saving || this.#closed || this.#unsaved.size === 0) return;
    this.#saving = true;
    // A disk that refuses is not tried more often than its rest allows.
    const delayMs = Math.max(DELIVERY_SAVE_DELAY_MS, this.#options.ledger.health.restMs);
    this.#cancelSave = this.#options.clock.after(delayMs, () => this.#save());
  }

  #save(): void {
    const [unsaved, news] = [this.#unsaved, this.#news];
    const heights = [...unsaved.values()];
    const log = [...news.values()].flatMap((each) => this.#describe(each));
    this.#unsaved = new Map();
    this.#news = new Map();
    const { ledger } = this.#options;
    ledger
      .commit(ledger.gather(null), { heights, log })
      .catch((error: unknown) => {
        // Kept for the next write: what is told later counts them, and must not be taken back by a restart.
        for (const [key, row] of unsaved) if (!this.#unsaved.has(key)) this.#unsaved.set(key, row);
        for (const [key, { from, ...each }] of news) {
          this.#news.set(key, { ...each, ...this.#news.get(key), from });
        }
        this.#options.onError(error);
      })
      .finally(() => {
        this.#saving = false;
        this.#saveSoon();
      });
  }

  #describe(news: { scope: ScopeId; holder: DeviceId; from: number; to: number }): LogDraft[] {
    const { scope, holder, to } = news;
    const from = Math.max(news.from, to - DELIVERY_MESSAGES_MAX + 1);
    const drafts: LogDraft[] = [];
    let messages: { id: EventId; devices: number; of: number }[] = [];
    const space = this.#options.ledger.scopeState(scope)?.space;
    if (!space) return [];
    const flush = (): void => {
      if (messages.length === 0) return;
      const data = JSON.stringify({ space, device: holder, messages });
      drafts.push({ type: "delivery", atMs: this.#options.clock.nowMs(), ref: null, data });
      messages = [];
    };
    for (let seq = from; seq <= to; seq += 1) {
      const message = this.#messageAt(scope, seq);
      if (!message || !this.#keeps(holder, { scope, timeMs: message.timeMs })) continue;
      const { timeMs } = message;
      const { devices, of } = this.of({ scope, space, device: this.#options.device, seq, timeMs });
      messages.push({ id: message.id, devices, of });
      if (messages.length === DELIVERY_ENTRY_MESSAGES_MAX) flush();
    }
    flush();
    return drafts;
  }

  #messageAt(scope: ScopeId, seq: number): { readonly id: EventId; readonly timeMs: number } | null {
    const recent = this.#recent.get(`${scope}${seq}`);
    if (recent) return recent;
    const [event] = this.#options.store.eventsAt(scope, this.#options.device, seq);
    return event && isMessageKind(event.kind) ? event : null;
  }

  #heights(scope: ScopeId): Heights {
    const known = this.#scopes.get(scope);
    if (known) return known;
    const heights: Heights = new Map();
    for (const row of this.#options.store.heights(scope)) {
      let of = heights.get(row.holder);
      if (!of) heights.set(row.holder, (of = new Map()));
      of.set(row.device, row.seq);
    }
    this.#scopes.set(scope, heights);
    return heights;
  }
}

function isJoinOnly({ rosters, membership }: Replica, scope: ScopeId): boolean {
  const roster = rosters.get(scope);
  const profile = roster ? roster.facts?.profile : membership.state().info?.founding.profile;
  return profile === "join-only";
}
