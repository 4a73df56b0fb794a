/**
 * What events say, by kind: one CBOR array of fixed positions each. Owns form and bounds; whether the author
 * may say it, and whether signatures inside it hold, is membership's. spec/event EV3, EV23, EV24, EV36.
 */
import {
  coreError,
  decodeCbor,
  encodeCbor,
  readArray,
  readBool,
  readBytes,
  readId,
  readNullable,
  readText,
  readUint,
  SIGNATURE_BYTES,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { certificateValue, decodeCertificate, decodePrekey, prekeyValue } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import type { ChannelId, DeviceId, EpochId, EventId, InviteId, PersonId, ScopeId } from "../ids.ts";
import { EQUIVOCATION_PROOF_BYTES_MAX } from "./equivocation.ts";
import { readFences, writeFences } from "./fences.ts";
import type { Body, InviteMode, ProfileSetBody } from "./body-types.ts";
import { kindName } from "./kinds.ts";
import type { KindName } from "./kinds.ts";
import {
  AVATAR_BYTES_MAX,
  EVENT_BYTES_MAX,
  INVITE_USES_MAX,
  JOIN_REQUEST_BYTES_MAX,
  LIFETIME_S_MAX,
  LIFETIME_S_MIN,
  NAME_CHARS_MAX,
  STATUS_CHARS_MAX,
} from "./limits.ts";
import { readLinks, writeLinks } from "./links.ts";
import { profileNumber, readProfile } from "./profile.ts";
import { readPeople, writePeople } from "./people.ts";
import { readRecipients, writeRecipients } from "./recipients.ts";
import { readReportBoxes, REPORT_SEALED_BYTES, writeReportBoxes } from "./report-boxes.ts";
import { checkEmoji, checkName, checkStatus, checkText } from "./text.ts";

const KEY_BYTES = 32;
const SPACE_KINDS = ["community", "group", "direct"] as const;
/** By rank. */
const MEMBER_ROLES = ["owner", "admin", "member", "reader"] as const;
/** The mode of an invite that is not gated. */
const OPEN = 1;
/** By rank: 0 owner and 1 admin are not granted by invites. */
const INVITE_ROLES = [null, null, "member", "reader"] as const;
const NAME_TEXT = { bytesMax: 4 * NAME_CHARS_MAX };
const STATUS_TEXT = { bytesMax: 4 * STATUS_CHARS_MAX };
/** The event bounds it; checkText says what is too long in words of its own. */
const MESSAGE_TEXT = { bytesMax: EVENT_BYTES_MAX };

/** The payload. Throws NAME_INVALID, TEXT_TOO_LONG, TEXT_INVALID, MALFORMED for what no receiver would take. */
export function encodeBody(body: Body): Uint8Array {
  return encodeCbor(bodyFields(body));
}

/**
 * Throws UNKNOWN_KIND for a reserved number, MALFORMED, CBOR_*, NAME_INVALID, TEXT_TOO_LONG, TEXT_INVALID,
 * RECIPIENTS_INVALID. Signatures inside are not checked.
 */
export function decodeBody(kind: number, bytes: Uint8Array): Body {
  const type = kindName(kind);
  if (type === null) {
    throw coreError(
      "UNKNOWN_KIND",
      `kind ${kind} is of a newer version; the event is kept, update to see it`,
    );
  }
  const fields = readArray(decodeCbor(bytes, { bytesMax: EVENT_BYTES_MAX }), FIELD_COUNTS[type], type);
  return readBody(type, fields);
}

const FIELD_COUNTS: Readonly<Record<KindName, number | { readonly min: number; readonly max: number }>> = {
  "space.create": 8,
  "channel.create": 3,
  "invite.create": { min: 6, max: 7 },
  "invite.revoke": 1,
  "member.admit": 1,
  "profile.set": { min: 1, max: 3 },
  "member.remove": 2,
  "member.role": 2,
  "space.update": 1,
  "member.confirm": 1,
  "device.link": 3,
  "device.remove": 4,
  "device.name": 2,
  "device.suspend": 3,
  "device.prekey": 1,
  "epoch.create": 2,
  "epoch.rebox": 2,
  "epoch.headers": 2,
  "epoch.link": 1,
  "channel.found": 3,
  "channel.add": 1,
  "channel.remove": 2,
  "channel.fence": 3,
  "channel.expiry": 2,
  "message.post": 3,
  "message.expire": 3,
  "reaction.set": 3,
  "message.edit": 2,
  "message.delete": 1,
  "message.pin": 2,
  "message.report": 2,
  merge: 0,
};

function bodyFields(body: Body): readonly CborValue[] {
  switch (body.type) {
    case "space.create":
      return [
        idBytes(body.person),
        certificateValue(body.certificate),
        prekeyValue(body.prekey),
        checkName(body.name),
        SPACE_KINDS.indexOf(body.spaceKind),
        checkName(body.personName),
        readBytes(body.salt, KEY_BYTES, "space salt"),
        profileNumber(body.profile),
      ];
    case "channel.create":
      return [idBytes(body.channel), idBytes(body.scope), checkName(body.name)];
    case "invite.create":
      return [
        idBytes(body.invite),
        readBytes(body.publicKey, KEY_BYTES, "invite public key"),
        INVITE_ROLES.indexOf(body.role),
        readUses(body.usesMax),
        readExpiry(body.expiresMs),
        readBytes(body.discoveryKey, KEY_BYTES, "invite discovery key"),
        ...(body.mode === "open" ? [OPEN] : []),
      ];
    case "invite.revoke":
      return [idBytes(body.invite)];
    case "member.admit":
      return [readRequest(body.request)];
    case "profile.set":
      return [checkName(body.name), ...profileFields(body)];
    case "member.remove":
      return [idBytes(body.person), writeFences(body.fences)];
    case "member.role":
      return [idBytes(body.person), MEMBER_ROLES.indexOf(body.role)];
    case "space.update":
      return [checkName(body.name)];
    case "member.confirm":
      return [idBytes(body.admission)];
    case "device.link":
      return [certificateValue(body.certificate), prekeyValue(body.prekey), checkName(body.name)];
    case "device.remove":
      return [
        idBytes(body.person),
        idBytes(body.device),
        writeFences(body.fences),
        body.rootSignature && readBytes(body.rootSignature, SIGNATURE_BYTES, "root signature"),
      ];
    case "device.name":
      return [idBytes(body.device), checkName(body.name)];
    case "device.suspend":
      return [idBytes(body.device), readProof(body.proof), writeFences(body.fences)];
    case "device.prekey":
      return [prekeyValue(body.prekey)];
    case "epoch.create":
      return [profileNumber(body.profile), writeRecipients(body.recipients)];
    case "epoch.rebox":
    case "epoch.headers":
      return [idBytes(body.epoch), writeRecipients(body.recipients)];
    case "epoch.link":
      return [writeLinks(body.links)];
    case "channel.found":
      return [
        checkName(body.name),
        readBytes(body.salt, KEY_BYTES, "channel salt"),
        profileNumber(body.profile),
      ];
    case "channel.add":
      return [writePeople(body.people)];
    case "channel.remove":
      return [idBytes(body.person), writeFences(body.fences)];
    case "channel.fence":
      return [idBytes(body.person), idBytes(body.removal), writeFences(body.fences)];
    case "channel.expiry":
      return [idBytes(body.channel), readLifetime(body.seconds)];
    case "message.post":
    case "message.expire":
      return [
        idBytes(body.channel),
        checkText(body.text),
        body.replyTo === null ? null : idBytes(body.replyTo),
      ];
    case "reaction.set":
      return [idBytes(body.message), checkEmoji(body.emoji), body.present];
    case "message.edit":
      return [idBytes(body.message), checkText(body.text)];
    case "message.delete":
      return [idBytes(body.message)];
    case "message.pin":
      return [idBytes(body.message), body.present];
    case "message.report":
      return [readBytes(body.sealed, REPORT_SEALED_BYTES, "sealed report"), writeReportBoxes(body.boxes)];
    case "merge":
      return [];
  }
}

function readBody(type: KindName, fields: readonly CborValue[]): Body {
  switch (type) {
    case "space.create":
      return {
        type,
        person: readId<PersonId>(fields[0], 32, "space founder"),
        certificate: decodeCertificate(readArrayField(fields[1], "space certificate")),
        prekey: decodePrekey(readArrayField(fields[2], "space prekey")),
        name: readName(fields[3], "space name"),
        spaceKind: readChoice(fields[4], SPACE_KINDS, "space kind"),
        personName: readName(fields[5], "founder name"),
        salt: readBytes(fields[6], KEY_BYTES, "space salt"),
        profile: readProfile(fields[7]),
      };
    case "channel.create":
      return {
        type,
        channel: readId<ChannelId>(fields[0], 16, "channel id"),
        scope: readId<ScopeId>(fields[1], 32, "channel scope"),
        name: readName(fields[2], "channel name"),
      };
    case "invite.create":
      return {
        type,
        invite: readId<InviteId>(fields[0], 16, "invite id"),
        publicKey: readBytes(fields[1], KEY_BYTES, "invite public key"),
        role: readChoice(fields[2], INVITE_ROLES, "invite role"),
        usesMax: readUses(fields[3]),
        expiresMs: readExpiry(fields[4]),
        discoveryKey: readBytes(fields[5], KEY_BYTES, "invite discovery key"),
        mode: readMode(fields[6]),
      };
    case "invite.revoke":
      return { type, invite: readId<InviteId>(fields[0], 16, "invite id") };
    case "member.admit":
      return { type, request: readRequest(fields[0]) };
    case "profile.set":
      return { type, name: readName(fields[0], "profile name"), ...readProfileFields(fields.slice(1)) };
    case "member.remove":
      return {
        type,
        person: readId<PersonId>(fields[0], 32, "removed person"),
        fences: readFences(fields[1]),
      };
    case "member.role":
      return {
        type,
        person: readId<PersonId>(fields[0], 32, "person whose rank changes"),
        role: readChoice(fields[1], MEMBER_ROLES, "rank"),
      };
    case "space.update":
      return { type, name: readName(fields[0], "space name") };
    case "member.confirm":
      return { type, admission: readId<EventId>(fields[0], 32, "confirmed admission") };
    case "device.link":
      return {
        type,
        certificate: decodeCertificate(readArrayField(fields[0], "device certificate")),
        prekey: decodePrekey(readArrayField(fields[1], "device prekey")),
        name: readName(fields[2], "device name"),
      };
    case "device.remove":
      return {
        type,
        person: readId<PersonId>(fields[0], 32, "person of the removed device"),
        device: readId<DeviceId>(fields[1], 32, "removed device"),
        fences: readFences(fields[2]),
        rootSignature: readNullable(fields[3], (value) =>
          readBytes(value, SIGNATURE_BYTES, "root signature"),
        ),
      };
    case "device.name":
      return {
        type,
        device: readId<DeviceId>(fields[0], 32, "named device"),
        name: readName(fields[1], "device name"),
      };
    case "device.suspend":
      return {
        type,
        device: readId<DeviceId>(fields[0], 32, "suspended device"),
        proof: readProof(fields[1]),
        fences: readFences(fields[2]),
      };
    case "device.prekey":
      return { type, prekey: decodePrekey(readArrayField(fields[0], "new prekey")) };
    case "epoch.create":
      return { type, profile: readProfile(fields[0]), recipients: readRecipients(fields[1]) };
    case "epoch.rebox":
    case "epoch.headers":
      return {
        type,
        epoch: readId<EpochId>(fields[0], 32, "re-boxed epoch"),
        recipients: readRecipients(fields[1]),
      };
    case "epoch.link":
      return { type, links: readLinks(fields[0]) };
    case "channel.found":
      return {
        type,
        name: readName(fields[0], "channel name"),
        salt: readBytes(fields[1], KEY_BYTES, "channel salt"),
        profile: readProfile(fields[2]),
      };
    case "channel.add":
      return { type, people: readPeople(fields[0]) };
    case "channel.remove":
      return {
        type,
        person: readId<PersonId>(fields[0], 32, "person removed from a channel"),
        fences: readFences(fields[1]),
      };
    case "channel.fence":
      return {
        type,
        person: readId<PersonId>(fields[0], 32, "person fenced"),
        removal: readId<EventId>(fields[1], 32, "removal that the fence is about"),
        fences: readFences(fields[2]),
      };
    case "channel.expiry":
      return {
        type,
        channel: readId<ChannelId>(fields[0], 16, "channel id"),
        seconds: readLifetime(fields[1]),
      };
    case "message.post":
    case "message.expire":
      return {
        type,
        channel: readId<ChannelId>(fields[0], 16, "message channel"),
        text: checkText(readText(fields[1], MESSAGE_TEXT, "message text")),
        replyTo: readNullable(fields[2], (value) => readId<EventId>(value, 32, "message replied to")),
      };
    case "reaction.set":
      return {
        type,
        message: readId<EventId>(fields[0], 32, "message reacted to"),
        emoji: checkEmoji(readText(fields[1], MESSAGE_TEXT, "reaction")),
        present: readBool(fields[2], "reaction present"),
      };
    case "message.edit":
      return {
        type,
        message: readId<EventId>(fields[0], 32, "message edited"),
        text: checkText(readText(fields[1], MESSAGE_TEXT, "edited text")),
      };
    case "message.delete":
      return { type, message: readId<EventId>(fields[0], 32, "message deleted") };
    case "message.pin":
      return {
        type,
        message: readId<EventId>(fields[0], 32, "message pinned"),
        present: readBool(fields[1], "pin present"),
      };
    case "message.report":
      return {
        type,
        sealed: readBytes(fields[0], REPORT_SEALED_BYTES, "sealed report"),
        boxes: readReportBoxes(fields[1]),
      };
    case "merge":
      return { type };
  }
}

function readName(value: CborValue | undefined, what: string): string {
  return checkName(readText(value, NAME_TEXT, what));
}

function readUses(value: CborValue | undefined): number {
  const uses = readUint(value, "invite uses", INVITE_USES_MAX);
  if (uses === 0) throw coreError("MALFORMED", "invite uses is zero; an invite lets at least one person in");
  return uses;
}

function readLifetime(value: CborValue | undefined): number | null {
  const seconds = readNullable(value, (one) => readUint(one, "channel expiry", LIFETIME_S_MAX));
  if (seconds === null || seconds >= LIFETIME_S_MIN) return seconds;
  throw coreError("MALFORMED", `messages are kept ${LIFETIME_S_MIN} seconds at least, or for good`);
}

/** Left out of gated invites, so that each has one encoding and those of before stay what they are. */
function readMode(value: CborValue | undefined): InviteMode {
  if (value === undefined) return "gated";
  if (value === OPEN) return "open";
  throw coreError("MALFORMED", "invite mode is of a newer version; the event is kept, update to see it");
}

/** Left out where there is neither, so that a profile of a name alone stays what it was. */
function profileFields({ status, avatar }: ProfileSetBody): readonly CborValue[] {
  if (status === null && avatar === null) return [];
  return [
    status === null ? null : checkStatus(status),
    avatar && readBytes(avatar, { min: 1, max: AVATAR_BYTES_MAX }, "profile picture"),
  ];
}

function readProfileFields(fields: readonly CborValue[]): Pick<ProfileSetBody, "status" | "avatar"> {
  if (fields.length === 0) return { status: null, avatar: null };
  const [status, avatar] = [
    readNullable(fields[0], (text) => checkStatus(readText(text, STATUS_TEXT, "profile status"))),
    readNullable(fields[1], (bytes) =>
      readBytes(bytes, { min: 1, max: AVATAR_BYTES_MAX }, "profile picture"),
    ),
  ];
  if (fields.length === 2 && (status !== null || avatar !== null)) return { status, avatar };
  throw coreError("MALFORMED", "a profile with neither status nor picture has its name alone");
}

function readExpiry(value: CborValue | undefined): number | null {
  return readNullable(value, (ms) => readUint(ms, "invite expiry"));
}

function readRequest(value: CborValue | undefined): Uint8Array {
  return readBytes(value, { min: 1, max: JOIN_REQUEST_BYTES_MAX }, "join request");
}

function readProof(value: CborValue | undefined): Uint8Array {
  return readBytes(value, { min: 1, max: EQUIVOCATION_PROOF_BYTES_MAX }, "equivocation proof");
}

/** Credentials stand inside a body as arrays only: as byte strings they would have a second encoding. */
function readArrayField(value: CborValue | undefined, what: string): CborValue {
  return readArray(value, { max: 16 }, what);
}

function readChoice<Choice extends string>(
  value: CborValue | undefined,
  choices: readonly (Choice | null)[],
  what: string,
): Choice {
  const choice = choices[readUint(value, what, choices.length - 1)];
  if (choice === null || choice === undefined)
    throw coreError("MALFORMED", `${what} is not one that we know`);
  return choice;
}
