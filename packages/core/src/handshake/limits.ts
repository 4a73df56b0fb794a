/** Sizes of the handshake, each with its reason; docs/LIMITS.md repeats them for people. spec/handshake. */

/** Of an HMAC: 2^-128 for a guess, within one connection. */
export const PROOF_BYTES = 16;
/** Entries of every list: one for each space that a node may be in. 4 KiB a side, whatever one is in. */
export const PROOFS_MAX = 256;
/** Bound to the connection by TLS. */
export const EXPORTER_BYTES = 32;
/** Version, then the list. */
export const PROOF_FRAME_BYTES = 1 + PROOFS_MAX * PROOF_BYTES;
/** A certificate of at most 640 bytes, a signature of 64 and their heads. */
export const SIGN_FRAME_BYTES_MAX = 768;
/** One byte on the wire; a peer of another version is refused before anybody signs. */
export const HANDSHAKE_VERSION = 1;
