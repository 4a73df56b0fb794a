/** What a role may do in its space, so that nothing is offered which the node refuses. spec/space SP7. */
import type { Member, Role } from "@kith/react";

/** Nothing is allowed in a space that is only being received. */
type Standing = { readonly role: Role | null };

export const mayInvite = ({ role }: Standing): boolean => role === "owner" || role === "admin";

export const mayCreateChannel = (standing: Standing): boolean =>
  mayInvite(standing) || standing.role === "member";

/** In a channel that one is in. */
export const mayWrite = mayCreateChannel;

/** From the highest to the lowest. */
export const ranks: readonly Role[] = ["owner", "admin", "member", "reader"];

/** Remove, or give another role: as the node says. Leaving is offered elsewhere. */
export function mayManage({ self, may }: Pick<Member, "self" | "may">): boolean {
  return !self && (may.remove || may.roles.length > 0);
}

export const INVITE_REASON = "Owners and admins of the space invite others: ask one of them.";
