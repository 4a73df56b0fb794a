/**
 * Identifiers. In memory each is a branded lower-case hex string, so that it can be a Map key and
 * compares in byte order; on the wire it is bytes. spec/event.
 */

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** 64 hex digits: the Ed25519 public key of a person's root. */
export type PersonId = Brand<"PersonId">;
/** 64 hex digits: the Ed25519 public key of one device. */
export type DeviceId = Brand<"DeviceId">;
/** 64 hex digits: hash of the founding commitment. */
export type SpaceId = Brand<"SpaceId">;
/** 64 hex digits: derived from the space id and the scope's label. */
export type ScopeId = Brand<"ScopeId">;
/** 64 hex digits: commits to the epoch's secrets. */
export type EpochId = Brand<"EpochId">;
/** 64 hex digits: hash of an event's outer form with its ciphertext hashed. */
export type EventId = Brand<"EventId">;
/** 32 hex digits. */
export type ChannelId = Brand<"ChannelId">;
/** 32 hex digits: hash of the invite's public key. */
export type InviteId = Brand<"InviteId">;
/** 32 hex digits: hash of a prekey's public keys. */
export type PrekeyId = Brand<"PrekeyId">;
/** 32 hex digits: HMAC(prekey id, epoch id)[0..16]. */
export type BoxName = Brand<"BoxName">;
/** 16 hex digits: an event id under the key of a day or a session. Means nothing under another key. spec/sync-cells CE1. */
export type ShortId = Brand<"ShortId">;

export type AnyId =
  | PersonId
  | DeviceId
  | SpaceId
  | ScopeId
  | EpochId
  | EventId
  | ChannelId
  | InviteId
  | PrekeyId
  | BoxName
  | ShortId;

/** Our longest ids. */
const ID_BYTES_MAX = 32;
// Asking a short array for its buffer moves it out of the heap, which costs five times what the hex costs.
const hexInput = Buffer.alloc(ID_BYTES_MAX);

/** Hex of at most 32 bytes. The caller names the brand: `toId<EventId>(hash)`. */
export function toId<Id extends AnyId>(bytes: Uint8Array): Id {
  hexInput.set(bytes);
  return hexInput.toString("hex", 0, bytes.length) as Id;
}

/** Bytes of an id. */
export function idBytes(id: AnyId): Uint8Array {
  return Buffer.from(id, "hex");
}

const hex32 = /^[0-9a-f]{64}$/;
const hex16 = /^[0-9a-f]{32}$/;

/** True for 64 lower-case hex digits: person, device, space, scope, epoch and event ids. */
export function isId32(text: string): boolean {
  return hex32.test(text);
}

/** True for 32 lower-case hex digits: channel, invite, prekey ids and box names. */
export function isId16(text: string): boolean {
  return hex16.test(text);
}
