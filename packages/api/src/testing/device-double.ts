/** The part of a node's service about devices, answered from memory. */
import type { DeviceId } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { DeviceInfo, DeviceOfferInfo, KithService } from "@kith/node";

type DeviceService = Pick<
  KithService,
  | "devices"
  | "renameDevice"
  | "removeDevice"
  | "offerDevice"
  | "deviceOffer"
  | "endDeviceOffer"
  | "confirmDevice"
  | "takeLink"
  | "linking"
>;

export function createDeviceDouble(nodeId: DeviceId): DeviceService {
  let offer: DeviceOfferInfo | null = null;
  const own: DeviceInfo = {
    id: nodeId,
    name: "Laptop",
    self: true,
    connected: false,
    linkedMs: 1_777_800_000_000,
    spaces: 1,
    removable: false,
  };
  const find = (id: string): DeviceInfo => {
    if (id === own.id || id === own.name) return own;
    throw new ServiceError("UNKNOWN_DEVICE", "there is no such device", "list them");
  };
  return {
    devices: () => [own],
    renameDevice: async (id, name) => ({ ...find(id), name }),
    async removeDevice(id) {
      find(id);
    },
    offerDevice() {
      offer = {
        link: `kith://link#${"A".repeat(120)}`,
        expiresMs: 1_777_800_600_000,
        state: "open",
        device: null,
        name: null,
      };
      return offer;
    },
    deviceOffer: () => offer,
    endDeviceOffer() {
      offer = null;
    },
    async confirmDevice(code) {
      if (offer === null) throw new ServiceError("UNKNOWN_LINK", "no device waits", "make a link");
      if (code !== "123456") throw new ServiceError("LINK_CODE_WRONG", "those are others", "look again");
      return own;
    },
    async takeLink(link) {
      if (!link.startsWith("kith://link#"))
        throw new ServiceError("LINK_INVALID", "this is no link", "copy it");
      return { step: "confirming", detail: "enter these", code: "123456", spaces: null, arrived: 0 };
    },
    linking: () => null,
  };
}
