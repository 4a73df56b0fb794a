/** Where one message is, device by device, and what it waits for elsewhere. spec/space SP155, SP156. */
import type { Deliveries, Recipient } from "./delivery.ts";
import { lastSeenMs } from "./last-seen.ts";
import type { NodeParts } from "./node.ts";
import type { MessageService } from "./service-messages.ts";

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
  /** This person's first, then by name; of one person the most senior device first. */
  function compare(a: Recipient, b: Recipient): number {
    const { person: own } = identity();
    if (a.person === b.person) return a.depth - b.depth || (a.device < b.device ? -1 : 1);
    if (a.person === own || b.person === own) return a.person === own ? -1 : 1;
    const [name, other] = [queries.nameOf(a.person), queries.nameOf(b.person)];
    return (name === other ? a.person < b.person : name < other) ? -1 : 1;
  }

  return {
    deliveryOf(id) {
      const linked = new Map(swarm.peers().map((peer) => [peer.id, peer]));
      const self = identity().device.device;
      return deliveries
        .recipients(queries.row(id))
        .toSorted(compare)
        .map(({ person, device, name, where }) => {
          const peer = linked.get(device);
          const isSettled = where === "kept" || where === "older";
          return {
            person,
            name: queries.nameOf(person),
            device,
            deviceName: name,
            self: device === self,
            state: isSettled ? where : (swarm.refusal(device) ?? where),
            connected: peer !== undefined,
            lastSeenMs: peer?.lastSeenMs ?? lastSeenMs(store, device),
          };
        });
    },
  };
}
