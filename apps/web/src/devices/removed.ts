/** On a device that another of the same person removed: it is told apart from a person who was removed. */
import { useMembers, useP2PConnection } from "@kith/react";
import type { Space } from "@kith/react";

export const DEVICE_REMOVED =
  "This device was removed by another device of yours. What is here stays readable; nothing new comes, and nothing can be written.";
export const DEVICE_REMOVED_NEXT =
  "To use it again, reset it with the command kith reset, and link it as a new device. What it holds is lost then.";

/** The person is a member still, by what this device knows, and the device is none of theirs. */
export function useIsDeviceRemoved(space: Pick<Space, "id" | "state"> | null): boolean {
  const { me } = useP2PConnection();
  const { members } = useMembers(space?.state === "removed" ? space.id : null);
  const self = members.find((member) => member.self);
  return me !== null && self !== undefined && !self.devices.includes(me.nodeId);
}
