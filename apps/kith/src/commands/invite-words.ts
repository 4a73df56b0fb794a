/** An invitation as it is told, and as it is meant by the beginning of its id. */
import type { Invite } from "@kith/contract";
import { CommandError } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import { minuteOf } from "./times.ts";

/** What keeps it from letting anybody in, the first that holds; else until when it does. */
export function inviteState(
  { revoked, expires, used, uses }: Pick<Invite, "revoked" | "expires" | "used" | "uses">,
  nowMs: number,
): string {
  if (revoked) return "revoked";
  if (used >= uses) return "used up";
  if (expires === null) return "without end";
  const when = minuteOf(expires);
  return Date.parse(expires) <= nowMs ? `expired ${when}` : `until ${when}`;
}

/** The only one whose id begins so. Throws UNKNOWN_INVITE. */
export function meantInvite<Listed>(
  all: readonly Listed[],
  named: string,
  idOf: (one: Listed) => string,
  where: string,
): Listed {
  const [only, ...others] = named.length >= 4 ? all.filter((one) => idOf(one).startsWith(named)) : [];
  if (only !== undefined && others.length === 0) return only;
  throw new CommandError(
    "UNKNOWN_INVITE",
    `no single invitation is meant by ${plain(named)}`,
    `Give the beginning of its id: ${where}`,
  );
}
