/** Places that are asked about, from 1, ascending, each once. */
export function pickPlaces(of: number, count = 3): number[] {
  const places = new Set<number>();
  const dice = new Uint32Array(1);
  while (places.size < Math.min(count, of)) {
    crypto.getRandomValues(dice);
    places.add(1 + ((dice[0] ?? 0) % of));
  }
  return [...places].sort((a, b) => a - b);
}
