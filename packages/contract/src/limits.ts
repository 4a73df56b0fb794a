/**
 * Every bound of the HTTP surface, with its reason. The same figures hold inside the node, so that what
 * passes here is never refused later for its size.
 */

/** UTF-8 bytes of a message's text: a sealed event with its padding must stay within one frame of 64 KiB. */
export const TEXT_BYTES_MAX = 16_384;
/** Code points of a name of a person, space or channel: one line on a phone. */
export const NAME_CHARS_MAX = 80;
/** Of why a message is reported. */
export const REASON_CHARS_MAX = 280;
/** Of a person's picture, which everybody in their spaces gets and keeps. */
export const AVATAR_BYTES_MAX = 16_384;
/** UTF-16 units looked at before a name is normalised: normalising is not free, and a megabyte is no name. */
export const NAME_UNITS_MAX = 1_024;
/** UTF-8 bytes of a reaction: the longest emoji sequences of Unicode need about 40. */
export const EMOJI_BYTES_MAX = 64;
/** Characters of an idempotency key: a UUID with a generous prefix. */
export const CLIENT_ID_CHARS_MAX = 128;
/** Characters of an id or a name in a path or query: 80 code points outside the BMP are 160 units. */
export const REFERENCE_CHARS_MAX = 256;
/** Characters of an invitation link: seed, ids and a handful of address hints. */
export const LINK_CHARS_MAX = 4_096;
/** Characters of a peer's address: a DNS name has at most 253, and a port. */
export const ADDRESS_CHARS_MAX = 300;
/** Characters of a log cursor. */
export const CURSOR_CHARS_MAX = 64;
/** Messages in one batch: one durable commit that still answers in a few milliseconds. */
export const BATCH_MESSAGES_MAX = 256;
/** Unread messages are counted to here: beyond it a list shows "999+", and a count need not walk a whole history. */
export const UNREAD_MAX = 999;
/** Pixels of a remembered place: the longest message on the narrowest phone is about 40,000 high. */
export const PLACE_OFFSET_MAX = 100_000;
/** Characters of a search: a long sentence. */
export const SEARCH_CHARS_MAX = 512;
/** Items of one page. */
export const PAGE_ITEMS_MAX = 500;
/** Items of a page when the caller does not say. */
export const PAGE_ITEMS_DEFAULT = 50;
/** Bytes of a request's body. */
export const BODY_BYTES_MAX = 1_048_576;
/** Bytes of a batch's body: 256 texts of 16 KiB with their JSON escapes. */
export const BATCH_BODY_BYTES_MAX = 8_388_608;
/** How long `POST /api/join` waits by default, and at most, before it answers 202. */
export const JOIN_WAIT_MS_DEFAULT = 20_000;
export const JOIN_WAIT_MS_MAX = 60_000;
/** Characters of the digits that confirm a device: six, and blanks between them. */
export const DEVICE_CODE_CHARS_MAX = 32;
/** UTF-16 units of a passphrase: more than anybody types. */
export const PASSPHRASE_UNITS_MAX = 1_024;
/** The same of 24 recovery words with what separates them. */
export const RECOVERY_UNITS_MAX = 1_024;
/** Characters of a number that was seen on another device: 18 words, or 60 digits, and what separates them. */
export const SEEN_CHARS_MAX = 512;
/** Seconds for which a message may be kept: time to be read, and a year. */
export const LIFETIME_S_MIN = 60;
export const LIFETIME_S_MAX = 31_536_000;
/** Uses of one invitation: a class or a club; a larger circle wants a second link that can be revoked alone. */
export const INVITE_USES_MAX = 1_000;
/** An invitation lives from a minute to a year. */
export const INVITE_EXPIRES_MS_MIN = 60_000;
export const INVITE_EXPIRES_MS_MAX = 31_536_000_000;
export const INVITE_EXPIRES_DEFAULT = "7d";
/** A token for a program lives a month unless its maker says otherwise. */
export const TOKEN_TTL_DEFAULT = "30d";
/** Bytes of one frame a client may send over the WebSocket: it has only short operations to send. */
export const SOCKET_FRAME_BYTES_MAX = 65_536;
/** Seconds a poll waits for an entry by default, and at most: under the minute after which proxies give up. */
export const POLL_WAIT_S_DEFAULT = 25;
export const POLL_WAIT_S_MAX = 55;

/** People whom one call puts into a new private channel. */
export const CHANNEL_PEOPLE_MAX = 512;
/** People whom one call asks into a group. */
export const GROUP_PEOPLE_MAX = 64;

/** Characters of a new passphrase: fewer are guessed, however slow one guess is. */
export const PASSPHRASE_CHARS_MIN = 8;
/** Characters of a passphrase: more than anybody types, and little to hash. */
export const PASSPHRASE_CHARS_MAX = 1_024;
/** Minutes without a person after which a node may be told to lock itself: a month. */
export const AUTO_LOCK_MINUTES_MAX = 43_200;
