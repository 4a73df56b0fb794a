/**
 * Which removals, demotions, revocations and confirmations hold when they meet: each is decided once, by the rank of its author,
 * highest first, then by the lowest id; one decided voids at once, and a void one decides nothing. Without an order
 * two answers would agree with themselves: an owner promotes whom an admin removes, who removes that admin.
 * spec/space SP24, SP25.
 */
import type { EventId, PersonId } from "../ids.ts";
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
    decisions.filter((node) => !counted.some((other) => areConcurrent(node, other))).map(({ id }) => id),
  );
}

/** The next to be decided of those that still have effect. */
export function nextDecision(evaluation: Evaluation, waiting: readonly ControlNode[]): ControlNode | null {
  const standing = [...waiting, ...evaluation.decided.values()];
  let first: { readonly node: ControlNode; readonly rank: number } | null = null;
  for (const node of waiting) {
    const rank = rankToDecide(evaluation, node, standing);
    if (first === null || rank < first.rank || (rank === first.rank && node.id < first.node.id))
      first = { node, rank };
  }
  return first?.node ?? null;
}

/** Grants that are concurrent with what stands against the author do not count. 0 is the highest. */
function rankToDecide(evaluation: Evaluation, node: ControlNode, standing: readonly ControlNode[]): number {
  const person = evaluation.devices.get(node.header.device)?.person;
  const entry = person === undefined ? undefined : evaluation.persons.get(person);
  if (entry === undefined) return ROLES.length;
  const against = standing.filter((other) => accusedBy(other) === entry.person);
  const role = rankOf(
    evaluation,
    entry,
    node.past,
    (grant) => !against.some((other) => areConcurrent(other, grant)),
  );
  return role === null ? ROLES.length : ROLES.indexOf(role);
}
