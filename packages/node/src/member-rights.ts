/** What the person of this device may do about a member, so that nothing is offered which would be refused. spec/space SP7, SP28, SP54. */
import { ROLES } from "@kith/core";
import type { MemberFacts, PersonId, Role, Roster } from "@kith/core";
import type { MemberRights } from "./service.ts";

const NOTHING: MemberRights = { remove: false, roles: [] };

const rankOf = (role: Role): number => ROLES.indexOf(role);
const mayRule = (role: Role): boolean => role === "owner" || role === "admin";

/** In the space. */
export function rightsOver(
  members: ReadonlyMap<PersonId, MemberFacts>,
  self: PersonId,
  { person, role }: MemberFacts,
): MemberRights {
  const own = members.get(self)?.role;
  if (own === undefined) return NOTHING;
  if (person === self) {
    const others = [...members.values()].filter((other) => other.person !== self);
    if (own === "owner" && others.every((other) => other.role !== "owner")) return NOTHING;
    return { remove: true, roles: ROLES.filter((each) => rankOf(each) > rankOf(own)) };
  }
  if (!mayRule(own) || rankOf(own) >= rankOf(role)) return NOTHING;
  const roles = ROLES.filter((each) => each !== role && (own === "owner" || rankOf(each) > rankOf(own)));
  return { remove: true, roles };
}

/** In a private channel, where the founder is above all; ranks are given in the space. */
export function rightsInChannel(
  members: ReadonlyMap<PersonId, MemberFacts>,
  self: PersonId,
  { person }: Pick<MemberFacts, "person">,
  roster: Roster,
): MemberRights {
  const role = members.get(self)?.role;
  const [own, other] = [roster.rankOf(self), roster.rankOf(person)];
  if (role === undefined || role === "reader" || own === null || other === null) return NOTHING;
  const isAbove = own < other && (own === 0 || mayRule(role));
  return { remove: person === self || isAbove, roles: [] };
}
