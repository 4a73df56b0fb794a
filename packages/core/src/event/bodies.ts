/**
 * What events say, by kind: one CBOR array of fixed positions each. Owns form and bounds; whether the author
 * may say it, and whether signatures inside it hold, is membership's. spec/event EV3, EV23, EV24.
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
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { certificateValue, decodeCertificate, decodePrekey, prekeyValue } from "../identity/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import type { ChannelId, EpochId, EventId, InviteId, PersonId, ScopeId } from "../ids.ts";
import { readFences, writeFences } from "./fences.ts";
import type { Fence } from "./fences.ts";
import { kindName } from "./kinds.ts";
import type { KindName } from "./kinds.ts";
import { EVENT_BYTES_MAX, INVITE_USES_MAX, JOIN_REQUEST_BYTES_MAX, NAME_CHARS_MAX } from "./limits.ts";
import { readPeople, writePeople } from "./people.ts";
import { readRecipients, writeRecipients } from "./recipients.ts";
import type { BoxRecipient } from "./recipients.ts";
import { checkEmoji, checkName, checkText } from "./text.ts";

export interface SpaceCreateBody {
  readonly type: "space.create";
  readonly person: PersonId;
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
  readonly name: string;
  readonly spaceKind: "community" | "group";
  readonly personName: string;
  /** 32 bytes; the space's id commits to them. */
  readonly salt: Uint8Array;
}

export interface ChannelCreateBody {
  readonly type: "channel.create";
  readonly channel: ChannelId;
  readonly scope: ScopeId;
  readonly name: string;
}

export interface InviteCreateBody {
  readonly type: "invite.create";
  readonly invite: InviteId;
  /** 32 bytes: the Ed25519 key that signs join requests. */
  readonly publicKey: Uint8Array;
  readonly role: "member" | "reader";
  readonly usesMax: number;
  readonly expiresMs: number | null;
  /** 32 bytes: by it inviters and joiners find each other. */
  readonly discoveryKey: Uint8Array;
}

export interface InviteRevokeBody {
  readonly type: "invite.revoke";
  readonly invite: InviteId;
}

export interface MemberAdmitBody {
  readonly type: "member.admit";
  /** An encoded join request; its reader is membership. */
  readonly request: Uint8Array;
}

export interface ProfileSetBody {
  readonly type: "profile.set";
  readonly name: string;
}

/** By the person itself: a leave. */
export interface MemberRemoveBody {
  readonly type: "member.remove";
  readonly person: PersonId;
  /** In ascending order once encoded. A device of the person that has none is heard no further at all. */
  readonly fences: readonly Fence[];
}

export interface MemberRoleBody {
  readonly type: "member.role";
  readonly person: PersonId;
  readonly role: "owner" | "admin" | "member" | "reader";
}

/** Lets an admission count that concurrent ones had left without a use of its invite. */
export interface MemberConfirmBody {
  readonly type: "member.confirm";
  readonly admission: EventId;
}

/** Another name of the space. */
export interface SpaceUpdateBody {
  readonly type: "space.update";
  readonly name: string;
}

export interface EpochCreateBody {
  readonly type: "epoch.create";
  readonly profile: "archive";
  /** In ascending order once encoded. */
  readonly recipients: readonly BoxRecipient[];
}

export interface EpochReboxBody {
  readonly type: "epoch.rebox";
  readonly epoch: EpochId;
  readonly recipients: readonly BoxRecipient[];
}

/** First event of a private channel's scope, whose id commits to all of it. */
export interface ChannelFoundBody {
  readonly type: "channel.found";
  readonly name: string;
  /** 32 bytes. */
  readonly salt: Uint8Array;
}

export interface ChannelAddBody {
  readonly type: "channel.add";
  /** Members of the space; in ascending order once encoded. */
  readonly people: readonly PersonId[];
}

/** By the person itself: a leave. */
export interface ChannelRemoveBody {
  readonly type: "channel.remove";
  readonly person: PersonId;
  readonly fences: readonly Fence[];
}

/** How far somebody is heard in a private channel whom a removal has taken out of the space. */
export interface ChannelFenceBody {
  readonly type: "channel.fence";
  readonly person: PersonId;
  /** The member.remove. */
  readonly removal: EventId;
  readonly fences: readonly Fence[];
}

export interface MessagePostBody {
  readonly type: "message.post";
  readonly channel: ChannelId;
  readonly text: string;
  readonly replyTo: EventId | null;
}

