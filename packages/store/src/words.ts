/**
 * What a search asks for. People type words, never a query language, so both adapters see the same
 * list of plain words, all of which must occur as beginnings of words of the text. spec/store ST9.
 */

/** More words than this narrow nothing further and cost a lookup each. */
const SEARCH_WORDS_MAX = 16;
/** Longest beginning of a word that is compared. */
const SEARCH_WORD_CHARS_MAX = 64;
/** A query is cut here before it is taken apart, so that a pasted book costs nothing. */
const SEARCH_QUERY_CHARS_MAX = 2_048;

// Letters, digits, marks and private use: what FTS5's unicode61 keeps in a token, or folds away.
const wordPattern = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** Words of a query, at most SEARCH_WORDS_MAX; empty when it holds none. */
export function searchWords(query: string): string[] {
  const words = query.slice(0, SEARCH_QUERY_CHARS_MAX).match(wordPattern) ?? [];
  return words.slice(0, SEARCH_WORDS_MAX).map((word) => [...word].slice(0, SEARCH_WORD_CHARS_MAX).join(""));
}

/** True when each word is the beginning of a word of the text, whatever case and diacritics. */
export function holdsWords(text: string, words: readonly string[]): boolean {
  const held = (text.match(wordPattern) ?? []).map(foldWord);
  return words.every((word) => {
    const folded = foldWord(word);
    return held.some((candidate) => candidate.startsWith(folded));
  });
}

function foldWord(word: string): string {
  return word
    .normalize("NFD")
    .replaceAll(/\p{Mn}/gu, "")
    .toLowerCase();
}
