/** What a role may do in its space, so that nothing is offered which the node refuses. spec/space SP7. */
import type { Role } from "@kith/react";

/** Nothing is allowed in a space that is only being received. */
type Standing = { readonly role: Role | null };

export const mayInvite = ({ role }: Standing): boolean => role === "owner" || role === "admin";

export const mayCreateChannel = (standing: Standing): boolean =>
  mayInvite(standing) || standing.role === "member";

export const INVITE_REASON = "Owners and admins of the space invite others: ask one of them.";
