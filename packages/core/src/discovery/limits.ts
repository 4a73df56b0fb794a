/** Sizes of discovery, each with its reason; docs/LIMITS.md repeats them for people. spec/discovery. */

/** Every datagram, whatever it says: fits every path's MTU and leaves room for the cells of a later rung. */
export const BEACON_BYTES = 1_200;
/** Of the AEAD; random, and the tag's input. */
export const BEACON_NONCE_BYTES = 24;
/** Finds the key: 2^-64 for a false hit, which the AEAD then refuses. */
export const BEACON_TAG_BYTES = 8;
/** What the AEAD seals. */
export const BEACON_PLAIN_BYTES = BEACON_BYTES - BEACON_NONCE_BYTES - BEACON_TAG_BYTES - 16;
/** Keys tried on each datagram: about 0.15 ms for noise, which a flood can cause. spec/discovery DI7. */
export const BEACON_KEYS_MAX = 512;
/** UTF-8 bytes of a visible device's name: 80 code points. */
export const BEACON_NAME_BYTES_MAX = 320;
export const BEACON_BOOT_BYTES = 8;
export const BEACON_ROOT_BYTES = 16;
export const NEARBY_KEY_BYTES = 32;
/** Senders whose counter is remembered: any member can invent some. The one unheard for longest goes first. */
export const FRESH_SENDERS_MAX = 4_096;
