/**
 * An event below the floor of a scope. Its own causes are not asked for and its body is not kept: that it was written, where in
 * its chain and when, is all that what follows it needs. spec/sync SY58-SY63.
 */
import { SHEDDABLE_KIND_MIN, shedBody } from "@kith/core";
import type { Log } from "@kith/core";
import { isAnnounced, noteKeys } from "./announced.ts";
import { causeMeta, isKeyEvent, toCause } from "./floors.ts";
import { BELOW_FLOOR } from "./ledger-types.ts";
import type { Candidate, Gathering, Verdict } from "./ledger-types.ts";
import { CAUSES_MAX } from "./limits.ts";
import { readBody } from "./reopen.ts";
import type { Replica, ScopeState } from "./replica.ts";

/** Adds it to the gathering if it stands. onKeys: it says who holds an epoch. */
export function acceptCause(
  { id, header, body, outer }: Candidate,
  { state, replica }: { readonly state: ScopeState; readonly replica: Replica },
  {
    gathering,
    log,
    onKeys,
  }: { readonly gathering: Gathering; readonly log: Log; readonly onKeys: () => void },
): Verdict {
  if (state.causes.has(id)) return { status: "known" };
  const uncited = replica.membership.missing(header.auth);
  if (uncited.length > 0) return { status: "waiting", missing: uncited };
  const right = replica.membership.mayAct(header.device, "write", header.auth);
  if (!right.ok) return { status: "refused", code: right.code, detail: right.detail };
  if (state.causes.size >= CAUSES_MAX) return { status: "refused", ...BELOW_FLOOR };
  if (!isAnnounced({ header, body: null }, replica)) return { status: "unannounced", epoch: header.epoch };
  if (isKeyEvent(header.kind)) {
    noteKeys(replica, { id, header, body: readBody({ id, header, body }, log) });
    onKeys();
  }
  const cause = toCause({ id, header });
  state.causes.set(id, cause);
  const kept = header.kind < SHEDDABLE_KIND_MIN ? outer.slice() : shedBody(outer);
  gathering.causes.push({ scope: state.scope, cause, meta: causeMeta(state.scope, id, kept) });
  return { status: "accepted", forks: false };
}
