/** Ids of the two scopes that every space has, and of private channels'. spec/event EV2, spec/space SP50. */
import { encodeCbor, labelled, labels, sha256 } from "../crypto/index.ts";
import type { Label } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { ChannelId, DeviceId, ScopeId, SpaceId } from "../ids.ts";
import { profileNumber } from "./profile.ts";
import type { Profile } from "./profile.ts";

/** As many spaces as one device may be in. */
const SPACES_REMEMBERED_MAX = 256;

/** The scope of membership, devices and profiles: every member holds all of it. */
export const controlScope = createScopeOf(labels.scopeControl);

/** The scope that all open channels of the space share. */
export const publicScope = createScopeOf(labels.scopePublic);

/** Commits to who founds a private channel and to its profile, so that nobody else can put a founding event into its scope. */
export function privateScope({
  space,
  device,
  salt,
  name,
  profile,
}: {
  readonly space: SpaceId;
  /** The founder's. */
  readonly device: DeviceId;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly name: string;
  readonly profile: Profile;
}): ScopeId {
  const committed = encodeCbor([idBytes(space), idBytes(device), salt, name, profileNumber(profile)]);
  return toId<ScopeId>(sha256(labelled(labels.scopePrivate, committed)));
}

/** A private channel is its scope: their ids begin alike, 16 bytes. */
export function channelOfScope(scope: ScopeId): ChannelId {
  return toId<ChannelId>(idBytes(scope).subarray(0, 16));
}

/**
 * Every header is asked whether it lies in its space's control or public scope, and events come many to a
 * space. A pure function's memory: it changes no result. Bounded, since headers of a holder's making can
 * name any space.
 */
function createScopeOf(label: Label): (space: SpaceId) => ScopeId {
  const scopes = new Map<SpaceId, ScopeId>();
  return (space) => {
    const known = scopes.get(space);
    if (known !== undefined) return known;
    const scope = toId<ScopeId>(sha256(labelled(label, idBytes(space))));
    if (scopes.size >= SPACES_REMEMBERED_MAX) scopes.clear();
    scopes.set(space, scope);
    return scope;
  };
}
