/** Commands of the surface that are still to come: told in words, so that nobody looks for what they did wrong. */
const toCome: Readonly<Record<string, string>> = {
  hub: "a hub that stores and forwards",
};

/** null: it is none of them. */
export function describeToCome(word: string): string | null {
  const what = toCome[word];
  return what === undefined ? null : `kith ${word} (${what}) is not part of this version`;
}

/** The words before the first option: what somebody meant by a command that there is none of. */
export function meantWords(argv: readonly string[]): string {
  const firstOption = argv.findIndex((word) => word.startsWith("-"));
  return argv
    .slice(0, firstOption === -1 ? argv.length : firstOption)
    .slice(0, 2)
    .join(" ");
}
