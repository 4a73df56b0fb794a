/** Time and randomness of the real system, behind core's ports. */
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "@kith/core";

/** setTimeout takes a signed 32-bit count and fires at once beyond it. */
const TIMER_MS_MAX = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, call) {
    const untilMs = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = untilMs - performance.now();
      // Servers keep the process alive, timers never do.
      timer =
        leftMs > TIMER_MS_MAX
          ? setTimeout(arm, TIMER_MS_MAX).unref()
          : setTimeout(call, Math.max(0, leftMs)).unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** A draw costs a system call, and each event takes its salt: those are drawn in blocks. */
const BLOCK_BYTES = 4_096;
/** Salts and nonces. Seeds of keys are longer and are drawn by themselves, so that none lies in memory before its time. */
const SHORT_BYTES_MAX = 24;

let block = Buffer.alloc(0);
let drawn = 0;

/** Every byte is handed out once, and forgotten here. */
function shortBytes(length: number): Uint8Array {
  if (drawn + length > block.length) {
    block = randomBytes(BLOCK_BYTES);
    drawn = 0;
  }
  const bytes = new Uint8Array(block.subarray(drawn, drawn + length));
  block.fill(0, drawn, drawn + length);
  drawn += length;
  return bytes;
}

export const systemRandom: Random = {
  bytes: (length) => (length <= SHORT_BYTES_MAX ? shortBytes(length) : new Uint8Array(randomBytes(length))),
};
