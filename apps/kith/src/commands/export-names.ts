/** What the files of an export are called, and how much is asked for at once. */

/** The most that the surface gives at once: 8 MiB where every text is the longest. */
export const PAGE_MESSAGES = 500;
/** Of an id in a file's name: two never meet by chance, and hardly by intent. */
const ID_CHARS = 16;
/** Of a name in a file's name: with the id and the ending far below what any file system takes. */
const NAME_CHARS = 40;

/** The name as far as every file system takes it, and what tells it from others of that name. */
export function fileName({ id, name }: { readonly id: string; readonly name: string }): string {
  const readable = [...name.normalize("NFC").replaceAll(/[^\p{L}\p{N}_-]+/gu, "-")].slice(0, NAME_CHARS);
  return `${readable.join("")}-${id.slice(0, ID_CHARS)}`;
}
