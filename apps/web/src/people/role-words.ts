import type { Role } from "@kith/react";

export const roleWords: Readonly<Record<Role, string>> = {
  owner: "Owner",
  admin: "Admin",
  member: "Member",
  reader: "Reader",
};
