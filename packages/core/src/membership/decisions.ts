/**
 * Which removals, demotions, revocations and confirmations hold when they meet: each is decided once, by the rank of its author,
 * highest first, then by the lowest id; one decided voids at once, and a void one decides nothing. Without an order
 * two answers would agree with themselves: an owner promotes whom an admin removes, who removes that admin.
 * spec/space SP24, SP25.
 */
import type { DeviceId, EventId, PersonId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Evaluation } from "./evaluation.ts";
import { ROLES } from "./types.ts";
import type { ControlNode } from "./node.ts";
import { areConcurrent, depthOf, rankOf } from "./standing.ts";

export function isDecision({ body, lowers }: ControlNode): boolean {
  return (
    body?.type === "member.remove" ||
    body?.type === "invite.revoke" ||
    body?.type === "member.confirm" ||
    body?.type === "device.remove" ||
    body?.type === "device.suspend" ||
    lowers
  );
}

/** Whose membership or rank it is about; null for a revocation. */
function accusedBy({ body }: ControlNode): PersonId | null {
  return body?.type === "member.remove" || body?.type === "member.role" ? body.person : null;
}

/** Which single device it ends. */
function endedBy({ body }: ControlNode): DeviceId | null {
  return body?.type === "device.remove" || body?.type === "device.suspend" ? body.device : null;
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
    .map((node) => ({ node, rank: rankToDecide(evaluation, node, standing), turn: turnOf(evaluation, node) }))
    .sort((a, b) => a.rank - b.rank || compareTurns(a, b) || (a.node.id < b.node.id ? -1 : 1))
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
  const ended = endedBy(decision);
  return nodes.some((node) => {
    if (pastHas(node.past, decision.index)) return true;
    if (!areConcurrent(node, decision)) return false;
    return (
      node.body?.type === "member.admit" ||
      node.body?.type === "device.link" ||
      (ended !== null && node.header.device === ended) ||
      (accused !== null && evaluation.devices.get(node.header.device)?.person === accused)
    );
  });
}

interface Turn {
  /** Links from the root of the device that ends another; 0 for the root, and for a proof; Infinity for other decisions. */
  readonly depth: number;
  readonly device: DeviceId;
}

/**
 * Within a rank devices are ended first, by the most senior, so that a stolen device decides nothing against anybody
 * before its own removal is heard.
 */
function turnOf(evaluation: Evaluation, { body, header, past }: ControlNode): Turn {
  const { device } = header;
  const entry = evaluation.devices.get(device);
  // The proof is the ended device's own word.
  if (body?.type === "device.suspend") return { depth: 0, device };
  if (body?.type !== "device.remove" || entry === undefined) return { depth: Infinity, device };
  return { depth: body.rootSignature === null ? depthOf(evaluation, entry, past) : 0, device };
}

function compareTurns({ turn: a }: { readonly turn: Turn }, { turn: b }: { readonly turn: Turn }): number {
  if (a.depth === Infinity && b.depth === Infinity) return 0;
  if (a.depth !== b.depth) return a.depth < b.depth ? -1 : 1;
  return a.device === b.device ? 0 : a.device < b.device ? -1 : 1;
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
