/** The sender rule with its facts filled in from membership, and the new epoch when no other is fit. spec/epoch EP12-EP14, EP16, EP40-EP42. */
import type { Box } from "../crypto/index.ts";
import { chooseEpoch, createEpochSecrets, sealBoxes } from "../encryption/index.ts";
import type { EpochBook, EpochInfo } from "../encryption/index.ts";
import { controlScope, deriveEpochKeys, RECIPIENTS_MAX } from "../event/index.ts";
import type { EpochKeys, Profile } from "../event/index.ts";
import type { EpochId, ScopeId } from "../ids.ts";
import type { DeviceFacts, Membership, Roster } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import type { PlannedWrite } from "./identity.ts";
import type { PlannedShare } from "./join.ts";
import { planLinks } from "./links.ts";

/** The epoch under which this device may write in a scope now; null: none that it holds is fit. */
export function chooseSendEpoch({
  scope,
  book,
  keysOf,
  mayGoOn = () => true,
  membership,
  roster,
}: {
  readonly scope: ScopeId;
  readonly book: EpochBook;
  readonly keysOf: (epoch: EpochId) => EpochKeys | null;
  /** Of a sealed scope: nothing speaks for making another one yet. */
  readonly mayGoOn?: (keys: EpochKeys) => boolean;
  readonly membership: Membership;
  /** Of a private channel's scope; absent for the others. */
  readonly roster?: Roster | null | undefined;
}): EpochKeys | null {
  const entitled = new Set(entitledDevices(membership, roster).map(({ device }) => device));
  const ends = roster ? roster.removals() : membership.openRevocations();
  const removals = [...membership.removals(), ...ends];
  const log = roster ?? membership;
  const epochs = book.ofScope(scope).flatMap((facts): EpochInfo[] => {
    const { epoch, announcements } = facts;
    const keys = keysOf(epoch);
    if (!keys || !isReader(keys) || !mayGoOn(keys)) return [];
    const readers = keys.secrets.commitment && book.readersOf(keys);
    const lacking = readers && [...entitled].some((device) => !readers.has(device));
    // Announced more than once: the earliest decides, so that a late echo makes no old epoch new.
    const depth = Math.min(...announcements.map(({ cites }) => log.depthAfter(cites)));
    // By any of its announcements alone: an echo after the removal makes no old secret new.
    const removalsFollowed = new Set(
      removals.filter((removal) => announcements.every(({ cites }) => log.follows(cites, removal))),
    );
    const info = { keys, depth, removalsFollowed, lacking: lacking === true };
    return [
      {
        ...info,
        get holders() {
          return facts.holders;
        },
      },
    ];
  });
  return chooseEpoch({ epochs, isCurrentDevice: (device) => entitled.has(device), removals });
}

/** This device has, or had until they were destroyed, all of the epoch's secrets. */
export function isReader({ secrets: { contentSecret, sealed } }: EpochKeys): boolean {
  return contentSecret !== null || Boolean(sealed?.readerKey);
}

/** Devices that a scope is for: of every member, or of those in its private channel. spec/epoch EP40. */
export function entitledDevices(membership: Membership, roster?: Roster | null): DeviceFacts[] {
  const devices = [...membership.state().devices.values()];
  if (!roster) return devices;
  const people = roster.people();
  return devices.filter(({ person }) => people.has(person));
}

/** As its founding event says; control is an archive. null: that event is not here. */
export function profileOf(
  scope: ScopeId,
  { membership, roster }: { readonly membership: Membership; readonly roster?: Roster | null | undefined },
): Profile | null {
  if (scope === controlScope(membership.space)) return "archive";
  if (roster) return roster.facts?.profile ?? null;
  return membership.state().info?.founding.profile ?? null;
}

export interface PlannedEpoch extends PlannedShare {
  readonly keys: EpochKeys;
}

/** What a new epoch may lie under, and what may lie under it. */
export interface EpochSurroundings {
  readonly book: EpochBook;
  /** To write under in the control scope, for an epoch of the open channels. null: each device gets a box. */
  readonly control: EpochKeys | null;
  /** Epochs of the scope, and for control those of the open channels, that are here with their events; the newest last. */
  readonly held: readonly EpochKeys[];
}

/**
 * A new epoch of a scope, for every device that the scope is for now. For when chooseSendEpoch finds none:
 * an admission that turned out void, or a re-box to an outsider, makes the old one unfit, not the space mute. Of the
 * open channels it lies under control's, and only who is not known to hold that gets a box.
 */
export function planEpoch({
  scope,
  membership,
  roster,
  among,
  box,
  random,
}: {
  readonly scope: ScopeId;
  readonly membership: Membership;
  readonly roster?: Roster | null | undefined;
  readonly among?: EpochSurroundings;
  readonly box: Box;
  readonly random: Random;
}): PlannedEpoch {
  const profile = profileOf(scope, { membership, roster }) ?? "archive";
  const keys = deriveEpochKeys(createEpochSecrets({ space: membership.space, scope, profile, random }));
  const under = among?.control ? planLinks(among.control, [keys], among) : [];
  const served = new Set(under.flatMap(({ epoch }) => [...(among?.book.get(epoch)?.holders ?? [])]));
  const prekeys = entitledDevices(membership, roster)
    .filter(({ device }) => !served.has(device))
    .flatMap((device) => device.prekeys.at(-1) ?? []);
  const { recipients, boxes } = sealBoxes(keys, prekeys, box);
  const place = { scope, epoch: keys.epoch };
  const writes: PlannedWrite[] = [
    ...under,
    {
      ...place,
      body: { type: "epoch.create", profile, recipients: recipients.slice(0, RECIPIENTS_MAX) },
    },
  ];
  for (let at = RECIPIENTS_MAX; at < recipients.length; at += RECIPIENTS_MAX) {
    const more = recipients.slice(at, at + RECIPIENTS_MAX);
    writes.push({ ...place, body: { type: "epoch.rebox", epoch: keys.epoch, recipients: more } });
  }
  if (among) writes.push(...planLinks(keys, among.held, { ...among, again: true }));
  return { keys, writes, boxes };
}
