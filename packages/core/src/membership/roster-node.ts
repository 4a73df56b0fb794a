/** An event about who is in a private channel, in its place. spec/space SP52-SP57. */
import type { EventId, PersonId } from "../ids.ts";
import type { Past } from "./ancestry.ts";
import type { ControlEvent } from "./types.ts";

export interface RosterNode extends ControlEvent {
  /** Place in the order of arrival: names the event in a Past and nowhere else. */
  readonly index: number;
  readonly depth: number;
  /** Over the channel's own events alone. */
  readonly past: Past;
  /** Those of its auth that are control events. */
  readonly control: readonly EventId[];
  readonly author: PersonId;
  /** Of its author in its own past: 0 the channel's founder, then the ranks of the space in order. */
  readonly rank: number;
  /** Whom it lets in: the founder, or who was a member of the space in its own past. */
  readonly lets: readonly PersonId[];
}

/** An event that ends somebody's part in the channel, or says how far that person was heard. */
export interface Decision extends RosterNode {
  readonly body: Extract<RosterNode["body"], { type: "channel.remove" | "channel.fence" }>;
}

export function isRosterDecision(node: RosterNode): node is Decision {
  return node.body?.type === "channel.remove" || node.body?.type === "channel.fence";
}
