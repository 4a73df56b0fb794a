/** What a verification holds while it walks over a store, and how it names what it finds. */
import { StoreError } from "@kith/core";
import type {
  Body,
  DeviceId,
  EventId,
  EventStore,
  Header,
  KeyTable,
  Membership,
  PersonId,
  Roster,
  ScopeId,
  SignatureVerifier,
  SpaceId,
} from "@kith/core";
import type { Cause } from "./floors.ts";
import type { VerifyProblem } from "./service.ts";
import type { SignedAct } from "./verify-acts.ts";
import type { ReactionFacts } from "./verify-derived.ts";

export interface VerifyOptions {
  readonly store: EventStore;
  readonly verifier: SignatureVerifier;
  readonly signal?: AbortSignal;
}

export interface Tip {
  readonly seq: number;
  readonly id: EventId;
}

/** What the second pass needs of an event whose own bytes and signature hold. */
export interface Sound {
  readonly id: EventId;
  readonly arrival: number;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly prev: EventId | null;
  readonly parents: readonly EventId[];
  readonly auth: readonly EventId[];
  /** Of a message: whom the view names as its author. */
  readonly shownAuthor: PersonId | null;
}

export interface Arrived {
  readonly arrival: number;
  readonly header: Header;
  readonly body: Body | null;
  readonly id: EventId;
}

export interface Work {
  /** The newest event when the check began: what a running node stores meanwhile is not judged. */
  readonly newest: number;
  readonly options: VerifyOptions;
  readonly keys: KeyTable;
  readonly memberships: Map<SpaceId, Membership>;
  /** Of private channels. */
  readonly rosters: Map<ScopeId, Roster>;
  readonly control: Arrived[];
  /** Those of private channels that may say who is in them. */
  readonly people: Arrived[];
  readonly sound: Sound[];
  readonly tips: Map<string, Tip>;
  /** By scope and device, the first number that stands twice. */
  readonly forks: Map<string, number>;
  /** Below the floors of scopes, as far as they hold: what events here may follow. */
  readonly causes: Map<EventId, Cause>;
  readonly counts: Map<ScopeId, Map<number, number>>;
  readonly present: Set<EventId>;
  readonly damaged: Set<EventId>;
  readonly missing: Set<EventId>;
  readonly messages: Set<EventId>;
  /** As posted; null where the body is not here. */
  readonly texts: Map<EventId, string | null>;
  readonly acts: SignedAct[];
  readonly reactions: ReactionFacts[];
  readonly problems: VerifyProblem[];
  events: number;
}

/** What lies on a damaged page cannot be compared: that is said, and the rest is looked at. */
export function readOr<T>(work: Work, otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "STORE_CORRUPT") throw error;
    const said = work.problems.some(({ subject, code }) => subject === "database" && code === "UNREADABLE");
    if (!said) note(work, "database", "UNREADABLE", error.message);
    return otherwise;
  }
}

export function note(work: Work, subject: string, code: string, detail: string): void {
  work.problems.push({ subject, code, detail });
}

export function noteDamaged(work: Work, id: EventId, code: string, detail: string): void {
  work.present.add(id);
  work.damaged.add(id);
  note(work, id, code, detail);
}

/** Once for each id. What has come since the check began is here, though the walk did not meet it. */
export function noteIfGone(work: Work, id: EventId, detail: string): void {
  if (work.present.has(id) || work.causes.has(id) || work.missing.has(id)) return;
  if (readOr(work, false, () => work.options.store.hasEvent(id))) return;
  work.missing.add(id);
  note(work, id, "EVENT_MISSING", `it is not here any more: ${detail}`);
}

export function short(id: string): string {
  return id.slice(0, 8);
}
