/** What the service says about finding messages, typing, and its figures. */
import type { EventId, SpaceId } from "@kith/core";
import type { Message } from "./service.ts";
import type { NodeStats } from "./stats.ts";

export interface Broadcast {
  /** Name or id of a channel of the space that came to this device first. */
  readonly board: string;
  readonly content: string;
  /** Must be this node's person or device. */
  readonly userId?: string;
  readonly clientId?: string;
}

export interface BroadcastAnswer {
  readonly id: EventId;
  /** Connected devices that it goes to at once. */
  readonly broadcastTo: number;
}

export interface SearchQuery {
  readonly q: string;
  /** Id, or a name that is unambiguous. */
  readonly space?: string;
  /** Id of a message: only what is older. */
  readonly before?: string;
  readonly limit: number;
}

export interface SearchAnswer {
  /** Newest first. */
  readonly items: Message[];
  /** There are older ones: ask again with this as `before`. */
  readonly next: string | null;
  /** Spaces of which not all is here, and so was not searched. */
  readonly missing: SearchGap[];
}

export interface SearchGap {
  readonly space: SpaceId;
  readonly name: string;
  /** What is older is not kept on this device, by its choice; null: all is. */
  readonly historySinceMs: number | null;
  /** Events here of those that are to be, while they are coming; else null. */
  readonly receiving: { readonly have: number; readonly of: number } | null;
}

export interface FigureService {
  /** Throws UNKNOWN_SPACE, UNKNOWN_MESSAGE. */
  search(query: SearchQuery): SearchAnswer;
  /** Throws NOT_ALLOWED for somebody else's userId, UNKNOWN_SPACE in no space, AMBIGUOUS_NAME. */
  broadcast(message: Broadcast): Promise<BroadcastAnswer>;
  /** Tells the connected devices of a channel's people, and nobody else; of what comes too often nothing is told. */
  sendTyping(space: string, channel: string): void;
  stats(): NodeStats;
}
