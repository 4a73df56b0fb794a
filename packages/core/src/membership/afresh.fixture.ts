/** Membership worked out from nothing at every step: slow and plain, for holding the incremental one against. */
import type { EventId, SpaceId } from "../ids.ts";
import { joinPasts, pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import type { Evaluation } from "./evaluation.ts";
import { inspectEvent } from "./inspect.ts";
import { judgeNode, noteOwn } from "./judge.ts";
import { compareNodes, effective } from "./node.ts";
import type { ControlNode } from "./node.ts";
import { settleAll } from "./settle.ts";
import { takeSnapshot } from "./snapshot.ts";
import type { ControlEvent, MembershipState, Verdict } from "./types.ts";

export interface Afresh {
  readonly state: MembershipState;
  verdictOf(id: EventId): Verdict;
}

/** events in a causal order. */
export function settleAfresh(space: SpaceId, events: readonly ControlEvent[]): Afresh {
  const nodes = new Map<EventId, ControlNode>();

  function settle(within: Past | null): Evaluation {
    const counted = [...nodes.values()].filter(
      ({ own, index }) => own.effective && (within === null || pastHas(within, index)),
    );
    return settleAll(space, counted.sort(compareNodes));
  }

  for (const event of events) {
    const { prev, parents } = event.header;
    const followed = [prev, ...parents].flatMap((id) => (id === null ? [] : (nodes.get(id) ?? [])));
    const past = joinPasts(followed);
    const { request, fault } = inspectEvent(space, event);
    const node: ControlNode = {
      ...event,
      index: nodes.size,
      depth: Math.max(0, ...followed.map(({ depth }) => depth + 1)),
      past,
      request,
      own: fault ?? effective,
      lowers: false,
      rank: null,
      // Looked for anew among those that count.
      disputed: true,
    };
    const evaluation = settle(past);
    if (node.own.effective) node.own = judgeNode(evaluation, node);
    if (node.own.effective) noteOwn(evaluation, node);
    nodes.set(node.id, node);
  }
  const evaluation = settle(null);
  return {
    state: takeSnapshot(evaluation, nodes),
    verdictOf: (id) => {
      const own = nodes.get(id)?.own ?? effective;
      return own.effective ? (evaluation.voided.get(id) ?? effective) : own;
    },
  };
}
