/** What the service says about people, direct conversations and requests to talk. */
import type { InviteId, PersonId, SpaceId } from "@kith/core";

export interface DirectInfo {
  readonly person: PersonId;
  readonly name: string;
  /** Names their picture, as a member's; null: none that is known here. */
  readonly avatar: string | null;
  /** A request waits for them. */
  readonly asked: boolean;
  /** The other has come in. */
  readonly accepted: boolean;
  readonly blocked: boolean;
}

/** Somebody who asks into a direct conversation or a group. */
export interface TalkRequestInfo {
  readonly id: InviteId;
  readonly kind: "direct" | "group";
  readonly person: PersonId;
  readonly name: string;
  /** Of a group its name. */
  readonly title: string | null;
  /** What it begins with. */
  readonly text: string | null;
  readonly atMs: number;
  /** Spaces that both are in, by name. */
  readonly common: readonly string[];
}

/** Somebody who can be written to: a member of a space, or somebody nearby who is visible. */
export interface PersonInfo {
  readonly person: PersonId;
  readonly name: string;
  /** Spaces that both are in, by name. */
  readonly common: readonly string[];
  readonly connected: boolean;
  readonly blocked: boolean;
  /** The direct conversation with them. */
  readonly direct: SpaceId | null;
}
