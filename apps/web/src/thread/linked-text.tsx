/** A message's text with its addresses made into links. Nothing is fetched: a link tells nobody until it is opened. */
import type { ReactNode } from "react";

export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

const address = /\bhttps?:\/\/[^\s<>"']+/g;

/** Trailing punctuation belongs to the sentence, a closing bracket to what it closes. */
export function splitLinks(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    const found = match[0].replace(/[.,;:!?]+$/, "").replace(/^([^(]*)\)$/, "$1");
    if (!URL.canParse(found)) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), href: null });
    pieces.push({ text: found, href: found });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), href: null });
  return pieces;
}

export function LinkedText({ text }: { text: string }): ReactNode {
  return splitLinks(text).map(({ text: words, href }, index) =>
    href === null ? (
      words
    ) : (
      <a key={index} href={href} target="_blank" rel="noopener noreferrer" className="text-accent underline">
        {words}
      </a>
    ),
  );
}
