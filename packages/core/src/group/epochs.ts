/** The sender rule with its facts filled in from membership. spec/epoch EP12-EP14. */
import { chooseEpoch } from "../encryption/index.ts";
import type { EpochBook, EpochInfo } from "../encryption/index.ts";
import type { EpochKeys } from "../event/index.ts";
import type { EpochId, EventId, ScopeId } from "../ids.ts";
import type { Membership } from "../membership/index.ts";

/** No event kind of this version removes anyone. */
const noRemovals: readonly EventId[] = [];

/** The epoch under which this device may write in a scope now; null: none that it holds is fit. */
export function chooseSendEpoch({
  scope,
  book,
  keysOf,
  membership,
}: {
  readonly scope: ScopeId;
  readonly book: EpochBook;
  readonly keysOf: (epoch: EpochId) => EpochKeys | null;
  readonly membership: Membership;
}): EpochKeys | null {
  const epochs = book.ofScope(scope).flatMap(({ epoch, announcements, holders }): EpochInfo[] => {
    const keys = keysOf(epoch);
    if (!keys) return [];
    // Announced more than once: the earliest decides, so that a late echo makes no old epoch new.
    const depth = Math.min(...announcements.map(({ cites }) => membership.depthAfter(cites)));
    return [{ keys, holders, depth, removalsFollowed: new Set(noRemovals) }];
  });
  const { devices } = membership.state();
  return chooseEpoch({ epochs, isCurrentDevice: (device) => devices.has(device), removals: noRemovals });
}
