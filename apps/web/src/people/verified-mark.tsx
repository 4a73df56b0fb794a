/** Whether a member was verified: shape and words, never colour alone. */
import type { Member } from "@kith/react";
import type { ReactNode } from "react";
import { StatusWords } from "../parts/status.tsx";

export function VerifiedMark({ member }: { readonly member: Pick<Member, "verification"> }): ReactNode {
  switch (member.verification) {
    case "verified":
      return <StatusWords level="ok">Verified</StatusWords>;
    case "changed":
      return <StatusWords level="bad">Identity changed</StatusWords>;
    case "unverified":
      return <StatusWords level="idle">Not verified</StatusWords>;
    case "self":
      return null;
  }
}

/** "6 of 7 verified", of the others; null where there is nobody else. */
export function countVerified(members: readonly Pick<Member, "verification">[]): string | null {
  const others = members.filter(({ verification }) => verification !== "self");
  const verified = others.filter(({ verification }) => verification === "verified").length;
  return others.length === 0 ? null : `${verified} of ${others.length} verified`;
}
