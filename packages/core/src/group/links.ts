/**
 * Which epochs need no box of their own, and the events that see to it: an archive's older epochs, and those of the open
 * channels, lie under one that each entitled device gets a box of. spec/epoch EP72-EP75.
 */
import { mayLink } from "../encryption/index.ts";
import type { EpochBook } from "../encryption/index.ts";
import { linkOf, LINKS_MAX } from "../event/index.ts";
import type { EpochKeys, EpochLink } from "../event/index.ts";
import type { EpochId } from "../ids.ts";
import type { PlannedWrite } from "./identity.ts";

/** Of each scope the newest lie directly under a new one: what one lost event held is found in the next. */
const LINKED_AGAIN = 4;

/** As few of these as reach all of them by links, those that stand first rather than others. */
export function withoutReached(keys: readonly EpochKeys[], book: EpochBook): EpochKeys[] {
  /** By how many of those that are left. */
  const reached = new Map<EpochId, number>();
  const count = (epoch: EpochId, by: number): void => {
    for (const each of book.reachOf([epoch])) reached.set(each, (reached.get(each) ?? 0) + by);
  };
  const first = keys.filter(({ epoch }) => {
    if (reached.has(epoch)) return false;
    count(epoch, 1);
    return true;
  });
  // One that came later may reach one that was taken before it.
  const left = first.toReversed().filter(({ epoch }) => {
    if ((reached.get(epoch) ?? 0) < 2) return true;
    count(epoch, -1);
    return false;
  });
  return left.toReversed();
}

/**
 * Puts the secrets of those among these that may lie under an epoch there, unless they are reached from it already. held: the
 * newest last. again: a few of the newest are put there though others reach them.
 */
export function planLinks(
  under: EpochKeys,
  held: readonly EpochKeys[],
  { book, again = false }: { readonly book: EpochBook; readonly again?: boolean },
): PlannedWrite[] {
  const reached = book.reachOf([under.epoch]);
  const candidates = held
    .filter((keys) => !reached.has(keys.epoch) && mayLink(under, keys.scope) && linkOf(keys) !== null)
    .toReversed();
  const chosen = new Set(withoutReached(candidates, book));
  const own = again ? candidates.filter(({ scope }) => scope === under.scope).slice(0, LINKED_AGAIN) : [];
  for (const keys of own) chosen.add(keys);
  const links = [...chosen].flatMap((keys): readonly EpochLink[] => {
    const link = linkOf(keys);
    return link ? [link] : [];
  });
  return Array.from({ length: Math.ceil(links.length / LINKS_MAX) }, (_, page) => ({
    scope: under.scope,
    epoch: under.epoch,
    body: { type: "epoch.link", links: links.slice(page * LINKS_MAX, (page + 1) * LINKS_MAX) },
  }));
}
