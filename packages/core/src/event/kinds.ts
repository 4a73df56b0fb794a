/**
 * The numbers by which headers name kinds. Owns the numbers and the signature label of each kind.
 * A number that is not listed is reserved: such events are carried and kept, not interpreted. spec/event EV3.
 */
import { concatBytes, labels } from "../crypto/index.ts";
import type { Label } from "../crypto/index.ts";

export const kinds = {
  "space.create": 1,
  "channel.create": 2,
  "invite.create": 3,
  "invite.revoke": 4,
  "member.admit": 5,
  "profile.set": 6,
  "member.remove": 7,
  "member.role": 8,
  "space.update": 9,
  "member.confirm": 10,
  "epoch.create": 16,
  "epoch.rebox": 17,
  "channel.found": 18,
  "channel.add": 19,
  "channel.remove": 20,
  "channel.fence": 21,
  "channel.expiry": 22,
  "device.link": 24,
  "device.remove": 25,
  "device.name": 26,
  "device.suspend": 27,
  "device.prekey": 28,
  "epoch.headers": 29,
  "epoch.link": 30,
  "message.post": 32,
  "reaction.set": 33,
  "message.edit": 36,
  "message.delete": 37,
  "message.expire": 38,
  "message.pin": 39,
  "message.report": 40,
  merge: 48,
} as const;

export type KindName = keyof typeof kinds;

/** Kinds from here on may lose their bodies: those below carry rights and keys, which every replica needs whole. */
export const SHEDDABLE_KIND_MIN = 32;

/**
 * What a deletion or an expiry takes the body of, and so what may come without one above a floor. Everything else
 * says what the set of events means, and would leave replicas with different answers. spec/space SP144.
 */
export function mayComeBare(kind: number): boolean {
  return isMessageKind(kind) || kind === kinds["message.edit"];
}

/** Shows a message, for good or for a time. */
export function isMessageKind(kind: number): boolean {
  return kind === kinds["message.post"] || kind === kinds["message.expire"];
}

/** Carries rights and keys, or nothing at all: whoever follows a join-only scope's chains needs it, come when they may. */
export function isStateKind(kind: number): boolean {
  return kind < SHEDDABLE_KIND_MIN || kind === kinds.merge;
}

const signatureLabels: Readonly<Record<KindName, Label>> = {
  "space.create": labels.eventSpaceCreate,
  "channel.create": labels.eventChannelCreate,
  "invite.create": labels.eventInviteCreate,
  "invite.revoke": labels.eventInviteRevoke,
  "member.admit": labels.eventMemberAdmit,
  "profile.set": labels.eventProfileSet,
  "member.remove": labels.eventMemberRemove,
  "member.role": labels.eventMemberRole,
  "space.update": labels.eventSpaceUpdate,
  "member.confirm": labels.eventMemberConfirm,
  "epoch.create": labels.eventEpochCreate,
  "epoch.rebox": labels.eventEpochRebox,
  "channel.found": labels.eventChannelFound,
  "channel.add": labels.eventChannelAdd,
  "channel.remove": labels.eventChannelRemove,
  "channel.fence": labels.eventChannelFence,
  "channel.expiry": labels.eventChannelExpiry,
  "device.link": labels.eventDeviceLink,
  "device.remove": labels.eventDeviceRemove,
  "device.name": labels.eventDeviceName,
  "device.suspend": labels.eventDeviceSuspend,
  "device.prekey": labels.eventDevicePrekey,
  "epoch.headers": labels.eventEpochHeaders,
  "epoch.link": labels.eventEpochLink,
  "message.post": labels.eventMessagePost,
  "reaction.set": labels.eventReactionSet,
  "message.edit": labels.eventMessageEdit,
  "message.delete": labels.eventMessageDelete,
  "message.expire": labels.eventMessageExpire,
  "message.pin": labels.eventMessagePin,
  "message.report": labels.eventMessageReport,
  merge: labels.eventMerge,
};

const names = new Map<number, KindName>(
  (Object.keys(kinds) as KindName[]).map((name) => [kinds[name], name]),
);

/** Null for a reserved number. */
export function kindName(kind: number): KindName | null {
  return names.get(kind) ?? null;
}

/**
 * Label and message of an author's signature. One label for each kind, so that no header passes for one of
 * another kind; reserved numbers share a label and stand in front of the header.
 */
export function signatureDomain(kind: number, header: Uint8Array): { label: Label; message: Uint8Array } {
  const name = kindName(kind);
  if (name !== null) return { label: signatureLabels[name], message: header };
  return { label: labels.eventReserved, message: concatBytes(Uint8Array.of(kind >>> 8, kind), header) };
}
