/** People and their devices, made once a process: which of them a history has is its seed's choice. */
import {
  certifyDevice,
  createDeviceKeys,
  createNodeBox,
  createPersonRoot,
  createPrekey,
  linkDevice,
} from "@kith/core";
import type { Box, Identity } from "@kith/core";
import { START_MS } from "../device-clock.ts";
import { createSeededRandom } from "../seeded-random.ts";

/** The production box. Its coins come from no seed, and nothing in a history hangs on them: events hold names of boxes alone. */
export const box: Box = createNodeBox();

/** More than take part at once, so that ids, which break ties, fall differently from seed to seed. */
export const PEOPLE = 24;

const made = new Map<number, Identity>();
const linked = new Map<number, Identity>();

/** The same for the same number, in every process. */
export function personAt(place: number): Identity {
  const known = made.get(place);
  if (known) return known;
  const random = createSeededRandom(`person ${place}`);
  const { person, seed } = createPersonRoot(random);
  const device = createDeviceKeys(random);
  const identity: Identity = {
    person,
    name: `P${place}`,
    device,
    certificate: certifyDevice(seed, { device: device.device, issuedMs: START_MS }),
    prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 42 }),
  };
  made.set(place, identity);
  return identity;
}

/** The same person's second device, for which the first one signs. */
export function secondDeviceAt(place: number): Identity {
  const known = linked.get(place);
  if (known) return known;
  const first = personAt(place);
  const random = createSeededRandom(`second device ${place}`);
  const device = createDeviceKeys(random);
  const { person, name } = first;
  const identity: Identity = {
    person,
    name: `${name}b`,
    device,
    certificate: linkDevice(first, { device: device.device, issuedMs: START_MS }),
    prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 42 }),
  };
  linked.set(place, identity);
  return identity;
}
