/**
 * Newest messages that are shown before their history is here. Beside the store: not in the set, no heads, no heights, no
 * delivery, nothing unread, and gone with the process. What they show rests on each one's own signature and on the
 * members' log; the ledger judges them like any other when their causes have come. Edits and deletions that come the same way,
 * or are stored already, change what is shown as they do in the store. spec/sync SY68-SY71, spec/space SP146.
 */
import {
  CoreError,
  EARLY_BYTES_MAX,
  EARLY_EVENTS_MAX,
  compareTimes,
  decodeOuter,
  isMessageKind,
  openEvent,
} from "@kith/core";
import type {
  Body,
  ChannelId,
  Clock,
  DeviceId,
  EventId,
  EventStore,
  Header,
  MessageRow,
  OpenedEvent,
  ScopeId,
  SignatureVerifier,
  SpaceId,
  ViewChange,
} from "@kith/core";
import { settleActs } from "@kith/core/acts";
import type { ActRow } from "@kith/core/ports";
import { isActKind, isEarlyKind } from "./kinds.ts";
import { judgesOf, showContent } from "../fences.ts";
import type { Committed } from "../ledger-types.ts";
import type { Ledger } from "../ledger.ts";
import { EARLY_SCOPES_MAX, EARLY_TELL_MS } from "../limits.ts";
import type { Replica } from "../replica.ts";
import { readBody } from "../reopen.ts";

export interface EarlyWindowOptions {
  readonly clock: Clock;
  readonly store: Pick<EventStore, "hasEvent" | "acts">;
  readonly ledger: Pick<Ledger, "keys" | "isAhead" | "knows" | "replicaOfScope" | "scopeState">;
  readonly verifier: SignatureVerifier;
  /** What is shown of these channels is not what it was. */
  readonly onChanged: (space: SpaceId, channels: readonly ChannelId[]) => void;
}

interface Held {
  readonly id: EventId;
  readonly header: Header;
  readonly body: Body;
  readonly bytes: number;
  /** Who brought it. */
  readonly from: DeviceId;
  /** What it says; null: by what is known of the members so far nothing. */
  view: EarlyView | null;
  /** Of a message, as it is shown with what was done to it; null: it is not. */
  row: MessageRow | null;
}

type EarlyView = Extract<ViewChange, { op: "message" | "act" }>;

/** What one frame was worth. */
export interface EarlyReport {
  /** What no honest device sends. */
  readonly fault: string | null;
  /** No key here opens them yet. */
  readonly locked: number;
}

export class EarlyWindow {
  readonly #options: EarlyWindowOptions;
  readonly #scopes = new Map<ScopeId, Map<EventId, Held>>();
  /** Of these much is missing. */
  readonly #wanted = new Set<ScopeId>();
  readonly #changed = new Map<SpaceId, Set<ChannelId>>();
  #cancelTell: (() => void) | null = null;

  constructor(options: EarlyWindowOptions) {
    this.#options = options;
  }

  close(): void {
    this.#cancelTell?.();
    this.#cancelTell = null;
    this.#scopes.clear();
  }

