/** The first events of a space, in the one order in which each is authorised by those before. spec/space SP1, SP2, SP19. */
import type { Box } from "../crypto/index.ts";
import { createEpochSecrets, sealBoxes } from "../encryption/index.ts";
import type { SealedBox } from "../encryption/index.ts";
import { controlScope, deriveEpochKeys, publicScope } from "../event/index.ts";
import type { EpochSecrets, Profile, SpaceKind } from "../event/index.ts";
import { toId } from "../ids.ts";
import type { ChannelId, PersonId, SpaceId } from "../ids.ts";
import { spaceIdOf } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import type { Identity, PlannedWrite } from "./identity.ts";
import { normalizeName } from "./names.ts";

export const FIRST_CHANNEL_NAME = "general";

/** The profile of a new space's public scope, by its kind: its founding choice, made here where nobody makes another. */
export const FOUNDING_PROFILES = {
  community: "archive",
  group: "archive",
  direct: "sealed",
} as const satisfies Record<SpaceKind, Profile>;

export const SALT_BYTES = 32;
export const CHANNEL_ID_BYTES = 16;

export interface FoundedSpace {
  readonly space: SpaceId;
  /** Control, then public. */
  readonly secrets: readonly EpochSecrets[];
  readonly writes: readonly PlannedWrite[];
  readonly boxes: readonly SealedBox[];
  readonly channel: ChannelId;
  /** 32 bytes: with the founder and the device they show what the space's id commits to. */
  readonly salt: Uint8Array;
}

/** A new space with its two epochs and its first channel. Throws NAME_INVALID. */
export function foundSpace({
  identity,
  name,
  kind,
  profile = FOUNDING_PROFILES[kind],
  box,
  random,
}: {
  readonly identity: Identity;
  /** Of the public scope. */
  readonly profile?: Profile;
  readonly box: Box;
  readonly random: Random;
} & (
  | { readonly name: string; readonly kind: "community" | "group" }
  /** name: the other person, who alone can be admitted. */
  | { readonly name: PersonId; readonly kind: "direct" }
)): FoundedSpace {
  const { person, certificate } = identity;
  const { bundle: prekey } = identity.prekey;
  const spaceName = normalizeName(name);
  const salt = random.bytes(SALT_BYTES);
  const space = spaceIdOf({ person, device: identity.device.device, salt, kind, name: spaceName, profile });
  const secrets = [
    createEpochSecrets({ space, scope: controlScope(space), random }),
    createEpochSecrets({ space, scope: publicScope(space), profile, random }),
  ];
  const [control, content] = secrets.map(deriveEpochKeys);
  if (!control || !content) throw new Error("GROUP_INVARIANT: a space has two scopes");
  const channel = toId<ChannelId>(random.bytes(CHANNEL_ID_BYTES));
  const controlBoxes = sealBoxes(control, [prekey], box);
  const contentBoxes = sealBoxes(content, [prekey], box);

  const inControl = { scope: control.scope, epoch: control.epoch };
  const inContent = { scope: content.scope, epoch: content.epoch };
  const writes: PlannedWrite[] = [
    {
      ...inControl,
      body: {
        type: "space.create",
        person,
        certificate,
        prekey,
        name: spaceName,
        spaceKind: kind,
        personName: normalizeName(identity.name),
        salt,
        profile,
      },
    },
    { ...inControl, body: { type: "epoch.create", profile: "archive", recipients: controlBoxes.recipients } },
    {
      ...inControl,
      body: { type: "channel.create", channel, scope: content.scope, name: FIRST_CHANNEL_NAME },
    },
    { ...inContent, body: { type: "epoch.create", profile, recipients: contentBoxes.recipients } },
  ];
  return { space, secrets, writes, boxes: [...controlBoxes.boxes, ...contentBoxes.boxes], channel, salt };
}
