/** The service's part about this person's devices. */
import type { NodeParts } from "./node.ts";
import type { DeviceInfo, KithService } from "./service.ts";
import { ServiceError } from "./service.ts";

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

export function createDeviceService(
  { linking: { own, offer, join } }: NodeParts,
  writable: () => void,
  named: (name: string) => string,
): DeviceService {
  const infoOf = (device: string): DeviceInfo => {
    const info = own.list().find(({ id }) => id === device);
    if (info) return info;
    throw new ServiceError(
      "UNKNOWN_DEVICE",
      "You have no such device.",
      "`kith device list` shows those there are.",
    );
  };
  return {
    devices: () => own.list(),
    async renameDevice(device, name) {
      writable();
      return infoOf(await own.rename(device, named(name)));
    },
    async removeDevice(device) {
      writable();
      await own.remove(device);
    },
    offerDevice() {
      writable();
      return offer.open();
    },
    deviceOffer: () => offer.info,
    endDeviceOffer: () => offer.cancel(),
    async confirmDevice(code) {
      writable();
      return infoOf(await offer.confirm(code));
    },
    async takeLink(link, { name, ...options }) {
      writable();
      return join.take(link, { ...options, ...(name !== undefined && { name: named(name) }) });
    },
    linking: () => join.info,
  };
}
