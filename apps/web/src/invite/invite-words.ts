/** What an invitation does, before it is made and while it holds. */
import type { Space } from "@kith/react";

export interface InviteChoice {
  readonly role: "member" | "reader";
  readonly expires: string;
  readonly uses: number;
}

export const expiries = [
  ["1h", "1 hour"],
  ["1d", "1 day"],
  ["7d", "7 days"],
  ["30d", "30 days"],
] as const;

export const uses = [1, 5, 25, 100] as const;

/** Role, uses, time, what of the history, and whether anybody is asked. Beyond the uses: spec/invite IN12. */
export function describeChoice(
  { role, expires, uses: count }: InviteChoice,
  { name, history }: Pick<Space, "name" | "history">,
): string {
  const who = count === 1 ? "One person" : `Up to ${count} people`;
  const may = role === "member" ? "read and write" : "read, not write,";
  const within = expiries.find(([value]) => value === expires)?.[1] ?? expires;
  const past = history === "all" ? "with all of its history" : "from when they come, and nothing from before";
  return `${who} may join ${name} within ${within} and ${may} everywhere in it, ${past}. Whoever has the link first is let in by any device of the space that can be reached; nobody is asked. If more come at the same time by devices that do not reach each other, those beyond the number wait until an owner or admin lets them in.`;
}

export type InviteState = "open" | "revoked" | "used up" | "expired";

export function stateOf(
  invite: { revoked: boolean; used: number; uses: number; expires: string | null },
  nowMs: number,
): InviteState {
  if (invite.revoked) return "revoked";
  if (invite.used >= invite.uses) return "used up";
  return invite.expires !== null && Date.parse(invite.expires) <= nowMs ? "expired" : "open";
}
