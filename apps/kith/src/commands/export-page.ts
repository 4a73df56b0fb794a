/**
 * Pages of an archive that people read: plain HTML that opens from a disk, loads nothing and runs nothing. What others wrote is
 * text in it and never markup, stays within its own line whatever direction it has, and its policy forbids all else.
 */
import { createHash } from "node:crypto";
import type { Message } from "@kith/contract";

const style = `
:root { color-scheme: light dark; --bg: #fcfdfe; --text: #14191d; --muted: #55606a; --line: #d9dfe4; --accent: #0b6e6e; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #14191d; --text: #e8ecef; --muted: #9aa6b0; --line: #2c343b; --accent: #55cfcb; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 4rem; background: var(--bg); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; margin: 0.5rem 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 0.5rem; }
a { color: var(--accent); }
.muted, time { color: var(--muted); font-size: 0.85rem; }
article { border-top: 1px solid var(--line); padding: 0.6rem 0; }
article:target { outline: 2px solid var(--accent); outline-offset: 2px; }
.text { margin: 0.15rem 0; white-space: pre-wrap; unicode-bidi: plaintext; overflow: hidden; }
blockquote { margin: 0.3rem 0; padding-inline-start: 0.7rem; border-inline-start: 3px solid var(--line); color: var(--muted);
  font-size: 0.9rem; unicode-bidi: plaintext; overflow: hidden; }
nav { display: flex; justify-content: space-between; gap: 1rem; margin: 1rem 0; }
ul { padding-inline-start: 1.2rem; }
`;

const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** So much of a message is shown above what answers it. */
const QUOTED_CHARS = 160;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For an element's text or a quoted attribute. What no page may hold is shown as what cannot be shown. */
export function escapeText(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- these are what is replaced
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, "\ufffd")
      .replaceAll(/[&<>"']/g, (char) => entities[char] ?? char)
  );
}

/** A name within a sentence: whatever direction it has, the rest of the sentence keeps its own. */
export const isolate = (name: string): string => `<bdi>${escapeText(name)}</bdi>`;

export const describeTime = (iso: string): string =>
  `<time datetime="${escapeText(iso)}">${escapeText(iso.slice(0, 16).replace("T", " "))} UTC</time>`;

export interface PageLink {
  /** Relative, of characters that need no escape in an address. */
  readonly to: string;
  readonly words: string;
}

export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

export const renderLink = ({ to, words }: PageLink): string =>
  `<a href="${escapeText(to)}" dir="auto">${escapeText(words)}</a>`;

export function renderLinks(links: readonly PageLink[]): string {
  return links.length === 0 ? "" : `<nav aria-label="Pages">${links.map(renderLink).join("\n")}</nav>`;
}

/** Messages of one page, oldest first. */
export function renderMessages(messages: readonly Message[]): string {
  const here = new Map(messages.map((message) => [message.id, message]));
  return messages.map((message) => renderMessage(message, here)).join("\n");
}

function renderMessage(message: Message, here: ReadonlyMap<string, Message>): string {
  const { id, authorName, at, editedAt, text, deleted, pinned, replyTo, reactions, blocked } = message;
  const marks = [...(editedAt === undefined ? [] : ["edited"]), ...(pinned ? ["pinned"] : [])];
  const written = deleted
    ? `<p class="text muted">This message was deleted.</p>`
    : `<p class="text" dir="auto">${escapeText(text)}</p>`;
  const parts = [
    `<div><strong>${isolate(authorName)}</strong> ${describeTime(at)}${marks.length === 0 ? "" : ` <span class="muted">${marks.join(", ")}</span>`}</div>`,
    ...(replyTo === undefined ? [] : [renderQuote(replyTo, here.get(replyTo))]),
    blocked ? `<details><summary>From somebody you have blocked</summary>${written}</details>` : written,
    ...(reactions.length === 0
      ? []
      : [
          `<p class="muted">${reactions.map(({ emoji, people }) => `${isolate(emoji)} ${people.length}`).join(" ")}</p>`,
        ]),
  ];
  return `<article id="m-${escapeText(id)}">\n${parts.join("\n")}\n</article>`;
}

function renderQuote(id: string, quoted: Message | undefined): string {
  if (quoted === undefined) return `<blockquote>In answer to an earlier message</blockquote>`;
  const text = [...quoted.text].slice(0, QUOTED_CHARS).join("");
  const words = quoted.blocked
    ? "somebody you have blocked"
    : quoted.deleted
      ? "a message that was deleted"
      : escapeText(text);
  return `<blockquote dir="auto"><a href="#m-${escapeText(id)}">${isolate(quoted.authorName)}</a>: ${words}</blockquote>`;
}
