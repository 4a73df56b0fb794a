/** Whether the author of a verified event may write it, in the event's own past. spec/space SP31, SP50. */
import type { Body, EventId, Header, PersonId } from "@kith/core";
import { isAnnounced } from "./announced.ts";
import type { Verdict } from "./ledger-types.ts";
import type { Replica } from "./replica.ts";

export type AuthorVerdict =
  /** author: of what is in a content scope; of a control event its effect says who it was. */
  | { readonly status: "stands"; readonly author: PersonId | null }
  | Extract<Verdict, { status: "waiting" | "unannounced" | "refused" }>;

/** What says who is in a private channel is taken into its roster by this. */
export function judgeAuthor(
  event: { readonly id: EventId; readonly header: Header; readonly body: Body | null },
  replica: Replica,
): AuthorVerdict {
  const { header } = event;
  const { control, membership, rosters } = replica;
  if (header.scope === control) {
    const uncited = membership.missing(header.prev ? [header.prev, ...header.parents] : header.parents);
    if (uncited.length > 0) return { status: "waiting", missing: uncited };
    if (!isAnnounced(event, replica)) return { status: "unannounced", epoch: header.epoch };
    if (!membership.full) return { status: "stands", author: null };
    return {
      status: "refused",
      code: "MEMBERSHIP_FULL",
      detail: "the space holds as many control events as it may; found a new one",
    };
  }
  const roster = rosters.get(header.scope);
  const uncited = (roster ?? membership).missing(header.auth);
  if (uncited.length > 0) return { status: "waiting", missing: uncited };
  if (!isAnnounced(event, replica)) return { status: "unannounced", epoch: header.epoch };
  const right = roster ? roster.add(event) : membership.mayAct(header.device, "write", header.auth);
  if (!right.ok) return { status: "refused", code: right.code, detail: right.detail };
  return { status: "stands", author: right.person };
}
