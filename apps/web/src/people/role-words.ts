import type { Role } from "@kith/react";

export const roleWords: Readonly<Record<Role, string>> = {
  owner: "Owner",
  admin: "Admin",
  member: "Member",
  reader: "Reader",
};

/** Within a sentence. */
export const aRole: Readonly<Record<Role, string>> = {
  owner: "an owner",
  admin: "an admin",
  member: "a member",
  reader: "a reader",
};
