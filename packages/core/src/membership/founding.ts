/** The commitment that names a space, and the id that names an invite. spec/space SP1, spec/invite IN2. */
import { encodeCbor, labelled, labels, sha256 } from "../crypto/index.ts";
import { profileNumber } from "../event/index.ts";
import type { Profile, SpaceKind } from "../event/index.ts";
import { idBytes, isId32, toId } from "../ids.ts";
import type { DeviceId, InviteId, PersonId, SpaceId } from "../ids.ts";

export interface Founding {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  readonly kind: SpaceKind;
  /** Of a direct conversation the id of the other person. */
  readonly name: string;
  /** Of the public scope. */
  readonly profile: Profile;
}

const kindNumber = { community: 0, group: 1, direct: 2 } as const;

/** 32 bytes: nobody but this founder, from this device, can open a space of this id, and only under this name. */
export function spaceIdOf({ person, device, salt, kind, name, profile }: Founding): SpaceId {
  const commitment = encodeCbor([
    idBytes(person),
    idBytes(device),
    salt,
    kindNumber[kind],
    name,
    profileNumber(profile),
  ]);
  return toId<SpaceId>(sha256(labelled(labels.spaceId, commitment)));
}

/** 16 bytes of the hash of the invite's Ed25519 public key. */
export function inviteIdOf(publicKey: Uint8Array): InviteId {
  return toId<InviteId>(sha256(labelled(labels.inviteId, publicKey)).subarray(0, 16));
}

/** The other person of a direct conversation; null when the founding names none, or the founder. spec/space SP100. */
export function companionOf({ person, name }: Pick<Founding, "person" | "name">): PersonId | null {
  return isId32(name) && name !== person ? (name as PersonId) : null;
}
