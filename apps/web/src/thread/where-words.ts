/** What keeps a message from a device, or that it is there, and how that looks. Pure. */
import type { DeviceDelivery } from "@kith/react";
import type { Level } from "../parts/status.tsx";
import { lastReachable } from "../people/presence.ts";

interface Where {
  readonly level: Level;
  readonly words: string;
}

export function describeWhere(
  { state, self, connected, lastSeen }: Pick<DeviceDelivery, "state" | "self" | "connected" | "lastSeen">,
  nowMs: number,
): Where {
  const away =
    lastSeen === null ? "not met yet" : `not in reach, last seen ${lastReachable(lastSeen, nowMs)}`;
  switch (state) {
    case "kept":
      return { level: "ok", words: self ? "Here" : "Has it" };
    case "older":
      return { level: "idle", words: "Keeps nothing from so long ago" };
    case "refused":
      return { level: "bad", words: "Hung up on for what it sent; tried again by itself" };
    case "parted":
      return { level: "warn", words: "Says that it shares no space with this device" };
    case "key":
      return { level: "warn", words: connected ? "Waits for its key" : `Waits for its key; ${away}` };
    case "waits":
      return connected
        ? { level: "idle", words: "In reach, has not said yet that it has it" }
        : { level: "idle", words: `${away.slice(0, 1).toUpperCase()}${away.slice(1)}` };
    default:
      return state satisfies never;
  }
}

/** As they come, devices of one person together. */
export function groupByPerson(devices: readonly DeviceDelivery[]): (readonly DeviceDelivery[])[] {
  return [...Map.groupBy(devices, ({ person }) => person).values()];
}
