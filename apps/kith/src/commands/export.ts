/**
 * `kith export DIR`: everything that one may read, as files for other programs: of each space a folder with what it is and who is in it,
 * and of each channel its messages, a line of JSON each, newest first. A page is in memory at a time. What was broken off
 * goes on where it ended when it is called again; what was finished is made anew. With --format html: an archive for people.
 */
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Channel } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import { readChoice } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { writeChannel, writeIndex } from "./export-html.ts";
import type { ChannelParts, IndexEntry } from "./export-html.ts";
import { fileName, PAGE_MESSAGES } from "./export-names.ts";
import { readLastLine } from "./last-line.ts";
import { requireNode } from "./running-node.ts";

/** How often is told how far it is. */
const TOLD_EVERY = 5_000;

export const exportAll: Command = async ({ operands: [target = ""], values, paths, terminal }) => {
  const isPages = readChoice(values, "format", ["jsonl", "html"], "jsonl") === "html";
  const chosen = values.text("space");
  const { client } = await requireNode(paths);
  const spaces = chosen === null ? (await client.spaces()).items : [await client.space(chosen)];
  const directory = resolve(target);
  let messages = 0;
  let isWhole = true;
  const index: IndexEntry[] = [];
  for (const space of spaces) {
    const folder = join(directory, fileName(space));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { items: members } = await client.members(space.id);
    const about = { exported: "kith space 1", ...space, members };
    if (!isPages)
      writeFileSync(join(folder, "space.json"), `${JSON.stringify(about, null, 2)}\n`, { mode: 0o600 });
    const channels: { channel: Channel; messages: number }[] = [];
    isWhole &&= space.historySince === null && space.state === "ready";
    for (const channel of space.channels) {
      const write = isPages ? writeChannel : exportChannel;
      const written = await write({ client, folder, space, channel, terminal });
      channels.push({ channel, messages: written.messages });
      messages += written.messages;
      isWhole &&= !written.isEarly;
    }
    index.push({ space, members, channels });
  }
  if (isPages) writeIndex(directory, index, new Date().toISOString());
  if (terminal.json) terminal.object({ directory, spaces: spaces.length, messages, isWhole });
  else
    terminal.line(
      `${countOf(messages, "message")} of ${countOf(spaces.length, "space")} ${messages === 1 ? "is" : "are"} in ${directory}`,
    );
  if (!isWhole)
    terminal.note("Of some not all history is on this device; what is not here is not in the files.");
  return exitCodes.done;
};

async function exportChannel({ client, folder, space, channel, terminal }: ChannelParts) {
  const path = join(folder, `${fileName(channel)}.jsonl`);
  const draft = `${path}.part`;
  // A line that was cut off is written again.
  const last = readLastLine(draft);
  let before = last === null ? undefined : (JSON.parse(last.text) as { id: string }).id;
  let messages = last?.lines ?? 0;
  const name = `${plain(space.name)}/${plain(channel.name)}`;
  if (messages > 0) terminal.note(`${name}: goes on after ${countOf(messages, "message")}`);
  let isEarly = false;
  const file = openSync(draft, "a", 0o600);
  try {
    for (;;) {
      const page = await client.messages({
        space: space.id,
        channel: channel.id,
        limit: PAGE_MESSAGES,
        ...(before !== undefined && { before }),
      });
      const lines = page.items.toReversed().map((message) => `${JSON.stringify(message)}\n`);
      writeFileSync(file, lines.join(""));
      isEarly ||= page.items.some(({ early }) => early === true);
      const told = Math.floor(messages / TOLD_EVERY);
      messages += page.items.length;
      if (Math.floor(messages / TOLD_EVERY) > told)
        terminal.note(`${name}: ${countOf(messages, "message")} so far`);
      before = page.items[0]?.id;
      if (page.next === null || before === undefined) break;
    }
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  terminal.note(`${name}: ${countOf(messages, "message")}`);
  return { messages, isEarly };
}
