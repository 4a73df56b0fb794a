/** People, and the devices of oneself: calls of the client. */
import type {
  AskInto,
  Block,
  ChangeDevice,
  Device,
  DeviceOffer,
  DeviceOfferCreated,
  LinkingProgress,
  Person,
  Space,
  StartDirect,
  TakeLink,
} from "@kith/contract";
import type { CallSignal, List } from "./calls.ts";
import type { Http } from "./http.ts";

export interface PeopleCalls {
  devices(options?: CallSignal): Promise<List<Device>>;
  /** device: an id, or a name that is unambiguous; as in the next. */
  renameDevice(device: string, change: ChangeDevice, options?: CallSignal): Promise<Device>;
  /** The spaces have new keys when it resolves. */
  removeDevice(device: string, options?: CallSignal): Promise<void>;
  /** A link for one new device; an older one ends. */
  offerDevice(options?: CallSignal): Promise<DeviceOfferCreated>;
  deviceOffers(options?: CallSignal): Promise<List<DeviceOffer>>;
  endDeviceOffer(options?: CallSignal): Promise<void>;
  /** The six digits that the new device shows. */
  confirmDevice(code: string, options?: CallSignal): Promise<Device>;
  /** Makes the node, which is in no space, a device of the person that made the link; resolves at each step of note. */
  takeLink(link: TakeLink, options?: CallSignal): Promise<LinkingProgress>;
  /** How far that has come; empty where no link was taken since the node started. */
  linkings(options?: CallSignal): Promise<List<LinkingProgress>>;
  /** Everybody who can be written to. */
  people(options?: CallSignal): Promise<List<Person>>;
  /** The direct conversation with a person, by id or unambiguous name; founded, and asked for, when there is none. */
  direct(direct: StartDirect, options?: CallSignal): Promise<Space>;
  /** Asks people into a group. */
  askInto(space: string, ask: AskInto, options?: CallSignal): Promise<Space>;
  blocks(options?: CallSignal): Promise<List<Block>>;
  block(person: string, options?: CallSignal): Promise<void>;
  unblock(person: string, options?: CallSignal): Promise<void>;
}

export function createPeopleCalls(call: Http["call"]): PeopleCalls {
  const part = encodeURIComponent;
  return {
    devices: (options) => call("GET", "/api/devices", options),
    renameDevice: (device, change, options) =>
      call("PATCH", `/api/devices/${part(device)}`, { body: change, ...options }),
    removeDevice: (device, options) => call("DELETE", `/api/devices/${part(device)}`, options),
    offerDevice: (options) => call("POST", "/api/devices/links", options),
    deviceOffers: (options) => call("GET", "/api/devices/links", options),
    endDeviceOffer: (options) => call("DELETE", "/api/devices/links", options),
    confirmDevice: (code, options) =>
      call("POST", "/api/devices/links/confirm", { body: { code }, ...options }),
    takeLink: (body, options) => call("POST", "/api/link", { body, ...options }),
    linkings: (options) => call("GET", "/api/link", options),
    people: (options) => call("GET", "/api/people", options),
    direct: (direct, options) => call("POST", "/api/direct", { body: direct, ...options }),
    askInto: (space, ask, options) =>
      call("POST", `/api/spaces/${part(space)}/asked`, { body: ask, ...options }),
    blocks: (options) => call("GET", "/api/blocks", options),
    block: (person, options) => call("PUT", `/api/blocks/${part(person)}`, options),
    unblock: (person, options) => call("DELETE", `/api/blocks/${part(person)}`, options),
  };
}