  /** Those shown, in no order. */
  *rows(of: { readonly space?: SpaceId; readonly channel?: ChannelId }): Generator<MessageRow> {
    for (const held of this.#scopes.values())
      for (const { row } of held.values()) {
        if (row === null || this.#isOver(row) || (of.space !== undefined && row.space !== of.space)) continue;
        if (of.channel === undefined || row.channel === of.channel) yield row;
      }
  }

  row(id: EventId): MessageRow | null {
    for (const held of this.#scopes.values()) {
      const row = held.get(id)?.row;
      if (row) return this.#isOver(row) ? null : row;
    }
    return null;
  }

  #isOver({ expiresMs }: MessageRow): boolean {
    return expiresMs !== undefined && expiresMs <= this.#options.clock.nowMs();
  }

  /** Outer forms as a neighbour sent them for this scope. */
  async take(
    scope: ScopeId,
    { outers, from }: { readonly outers: readonly Uint8Array[]; readonly from: DeviceId },
  ): Promise<EarlyReport> {
    let [fault, locked]: [string | null, number] = [null, 0];
    const opened: OpenedEvent[] = [];
    for (const bytes of outers) {
      try {
        const outer = decodeOuter(bytes);
        const keys = this.#options.ledger.keys.find(outer.tag, outer.bucket);
        if (keys === null) locked += 1;
        else if (keys.scope !== scope) fault ??= "SCOPE_MISMATCH";
        else opened.push(openEvent(outer, keys));
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        fault ??= error.code;
      }
    }
    const valid = await this.#options.verifier.verify(opened.map(({ check }) => check));
    for (const [index, event] of opened.entries()) {
      if (valid[index] !== true) fault ??= "EVENT_SIGNATURE";
      // Only messages are asked for: nothing else can be shown before what it rests on.
      else if (!isEarlyKind(event.header.kind)) fault ??= "EARLY_KIND";
      else this.#hold(event, from);
    }
    return { fault, locked };
  }

  /** A verified event that waits for its causes, while older history is on its way. */
  offer(event: OpenedEvent, from: DeviceId): void {
    if (isEarlyKind(event.header.kind) && this.#scopes.has(event.header.scope)) this.#hold(event, from);
  }

  /** Much of the scope is missing: what comes of it out of order is shown as well. False: too many are open. */
  open(scope: ScopeId): boolean {
    if (!this.#scopes.has(scope) && this.#scopes.size >= EARLY_SCOPES_MAX) return false;
    this.#wanted.add(scope);
    if (!this.#scopes.has(scope)) this.#scopes.set(scope, new Map());
    return true;
  }

  /** Nobody says any more to hold much that is not here. What is shown stays until it has arrived. */
  rest(scope: ScopeId): void {
    this.#wanted.delete(scope);
    if (this.#scopes.get(scope)?.size === 0) this.#scopes.delete(scope);
  }

  /** Both sides hold the same: what this one brought early, and what nobody else is said to hold, is in neither set. */
  agreed(scope: ScopeId, device: DeviceId): void {
    this.#drop(scope, ({ from }) => from === device || !this.#wanted.has(scope));
  }

  /** It did not stand. */
  refused(id: EventId): void {
    for (const scope of this.#scopes.keys()) this.#drop(scope, (held) => held.id === id);
  }

  onCommitted({ events, spacesChanged, messages }: Committed): void {
    if (this.#scopes.size === 0) return;
    for (const scope of new Set(events.map((event) => event.scope))) {
      const tips = this.#options.ledger.scopeState(scope)?.tips;
      // Its place in its chain is taken: by itself, or by another that it can then never follow.
      this.#drop(
        scope,
        ({ id, header }) => (tips?.get(header.device)?.seq ?? 0) >= header.seq && !this.#isOnItsWay(id),
        // That one is told of by its own entry.
        ({ id }) => !messages.has(id),
      );
      if (events.some((event) => event.scope === scope && isActKind(event.kind))) this.#settleAll(scope);
    }
    for (const [scope, held] of this.#scopes) {
      const replica = this.#options.ledger.replicaOfScope(scope);
      if (replica === null) this.#drop(scope, () => true);
      else if (spacesChanged.has(replica.space)) for (const each of held.values()) this.#judge(each, replica);
    }
  }

  /** Accepted, and not on disk yet. */
  #isOnItsWay(id: EventId): boolean {
    return this.#options.ledger.knows(id) && !this.#options.store.hasEvent(id);
  }

  #hold(event: OpenedEvent, from: DeviceId): void {
    const { id, header } = event;
    const { ledger } = this.#options;
    const replica = ledger.replicaOfScope(header.scope);
    const held = this.#scopes.get(header.scope);
    if (replica === null || held === undefined || held.has(id) || header.space !== replica.space) return;
    // Not ahead of its device's chain it is here already, or can never be.
    if (!ledger.isAhead(header) || ledger.knows(id, header.scope)) return;
    if (event.bucket < (ledger.scopeState(header.scope)?.floor ?? 0)) return;
    const body = event.body === null ? null : readBody({ id, header, body: event.body });
    if (body === null) return;
    const each: Held = { id, header, body, bytes: event.outer.byteLength, from, view: null, row: null };
    held.set(id, each);
    this.#judge(each, replica);
    this.#trim(header.scope, held);
  }

  /** Who may write where is asked again whenever the members' log says more. */
  #judge(held: Held, replica: Replica): void {
    const [view] = this.#isJudgeable(held.header, replica) ? showContent(held, judgesOf(replica)) : [];
    const before = held.view;
    held.view = view?.op === "message" || view?.op === "act" ? view : null;
    if (isMessageKind(held.header.kind)) this.#settle(held);
    else if (before?.op !== held.view?.op) this.#settleTarget(held);
  }

  #settleAll(scope: ScopeId): void {
    for (const held of this.#scopes.get(scope)?.values() ?? []) this.#settle(held);
  }

  #settleTarget({ header, body }: Held): void {
    if (body.type !== "message.edit" && body.type !== "message.delete") return;
    const target = this.#scopes.get(header.scope)?.get(body.message);
    if (target) this.#settle(target);
  }

  /** What a message says with what was done to it, here or early; of one that is deleted here nothing is kept. */
  #settle(held: Held): void {
    if (!isMessageKind(held.header.kind)) return;
    const before = held.row;
    const posted = held.view?.op === "message" ? held.view.row : null;
    const stored = this.#options.store.acts(held.id);
    const of = this.#scopes.get(held.header.scope);
    if (posted && settleActs(posted, stored).deleted) of?.delete(held.id);
    held.row = posted && this.#shownOf(posted, [...stored, ...earlyActs(of, held.id)]);
    if (before?.text !== held.row?.text) this.#tellOf({ row: before ?? held.row });
  }

  #shownOf(posted: MessageRow, acts: readonly ActRow[]): MessageRow | null {
    const { deleted, edit } = settleActs(posted, acts);
    if (deleted) return null;
    return edit === null ? posted : { ...posted, text: edit.text ?? "", editedMs: edit.timeMs };
  }

