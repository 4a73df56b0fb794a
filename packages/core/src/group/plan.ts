/** Control writes that a member plans for a space that exists. spec/space SP8, spec/invite IN1-IN3. */
import { controlScope, INVITE_USES_MAX, publicScope } from "../event/index.ts";
import type { EpochKeys, Fence, InviteMode } from "../event/index.ts";
import { coreError } from "../crypto/index.ts";
import { signDeviceRemoval } from "../identity/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import { toId } from "../ids.ts";
import type { ChannelId, DeviceId, EpochId, EventId, InviteId, PersonId, SpaceId } from "../ids.ts";
import type { Role } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import { CHANNEL_ID_BYTES } from "./found-space.ts";
import type { PlannedWrite } from "./identity.ts";
import { INVITE_SEED_BYTES, inviteKeys } from "./invite-keys.ts";
import { normalizeName, normalizeStatus } from "./names.ts";

/** An open channel. keys: of the control scope. Throws NAME_INVALID. */
export function planChannel({
  space,
  name,
  random,
  keys,
}: {
  readonly space: SpaceId;
  readonly name: string;
  readonly random: Random;
  readonly keys: EpochKeys;
}): PlannedWrite & { readonly channel: ChannelId } {
  const channel = toId<ChannelId>(random.bytes(CHANNEL_ID_BYTES));
  return {
    channel,
    scope: controlScope(space),
    epoch: keys.epoch,
    body: { type: "channel.create", channel, scope: publicScope(space), name: normalizeName(name) },
  };
}

export interface PlannedInvite {
  /** 16 bytes; whoever holds them may ask to join. */
  readonly seed: Uint8Array;
  readonly invite: InviteId;
  readonly publicKey: Uint8Array;
  readonly discoveryKey: Uint8Array;
  readonly write: PlannedWrite;
}

/** expiresMs null: never. Throws INVITE_USES. */
export function planInvite({
  space,
  role,
  usesMax,
  expiresMs,
  mode = "gated",
  random,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly role: "member" | "reader";
  readonly usesMax: number;
  readonly expiresMs: number | null;
  readonly mode?: InviteMode;
  readonly random: Random;
  readonly controlEpoch: EpochId;
}): PlannedInvite {
  if (!Number.isInteger(usesMax) || usesMax < 1 || usesMax > INVITE_USES_MAX) {
    throw coreError(
      "INVITE_USES",
      `an invite admits 1 to ${INVITE_USES_MAX} devices; choose a number between`,
    );
  }
  const seed = random.bytes(INVITE_SEED_BYTES);
  const { invite, publicKey, discoveryKey } = inviteKeys(seed);
  const write: PlannedWrite = {
    scope: controlScope(space),
    epoch: controlEpoch,
    body: { type: "invite.create", invite, publicKey, role, usesMax, expiresMs, discoveryKey, mode },
  };
  return { seed, invite, publicKey, discoveryKey, write };
}

/** No admission counts any more that does not lie before this. */
export function planRevocation({
  space,
  invite,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly invite: InviteId;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  return { scope: controlScope(space), epoch: controlEpoch, body: { type: "invite.revoke", invite } };
}

/** Ends a membership; of the planner's own person: leaves. fences: of every content scope that the person writes in. */
export function planRemoval({
  space,
  person,
  fences,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly person: PersonId;
  readonly fences: readonly Fence[];
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  return { scope: controlScope(space), epoch: controlEpoch, body: { type: "member.remove", person, fences } };
}

/** Ends one device of the planner's person. rootSeed: where the planner is not senior to it. */
export function planDeviceRemoval({
  space,
  person,
  device,
  fences,
  rootSeed,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly fences: readonly Fence[];
  readonly rootSeed: Uint8Array | null;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  const rootSignature = rootSeed && signDeviceRemoval(rootSeed, { space, device });
  const body = { type: "device.remove", person, device, fences, rootSignature } as const;
  return { scope: controlScope(space), epoch: controlEpoch, body };
}

/** Throws NAME_INVALID. */
export function planDeviceName({
  space,
  device,
  name,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly name: string;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  const body = { type: "device.name", device, name: normalizeName(name) } as const;
  return { scope: controlScope(space), epoch: controlEpoch, body };
}

/** A newer key for others to box to this device by. */
export function planPrekey({
  space,
  prekey,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly prekey: PrekeyBundle;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  return { scope: controlScope(space), epoch: controlEpoch, body: { type: "device.prekey", prekey } };
}

export function planRank({
  space,
  person,
  role,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly person: PersonId;
  readonly role: Role;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  return { scope: controlScope(space), epoch: controlEpoch, body: { type: "member.role", person, role } };
}

/** Lets a pending admission count. */
export function planConfirmation({
  space,
  admission,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly admission: EventId;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  return { scope: controlScope(space), epoch: controlEpoch, body: { type: "member.confirm", admission } };
}

/** Another name of the space. Throws NAME_INVALID. */
export function planSpaceName({
  space,
  name,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly name: string;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  const body = { type: "space.update", name: normalizeName(name) } as const;
  return { scope: controlScope(space), epoch: controlEpoch, body };
}

/** How the person shows itself in one space. Throws NAME_INVALID, STATUS_INVALID, MALFORMED over AVATAR_BYTES_MAX. */
export function planProfile({
  space,
  name,
  status = null,
  avatar = null,
  controlEpoch,
}: {
  readonly space: SpaceId;
  readonly name: string;
  readonly status?: string | null;
  readonly avatar?: Uint8Array | null;
  readonly controlEpoch: EpochId;
}): PlannedWrite {
  return {
    scope: controlScope(space),
    epoch: controlEpoch,
    body: {
      type: "profile.set",
      name: normalizeName(name),
      status: status === null ? null : normalizeStatus(status),
      avatar,
    },
  };
}
