/**
 * Which removals, demotions, revocations and confirmations hold when they meet: each is decided once, by the rank of its author,
 * highest first, then by the lowest id; one decided voids at once, and a void one decides nothing. Without an order
 * two answers would agree with themselves: an owner promotes whom an admin removes, who removes that admin.
 * spec/space SP24, SP25.
 */
import type { EventId, PersonId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Evaluation } from "./evaluation.ts";
import { ROLES } from "./types.ts";
import type { ControlNode } from "./node.ts";
import { areConcurrent, rankOf } from "./standing.ts";

export function isDecision({ body, lowers }: ControlNode): boolean {
  return (
    body?.type === "member.remove" ||
    body?.type === "invite.revoke" ||
    body?.type === "member.confirm" ||
    lowers
  );
}

/** Whose membership or rank it is about; null for a revocation. */
function accusedBy({ body }: ControlNode): PersonId | null {
  return body?.type === "member.remove" || body?.type === "member.role" ? body.person : null;
}

/** What nothing is concurrent with was judged in its own past, and no other decision reaches it. */
export function undisputed(counted: readonly ControlNode[], decisions: readonly ControlNode[]): Set<EventId> {
  return new Set(
    decisions
      .filter((node) => !node.disputed || !counted.some((other) => areConcurrent(node, other)))
      .map(({ id }) => id),
  );
}

/** Those that still have effect, in the order in which they are decided while none of them voids another. */
export function inOrderOfDecision(
  evaluation: Evaluation,
  waiting: readonly ControlNode[],
): readonly ControlNode[] {
  const standing = [...waiting, ...evaluation.decided.values()];
  return waiting
    .map((node) => ({ node, rank: rankToDecide(evaluation, node, standing) }))
    .sort((a, b) => a.rank - b.rank || (a.node.id < b.node.id ? -1 : 1))
    .map(({ node }) => node);
}

/** Whether the verdict about another event may change with this decision. */
export function reachesOthers(
  evaluation: Evaluation,
  decision: ControlNode,
  nodes: readonly ControlNode[],
): boolean {
  // It lets an admission count that it follows.
  if (decision.body?.type === "member.confirm") return true;
  const accused = accusedBy(decision);
  return nodes.some((node) => {
    if (pastHas(node.past, decision.index)) return true;
    if (!areConcurrent(node, decision)) return false;
    return (
      node.body?.type === "member.admit" ||
      (accused !== null && evaluation.devices.get(node.header.device)?.person === accused)
    );
  });
}

/** Grants that are concurrent with what stands against the author do not count. 0 is the highest. */
function rankToDecide(evaluation: Evaluation, node: ControlNode, standing: readonly ControlNode[]): number {
  const person = evaluation.devices.get(node.header.device)?.person;
  const entry = person === undefined ? undefined : evaluation.persons.get(person);
  const against = standing.filter((other) => entry !== undefined && accusedBy(other) === entry.person);
  const role =
    entry === undefined
      ? null
      : rankOf(
          evaluation,
          entry,
          node.past,
          (grant) => !against.some((other) => areConcurrent(other, grant)),
        );
  const own = node.rank === null ? ROLES.length : ROLES.indexOf(node.rank);
  // What is void for want of an open decision has no rank yet but its own past's; it brings its turn to what it wants.
  if (role === null) return evaluation.voided.has(node.id) ? own : ROLES.length;
  // What took of it in its own past may still be open here.
  return Math.max(own, ROLES.indexOf(role));
}
