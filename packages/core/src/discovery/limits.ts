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
/** The first cells of a scope that a member's beacon carries: 80 of 13 bytes (spec/sync-cells CE5), which find about 40 differences. */
export const DIGEST_CELLS = 80;
export const DIGEST_CELLS_BYTES = DIGEST_CELLS * 13;
/** Four bytes, as in the key of cells and in sync frames. */
export const DIGEST_NUMBER_MAX = 0xffff_ffff;
/** Short ids of one WANT datagram: no difference that 80 cells tell has more. */
export const WANT_SHORTS_MAX = 80;
/** A short id. */
export const SHORT_ID_BYTES = 8;
/** The longest outer form that one EVENT datagram holds, whatever its sender's count; longer ones are a stream's. */
export const DATAGRAM_EVENT_BYTES_MAX = 1_093;
/** A Bloom filter in one datagram, its salt and number of probes included: what is left of it, whatever its sender's count. */
export const DATAGRAM_BLOOM_BYTES_MAX = 1_050;
/** The shortest: salt, probes and 64 bytes of bits (spec/sync-cells BL5). */
export const DATAGRAM_BLOOM_BYTES_MIN = 81;
/** Milliseconds of a filter's window: as far as the time of an event goes. */
export const BLOOM_SINCE_MS_MAX = 281_474_976_710_655;
/** Counts below the newest heard under which a WANT or EVENT datagram still finds its place: bursts arrive out of order. */
export const REPLAY_WINDOW_COUNTS = 512;
/** Senders whose counter is remembered: any member can invent some. The one unheard for longest goes first. */
export const FRESH_SENDERS_MAX = 4_096;
