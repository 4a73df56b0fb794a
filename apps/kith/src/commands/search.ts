/** `kith search QUERY`: what this device holds, newest first, and of which spaces not all is here. */
import { exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import { readCount } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { createNames } from "./names.ts";
import { requireNode } from "./running-node.ts";
import { dayOf, minuteOf } from "./times.ts";

/** A screen; the surface takes a page of 500 at most. */
const SHOWN = { fallback: 20, max: 500 };

export const search: Command = async ({ operands: [q = ""], values, paths, terminal }) => {
  const space = values.text("space");
  const limit = readCount(values, "limit", SHOWN);
  const { client } = await requireNode(paths);
  const found = await client.search({ q, limit, ...(space !== null && { space }) });
  if (terminal.json) {
    terminal.object(found);
    return exitCodes.done;
  }
  const names = await createNames(client);
  for (const message of found.items) {
    const [first = "", ...more] = (message.blocked === true ? "(blocked)" : message.text)
      .split("\n")
      .map(plain);
    const at = minuteOf(message.at);
    terminal.line(
      `${terminal.dim(at)}  ${terminal.dim(await names.place(message))}  ${terminal.bold(plain(message.authorName))}  ${first}${more.length > 0 ? " ..." : ""}`,
    );
    await terminal.drained();
  }
  if (found.items.length === 0) terminal.note("Nothing on this device holds all of these words.");
  if (found.next !== null) terminal.note(`The newest ${limit} are shown; --limit shows more.`);
  for (const { name, historySince, receiving } of found.missing) {
    if (historySince !== null)
      terminal.note(`Of ${plain(name)} only messages since ${dayOf(historySince)} are here.`);
    if (receiving !== null)
      terminal.note(`Of ${plain(name)} ${receiving.have} of ${receiving.of} have come so far.`);
  }
  return exitCodes.done;
};
