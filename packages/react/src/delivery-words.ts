/** How far a message has come, in words. Counts only what devices have acknowledged. */
import type { DeliveryWords, Row } from "./types.ts";

const devicesText = (count: number): string => (count === 1 ? "1 device" : `${count} devices`);

export function describeDelivery({
  delivery,
  state,
}: Pick<Row, "delivery"> & { state: Row["state"] }): DeliveryWords {
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
    case "failed":
      return say("failed", "Not sent");
    case "saved":
      if (of === 0) return say("alone", "Saved here · nobody else is in this space yet");
      if (devices === 0) return say("here", "Saved here");
      if (readBy > 0) return say(devices === of ? "all" : "some", `Read by ${readBy}`);
      if (devices < of) return say("some", `On ${devices} of ${devicesText(of)}`);
      return say("all", of === 1 ? "On 1 of 1 device" : `On all ${devicesText(of)}`);
    default:
      return state satisfies never;
  }
}
