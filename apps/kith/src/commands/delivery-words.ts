/** What keeps a message from a device, or that it is there, for a terminal. Pure. */
import type { DeviceDelivery } from "@kith/contract";
import { minuteOf } from "./times.ts";

export function deliveryWords({
  state,
  self,
  connected,
  lastSeen,
}: Pick<DeviceDelivery, "state" | "self" | "connected" | "lastSeen">): string {
  const away =
    lastSeen === null ? "not met by this device yet" : `not in reach, last seen ${minuteOf(lastSeen)}`;
  switch (state) {
    case "kept":
      return self ? "here" : "has it";
    case "older":
      return "keeps nothing from so long ago";
    case "refused":
      return "is hung up on for what it sent; tried again by itself";
    case "parted":
      return "says that it shares no space with this device";
    case "key":
      return connected ? "waits for its key" : `waits for its key; ${away}`;
    case "waits":
      return connected ? "in reach, has not said yet that it has it" : away;
    default:
      return state satisfies never;
  }
}
