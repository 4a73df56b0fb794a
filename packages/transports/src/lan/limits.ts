/** Bounds of the local network's datagrams. Explained in docs/LIMITS.md; rules LN1-LN8 of spec/link. */

/** Every datagram has this size, so that size tells nothing and no answer exceeds its question. */
export const DATAGRAM_BYTES = 1_200;

/** Where beacons are heard. Not registered to anyone else. */
export const LAN_PORT = 5_484;

/**
 * Datagrams a second that go on to be opened, and their burst. Each costs a short HMAC for every key known:
 * with ten keys some 20 µs, so 4% of a core in all.
 */
export const RATE_TOTAL_PER_S = 2_000;
export const BURST_TOTAL = 2_000;

/** Of them, kept for sources the node has found good: a flood from many addresses leaves them room. */
export const RESERVE_TOTAL = 1_000;

/** From one address: 20 nodes of one host with a beacon each half second, and as much for answers. */
export const RATE_SOURCE_PER_S = 100;
export const BURST_SOURCE = 200;

/** Addresses remembered; the one longest unheard is forgotten first. About 100 bytes each. */
export const SOURCES_MAX = 1_024;

/** Addresses the node has found good, remembered apart, so that forged ones do not push them out. */
export const FAVOURED_MAX = 256;

/** Kernel buffer for arrivals: 800 datagrams, what a flood of 10k/s brings in 80 ms of a busy event loop. */
export const RECEIVE_BUFFER_BYTES = 1_048_576;

/** Datagrams waiting in the process for the kernel to take them; above it new ones are dropped. */
export const SEND_PENDING_MAX = 256;

/** Different failures to send that are logged, each once. */
export const TOLD_MAX = 64;
