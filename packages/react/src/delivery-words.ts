/** How far a message has come, in words. Counts only what devices have acknowledged. */
import type { Member } from "@kith/contract";
import type { DeliveryWords, Row } from "./types.ts";

/** More names than these are a number. */
const NAMED_MAX = 2;

const devicesText = (count: number): string => (count === 1 ? "1 device" : `${count} devices`);

/** `members` of its space, where they are known: then it is said by name who has it not. */
export function describeDelivery(
  { delivery, state }: Pick<Row, "delivery"> & { state: Row["state"] },
  members: readonly Member[] = [],
): DeliveryWords {
  const { of, readBy } = delivery;
  const devices = Math.min(delivery.devices, of);
  const say = (level: DeliveryWords["level"], words: string): DeliveryWords => ({
    words,
    level,
    devices,
    of,
  });
  switch (state) {
    case "sending":
      return say("sending", "Sending…");
    case "waiting":
      return say("sending", "Waiting for this node, then sent by itself");
    case "held":
      return say("sending", "Held back, not sent yet");
    case "failed":
      return say("failed", "Not sent");
    case "saved":
      if (of === 0) return say("alone", "Saved here · nobody else is in this space yet");
      if (devices === 0) return say("here", `Saved here · waits for ${describeMissing(of, members)}`);
      if (readBy > 0) return say(devices === of ? "all" : "some", `Read by ${readBy}`);
      if (devices < of) return say("some", `On ${devices} of ${devicesText(of)}`);
      return say("all", of === 1 ? "On 1 of 1 device" : `On all ${devicesText(of)}`);
    default:
      return state satisfies never;
  }
}

/** By name only where the members' devices are the ones it is for: somebody may have come since. */
function describeMissing(of: number, members: readonly Member[]): string {
  const others = members.filter(({ self, devices }) => !self && devices.length > 0);
  const count = others.reduce((sum, { devices }) => sum + devices.length, 0);
  if (count !== of || others.length > NAMED_MAX) return devicesText(of);
  return others.map(({ name }) => name).join(" and ");
}
