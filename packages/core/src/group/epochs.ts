/** The sender rule with its facts filled in from membership, and the new epoch when no other is fit. spec/epoch EP12-EP14, EP16, EP40-EP42. */
import type { Box } from "../crypto/index.ts";
import { chooseEpoch, createEpochSecrets, sealBoxes } from "../encryption/index.ts";
import type { EpochBook, EpochInfo } from "../encryption/index.ts";
import { deriveEpochKeys, RECIPIENTS_MAX } from "../event/index.ts";
import type { EpochKeys } from "../event/index.ts";
import type { EpochId, ScopeId } from "../ids.ts";
import type { DeviceFacts, Membership, Roster } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import type { PlannedWrite } from "./identity.ts";
import type { PlannedShare } from "./join.ts";

/** The epoch under which this device may write in a scope now; null: none that it holds is fit. */
export function chooseSendEpoch({
  scope,
  book,
  keysOf,
  membership,
  roster,
}: {
  readonly scope: ScopeId;
  readonly book: EpochBook;
  readonly keysOf: (epoch: EpochId) => EpochKeys | null;
  readonly membership: Membership;
  /** Of a private channel's scope; absent for the others. */
  readonly roster?: Roster | null | undefined;
}): EpochKeys | null {
  const removals = roster ? [...membership.removals(), ...roster.removals()] : membership.removals();
  const log = roster ?? membership;
  const epochs = book.ofScope(scope).flatMap(({ epoch, announcements, holders }): EpochInfo[] => {
    const keys = keysOf(epoch);
    if (!keys) return [];
    // Announced more than once: the earliest decides, so that a late echo makes no old epoch new.
    const depth = Math.min(...announcements.map(({ cites }) => log.depthAfter(cites)));
    // By any of its announcements alone: an echo after the removal makes no old secret new.
    const removalsFollowed = new Set(
      removals.filter((removal) => announcements.every(({ cites }) => log.follows(cites, removal))),
    );
    return [{ keys, holders, depth, removalsFollowed }];
  });
  const entitled = new Set(entitledDevices(membership, roster).map(({ device }) => device));
  return chooseEpoch({ epochs, isCurrentDevice: (device) => entitled.has(device), removals });
}

/** Devices that a scope is for: of every member, or of those in its private channel. spec/epoch EP40. */
export function entitledDevices(membership: Membership, roster?: Roster | null): DeviceFacts[] {
  const devices = [...membership.state().devices.values()];
  if (!roster) return devices;
  const people = roster.people();
  return devices.filter(({ person }) => people.has(person));
}

export interface PlannedEpoch extends PlannedShare {
  readonly keys: EpochKeys;
}

/**
 * A new epoch of a scope, boxed for every device that the scope is for now. For when chooseSendEpoch finds none:
 * an admission that turned out void, or a re-box to an outsider, makes the old one unfit, not the space mute.
 */
export function planEpoch({
  scope,
  membership,
  roster,
  box,
  random,
}: {
  readonly scope: ScopeId;
  readonly membership: Membership;
  readonly roster?: Roster | null | undefined;
  readonly box: Box;
  readonly random: Random;
}): PlannedEpoch {
  const keys = deriveEpochKeys(createEpochSecrets({ space: membership.space, scope, random }));
  const prekeys = entitledDevices(membership, roster).flatMap((device) => device.prekeys.at(-1) ?? []);
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
