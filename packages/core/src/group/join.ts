/**
 * Joining over a gated invite: the newcomer's request, a member's look at it, and the events and boxes
 * that admit. The look is a courtesy that spares void events; membership decides. spec/invite IN4-IN13, IN19, IN20,
 * spec/epoch EP11.
 */
import { coreError } from "../crypto/index.ts";
import type { Box } from "../crypto/index.ts";
import { sealBoxes } from "../encryption/index.ts";
import type { SealedBox } from "../encryption/index.ts";
import type { EpochKeys } from "../event/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import type { DeviceId, PrekeyId } from "../ids.ts";
import {
  decodeJoinRequest,
  encodeJoinRequest,
  readJoinRequest,
  signJoinRequest,
  verifyJoinRequest,
} from "../membership/index.ts";
import type { JoinRequest, Membership } from "../membership/index.ts";
import type { Identity, PlannedWrite } from "./identity.ts";
import { inviteKeys } from "./invite-keys.ts";
import type { InviteLink } from "./invite-link.ts";
import { normalizeName } from "./names.ts";

export type JoinRefusal =
  | "REQUEST_FORGED"
  | "INVITE_UNKNOWN"
  | "INVITE_EXPIRED"
  | "INVITE_USED_UP"
  | "INVITE_REVOKED"
  | "DEVICE_TAKEN";

export type JoinCheck =
  | {
      readonly ok: true;
      readonly request: JoinRequest;
      /** A member already: nothing to admit, keys may be missing. */ readonly already: boolean;
    }
  | { readonly ok: false; readonly code: JoinRefusal; readonly detail: string };

export interface PlannedShare {
  readonly writes: readonly PlannedWrite[];
  readonly boxes: readonly SealedBox[];
}

/** An encoded join request of this device. Throws NAME_INVALID. */
export function createJoinRequest({
  link,
  identity,
}: {
  readonly link: Pick<InviteLink, "seed" | "space">;
  readonly identity: Identity;
}): Uint8Array {
  const { publicKey, secretKey } = inviteKeys(link.seed);
  const { person, name, certificate, device, prekey } = identity;
  return encodeJoinRequest(
    signJoinRequest(
      {
        space: link.space,
        inviteKey: publicKey,
        person,
        personName: normalizeName(name),
        certificate,
        prekey: prekey.bundle,
      },
      { inviteSecretKey: secretKey, deviceSecretKey: device.secretKey },
    ),
  );
}

/** What a member sees in a request now. from: the device that proved itself on the link it came by; another's request is refused. */
export function checkJoinRequest(
  bytes: Uint8Array,
  membership: Membership,
  nowMs: number,
  { from }: { readonly from?: DeviceId } = {},
): JoinCheck {
  const request = readJoinRequest(bytes);
  if (!request || request.space !== membership.space || !verifyJoinRequest(request)) {
    return refuse("REQUEST_FORGED", "the join request does not verify; ask again with the whole link");
  }
  const { device } = request.certificate;
  if (from !== undefined && from !== device) {
    return refuse("REQUEST_FORGED", "the join request is another device's; ask with your own");
  }
  const { devices, invites } = membership.state();
  const known = devices.get(device);
  if (known && known.person !== request.person)
    return refuse("DEVICE_TAKEN", "this device belongs to another member; use one of your own");
  if (known) return { ok: true, request, already: true };
  const invite = invites.get(request.invite);
  if (!invite)
    return refuse(
      "INVITE_UNKNOWN",
      "this device does not know the invite (yet); try again when its maker is reachable",
    );
  if (invite.revoked) return refuse("INVITE_REVOKED", "the invite was revoked; ask for a new one");
  if (invite.expiresMs !== null && nowMs >= invite.expiresMs)
    return refuse("INVITE_EXPIRED", "the invite has expired; ask for a new one");
  if (invite.used >= invite.usesMax)
    return refuse("INVITE_USED_UP", "the invite has been used as often as it may be; ask for a new one");
  return { ok: true, request, already: false };
}

/**
 * member.admit (not for a device that is of a member already), then a re-box of the control epoch and of
 * each content epoch. Only after checkJoinRequest. Throws CBOR_*, MALFORMED.
 */
export function planAdmission({
  request,
  membership,
  keys,
  box,
}: {
  readonly request: Uint8Array;
  readonly membership: Membership;
  readonly keys: { readonly control: EpochKeys; readonly content: readonly EpochKeys[] };
  readonly box: Box;
}): PlannedShare {
  const { prekey } = decodeJoinRequest(request);
  const { control, content } = keys;
  const shared = shareEpochs(prekey, [control, ...content], box);
  if (membership.state().devices.has(prekey.device)) return shared;
  const admission: PlannedWrite = {
    scope: control.scope,
    epoch: control.epoch,
    body: { type: "member.admit", request },
  };
  return { writes: [admission, ...shared.writes], boxes: shared.boxes };
}

/**
 * Boxes epochs again for a member's device that lacks them; prekey: the one it asks for, else its newest.
 * Throws NOT_MEMBER for a device that is of no member now, PREKEY_UNKNOWN.
 */
export function planRebox({
  device,
  prekey,
  membership,
  keys,
  box,
}: {
  readonly device: DeviceId;
  readonly prekey?: PrekeyId;
  readonly membership: Membership;
  readonly keys: readonly EpochKeys[];
  readonly box: Box;
}): PlannedShare {
  const known = membership.state().devices.get(device);
  if (!known)
    throw coreError("NOT_MEMBER", `device ${device.slice(0, 8)} is of no member now; it needs a new invite`);
  const bundle = prekey === undefined ? known.prekeys.at(-1) : known.prekeys.find(({ id }) => id === prekey);
  if (!bundle)
    throw coreError(
      "PREKEY_UNKNOWN",
      `device ${device.slice(0, 8)} has announced no such prekey; it must ask with one of its own`,
    );
  return shareEpochs(bundle, keys, box);
}

/** Every epoch boxed for one prekey, each announced by a re-box. */
export function shareEpochs(prekey: PrekeyBundle, keys: readonly EpochKeys[], box: Box): PlannedShare {
  const sealed = keys.map((epoch) => ({ epoch, ...sealBoxes(epoch, [prekey], box) }));
  return {
    writes: sealed.map(({ epoch, recipients }) => ({
      scope: epoch.scope,
      epoch: epoch.epoch,
      body: { type: "epoch.rebox", epoch: epoch.epoch, recipients },
    })),
    boxes: sealed.flatMap(({ boxes }) => boxes),
  };
}

function refuse(code: JoinRefusal, detail: string): JoinCheck {
  return { ok: false, code, detail };
}
