/** What an invitation does, before it is made and while it holds, and why it does not any more. */
import type { Invite, Space } from "@kith/react";

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

/** What it was made for, and how much of that is used. */
export function grantWords({ role, used, uses: count }: Pick<Invite, "role" | "used" | "uses">): string {
  return `${role === "member" ? "Read and write" : "Read"}, used ${used} of ${count}`;
}

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const untilWords = (expires: string): string => `until ${when.format(Date.parse(expires))}`;

/** Why it lets nobody in any more, the first reason that holds; null while it does. */
export function overWords(
  { revoked, used, uses: count, expires }: Pick<Invite, "revoked" | "used" | "uses" | "expires">,
  nowMs: number,
): string | null {
  if (revoked) return "revoked";
  if (used >= count) return "used up";
  const endMs = expires === null ? Number.POSITIVE_INFINITY : Date.parse(expires);
  return endMs <= nowMs ? `expired on ${when.format(endMs)}` : null;
}
