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
  "message.post": 32,
  "reaction.set": 33,
  merge: 48,
} as const;

export type KindName = keyof typeof kinds;

/** Kinds from here on may lose their bodies: those below carry rights and keys, which every replica needs whole. */
export const SHEDDABLE_KIND_MIN = 32;

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
  "message.post": labels.eventMessagePost,
  "reaction.set": labels.eventReactionSet,
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
