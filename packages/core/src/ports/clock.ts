/** Time as an argument: the simulator turns this by hand. */
export interface Clock {
  /** Wall time in milliseconds since 1970; may jump. */
  nowMs(): number;
  /** Milliseconds that only go forward; for intervals and round trips. */
  monotonicMs(): number;
  /** Calls once after at least delayMs; returns the cancel. Never keeps the process alive by itself. */
  after(delayMs: number, call: () => void): () => void;
}
