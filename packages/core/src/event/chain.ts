/**
 * Where an event stands in its device's chain within one scope. Owns the comparison only: what the
 * caller does with a gap or a fork is its own. spec/event EV13-EV15.
 */
import type { EventId } from "../ids.ts";
import type { ChainTip } from "../ports/store.ts";
import type { Header } from "./header.ts";

/**
 * next: extends the chain. known: already there. gap: earlier events are missing here. fork: another
 * event has its seq. bad-prev: it has the next seq and names another predecessor than ours.
 */
export type ChainPlace = "next" | "known" | "gap" | "fork" | "bad-prev";

export interface ChainView {
  readonly id: EventId;
  readonly tip: Pick<ChainTip, "seq" | "id"> | null;
  /** Id held at this device's same seq in this scope. */
  readonly existing: EventId | null;
}

export function placeInChain(header: Pick<Header, "seq" | "prev">, view: ChainView): ChainPlace {
  if (view.existing !== null) return view.existing === view.id ? "known" : "fork";
  const tipSeq = view.tip === null ? 0 : view.tip.seq;
  if (header.seq !== tipSeq + 1) return "gap";
  return header.prev === (view.tip === null ? null : view.tip.id) ? "next" : "bad-prev";
}
