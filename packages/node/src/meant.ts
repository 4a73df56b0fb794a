/** Whom, or what, somebody means by a word: an id, the beginning of one, or a name. */

/** As many digits of an id as lists of the command line show. */
const BEGINNING = /^[0-9a-f]{8,63}$/;

/**
 * All that the word may mean, each once; more than one is not to be guessed between. An id means itself alone. A
 * beginning and a name count alike, since anybody may call themselves as somebody's id begins.
 */
export function meant<Item>(
  items: Iterable<Item>,
  word: string,
  of: (item: Item) => { readonly id: string; readonly name: string | null },
): Item[] {
  const found = new Map<string, Item>();
  const isBeginning = BEGINNING.test(word);
  for (const item of items) {
    const { id, name } = of(item);
    if (id === word) return [item];
    if (!found.has(id) && (name === word || (isBeginning && id.startsWith(word)))) found.set(id, item);
  }
  return [...found.values()];
}
