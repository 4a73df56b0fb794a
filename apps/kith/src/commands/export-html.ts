/**
 * `kith export --format html DIR`: an archive for people. An index, and of each channel its messages, a page of 500 a file, the newest
 * first, so that no page is long to open and none is ever whole in memory beside another. Made anew each time.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KithClient } from "@kith/client";
import type { Channel, Member, Space } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import { isolate, describeTime, renderLink, renderLinks, renderMessages, renderPage } from "./export-page.ts";
import { fileName, PAGE_MESSAGES } from "./export-names.ts";

export interface Written {
  readonly messages: number;
  /** Of some not all history is here. */
  readonly isEarly: boolean;
}

export interface ChannelParts {
  readonly client: KithClient;
  readonly folder: string;
  readonly space: Space;
  readonly channel: Channel;
  readonly terminal: Terminal;
}

/** A page appears whole or not at all. */
function write(path: string, page: string): void {
  writeFileSync(`${path}.part`, page, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

const at = (name: string): string => encodeURIComponent(name);
const pageName = (channel: Channel, number: number): string =>
  `${fileName(channel)}${number === 1 ? "" : `-${number}`}.html`;

export async function writeChannel({
  client,
  folder,
  space,
  channel,
  terminal,
}: ChannelParts): Promise<Written> {
  const name = `${space.name}/${channel.name}`;
  let messages = 0;
  let isEarly = false;
  let before: string | undefined;
  for (let number = 1; ; number += 1) {
    const page = await client.messages({
      space: space.id,
      channel: channel.id,
      limit: PAGE_MESSAGES,
      ...(before !== undefined && { before }),
    });
    messages += page.items.length;
    isEarly ||= page.items.some(({ early }) => early === true);
    before = page.items[0]?.id;
    const hasOlder = page.next !== null && before !== undefined;
    const links = renderLinks([
      ...(hasOlder ? [{ to: at(pageName(channel, number + 1)), words: "Older" }] : []),
      ...(number > 1 ? [{ to: at(pageName(channel, number - 1)), words: "Newer" }] : []),
    ]);
    const body = [
      `<nav aria-label="Archive"><a href="../index.html">All conversations</a></nav>`,
      `<main><h1>${isolate(name)}</h1>`,
      links,
      page.items.length === 0 ? `<p class="muted">No messages.</p>` : renderMessages(page.items),
      links.replace(`aria-label="Pages"`, `aria-label="Pages, below"`),
      `</main>`,
    ];
    write(join(folder, pageName(channel, number)), renderPage(`${name}, page ${number}`, body.join("\n")));
    if (!hasOlder) break;
  }
  terminal.note(`${plain(name)}: ${countOf(messages, "message")}`);
  return { messages, isEarly };
}

export interface IndexEntry {
  readonly space: Space;
  readonly members: readonly Member[];
  readonly channels: readonly { readonly channel: Channel; readonly messages: number }[];
}

export function writeIndex(directory: string, entries: readonly IndexEntry[], madeAt: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const sections = entries.map(({ space, members, channels }) => {
    const since =
      space.historySince === null
        ? ""
        : `<p class="muted">Messages from before ${describeTime(space.historySince)} are not on this device.</p>`;
    const list = channels.map(({ channel, messages }) => {
      const link = renderLink({
        to: `${at(fileName(space))}/${at(pageName(channel, 1))}`,
        words: channel.name,
      });
      return `<li>${link} <span class="muted">${countOf(messages, "message")}${channel.private ? ", private" : ""}</span></li>`;
    });
    return `<h2>${isolate(space.name)}</h2>
<p class="muted">${members.map(({ name }) => isolate(name)).join(", ")}</p>${since}
<ul>${list.join("")}</ul>`;
  });
  const body = `<main><h1>Conversations</h1>
<p class="muted">Written by Kith on ${describeTime(madeAt)}. Whoever can open these files can read them: they are not encrypted.</p>
${sections.join("\n")}</main>`;
  write(join(directory, "index.html"), renderPage("Conversations", body));
}
