/** The sender rule with its facts filled in from membership, and the new epoch when no other is fit. spec/epoch EP12-EP14, EP16. */
import type { Box } from "../crypto/index.ts";
import { chooseEpoch, createEpochSecrets, sealBoxes } from "../encryption/index.ts";
import type { EpochBook, EpochInfo } from "../encryption/index.ts";
import { deriveEpochKeys, RECIPIENTS_MAX } from "../event/index.ts";
import type { EpochKeys } from "../event/index.ts";
import type { EpochId, ScopeId } from "../ids.ts";
import type { Membership } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import type { PlannedWrite } from "./identity.ts";
import type { PlannedShare } from "./join.ts";

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
  const removals = membership.removals();
  const epochs = book.ofScope(scope).flatMap(({ epoch, announcements, holders }): EpochInfo[] => {
    const keys = keysOf(epoch);
    if (!keys) return [];
    // Announced more than once: the earliest decides, so that a late echo makes no old epoch new.
    const depth = Math.min(...announcements.map(({ cites }) => membership.depthAfter(cites)));
    // By any of its announcements alone: an echo after the removal makes no old secret new.
    const removalsFollowed = new Set(
      removals.filter((removal) => announcements.every(({ cites }) => membership.follows(cites, removal))),
    );
    return [{ keys, holders, depth, removalsFollowed }];
  });
  const { devices } = membership.state();
  return chooseEpoch({ epochs, isCurrentDevice: (device) => devices.has(device), removals });
}

export interface PlannedEpoch extends PlannedShare {
  readonly keys: EpochKeys;
}

/**
 * A new epoch of a scope, boxed for every device of a current member. For when chooseSendEpoch finds none:
 * an admission that turned out void, or a re-box to an outsider, makes the old one unfit, not the space mute.
 */
export function planEpoch({
  scope,
  membership,
  box,
  random,
}: {
  readonly scope: ScopeId;
  readonly membership: Membership;
  readonly box: Box;
  readonly random: Random;
}): PlannedEpoch {
  const keys = deriveEpochKeys(createEpochSecrets({ space: membership.space, scope, random }));
  const prekeys = [...membership.state().devices.values()].flatMap((device) => device.prekeys.at(-1) ?? []);
  const { recipients, boxes } = sealBoxes(keys, prekeys, box);
  const place = { scope, epoch: keys.epoch };
  const writes: PlannedWrite[] = [
    {
      ...place,
      body: { type: "epoch.create", profile: "archive", recipients: recipients.slice(0, RECIPIENTS_MAX) },
    },
  ];
  for (let at = RECIPIENTS_MAX; at < recipients.length; at += RECIPIENTS_MAX) {
    const more = recipients.slice(at, at + RECIPIENTS_MAX);
    writes.push({ ...place, body: { type: "epoch.rebox", epoch: keys.epoch, recipients: more } });
  }
  return { keys, writes, boxes };
}
