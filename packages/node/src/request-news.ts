/** Tells the change log when somebody waits to be let into a space, or does no longer: an admission that waits has no effect, and so no entry of its own. */
import type { Clock, LogDraft, SpaceId } from "@kith/core";
import type { Ledger } from "./ledger.ts";

export function tellRequests({
  ledger,
  clock,
  record,
}: {
  readonly ledger: Pick<Ledger, "replicas" | "onCommitted">;
  readonly clock: Clock;
  readonly record: (drafts: readonly LogDraft[]) => void;
}): void {
  const idsOf = (space: SpaceId): string =>
    [...(ledger.replicas.get(space)?.membership.state().pending.values() ?? [])]
      .map(({ event }) => event)
      .toSorted()
      .join(" ");
  const known = new Map([...ledger.replicas.keys()].map((space) => [space, idsOf(space)]));

  ledger.onCommitted(({ spacesChanged }) => {
    for (const space of spacesChanged) {
      const ids = idsOf(space);
      if (ids === (known.get(space) ?? "")) continue;
      known.set(space, ids);
      const waiting = ids.split(" ").filter(Boolean).length;
      const data = JSON.stringify({ space, change: "join-requests", waiting });
      record([{ type: "space", atMs: clock.nowMs(), ref: null, data }]);
    }
  });
}
