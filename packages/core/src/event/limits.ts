/** Bounds of events, each with its reason; docs/LIMITS.md repeats them for people. spec/event EV20-EV24. */

/** Largest number of a body in its device's chain of keys. A chain is left after 50, or 2,048 and a batch: this bounds what one event can make others derive. */
export const RATCHET_MAX = 2_303;
/** Whole outer form. A frame holds 64 KiB: this leaves room for the frame's own fields. */
export const EVENT_BYTES_MAX = 60 * 1024;
/** More heads than this are first joined by a merge event; bounds what one event can make others look up. */
export const PARENTS_MAX = 16;
/** Control heads cited by one content event; the same reason. */
export const AUTH_MAX = 16;
/** Largest seq: far beyond any device's life, and exact as a JavaScript number. */
export const SEQ_MAX = 2 ** 48 - 1;
/** Milliseconds since 1970; leaves four bytes for the bucket and stays exact. */
export const TIME_MS_MAX = 2 ** 48 - 1;
/** Events of one device or chain within one millisecond. */
export const TIME_COUNT_MAX = 2 ** 20 - 1;
/** Kinds are two bytes; unknown ones are kept and not interpreted. */
export const KIND_MAX = 65_535;
/** UTF-8 bytes of a message's text; longer texts are files. */
export const TEXT_BYTES_MAX = 16 * 1024;
/** Unicode code points of the name of a person, space or channel. */
export const NAME_CHARS_MAX = 80;
/** Unicode code points of what a person says about itself: a line or two. */
export const STATUS_CHARS_MAX = 140;
/** Of a person's picture. It lies in the control scope for good, and everybody who comes gets it: a small square is enough. */
export const AVATAR_BYTES_MAX = 16_384;
/** UTF-8 bytes of a reaction: the longest emoji sequences in use take about 40. */
export const EMOJI_BYTES_MAX = 64;
/** Boxes of one epoch event. 64 bytes each: 900 of them, padded, still fit one event; more go by re-box events. */
export const RECIPIENTS_MAX = 900;
/** Epochs whose secrets one event holds for those who hold its own. 128 bytes each: 440 of them, padded, still fit one event. */
export const LINKS_MAX = 440;
/** Fences of one removal. 102 bytes each: 512 of them, padded, still fit one event; a device not named is heard no further. */
export const FENCES_MAX = 512;
/** People whom one event adds to a private channel; more take another. 32 bytes each. */
export const CHANNEL_PEOPLE_MAX = 512;
/** Unicode code points of why somebody reports a message: a line or two for people to read. */
export const REASON_CHARS_MAX = 280;
/** Boxes of one report. 1,168 bytes each: 32 of them, padded, fit one event, and stay a small part of what members hold for good. */
export const REPORT_BOXES_MAX = 32;
/** Shortest life of a message, in seconds: time to come to whoever is there, and to be read. */
export const LIFETIME_S_MIN = 60;
/** Longest life of a message that ends by itself, in seconds: a year. What is to stay longer stays. */
export const LIFETIME_S_MAX = 365 * 86_400;
/** Uses that one invite can grant. */
export const INVITE_USES_MAX = 100_000;
/** An encoded join request; a prekey takes 1.4 KB of it. */
export const JOIN_REQUEST_BYTES_MAX = 8 * 1024;
