/** What stands above messages that were shown before their history. Pure. */

/** `receiving`: events in the node and those that are to be; null while no device that has more is linked. */
export function gapWords(receiving: { readonly have: number; readonly of: number } | null): string {
  if (receiving === null)
    return "Older messages are still missing. They come when a device that has them is reachable.";
  const [have, of] = [receiving.have, receiving.of].map((count) => count.toLocaleString("en-US"));
  return `Older messages are on their way: ${have} of ${of}, newest first`;
}
