/**
 * Bodies of a sealed scope whose keys are gone: a device takes them from another of its person's, or from a backup, and only as
 * they were signed. spec/epoch EP99.
 */
import {
  BODIES_BYTES_MAX,
  BODY_WANTS_MAX,
  CoreError,
  decodeOuter,
  equalBytes,
  openEvent,
  withSealedSource,
} from "@kith/core";
import type { EpochKeys, EventId, EventStore, Frame, Log, ScopeId, SealedBody } from "@kith/core";
import { describeChange } from "./describe-change.ts";
import { isExpired } from "./expiry.ts";
import { judgesOf, showContent } from "./fences.ts";
import type { Gathering } from "./ledger-types.ts";
import type { Ledger } from "./ledger.ts";
import { readBody } from "./reopen.ts";

export interface BodiesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Stores those that are what was signed and that are not here. How many are not. Rejects with a ServiceError; then none is. */
export async function takeBodies(options: BodiesOptions, bodies: readonly SealedBody[]): Promise<number> {
  const gathering = options.ledger.gather(null);
  let refused = 0;
  for (const each of bodies) {
    const fill = fillOf(options, each);
    if (fill === "refused") refused += 1;
    else if (fill) gathering.fills.push(fill);
  }
  if (gathering.fills.length > 0) await options.ledger.commit(gathering);
  return refused;
}

/** The epoch's headers came first, and now all of it: what has waited closed is opened. */
export async function openClosed(options: BodiesOptions, keys: EpochKeys): Promise<void> {
  const { store } = options;
  let after: EventId | undefined;
  for (;;) {
    const ids = store.closed(keys.scope, BODY_WANTS_MAX, after);
    const opened = ids.flatMap((id) => {
      const event = store.event(id);
      if (!event) return [];
      const outer = decodeOuter(event.outer);
      const isUnder = outer.sealedBody && equalBytes(outer.tag, keys.tagOf(outer.bucket));
      const body = isUnder ? openEvent(outer, keys).padded : null;
      return body ? [{ id, body }] : [];
    });
    await takeBodies(options, opened);
    after = ids.at(-1);
    if (ids.length < BODY_WANTS_MAX) return;
  }
}

function fillOf(
  { store, ledger, log, nowMs }: BodiesOptions,
  { id, body: padded }: SealedBody,
): Gathering["fills"][number] | "refused" | null {
  const event = store.event(id);
  const replica = event && ledger.replicaOfScope(event.scope);
  if (!event || !replica || store.sealedBody(id) !== null || store.shedReason(id) !== null) return null;
  const outer = decodeOuter(event.outer);
  const keys = ledger.keys.find(outer.tag, outer.bucket);
  if (keys?.profile !== "sealed") return null;
  if (isExpired(openEvent(outer, keys).header, nowMs())) return null;
  try {
    // As if it had been kept: then all checks of a body are made on it.
    const given = withSealedSource(keys, { bodyOf: () => padded, keyOf: () => null });
    const opened = openEvent(outer, given);
    if (opened.header.ratchet === null) return null;
    const body = readBody(opened, log);
    const shown = body ? showContent({ ...opened, body }, judgesOf(replica)) : [];
    return {
      header: opened.header,
      meta: ledger.sealed.note(opened, true),
      views: [{ op: "sealed", row: { id, scope: event.scope, body: padded } }, ...shown],
      log:
        body && shown.length > 0
          ? describeChange({ id, header: opened.header, body, replica, nowMs: nowMs() })
          : [],
    };
  } catch (error) {
    if (error instanceof CoreError) return "refused";
    throw error;
  }
}

export interface BodyExchangeOptions extends BodiesOptions {
  /** The other device is another of one's own person. */
  readonly isOwn: () => boolean;
  readonly mayExchange: (scope: ScopeId) => boolean;
  /** False: the link is full, and takes more only later. */
  readonly send: (frame: Frame) => boolean;
  readonly onFault: (code: string) => void;
}

/** One link to another device of one's own: asks it for what does not open here, one page after another, and answers. */
export class BodyExchange {
  readonly #options: BodyExchangeOptions;
  /** By scope, the last id of what is being asked for. */
  readonly #asking = new Map<ScopeId, EventId>();
  /** How many it could not give when it was asked last. */
  readonly #lacking = new Map<ScopeId, number>();

  constructor(options: BodyExchangeOptions) {
    this.#options = options;
  }

  /** Both hold the same events: what does not open is asked for, unless it was in vain. */
  consider(scope: ScopeId): void {
    const { store, isOwn } = this.#options;
    if (this.#asking.has(scope) || !isOwn()) return;
    const closed = store.closedCount(scope);
    if (closed > 0 && closed !== this.#lacking.get(scope)) this.#ask(scope);
  }

  onFrame(frame: Extract<Frame, { type: "bodyWant" | "bodies" }>): void {
    const { isOwn, mayExchange, onFault } = this.#options;
    if (!mayExchange(frame.scope)) return;
    // History goes among devices of one person, and to nobody else.
    if (!isOwn()) return onFault("BODIES_NOT_OWN");
    if (frame.type === "bodyWant") this.#answer(frame);
    else void this.#take(frame);
  }

  #ask(scope: ScopeId, after?: EventId): void {
    const { store, send } = this.#options;
    const ids = store.closed(scope, BODY_WANTS_MAX, after);
    const last = ids.at(-1);
    if (last === undefined) {
      this.#asking.delete(scope);
      this.#lacking.set(scope, store.closedCount(scope));
      return;
    }
    this.#asking.set(scope, last);
    send({ type: "bodyWant", scope, ids });
  }

  async #take({ scope, bodies, isLast }: Extract<Frame, { type: "bodies" }>): Promise<void> {
    const { onFault, log } = this.#options;
    const after = this.#asking.get(scope);
    if (after === undefined) return;
    try {
      if ((await takeBodies(this.#options, bodies)) > 0) onFault("BODY_FORGED");
    } catch (error) {
      // Our disk's trouble: asked again with the next link.
      log.warn("sealed:not-stored", { scope, error: String(error) });
      this.#asking.delete(scope);
      return;
    }
    if (isLast) this.#ask(scope, after);
  }

  /** In as many frames as it takes; an empty one says that there is nothing. */
  #answer({ scope, ids }: Extract<Frame, { type: "bodyWant" }>): void {
    const { store, send } = this.#options;
    let page: SealedBody[] = [];
    let bytes = 0;
    for (const id of ids) {
      const body = store.event(id)?.scope === scope ? store.sealedBody(id) : null;
      if (!body) continue;
      if (bytes + body.length + BODY_FIELDS_BYTES > BODIES_BYTES_MAX && page.length > 0) {
        send({ type: "bodies", scope, isLast: false, bodies: page });
        page = [];
        bytes = 0;
      }
      page.push({ id, body });
      bytes += body.length + BODY_FIELDS_BYTES;
    }
    send({ type: "bodies", scope, isLast: true, bodies: page });
  }
}

/** Of a body in a frame: its id and the heads of both. */
const BODY_FIELDS_BYTES = 42;
