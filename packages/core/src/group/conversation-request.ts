/**
 * A request to talk: an invite into a direct conversation or a group, handed by one of its people to a device of
 * another. It names no sender: that is whoever proved himself on the link that it came over. spec/invite IN23-IN25.
 */
import {
  CoreError,
  coreError,
  decodeCbor,
  encodeCbor,
  readArray,
  readBytes,
  readId,
  readNullable,
  readText,
  readUint,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { checkName, checkText, NAME_CHARS_MAX, profileNumber, readProfile } from "../event/index.ts";
import type { Profile } from "../event/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EventId, PersonId, SpaceId } from "../ids.ts";
import { spaceIdOf } from "../membership/index.ts";
import type { PeerAddress } from "../ports/index.ts";
import { SALT_BYTES } from "./found-space.ts";
import { INVITE_SEED_BYTES } from "./invite-keys.ts";
import { encodeInviteLink, hintsValue, readHints } from "./invite-link.ts";

/** Eight longest hints, the longest name and text, the fixed fields. */
export const REQUEST_BYTES_MAX = 4_096;
/** What a stranger may put before somebody's eyes: a sentence or two. */
export const REQUEST_TEXT_CHARS_MAX = 280;

interface RequestedSpace {
  /** 16 bytes of the invite that it carries: see inviteKeys. */
  readonly seed: Uint8Array;
  readonly space: SpaceId;
  /** A control event that the space's log must contain. */
  readonly head: EventId;
  readonly hints: readonly PeerAddress[];
  /** What it begins with; null: nothing yet. */
  readonly text: string | null;
}

/** founding: by whose device and under which salt, so that the id proves whose conversation it is. */
export type ConversationRequest = RequestedSpace &
  (
    | {
        readonly kind: "direct";
        readonly founding: {
          readonly device: DeviceId;
          readonly salt: Uint8Array;
          readonly profile: Profile;
        };
      }
    | { readonly kind: "group"; readonly name: string }
  );

const VERSION = 1;
const GROUP = 1;
const DIRECT = 2;

/** Throws NAME_INVALID, TEXT_INVALID, TEXT_TOO_LONG. */
export function encodeConversationRequest(request: ConversationRequest): Uint8Array {
  const { seed, space, head, hints, text } = request;
  const isDirect = request.kind === "direct";
  return encodeCbor([
    VERSION,
    isDirect ? DIRECT : GROUP,
    seed,
    idBytes(space),
    idBytes(head),
    hintsValue(hints),
    isDirect ? foundingValue(request.founding) : checkName(request.name),
    text === null ? null : checkFirstText(text),
  ]);
}

/** Throws MALFORMED, CBOR_*, NAME_INVALID, TEXT_INVALID, TEXT_TOO_LONG. Whether it is its bearer's: isRequestOf. */
export function decodeConversationRequest(bytes: Uint8Array): ConversationRequest {
  const value = decodeCbor(bytes, { bytesMax: REQUEST_BYTES_MAX });
  const [version, kind, seed, space, head, hints, about, text] = readArray(value, 8, "request");
  if (readUint(version, "request version") !== VERSION)
    throw coreError("MALFORMED", "the request has a version that this device does not know");
  const shared = {
    seed: readBytes(seed, INVITE_SEED_BYTES, "request seed"),
    space: readId<SpaceId>(space, 32, "request space"),
    head: readId<EventId>(head, 32, "request head"),
    hints: readHints(hints),
    text: readNullable(text, (first) =>
      checkFirstText(readText(first, { bytesMax: 4 * REQUEST_TEXT_CHARS_MAX }, "request text")),
    ),
  };
  switch (readUint(kind, "request kind")) {
    case GROUP:
      return {
        ...shared,
        kind: "group",
        name: checkName(readText(about, { bytesMax: 4 * NAME_CHARS_MAX }, "request name")),
      };
    case DIRECT: {
      const [device, salt, profile] = readArray(about, 3, "request founding");
      const founding = {
        device: readId<DeviceId>(device, 32, "founding device"),
        salt: readBytes(salt, SALT_BYTES, "founding salt"),
        profile: readProfile(profile),
      };
      return { ...shared, kind: "direct", founding };
    }
    default:
      throw coreError("MALFORMED", "the request is for a kind of space that this device does not know");
  }
}

/** As decodeConversationRequest; the code of what is wrong instead of a throw. */
export function readConversationRequest(bytes: Uint8Array): ConversationRequest | string {
  try {
    return decodeConversationRequest(bytes);
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
}

/** Whether its space is one between these two: a direct conversation that somebody else founded is nobody's to offer. */
export function isRequestOf(
  request: ConversationRequest,
  { from, to }: { readonly from: PersonId; readonly to: PersonId },
): boolean {
  if (from === to) return false;
  if (request.kind === "group") return true;
  const founding = { person: from, ...request.founding, kind: "direct", name: to } as const;
  return spaceIdOf(founding) === request.space;
}

/** The invite link that lies in it. */
export function linkOfRequest(request: ConversationRequest): string {
  const spaceName = request.kind === "group" ? request.name : null;
  return encodeInviteLink({ ...request, spaceName });
}

/** The beginning of a text, as much as a request may carry. */
export function cutFirstText(text: string): string {
  const chars = Array.from(text);
  if (chars.length <= REQUEST_TEXT_CHARS_MAX) return text;
  return `${chars
    .slice(0, REQUEST_TEXT_CHARS_MAX - 1)
    .join("")
    .trimEnd()}…`;
}

function foundingValue({
  device,
  salt,
  profile,
}: Extract<ConversationRequest, { kind: "direct" }>["founding"]): CborValue {
  return [idBytes(device), salt, profileNumber(profile)];
}

function checkFirstText(text: string): string {
  if (text.trim() === "" || Array.from(text).length > REQUEST_TEXT_CHARS_MAX)
    throw coreError(
      "TEXT_INVALID",
      `a request carries 1 to ${REQUEST_TEXT_CHARS_MAX} characters; send the rest as a message`,
    );
  return checkText(text);
}
