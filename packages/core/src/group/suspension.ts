/** Ending a device that was proven to have signed two events for one place of its chain. spec/space SP83-SP89. */
import { controlScope } from "../event/index.ts";
import type { Fence } from "../event/index.ts";
import type { DeviceId, EpochId, SpaceId } from "../ids.ts";
import { ROLES } from "../membership/index.ts";
import type { Membership } from "../membership/index.ts";
import type { PlannedWrite } from "./identity.ts";

/**
 * How soon the holder of a proof is to act on it: 0 for another device of the same person, then by rank in the space.
 * null: it may not, or the device is of nobody any more.
 */
export function turnToSuspend(
  membership: Membership,
  { self, device }: { readonly self: DeviceId; readonly device: DeviceId },
): number | null {
  const { devices, members } = membership.state();
  const own = devices.get(self);
  const target = devices.get(device);
  if (!own || !target || own === target) return null;
  if (own.person === target.person) return 0;
  const rankOf = (person: typeof own.person): number => {
    const role = members.get(person)?.role;
    return role === undefined ? ROLES.length : ROLES.indexOf(role);
  };
  const rank = rankOf(own.person);
  return rank <= ROLES.indexOf("admin") && rank <= rankOf(target.person) ? rank + 1 : null;
}

/** proof: encoded. fences: of every content scope that the device writes in. */
export function planSuspension({
  space,
  device,
  proof,
  fences,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly proof: Uint8Array;
  readonly fences: readonly Fence[];
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  const body = { type: "device.suspend", device, proof, fences } as const;
  return { scope: controlScope(space), epoch: controlEpoch, body };
}
