/** What an invitation does, before it is made and while it holds. */

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

export function describeChoice({ role, expires, uses: count }: InviteChoice, space: string): string {
  const who = count === 1 ? "One person" : `Up to ${count} people`;
  const may = role === "member" ? "read and write" : "read, not write,";
  const within = expiries.find(([value]) => value === expires)?.[1] ?? expires;
  return `${who} may join ${space} within ${within} and ${may} everywhere in it, with all of its history. Whoever has the link first is let in by any device of the space that can be reached; nobody is asked.`;
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
