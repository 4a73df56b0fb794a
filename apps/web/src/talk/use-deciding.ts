/** Who waits to be let into a space, and may be by this person. */
import { useRequests, useSpaces } from "@kith/react";
import type { JoinRequest } from "@kith/react";
import { mayInvite } from "../parts/rights.ts";

export function useDeciding(): readonly JoinRequest[] {
  const { waiting } = useRequests();
  const { spaces } = useSpaces();
  return waiting.filter((request) => spaces.some((space) => space.id === request.space && mayInvite(space)));
}
