/** Where an announcement goes: one broadcast address for each IPv4 network this machine is on. spec/link LN1. */
import { networkInterfaces, type NetworkInterfaceInfo } from "node:os";

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

export interface Outlets {
  /** Broadcast addresses, each once. */
  readonly broadcasts: readonly string[];
  /** This machine's own addresses. */
  readonly own: ReadonlySet<string>;
}

/** Read anew for each announcement: interfaces come and go, and it costs less than the sending. */
export function readInterfaces(): Interfaces {
  return networkInterfaces();
}

/**
 * The subnet-directed broadcast of every address. Not 255.255.255.255: that needs a default route and
 * leaves by one interface only. Loopback is a network like any other, so nodes of one machine meet there.
 */
export function findOutlets(interfaces: Interfaces): Outlets {
  const broadcasts = new Set<string>();
  const own = new Set<string>();
  for (const addresses of Object.values(interfaces)) {
    for (const { family, address, netmask } of addresses ?? []) {
      if (family !== "IPv4") continue;
      own.add(address);
      const broadcast = broadcastOf(address, netmask);
      if (broadcast !== null) broadcasts.add(broadcast);
    }
  }
  return { broadcasts: [...broadcasts], own };
}

/** Null where a network has no broadcast address: /31 (RFC 3021), /32, or what is no IPv4 address. */
export function broadcastOf(address: string, netmask: string): string | null {
  const host = parseIpv4(address);
  const mask = parseIpv4(netmask);
  if (host === null || mask === null || mask >= 0xffff_fffe) return null;
  const broadcast = (host | ~mask) >>> 0;
  return [broadcast >>> 24, (broadcast >>> 16) & 255, (broadcast >>> 8) & 255, broadcast & 255].join(".");
}

function parseIpv4(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return value;
}
