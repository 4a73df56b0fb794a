/** Maps keep the order of insertion: the first entries are the oldest, and go first. */
export function trimOldest(map: Map<unknown, unknown>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return;
    map.delete(key);
  }
}
