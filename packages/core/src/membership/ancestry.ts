/**
 * Causal pasts as bit sets over the order of arrival. The indices differ between devices, the sets of
 * events they stand for do not. spec/space SP4.
 */

/** Bit i stands for the i-th control event that arrived here. */
export type Past = Uint32Array;

export function pastHas(past: Past, index: number): boolean {
  const word = past[index >>> 5];
  return word !== undefined && (word & (1 << (index & 31))) !== 0;
}

/** The union of the pasts and of the events themselves. */
export function joinPasts(followed: readonly { readonly index: number; readonly past: Past }[]): Past {
  let words = 0;
  for (const { index, past } of followed) words = Math.max(words, past.length, (index >>> 5) + 1);
  const joined = new Uint32Array(words);
  for (const { index, past } of followed) {
    for (let word = 0; word < past.length; word++) joined[word] = (joined[word] ?? 0) | (past[word] ?? 0);
    joined[index >>> 5] = (joined[index >>> 5] ?? 0) | (1 << (index & 31));
  }
  return joined;
}
