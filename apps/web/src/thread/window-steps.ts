/**
 * A list that is kept in place can grow or shrink at one end at a time. A window that takes in older messages lets go of
 * the newest in the same change: it is shown in two steps, both before the next paint. Pure.
 */
interface Keyed {
  readonly key: string;
}

export interface Step<Item> {
  /** reset: nothing in common. start: added or removed there, so places are counted from the end. */
  readonly kind: "reset" | "start" | "end";
  readonly items: readonly Item[];
}

/** The next step from what is shown towards what there is; null when that is shown already. */
export function nextStep<Item extends Keyed>(
  shown: readonly Item[],
  wanted: readonly Item[],
): Step<Item> | null {
  if (shown === wanted) return null;
  if (shown.length === 0) return { kind: "reset", items: wanted };
  const index = new Map(wanted.map(({ key }, at) => [key, at]));
  const firstKept = shown.findIndex(({ key }) => index.has(key));
  const added = index.get(shown[firstKept]?.key ?? "") ?? 0;
  if (firstKept === -1) return { kind: "reset", items: wanted };
  // Neither end of the start changed, or both did: what is gone there is not what came in its place.
  if ((firstKept === 0) === (added === 0)) return { kind: "end", items: wanted };
  const kept = shown.slice(firstKept).map((item) => wanted[index.get(item.key) ?? -1] ?? item);
  return { kind: "start", items: [...wanted.slice(0, added), ...kept] };
}
