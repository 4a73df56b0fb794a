/** The part of a node's service about devices, answered from memory. */
import type { DeviceId, PersonId } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { DeviceInfo, DeviceOfferInfo, KithService, SafetyNumber, VerificationInfo } from "@kith/node";

type DeviceService = Pick<
  KithService,
  | "safetyNumber"
  | "verification"
  | "verifyPerson"
  | "withdrawVerification"
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

const PERSON = "bb".repeat(32);

export function createDeviceDouble(nodeId: DeviceId): DeviceService {
  let offer: DeviceOfferInfo | null = null;
  const own: DeviceInfo = {
    id: nodeId,
    name: "Laptop",
    self: true,
    connected: false,
    linkedMs: 1_777_800_000_000,
    lastSeenMs: null,
    spaces: 1,
    removable: false,
  };
  const find = (id: string): DeviceInfo => {
    if (id === own.id || id === own.name) return own;
    throw new ServiceError("UNKNOWN_DEVICE", "there is no such device", "list them");
  };
  let verifiedMs: number | null = null;
  const safetyNumber = (person: string): SafetyNumber => {
    if (person !== "Bea" && person !== PERSON)
      throw new ServiceError("UNKNOWN_PERSON", "there is nobody of that name", "list them");
    return { person: PERSON as PersonId, name: "Bea", digits: "12345".repeat(12) };
  };
  const verification = (person: string): VerificationInfo => ({
    ...safetyNumber(person),
    words: Array<string>(18).fill("zoo"),
    state: verifiedMs === null ? "unverified" : "verified",
    verifiedMs,
    doubts: [],
  });
  return {
    safetyNumber,
    verification,
    async verifyPerson(person, seen) {
      if (seen !== undefined && seen !== safetyNumber(person).digits)
        throw new ServiceError("NUMBER_DIFFERS", "that is another", "compare again");
      verifiedMs = 1_777_800_000_000;
      return verification(person);
    },
    async withdrawVerification(person) {
      verifiedMs = null;
      return verification(person);
    },
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
