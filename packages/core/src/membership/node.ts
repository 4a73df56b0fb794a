/** A control event in its place. */
import { compareTimes } from "../event/index.ts";
import type { HybridTime } from "../event/index.ts";
import type { EventId } from "../ids.ts";
import type { Past } from "./ancestry.ts";
import type { JoinRequest } from "./join-request.ts";
import type { ControlEvent, Role, Verdict, VoidCode } from "./types.ts";

export interface ControlNode extends ControlEvent {
  /** Place in the order of arrival: names the event in a Past and nowhere else. */
  readonly index: number;
  /** Length of the longest chain of events below it. */
  readonly depth: number;
  readonly past: Past;
  /** Of a member.admit whose request is genuine. */
  readonly request: JoinRequest | null;
  /** In its own causal past: fixed for ever, whatever else arrives. */
  own: Verdict;
  /** A member.role that takes rights, as far as its own past goes. */
  lowers: boolean;
  /** Of its author, as far as its own past goes. */
  rank: Role | null;
  /** A decision with something beside it that counts. */
  disputed: boolean;
}

/** Of several about one thing the latest holds. */
export interface Claim {
  readonly time: HybridTime;
  readonly event: EventId;
}

export interface NameClaim extends Claim {
  readonly name: string;
}

/** How long what is posted in a channel is kept, in seconds; null: for good. */
export interface ExpiryClaim extends Claim {
  readonly seconds: number | null;
}

/** As a person shows itself. */
export interface ProfileClaim extends NameClaim {
  readonly status: string | null;
  readonly avatar: Uint8Array | null;
}

export const effective: Verdict = { effective: true };

export function voidBecause(code: VoidCode, detail: string): Verdict {
  return { effective: false, code, detail };
}

/** The later claim holds; of two at one time that of the greater event id. */
export function isLater(claim: Claim, known: Claim): boolean {
  const order = compareTimes(claim.time, known.time);
  return order > 0 || (order === 0 && claim.event >= known.event);
}

/** Causal depth, then id: extends causality, and each event's place depends on its own past alone. */
export function compareNodes(a: ControlNode, b: ControlNode): number {
  return a.depth - b.depth || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
