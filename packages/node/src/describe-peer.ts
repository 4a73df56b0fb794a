/** A linked device as the surfaces show it. */
import type { PeerAddress } from "@kith/core";
import type { Exchange } from "./exchange.ts";
import type { PeerInfo } from "./service.ts";

export function describePeer(
  { session, inSync, isShared }: Exchange,
  known: Pick<PeerInfo, "name" | "lastSeenMs" | "reputation"> & { readonly address: PeerAddress },
): PeerInfo {
  const { address, ...facts } = known;
  return {
    id: session.device,
    person: session.person,
    connected: true,
    path: session.path,
    multiaddr: `/${address.host.includes(":") ? "ip6" : "ip4"}/${address.host}/tcp/${address.port}`,
    rttMs: session.rttMs === null ? null : Math.round(session.rttMs * 1_000) / 1_000,
    inSync,
    shared: isShared,
    ...facts,
  };
}
