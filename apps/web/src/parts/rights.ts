/** What a role may do in its space, so that nothing is offered which the node refuses. spec/space SP7. */
import type { Role } from "@kith/react";

/** Nothing is allowed in a space that is only being received. */
type Standing = { readonly role: Role | null };

export const mayInvite = ({ role }: Standing): boolean => role === "owner" || role === "admin";

export const mayCreateChannel = (standing: Standing): boolean =>
  mayInvite(standing) || standing.role === "member";

/** In a channel that one is in. */
export const mayWrite = mayCreateChannel;

const ranks: readonly Role[] = ["owner", "admin", "member", "reader"];

/** Roles that this one may give: those below it; an owner also makes owners. */
export function grantable(role: Role | null): readonly Role[] {
  if (role === "owner") return ranks;
  return role === "admin" ? ranks.slice(2) : [];
}

/** Remove, or give another role. */
export function mayManage(
  { role }: Standing,
  member: { readonly role: Role; readonly self: boolean },
): boolean {
  if (member.self || (role !== "owner" && role !== "admin")) return false;
  return ranks.indexOf(role) < ranks.indexOf(member.role);
}

export const INVITE_REASON = "Owners and admins of the space invite others: ask one of them.";
