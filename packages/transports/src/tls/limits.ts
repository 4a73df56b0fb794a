/** Bounds of the TLS transport. Explained in docs/LIMITS.md; rules LK1-LK3 and LK14-LK17 of spec/link. */

/** From dialling to a finished handshake. A LAN needs 5 ms, a slow path across the world about 1 s. */
export const DIAL_TIMEOUT_MS = 5_000;

/** From accepting to a finished handshake. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Inbound connections whose handshake is not finished: each costs about 0.9 ms of CPU and 16 KiB. */
export const HALF_OPEN_MAX = 64;

/** Of them, from one address: a quarter, so that one host cannot keep the others out. */
export const HALF_OPEN_PER_ADDRESS_MAX = 16;

/** Accepted connections, half-open ones included: an idle link holds about 45 KiB. */
export const ACCEPTED_MAX = 256;

/** Of them, from one address: several nodes of one host or behind one router share it. */
export const ACCEPTED_PER_ADDRESS_MAX = 64;

/** Connections the kernel may hold before we accept them. */
export const LISTEN_BACKLOG = 128;

/**
 * A certificate is shown for so long: whoever knocks again later, or on another network, cannot tell by it that
 * it is the same device. Making one takes 0.4 ms.
 */
export const CERTIFICATE_MS = 60_000;
