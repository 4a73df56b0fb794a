/**
 * Settles a set of roster events that is closed under causal past. What ends somebody's part is decided first, since
 * it acts on what comes earlier: fences of removals from the space before removals from the channel, each by the rank
 * of its author, then depth and id. One decided voids at once; a void one decides nothing. spec/space SP55-SP57.
 */
import type { EventId, PersonId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import { isRosterDecision } from "./roster-node.ts";
import type { Decision, RosterNode } from "./roster-node.ts";
import { areConcurrent } from "./standing.ts";

/** What a settled roster asks of the space. */
export interface SpaceFollowing {
  /** Whether the control event lies in the past of these. */
  follows(ids: readonly EventId[], event: EventId): boolean;
  /** Whether the removal from the space holds, in the set or past that is settled. */
  holds(person: PersonId, removal: EventId): boolean;
}

export interface SettledRoster {
  /** Events with effect that let a person in, by person. */
  readonly grounds: ReadonlyMap<PersonId, readonly RosterNode[]>;
  /** By the person they are about. */
  readonly decided: ReadonlyMap<PersonId, readonly Decision[]>;
}

/** nodes: causes first, in whatever order beyond that. */
export function settleRoster(nodes: readonly RosterNode[], space: SpaceFollowing): SettledRoster {
  const decided = new Map<PersonId, Decision[]>();
  const done = new Set<Decision>();
  const decisions = nodes.filter(isRosterDecision).sort(compareDecisions);
  for (;;) {
    const { grounds, effective } = passOver(nodes, decided, space);
    const waiting = decisions.filter((node) => !done.has(node) && effective.has(node));
    let isSettled = true;
    for (const next of waiting) {
      done.add(next);
      const about = decided.get(next.body.person) ?? [];
      if (next.body.type === "channel.fence" && !mayFence(next, about, space)) continue;
      decided.set(next.body.person, [...about, next]);
      if (!reachesOthers(next, nodes)) continue;
      isSettled = false;
      break;
    }
    if (isSettled) return { grounds, decided };
  }
}

/** Whether this ground lets the person act as far as the decisions go that lie in this past (null: in the whole set). */
export function survivesIn(
  ground: RosterNode,
  about: readonly Decision[],
  past: RosterNode["past"] | null,
  { follows }: Pick<SpaceFollowing, "follows">,
): boolean {
  return about.every((decision) => {
    if (past !== null && !pastHas(past, decision.index)) return true;
    return isBackAfter(ground, decision, follows);
  });
}

/** The ground was given by who knew of the decision: of a fence, of the removal that it is about. */
export function isBackAfter(
  ground: RosterNode,
  decision: Decision,
  follows: SpaceFollowing["follows"],
): boolean {
  return decision.body.type === "channel.fence"
    ? follows(ground.control, decision.body.removal)
    : pastHas(ground.past, decision.index);
}

function passOver(
  nodes: readonly RosterNode[],
  decided: ReadonlyMap<PersonId, readonly Decision[]>,
  space: SpaceFollowing,
): { readonly grounds: Map<PersonId, RosterNode[]>; readonly effective: Set<RosterNode> } {
  const grounds = new Map<PersonId, RosterNode[]>();
  const effective = new Set<RosterNode>();
  for (const node of nodes) {
    if (!acts(node, grounds.get(node.author) ?? [], decided.get(node.author) ?? [], space)) continue;
    effective.add(node);
    for (const person of node.lets) {
      const of = grounds.get(person);
      if (of) of.push(node);
      else grounds.set(person, [node]);
    }
  }
  return { grounds, effective };
}

/** An event acts through a ground of its author that lies in its past and that nothing decided has ended for it. */
function acts(
  node: RosterNode,
  grounds: readonly RosterNode[],
  about: readonly Decision[],
  { follows }: SpaceFollowing,
): boolean {
  // All that is decided about the founder follows it.
  if (node.body?.type === "channel.found") return true;
  return grounds.some(
    (ground) =>
      pastHas(node.past, ground.index) &&
      about.every(
        (decision) =>
          // What the decision follows its author had seen; anything else needs to have been let in since.
          decision === node || pastHas(decision.past, node.index) || isBackAfter(ground, decision, follows),
      ),
  );
}

/** Of the fences about one removal those of the highest rank hold, and of these none that had seen another. */
function mayFence(
  { body, rank, past }: Decision,
  about: readonly Decision[],
  space: SpaceFollowing,
): boolean {
  if (body.type !== "channel.fence" || !space.holds(body.person, body.removal)) return false;
  return about.every(
    (other) =>
      other.body.type !== "channel.fence" ||
      other.body.removal !== body.removal ||
      (other.rank === rank && !pastHas(past, other.index)),
  );
}

function reachesOthers(decision: Decision, nodes: readonly RosterNode[]): boolean {
  const { person } = decision.body;
  return nodes.some(
    (node) =>
      node !== decision &&
      node.author === person &&
      (areConcurrent(node, decision) || pastHas(node.past, decision.index)),
  );
}

function compareDecisions(a: Decision, b: Decision): number {
  return classOf(a) - classOf(b) || a.rank - b.rank || a.depth - b.depth || (a.id < b.id ? -1 : 1);
}

/** What rests on a removal from the space was decided there. */
function classOf({ body }: Decision): number {
  return body.type === "channel.fence" ? 0 : 1;
}
