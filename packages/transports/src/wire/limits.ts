/** Bounds of one framed link. Explained in docs/LIMITS.md; rules LK6..LK13 of spec/link. */

/** u32 length and u8 type before each payload. */
export const FRAME_HEAD_BYTES = 5;

/**
 * `send` answers false above this: 10 ms of work for the fastest link measured here, and so enough to
 * keep one busy between two turns of the event loop.
 */
export const SEND_HIGH_WATER_BYTES = 1_048_576;

/** onDrain comes below this part of it, so that a sender is not woken for every frame. */
export const LOW_WATER_DIVISOR = 4;

/**
 * A link with more than this queued is closed: its reader does not read, and its sender does not heed
 * `false`. Thirty times the high-water mark leaves room for one honest burst.
 */
export const SEND_QUEUE_BYTES_MAX = 33_554_432;

/**
 * Bytes handed to the network and not yet taken by it. A control frame waits behind at most this
 * (0.5 ms at 287 MB/s, 10 ms at 100 Mbit/s); less than this left the cipher idle between writes.
 */
export const HANDED_BYTES_MAX = 131_072;

/** One write. The first of a quiet link is small, so that 256 idle links hold little. */
export const WRITE_BYTES_FIRST = 1_024;
export const WRITE_BYTES_MAX = 65_536;

/** How long a link closed from here may take to hand over what was queued before its socket is cut. */
export const CLOSE_LINGER_MS = 500;

/** Queued bytes still handed over on a close from here: enough for the frame that says why. */
export const CLOSE_FLUSH_BYTES_MAX = 131_072;
