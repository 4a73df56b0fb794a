/** Ranks and what each may write in the control scope. spec/space SP7, SP8. */
import type { KindName } from "../event/index.ts";
import { ROLES } from "./types.ts";
import type { MemberAction, Role } from "./types.ts";

/** The lowest rank that may write each kind; what is not listed no rank may write in the control scope. */
const lowestRole: Partial<Record<KindName, Role>> = {
  "channel.create": "member",
  "invite.create": "admin",
  "invite.revoke": "admin",
  "member.admit": "member",
  "profile.set": "reader",
  "space.update": "admin",
  "channel.expiry": "admin",
  "member.confirm": "admin",
  // Whoever leaves, or gives up a rank, needs none; what is done to others is judged with it.
  "member.remove": "reader",
  "member.role": "reader",
  // About one's own devices.
  "device.link": "reader",
  "device.remove": "reader",
  "device.name": "reader",
  "device.prekey": "reader",
  // Of others as judged with it.
  "device.suspend": "reader",
  "epoch.create": "member",
  "epoch.rebox": "member",
  "epoch.headers": "member",
  "epoch.link": "member",
  // To those who are above: whoever may read may say what was read.
  "message.report": "reader",
  merge: "reader",
};

const lowestRoleOfAction: Record<MemberAction, Role> = { write: "member", control: "member", read: "reader" };

/** The lower of two ranks. */
export function leastRole(a: Role, b: Role): Role {
  return ROLES.indexOf(a) >= ROLES.indexOf(b) ? a : b;
}

export function outranks(a: Role, b: Role): boolean {
  return ROLES.indexOf(a) < ROLES.indexOf(b);
}

export function roleMay(role: Role, kind: KindName): boolean {
  const lowest = lowestRole[kind];
  // Content kinds pass here and are refused for their scope, which says more than a rank would.
  return lowest === undefined || leastRole(role, lowest) === lowest;
}

export function roleMayAct(role: Role, action: MemberAction): boolean {
  const lowest = lowestRoleOfAction[action];
  return leastRole(role, lowest) === lowest;
}
