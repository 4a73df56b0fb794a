/** Ids of the two scopes that every space has. spec/event EV2. */
import { labelled, labels, sha256 } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { ScopeId, SpaceId } from "../ids.ts";

/** The scope of membership, devices and profiles: every member holds all of it. */
export function controlScope(space: SpaceId): ScopeId {
  return toId<ScopeId>(sha256(labelled(labels.scopeControl, idBytes(space))));
}

/** The scope that all open channels of the space share. */
export function publicScope(space: SpaceId): ScopeId {
  return toId<ScopeId>(sha256(labelled(labels.scopePublic, idBytes(space))));
}
