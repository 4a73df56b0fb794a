/**
 * Settles a set of control events that is closed under causal past, in one order that every device derives alike
 * (causal depth, then id), so arrival plays no part. Decisions against people are made before the pass over that
 * order, because they act on what comes earlier in it. spec/space SP3-SP6, SP24, SP25.
 */
import type { EventId, SpaceId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import { inOrderOfDecision, isDecision, reachesOthers, undisputed } from "./decisions.ts";
import { applyNode, copyEvaluation, createEvaluation, decide, noteUse, voidNode } from "./evaluation.ts";
import type { Evaluation } from "./evaluation.ts";
import { hasOwner, judgeNode, leavesNobody, leftWithoutOwner } from "./judge.ts";
import type { ControlNode } from "./node.ts";
import type { Timeline } from "./timeline.ts";
import type { Verdict } from "./types.ts";

/** What begins every pass: events that all that follow follow, with no open decision among them. */
interface Base {
  readonly count: number;
  readonly evaluation: Evaluation;
}

export interface Settler {
  /** within: a causal past; null: all. */
  settle(within: Past | null): Evaluation;
  /** What lies from this place on has changed. */
  forgetFrom(place: number): void;
}

/** Keeps what the closed part of the order amounts to, so that only the rest is gone through again. */
export function createSettler(space: SpaceId, timeline: Timeline): Settler {
  let base: Base = { count: 0, evaluation: createEvaluation(space) };

  function baseAt(count: number): Base {
    if (base.count === count) return base;
    if (base.count > count) base = { count: 0, evaluation: createEvaluation(space) };
    const { evaluation } = base;
    const more = timeline.nodes.slice(base.count, count);
    // No decision in it is open, so one pass settles it.
    passOver(evaluation, more, new Set(more.filter(isDecision).map(({ id }) => id)), new Map());
    base = { count, evaluation };
    return base;
  }

  return {
    settle(within) {
      const { nodes } = timeline;
      if (within === null) {
        const { count, evaluation } = baseAt(timeline.closedUpTo());
        return settleFrom(evaluation, nodes.slice(count));
      }
      const holds = (node: ControlNode): boolean => pastHas(within, node.index);
      // A past that holds the last of a closed part holds all of it only where nothing is beside: so each is looked at.
      if (base.count > 0 && base.count <= timeline.closedUpTo() && nodes.slice(0, base.count).every(holds))
        return settleFrom(base.evaluation, nodes.slice(base.count).filter(holds));
      return settleFrom(createEvaluation(space), nodes.filter(holds));
    },
    forgetFrom(place) {
      if (base.count > place) base = { count: 0, evaluation: createEvaluation(space) };
    },
  };
}

/** From nothing: what a settler must agree with. nodes in order. */
export function settleAll(space: SpaceId, nodes: readonly ControlNode[]): Evaluation {
  return settleFrom(createEvaluation(space), nodes);
}

function settleFrom(base: Evaluation, nodes: readonly ControlNode[]): Evaluation {
  const decisions = nodes.filter(isDecision);
  const decided = undisputed(nodes, decisions);
  const refused = new Map<EventId, Verdict>();
  let last: ControlNode | null = null;
  for (;;) {
    const evaluation = copyEvaluation(base);
    passOver(evaluation, nodes, decided, refused);
    // What it voids may be what made the owner who would be left: that only the pass after it shows.
    if (last !== null && !hasOwner(evaluation)) {
      decided.delete(last.id);
      refused.set(last.id, leftWithoutOwner());
      last = null;
      continue;
    }
    const open = decisions.filter(({ id }) => !decided.has(id) && !refused.has(id));
    // What follows one that is still open may be void for want of it alone.
    const waiting = open.filter(
      ({ id, past }) => !evaluation.voided.has(id) || open.some(({ index }) => pastHas(past, index)),
    );
    const outcome = decideWhile(evaluation, nodes, waiting, { decided, refused });
    if (outcome.isSettled) return evaluation;
    last = outcome.last;
  }
}

interface Outcome {
  /** All are decided. */
  readonly isSettled: boolean;
  /** Decided over owners, one at least, and others may change with it. */
  readonly last: ControlNode | null;
}

/** Decides until something else may change with it, so that another pass is due. */
function decideWhile(
  evaluation: Evaluation,
  nodes: readonly ControlNode[],
  waiting: readonly ControlNode[],
  { decided, refused }: { readonly decided: Set<EventId>; readonly refused: Map<EventId, Verdict> },
): Outcome {
  const ordered = inOrderOfDecision(evaluation, waiting);
  for (const first of ordered) {
    const next = withoutWant(evaluation, first, ordered);
    if (next === null) continue;
    const fault = leavesNobody(evaluation, next, null);
    if (fault !== null) {
      refused.set(next.id, fault);
      return { isSettled: false, last: null };
    }
    decided.add(next.id);
    if (reachesOthers(evaluation, next, nodes))
      return { isSettled: false, last: hasOwner(evaluation) ? next : null };
    applyNode(evaluation, next);
  }
  return { isSettled: true, last: null };
}

/**
 * Itself; or, where it is void, what in its past it wants: that takes its turn. Not any that is open there: one on which
 * it does not hang would come before what has a higher rank, for nothing.
 */
function withoutWant(
  evaluation: Evaluation,
  decision: ControlNode,
  ordered: readonly ControlNode[],
): ControlNode | null {
  const { voided } = evaluation;
  if (!voided.has(decision.id)) return decision;
  const open = ordered.filter(({ id, index }) => !voided.has(id) && pastHas(decision.past, index));
  // Where none suffices alone, several are wanted, or what one of them voids.
  return open.find((each) => suffices(evaluation, each, decision)) ?? open[0] ?? null;
}

/** Whether the one, if decided, lets the other have effect. */
function suffices(evaluation: Evaluation, one: ControlNode, other: ControlNode): boolean {
  const trial = copyEvaluation(evaluation);
  applyNode(trial, one);
  return judgeNode(trial, other).effective;
}

/** One pass in order. A decision that is not decided yet does nothing in it. */
function passOver(
  evaluation: Evaluation,
  nodes: readonly ControlNode[],
  decided: ReadonlySet<EventId>,
  refused: ReadonlyMap<EventId, Verdict>,
): void {
  // They act on what comes earlier in the order.
  for (const node of nodes) {
    noteUse(evaluation, node);
    if (decided.has(node.id)) decide(evaluation, node);
  }
  for (const node of nodes) {
    const verdict = refused.get(node.id) ?? judgeNode(evaluation, node);
    if (!verdict.effective) voidNode(evaluation, node, verdict);
    else if (!isDecision(node) || decided.has(node.id)) applyNode(evaluation, node);
  }
}
