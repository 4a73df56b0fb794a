/** What is refused by the kind of a space or channel, and the profile that a choice of history means. */
import type { Profile, Roster } from "@kith/core";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { History } from "./service.ts";

export function privateOne({
  roster,
  name,
}: {
  readonly roster: Roster | null;
  readonly name: string;
}): Roster {
  if (roster) return roster;
  throw new ServiceError(
    "BAD_INPUT",
    `"${name}" is an open channel: everybody in the space is in it.`,
    "Add or remove members of the space, or make a private channel.",
  );
}

export function notDirect(replica: Replica): Replica {
  if (replica.membership.state().info?.kind !== "direct") return replica;
  throw new ServiceError(
    "BAD_INPUT",
    "A direct conversation is of two people, and has one channel and no name of its own.",
    "Make a group instead.",
  );
}

export function profileFor(history: History = "all"): Profile {
  return history === "from-joining" ? "join-only" : "archive";
}
