/**
 * Joining over a gated invite: the newcomer's request, a member's look at it, and the events and boxes
 * that admit. The look is a courtesy that spares void events; membership decides. spec/invite IN4-IN13, IN19, IN20,
 * spec/epoch EP11.
 */
import { coreError } from "../crypto/index.ts";
import type { Box } from "../crypto/index.ts";
import { sealBoxes } from "../encryption/index.ts";
import type { EpochBook, SealedBox } from "../encryption/index.ts";
import type { EpochKeys } from "../event/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { DeviceId, PersonId, PrekeyId } from "../ids.ts";
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
import { planLinks, withoutReached } from "./links.ts";
import { normalizeName } from "./names.ts";

export type JoinRefusal =
  | "REQUEST_FORGED"
  | "INVITE_UNKNOWN"
  | "INVITE_EXPIRED"
  | "INVITE_USED_UP"
  | "INVITE_REVOKED"
  | "DEVICE_TAKEN"
  | "ADMISSION_PENDING"
  | "ADMISSION_REFUSED";

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
  const { devices, invites, members, pending, removed } = membership.state();
  const known = devices.get(device);
  if (known && known.person !== request.person)
    return refuse("DEVICE_TAKEN", "this device belongs to another member; use one of your own");
  if (known) return { ok: true, request, already: true };
  // Over another invite it may come in.
  if (pending.get(request.person)?.invite === request.invite)
    return refuse("ADMISSION_PENDING", "several came over the invite at once; an owner or admin decides");
  const refusal = removed.get(request.person);
  if (refusal?.refused === request.invite) {
    const name = members.get(refusal.by)?.name ?? "An owner or admin";
    return refuse("ADMISSION_REFUSED", `${name} refused.`);
  }
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
 * member.admit (not for a device that is of a member already), then a re-box of the control epoch, under which all the others
 * lie that may. Only after checkJoinRequest. Throws CBOR_*, MALFORMED.
 */
export function planAdmission({
  request,
  membership,
  book,
  keys,
  box,
}: Readership & {
  readonly request: Uint8Array;
  readonly keys: { readonly control: EpochKeys; readonly content: readonly EpochKeys[] };
  readonly box: Box;
}): PlannedShare {
  const { prekey } = decodeJoinRequest(request);
  const { control } = keys;
  const shared = shareHistory(prekey, keys, { box, membership, book });
  if (membership.state().devices.has(prekey.device)) return shared;
  const admission: PlannedWrite = {
    scope: control.scope,
    epoch: control.epoch,
    body: { type: "member.admit", request },
  };
  return { writes: [admission, ...shared.writes], boxes: shared.boxes };
}

/** device.link for a device of the planner's person, and boxes of every epoch that the planner holds. */
export function planDeviceLink({
  device: { certificate, prekey, name },
  keys: { control, content },
  membership,
  book,
  box,
}: Readership & {
  readonly device: {
    readonly certificate: DeviceCertificate;
    readonly prekey: PrekeyBundle;
    readonly name: string;
  };
  readonly keys: { readonly control: EpochKeys; readonly content: readonly EpochKeys[] };
  readonly box: Box;
}): PlannedShare {
  const shared = shareHistory(prekey, { control, content }, { box, membership, book });
  const link: PlannedWrite = {
    scope: control.scope,
    epoch: control.epoch,
    body: { type: "device.link", certificate, prekey, name: normalizeName(name) },
  };
  return { writes: [link, ...shared.writes], boxes: shared.boxes };
}

/**
 * Boxes epochs again for a member's device that lacks them; prekey: the one it asks for, else its newest.
 * Throws NOT_MEMBER for a device that is of no member now, PREKEY_UNKNOWN.
 */
export function planRebox({
  device,
  prekey,
  membership,
  book,
  keys,
  box,
}: Readership & {
  readonly device: DeviceId;
  readonly prekey?: PrekeyId;
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
  return shareEpochs(bundle, keys, { box, membership, book });
}

/** What tells who may read what of join-only scopes. */
export interface Readership {
  readonly membership: Membership;
  readonly book: EpochBook;
}

/**
 * How much of an epoch is for a person: of a join-only scope all of it if it was boxed for a device of theirs, else its headers; of a
 * sealed one all that is here. null: it may be more than this device has.
 */
export function shareOf(
  keys: EpochKeys,
  person: PersonId,
  { membership, book }: Readership,
): "whole" | "headers" | null {
  const { commitment, contentSecret, sealed } = keys.secrets;
  if (!commitment) return "whole";
  if (sealed) return contentSecret ? "whole" : "headers";
  const { devices, removedDevices } = membership.state();
  const isTheirs = (id: DeviceId): boolean =>
    devices.get(id)?.person === person || removedDevices.get(id)?.person === person;
  // Who has the headers alone cannot tell a true announcement, and takes nothing from who may be due more.
  if (contentSecret === null) return book.namedReaders(keys.epoch).some(isTheirs) ? null : "headers";
  return [...book.readersOf(keys)].some(isTheirs) ? "whole" : "headers";
}

/** One box for all that lies under the epoch to write under, and what does not yet is put there first: however many there are. */
function shareHistory(
  prekey: PrekeyBundle,
  { control, content }: { readonly control: EpochKeys; readonly content: readonly EpochKeys[] },
  { book, ...readership }: Readership & { readonly box: Box },
): PlannedShare {
  const links = planLinks(control, content, { book });
  const linked = new Set(
    links.flatMap(({ body }) => (body.type === "epoch.link" ? body.links : [])).map(({ epoch }) => epoch),
  );
  const reached = book.reachOf([control.epoch, ...linked]);
  const others = content.filter(({ epoch }) => !reached.has(epoch)).toReversed();
  const shared = shareEpochs(prekey, [control, ...others], { book, ...readership });
  return { writes: [...links, ...shared.writes], boxes: shared.boxes };
}

/**
 * Epochs boxed for one prekey, in this order, each announced: by a re-box, or where the headers alone are for its person, by
 * epoch.headers. Not those that lie under one before them.
 */
export function shareEpochs(
  prekey: PrekeyBundle,
  keys: readonly EpochKeys[],
  { box, ...readership }: Readership & { readonly box: Box },
): PlannedShare {
  const sealed = withoutReached(keys, readership.book).flatMap((epoch) => {
    const share = shareOf(epoch, prekey.person, readership);
    if (share === null) return [];
    const headersOnly = share === "headers";
    return [{ epoch, headersOnly, ...sealBoxes(epoch, [prekey], box, { headersOnly }) }];
  });
  return {
    writes: sealed.map(({ epoch: { scope, epoch }, headersOnly, recipients }) => ({
      scope,
      epoch,
      body: { type: headersOnly ? "epoch.headers" : "epoch.rebox", epoch, recipients },
    })),
    boxes: sealed.flatMap(({ boxes }) => boxes),
  };
}

function refuse(code: JoinRefusal, detail: string): JoinCheck {
  return { ok: false, code, detail };
}
