/** Who names itself first: whoever may be the outsider. Pure functions of the shared and the own keys. spec/handshake HS9-HS11. */
import type { SpaceId } from "../ids.ts";
import type { ProofKey } from "./proofs.ts";

/**
 * True when the peer must sign first: no shared key is the newest we know of its space (or a nearby or linking key),
 * and one of them is an older epoch or an invite of a space that we are in.
 */
export function asksPeerFirst(shared: readonly ProofKey[], own: readonly ProofKey[]): boolean {
  let behind = false;
  for (const key of shared) {
    if (key.kind === "nearby" || key.kind === "linking") continue;
    const newest = newestOrder(key.space, own);
    if (key.kind === "space") {
      if (newest === null || key.order >= newest) return false;
      behind = true;
    } else if (newest !== null) {
      behind = true;
    }
  }
  return behind;
}

/** True when we hold nothing but invites of what we share: we are the one who wants in. */
export function isJoinerOnly(shared: readonly ProofKey[], own: readonly ProofKey[]): boolean {
  return shared.every((key) => key.kind === "invite" && newestOrder(key.space, own) === null);
}

function newestOrder(space: SpaceId | null, own: readonly ProofKey[]): number | null {
  let newest: number | null = null;
  for (const key of own) {
    if (key.kind === "space" && key.space === space && (newest === null || key.order > newest))
      newest = key.order;
  }
  return newest;
}
