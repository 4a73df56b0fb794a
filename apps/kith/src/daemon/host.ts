/** What this machine is: its addresses, its free disk. */
import { statfsSync, statSync } from "node:fs";
import { networkInterfaces, userInfo } from "node:os";
import { join } from "node:path";
import type { HostFacts } from "@kith/node";
import { STORE_FILE } from "@kith/store/sqlite";

export function readHostFacts(directory: string): HostFacts {
  return {
    freeDiskBytes: freeBytes(directory),
    interfaces: addresses().map(({ name, address, loopback }) => ({ name, address, loopback })),
  };
}

/** IPv4 addresses for invites to hint at; loopback only where there is nothing else, for nodes of this machine. */
export function localHosts(): string[] {
  const all = addresses();
  const outside = all.filter(({ loopback }) => !loopback);
  return (outside.length > 0 ? outside : all).map(({ address }) => address);
}

/** The operating system's name of the person, until they choose their own. */
export function defaultName(): string {
  try {
    return userInfo().username || "Me";
  } catch {
    // A user id without an entry in the system's list has no name.
    return "Me";
  }
}

function addresses(): { name: string; address: string; loopback: boolean }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? [])
      .filter(({ family }) => family === "IPv4")
      .map(({ address, internal }) => ({ name, address, loopback: internal })),
  );
}

function freeBytes(directory: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    // Some file systems do not say; the doctor then says that it is unknown.
    return null;
  }
}

/** The same at each start, and another for a copy of the file. By the number alone one could pass for the file it replaced. */
export function readStorePlace(directory: string): string {
  const { ino, birthtimeNs } = statSync(join(directory, STORE_FILE), { bigint: true });
  return `${ino} ${birthtimeNs}`;
}
