/**
 * Events whose body is not here: what a replica does with a message that comes without its text, and how the text finds
 * its way back while nothing says that it was deleted. spec/space SP143-SP145.
 */
import { decodeOuter, mayComeBare, profileOf } from "@kith/core";
import type { Body, EventId, EventStore, KeyTable, MessageRow, PersonId, ViewChange } from "@kith/core";
import { describeChange } from "./describe-change.ts";
import { expiryViews } from "./expiry.ts";
import { judgesOf, showContent } from "./fences.ts";
import { BODY_SHED } from "./ledger-types.ts";
import type { Candidate, Committed, Draft, Gathering } from "./ledger-types.ts";
import type { Replica } from "./replica.ts";
import { sealedViews } from "./sealed.ts";

/** It has lost its body; what is not for this device at all has not. */
export function isBare({ body, isClosed }: Pick<Candidate, "body" | "isClosed">): boolean {
  return body === null && isClosed !== true;
}

/** Its body is here, for this device or for those to whom it hands it on. */
export function isWhole({ body, isClosed, outer }: Candidate): boolean {
  return body !== null || (isClosed === true && decodeOuter(outer).sealedBody !== null);
}

/**
 * Of the control scope and of what says who is in a channel nothing is missing, or nobody could judge by it; and each epoch is
 * of the form that its scope's profile asks for, or those who come later could not follow it, or could read too much. null: taken.
 */
export function refuseBody(
  opened: Pick<Candidate, "header" | "body" | "isClosed">,
  body: Body | null,
  { replica, keys }: { readonly replica: Replica; readonly keys: KeyTable },
): { readonly code: string; readonly detail: string } | null {
  const { kind, scope, epoch } = opened.header;
  if (isBare(opened) && (scope === replica.control || !mayComeBare(kind))) return BODY_SHED;
  const roster = replica.rosters.get(scope);
  const isFounding = roster?.facts === null && body?.type === "channel.found";
  const profile = isFounding ? body.profile : profileOf(scope, { membership: replica.membership, roster });
  // Not founded yet, as far as is known here: it waits for that.
  if (profile === null || (keys.get(epoch)?.profile ?? "archive") === profile) return null;
  return { code: "EPOCH_PROFILE", detail: "the epoch is not of the form that its scope's profile asks for" };
}

/** How it is kept, whoever is shown it: without its body, or not for ever. */
export function storedViews(event: Candidate, author: PersonId, nowMs: number): ViewChange[] {
  const { id, header } = event;
  // What a chain's key would open, and is closed, is asked of the person's other devices alone (EP99).
  const isWithheld = isBare(event) || (header.ratchet === null && !isWhole(event));
  const bare: ViewChange[] = isWithheld ? [{ op: "bare", row: { id, scope: header.scope, author } }] : [];
  // What is over comes last: then nothing is withheld, and it is not asked for.
  return [...bare, ...expiryViews(event, author, nowMs)];
}

/** That the whole form of a bare event is here, and what it shows; nothing of a body that cannot be read. */
export function fillOf(
  opened: Candidate,
  body: Body | null,
  { replica, nowMs }: { readonly replica: Replica; readonly nowMs: number },
): Gathering["fills"][number] {
  const { id, header, outer } = opened;
  if (body === null && opened.isClosed !== true) return { views: [], log: [] };
  const shown = body === null ? [] : showContent({ id, header, body }, judgesOf(replica));
  return {
    views: [{ op: "fill", row: { id, outer } }, ...sealedViews(opened), ...shown],
    log: body && shown.length > 0 ? describeChange({ id, header, body, replica, nowMs }) : [],
  };
}

/** Rows of messages in a commit that are what the store will hold: nothing was done to them before, or comes with them. */
export function messagesOf(drafts: readonly Draft[], early: EarlyActs): Map<EventId, MessageRow> {
  const messages = new Map<EventId, MessageRow>();
  for (const { views } of drafts)
    for (const view of views)
      if (view.op === "message" && !early.has(view.row.id)) messages.set(view.row.id, view.row);
  for (const { views } of drafts)
    for (const view of views) if (view.op === "act") messages.delete(view.row.target);
  return messages;
}

/** Of a commit, what came without its body. */
export function bareIn(drafts: readonly Draft[]): Committed["bare"] {
  return drafts.flatMap(({ event, views }) => (views.some(({ op }) => op === "bare") ? event : []));
}

/** Messages that somebody did something to and that are not here yet, or come in one commit with it. */
export class EarlyActs {
  readonly #store: EventStore;
  readonly #targets: Set<EventId>;

  constructor(store: EventStore) {
    this.#store = store;
    this.#targets = new Set(store.earlyTargets());
  }

  note(views: readonly ViewChange[]): void {
    for (const { op, row } of views)
      if (op === "act" && !this.#store.hasEvent(row.target)) this.#targets.add(row.target);
  }

  /** Its row is what the store has made of it, not what was posted. */
  has(id: EventId): boolean {
    return this.#targets.has(id);
  }

  /** Of a commit that is on disk. */
  settle(drafts: readonly Draft[]): void {
    if (this.#targets.size === 0) return;
    for (const { event } of drafts) this.#targets.delete(event.id);
  }
}
