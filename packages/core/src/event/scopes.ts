/** Ids of the two scopes that every space has. spec/event EV2. */
import { labelled, labels, sha256 } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { ScopeId, SpaceId } from "../ids.ts";

/** The scope of membership, devices and profiles: every member holds all of it. */
export function controlScope(space: SpaceId): ScopeId {
  const known = controlScopes.get(space);
  if (known !== undefined) return known;
  const scope = toId<ScopeId>(sha256(labelled(labels.scopeControl, idBytes(space))));
  if (controlScopes.size >= SPACES_REMEMBERED_MAX) controlScopes.clear();
  controlScopes.set(space, scope);
  return scope;
}

/** The scope that all open channels of the space share. */
export function publicScope(space: SpaceId): ScopeId {
  return toId<ScopeId>(sha256(labelled(labels.scopePublic, idBytes(space))));
}

// Every header is asked whether it lies in its space's control scope; events come many to a space. A pure
// function's memory: it changes no result. Bounded, since headers of a holder's making can name any space.
/** As many spaces as one device may be in. */
const SPACES_REMEMBERED_MAX = 256;
const controlScopes = new Map<SpaceId, ScopeId>();
