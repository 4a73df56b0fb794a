/** What the way from one host to another is like at a moment; each direction has its own. */
import type { Random } from "@kith/core/ports";

export interface Conditions {
  /** As a pulled cable: nothing arrives, no link notices by itself, bytes of a stream wait. */
  readonly cut: boolean;
  /** One way. */
  readonly delayMs: number;
  /** Added to it at random, from 0 to this. Datagrams overtake one another by it; streams stay in order. */
  readonly jitterMs: number;
  /** Share of datagrams that never arrive, 0..1. Of a stream the share of pieces that have to be sent again. */
  readonly lossShare: number;
  /** Share of datagrams that arrive twice, 0..1. */
  readonly duplicateShare: number;
  /** Pieces of a stream queue behind one another at this rate; null: no bound. */
  readonly bytesPerS: number | null;
}

/** A cable between neighbours. Any constant delay keeps order; 0 would let a simulated second pass without a step of time. */
export const CALM: Conditions = {
  cut: false,
  delayMs: 1,
  jitterMs: 0,
  lossShare: 0,
  duplicateShare: 0,
  bytesPerS: null,
};

/** What TCP waits at least before it sends a lost piece again (RFC 6298 allows 1 s; systems use about this). */
const RESEND_MS = 200;

/** When the copies of a datagram sent now arrive, in milliseconds from now; none: it is lost. */
export function datagramDelays(conditions: Conditions, random: Random): number[] {
  const { delayMs, jitterMs, lossShare, duplicateShare } = conditions;
  if (lossShare === 0 && duplicateShare === 0 && jitterMs === 0) return [delayMs];
  const [lost, twice, first, second] = chances(random);
  if (lost < lossShare) return [];
  const delays = [delayMs + first * jitterMs];
  if (twice < duplicateShare) delays.push(delayMs + second * jitterMs);
  return delays;
}

/** How long a piece of a stream takes once the one before it has left. */
export function pieceDelay(conditions: Conditions, random: Random): number {
  const { delayMs, jitterMs, lossShare } = conditions;
  if (lossShare === 0 && jitterMs === 0) return delayMs;
  const [lost, , late] = chances(random);
  // A piece that is lost again and again is one whose wait doubles: lossShare^n for n times.
  let resentMs = 0;
  for (let share = lossShare; lost < share && resentMs < 30_000; share *= lossShare) {
    resentMs = resentMs * 2 + RESEND_MS;
  }
  return delayMs + late * jitterMs + resentMs;
}

function chances(random: Random): [number, number, number, number] {
  const bytes = random.bytes(8);
  const at = (index: number): number => ((bytes[index] ?? 0) * 256 + (bytes[index + 1] ?? 0)) / 65_536;
  return [at(0), at(2), at(4), at(6)];
}
