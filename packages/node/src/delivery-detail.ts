/** Where one message is, device by device, and what it waits for elsewhere. spec/space SP155, SP156. */
import type { Deliveries, Recipient } from "./delivery.ts";
import { lastSeenMs } from "./last-seen.ts";
import type { NodeParts } from "./node.ts";
import type { DeviceDelivery, MessageService } from "./service-messages.ts";

export function createDeliveryDetail({
  deliveries,
  identity,
  options: { store },
  queries,
  swarm,
}: Pick<NodeParts, "identity" | "options"> & {
  readonly deliveries: Pick<Deliveries, "recipients">;
  readonly queries: Pick<NodeParts["queries"], "nameOf" | "row">;
  readonly swarm: Pick<NodeParts["swarm"], "peers" | "refusal">;
}): Pick<MessageService, "deliveryOf"> {
  return {
    deliveryOf(id) {
      const { person: own, device } = identity();
      const linked = new Map(swarm.peers().map((peer) => [peer.id, peer]));
      const stateOf = ({ device: of, where }: Recipient): DeviceDelivery["state"] =>
        where === "kept" || where === "older" ? where : (swarm.refusal(of) ?? where);
      const found = deliveries.recipients(queries.row(id)).map((recipient): DeviceDelivery & Order => {
        const peer = linked.get(recipient.device);
        return {
          person: recipient.person,
          name: queries.nameOf(recipient.person),
          device: recipient.device,
          deviceName: recipient.name,
          self: recipient.device === device.device,
          state: stateOf(recipient),
          connected: peer !== undefined,
          lastSeenMs: peer?.lastSeenMs ?? lastSeenMs(store, recipient.device),
          depth: recipient.depth,
        };
      });
      return found
        .toSorted((a, b) => Number(b.person === own) - Number(a.person === own) || compare(a, b))
        .map(({ depth: _, ...shown }) => shown);
    },
  };
}

type Order = Pick<Recipient, "depth">;

/** By name, and of one person the most senior device first. */
function compare(a: DeviceDelivery & Order, b: DeviceDelivery & Order): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.person !== b.person) return a.person < b.person ? -1 : 1;
  return a.depth - b.depth || (a.device < b.device ? -1 : 1);
}
