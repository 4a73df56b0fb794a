/**
 * The link by which an invite travels. Owns its form and its bounds; forgives blanks, line breaks and
 * text around it, and nothing inside it. Whoever holds a link may ask to join. spec/invite IN14-IN18.
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
import { checkName, NAME_CHARS_MAX } from "../event/index.ts";
import { idBytes } from "../ids.ts";
import type { EventId, SpaceId } from "../ids.ts";
import type { PeerAddress } from "../ports/index.ts";
import { INVITE_SEED_BYTES } from "./invite-keys.ts";

export const INVITE_LINK_PREFIX = "kith://join#";
/** Addresses of the inviter at the time: a host has few, and the link must stay short. */
export const INVITE_HINTS_MAX = 8;
/** Longest host name of DNS; addresses are shorter. */
export const HINT_HOST_BYTES_MAX = 253;
/** The payload of the longest link: eight longest hints, the longest name and the fixed fields. */
export const INVITE_LINK_BYTES_MAX = 2_560;
/** What is searched for a link: a message with one in it, not a document. */
export const INVITE_TEXT_CHARS_MAX = 16_384;

export interface InviteLink {
  /** 16 bytes: see inviteKeys. */
  readonly seed: Uint8Array;
  readonly space: SpaceId;
  /** A control event that the space's log must contain: no other log passes for it. */
  readonly head: EventId;
  readonly hints: readonly PeerAddress[];
  readonly spaceName: string | null;
}

export interface InviteLinkParts extends Omit<InviteLink, "spaceName"> {
  readonly spaceName?: string | null;
}

const VERSION = 1;
const hostPattern = /^[A-Za-z0-9.:_%-]+$/;
const linkPattern = /kith:\/\/join\/?#([A-Za-z0-9_-]+)/i;
const payloadPattern = /^(?:kith:\/\/join\/?#)?([A-Za-z0-9_-]+)$/i;

/** Hints that are not well formed, or too many, are left out: a link without them still works. Throws NAME_INVALID. */
export function encodeInviteLink({ seed, space, head, hints, spaceName = null }: InviteLinkParts): string {
  const payload = encodeCbor([
    VERSION,
    seed,
    idBytes(space),
    idBytes(head),
    hintsValue(hints),
    spaceName === null ? null : checkName(spaceName),
  ]);
  return INVITE_LINK_PREFIX + Buffer.from(payload).toString("base64url");
}

/** Finds the link in what a person pasted. Throws INVITE_MALFORMED. */
export function decodeInviteLink(text: string): InviteLink {
  if (text.length > INVITE_TEXT_CHARS_MAX) throw malformed("the text is too long");
  const found = [linkPattern.exec(text)?.[1], payloadPattern.exec(text.replace(/[\s<>]+/g, ""))?.[1]];
  let cause: unknown;
  for (const payload of new Set(found)) {
    if (payload === undefined) continue;
    try {
      return readPayload(payload);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      cause ??= error;
    }
  }
  throw cause === undefined
    ? malformed("there is no invite in it")
    : malformed("it is cut off or altered", cause);
}

function readPayload(payload: string): InviteLink {
  const bytes = new Uint8Array(Buffer.from(payload, "base64url"));
  // Buffer forgives stray bits in the last character; one link has one spelling.
  if (Buffer.from(bytes).toString("base64url") !== payload)
    throw coreError("MALFORMED", "the link is not base64url");
  const value = decodeCbor(bytes, { bytesMax: INVITE_LINK_BYTES_MAX });
  const [version, seed, space, head, hints, spaceName] = readArray(value, 6, "invite link");
  if (readUint(version, "invite link version") !== VERSION) {
    throw coreError("MALFORMED", "the link has a version that this device does not know");
  }
  return {
    seed: readBytes(seed, INVITE_SEED_BYTES, "invite seed"),
    space: readId<SpaceId>(space, 32, "invite space"),
    head: readId<EventId>(head, 32, "invite head"),
    hints: readHints(hints),
    spaceName: readNullable(spaceName, (name) =>
      checkName(readText(name, { bytesMax: 4 * NAME_CHARS_MAX }, "invite space name")),
    ),
  };
}

/** Those that are well formed, and not too many. */
export function hintsValue(hints: readonly PeerAddress[]): readonly CborValue[] {
  const kept = hints.filter(isHint).slice(0, INVITE_HINTS_MAX);
  return kept.map(({ host, port }) => [host, port]);
}

/** Throws MALFORMED. */
export function readHints(value: CborValue | undefined): PeerAddress[] {
  return readArray(value, { max: INVITE_HINTS_MAX }, "hints").map((hint) => {
    const [host, port] = readArray(hint, 2, "hint");
    const address = {
      host: readText(host, { bytesMax: HINT_HOST_BYTES_MAX }, "hint host"),
      port: readUint(port, "hint port", 65_535),
    };
    if (!isHint(address)) throw coreError("MALFORMED", "a hint is not an address");
    return address;
  });
}

function isHint({ host, port }: PeerAddress): boolean {
  return (
    host.length <= HINT_HOST_BYTES_MAX &&
    hostPattern.test(host) &&
    Number.isInteger(port) &&
    port >= 1 &&
    port <= 65_535
  );
}

function malformed(fact: string, cause?: unknown): CoreError {
  return coreError(
    "INVITE_MALFORMED",
    `this is not a whole invite link: ${fact}; copy it again, from kith:// to its end`,
    cause === undefined ? undefined : { cause },
  );
}
