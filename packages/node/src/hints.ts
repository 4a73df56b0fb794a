/** Where others may find this device, for invites and requests. */
import type { PeerAddress } from "@kith/core";
import type { NodeOptions } from "./deps.ts";
import type { Swarm } from "./swarm.ts";

export function localHints(
  { localHosts }: Pick<NodeOptions, "localHosts">,
  { port }: Pick<Swarm, "port">,
): PeerAddress[] {
  return port === null ? [] : localHosts().map((host) => ({ host, port }));
}