export interface ReactionSetBody {
  readonly type: "reaction.set";
  readonly message: EventId;
  readonly emoji: string;
  readonly present: boolean;
}

export interface MergeBody {
  readonly type: "merge";
}

export type Body =
  | SpaceCreateBody
  | ChannelCreateBody
  | InviteCreateBody
  | InviteRevokeBody
  | MemberAdmitBody
  | ProfileSetBody
  | MemberRemoveBody
  | MemberRoleBody
  | SpaceUpdateBody
  | MemberConfirmBody
  | EpochCreateBody
  | EpochReboxBody
  | ChannelFoundBody
  | ChannelAddBody
  | ChannelRemoveBody
  | ChannelFenceBody
  | MessagePostBody
  | ReactionSetBody
  | MergeBody;

const KEY_BYTES = 32;
const SPACE_KINDS = ["community", "group"] as const;
/** By rank. */
const MEMBER_ROLES = ["owner", "admin", "member", "reader"] as const;
/** By rank: 0 owner and 1 admin are not granted by invites. */
const INVITE_ROLES = [null, null, "member", "reader"] as const;
const PROFILE_ARCHIVE = 0;
const NAME_TEXT = { bytesMax: 4 * NAME_CHARS_MAX };
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

const FIELD_COUNTS: Readonly<Record<KindName, number>> = {
  "space.create": 7,
  "channel.create": 3,
  "invite.create": 6,
  "invite.revoke": 1,
  "member.admit": 1,
  "profile.set": 1,
  "member.remove": 2,
  "member.role": 2,
  "space.update": 1,
  "member.confirm": 1,
  "epoch.create": 2,
  "epoch.rebox": 2,
  "channel.found": 2,
  "channel.add": 1,
  "channel.remove": 2,
  "channel.fence": 3,
  "message.post": 3,
  "reaction.set": 3,
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
      ];
    case "invite.revoke":
      return [idBytes(body.invite)];
    case "member.admit":
      return [readRequest(body.request)];
    case "profile.set":
      return [checkName(body.name)];
    case "member.remove":
      return [idBytes(body.person), writeFences(body.fences)];
    case "member.role":
      return [idBytes(body.person), MEMBER_ROLES.indexOf(body.role)];
    case "space.update":
      return [checkName(body.name)];
    case "member.confirm":
      return [idBytes(body.admission)];
    case "epoch.create":
      return [PROFILE_ARCHIVE, writeRecipients(body.recipients)];
    case "epoch.rebox":
      return [idBytes(body.epoch), writeRecipients(body.recipients)];
    case "channel.found":
      return [checkName(body.name), readBytes(body.salt, KEY_BYTES, "channel salt")];
    case "channel.add":
      return [writePeople(body.people)];
    case "channel.remove":
      return [idBytes(body.person), writeFences(body.fences)];
    case "channel.fence":
      return [idBytes(body.person), idBytes(body.removal), writeFences(body.fences)];
    case "message.post":
      return [
        idBytes(body.channel),
        checkText(body.text),
        body.replyTo === null ? null : idBytes(body.replyTo),
      ];
    case "reaction.set":
      return [idBytes(body.message), checkEmoji(body.emoji), body.present];
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
      };
    case "invite.revoke":
      return { type, invite: readId<InviteId>(fields[0], 16, "invite id") };
    case "member.admit":
      return { type, request: readRequest(fields[0]) };
    case "profile.set":
      return { type, name: readName(fields[0], "profile name") };
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
    case "epoch.create":
      readUint(fields[0], "epoch profile", PROFILE_ARCHIVE);
      return { type, profile: "archive", recipients: readRecipients(fields[1]) };
    case "epoch.rebox":
      return {
        type,
        epoch: readId<EpochId>(fields[0], 32, "re-boxed epoch"),
        recipients: readRecipients(fields[1]),
      };
    case "channel.found":
      return {
        type,
        name: readName(fields[0], "channel name"),
        salt: readBytes(fields[1], KEY_BYTES, "channel salt"),
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
    case "message.post":
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

function readExpiry(value: CborValue | undefined): number | null {
  return readNullable(value, (ms) => readUint(ms, "invite expiry"));
}

function readRequest(value: CborValue | undefined): Uint8Array {
  return readBytes(value, { min: 1, max: JOIN_REQUEST_BYTES_MAX }, "join request");
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