  #isJudgeable({ scope, device, seq, auth }: Header, { membership, rosters, fences }: Replica): boolean {
    const missing = rosters.get(scope)?.missing(auth) ?? membership.missing(auth);
    if (missing.length > 0) return false;
    // Of who was removed only the chain itself says what was written before: another could be signed in its place today.
    const fence = fences.get(scope)?.get(device);
    return fence === undefined || seq > fence.upTo;
  }

  /** The oldest go: what is asked for is the newest. */
  #trim(scope: ScopeId, held: Map<EventId, Held>): void {
    let bytes = [...held.values()].reduce((sum, each) => sum + each.bytes, 0);
    if (held.size <= EARLY_EVENTS_MAX && bytes <= EARLY_BYTES_MAX) return;
    const oldestFirst = [...held.values()].sort((a, b) => compareTimes(a.header.time, b.header.time));
    let left = held.size;
    for (const each of oldestFirst) {
      if (left <= EARLY_EVENTS_MAX && bytes <= EARLY_BYTES_MAX) return;
      left -= 1;
      bytes -= each.bytes;
      this.#drop(scope, ({ id }) => id === each.id);
    }
  }

  #drop(scope: ScopeId, isOver: (held: Held) => boolean, isTold: (held: Held) => boolean = () => true): void {
    const all = this.#scopes.get(scope);
    for (const held of all?.values() ?? []) {
      if (!isOver(held)) continue;
      all?.delete(held.id);
      if (isTold(held)) this.#tellOf(held);
      this.#settleTarget(held);
    }
    if (!this.#wanted.has(scope)) this.rest(scope);
  }

  #tellOf({ row }: Pick<Held, "row">): void {
    if (row === null) return;
    const channels = this.#changed.get(row.space) ?? new Set();
    this.#changed.set(row.space, channels.add(row.channel));
    this.#cancelTell ??= this.#options.clock.after(EARLY_TELL_MS, () => {
      this.#cancelTell = null;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const [space, of] of changed) this.#options.onChanged(space, [...of]);
    });
  }
}

function earlyActs(held: ReadonlyMap<EventId, Held> | undefined, message: EventId): ActRow[] {
  return [...(held?.values() ?? [])].flatMap(({ view }) =>
    view?.op === "act" && view.row.target === message ? view.row : [],
  );
}
