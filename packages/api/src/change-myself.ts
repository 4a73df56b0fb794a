/** What REST and GraphQL change of the person alike. */
import type { changeMe } from "@kith/contract";
import type { KithService } from "@kith/node";
import type { z } from "zod";

export async function changeMyself(
  service: Pick<KithService, "changeProfile" | "setVisibility">,
  { visibility, name, status, avatar }: z.output<typeof changeMe>,
): Promise<void> {
  const change = {
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status }),
    ...(avatar !== undefined && { avatar: avatar === null ? null : Buffer.from(avatar, "base64") }),
  };
  if (Object.keys(change).length > 0) await service.changeProfile(change);
  if (visibility !== undefined) await service.setVisibility(visibility);
}
