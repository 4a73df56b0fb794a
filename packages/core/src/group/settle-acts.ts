/**
 * What the acts on one message come to: the same on every replica, whatever order they and the message came in.
 * Imports types alone, so that the store's writer thread need not load the rest of core. spec/space SP140-SP142.
 */
import type { PersonId, ScopeId } from "../ids.ts";
import type { ActRow } from "../ports/index.ts";

export interface SettledActs {
  /** By the author, or by an admin. */
  readonly deleted: boolean;
  /** The author's last one; null: none, or the message is deleted. */
  readonly edit: ActRow | null;
}

/** Only what lies in the message's own scope counts: others may not even read it. */
export function settleActs(
  { author, scope }: { readonly author: PersonId; readonly scope: ScopeId },
  acts: readonly ActRow[],
): SettledActs {
  const counting = acts.filter((act) => act.scope === scope);
  const isAuthors = (act: ActRow): boolean => act.author === author;
  const deleted = counting.some((act) => act.kind === "delete" && (isAuthors(act) || act.admin));
  const edit = deleted ? null : latest(counting.filter((act) => act.kind === "edit" && isAuthors(act)));
  return { deleted, edit };
}

/** The act that put the message among the pinned ones; null: it is not there. Whoever may write in the scope may do it. SP150. */
export function settlePin({ scope }: { readonly scope: ScopeId }, acts: readonly ActRow[]): ActRow | null {
  const last = latest(
    acts.filter((act) => act.scope === scope && (act.kind === "pin" || act.kind === "unpin")),
  );
  return last?.kind === "pin" ? last : null;
}

/** By (timeMs, timeCount, event): concurrent ones too have one order everywhere. */
function latest(acts: readonly ActRow[]): ActRow | null {
  let last: ActRow | null = null;
  for (const act of acts) if (last === null || compareActs(act, last) > 0) last = act;
  return last;
}

export function compareActs(a: ActRow, b: ActRow): number {
  return (
    a.timeMs - b.timeMs || a.timeCount - b.timeCount || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0)
  );
}
