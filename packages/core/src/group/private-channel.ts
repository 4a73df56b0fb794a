/** The first events of a private channel, and those that change who is in it. spec/space SP50-SP53. */
import type { Box } from "../crypto/index.ts";
import { createEpochSecrets, sealBoxes } from "../encryption/index.ts";
import type { SealedBox } from "../encryption/index.ts";
import { CHANNEL_PEOPLE_MAX, deriveEpochKeys, privateScope } from "../event/index.ts";
import type { EpochKeys, Fence, Profile } from "../event/index.ts";
import type { DeviceId, EpochId, EventId, PersonId, ScopeId } from "../ids.ts";
import type { Membership } from "../membership/index.ts";
import type { Random } from "../ports/index.ts";
import { SALT_BYTES } from "./found-space.ts";
import type { PlannedWrite } from "./identity.ts";
import { shareEpochs } from "./join.ts";
import type { PlannedShare, Readership } from "./join.ts";
import { planLinks } from "./links.ts";
import { normalizeName } from "./names.ts";

export interface PlannedPrivateChannel {
  readonly scope: ScopeId;
  readonly keys: EpochKeys;
  readonly writes: readonly PlannedWrite[];
  readonly boxes: readonly SealedBox[];
}

/** A private channel with its first epoch, boxed for its people's devices. people: besides the founder's person. Throws NAME_INVALID. */
export function foundPrivateChannel({
  membership,
  device,
  people,
  name,
  profile = "archive",
  box,
  random,
}: {
  readonly membership: Membership;
  /** Of the founder. */
  readonly device: DeviceId;
  readonly people: readonly PersonId[];
  readonly name: string;
  readonly profile?: Profile;
  readonly box: Box;
  readonly random: Random;
}): PlannedPrivateChannel {
  const { space } = membership;
  const channelName = normalizeName(name);
  const salt = random.bytes(SALT_BYTES);
  const scope = privateScope({ space, device, salt, name: channelName, profile });
  const keys = deriveEpochKeys(createEpochSecrets({ space, scope, profile, random }));
  const { members, devices } = membership.state();
  const founder = devices.get(device)?.person;
  const recipients = [...members.values()].filter(
    ({ person }) => person === founder || people.includes(person),
  );
  const prekeys = recipients.flatMap((member) =>
    member.devices.flatMap((id) => devices.get(id)?.prekeys.at(-1) ?? []),
  );
  const sealed = sealBoxes(keys, prekeys, box);
  const place = { scope, epoch: keys.epoch };
  return {
    scope,
    keys,
    writes: [
      { ...place, body: { type: "channel.found", name: channelName, salt, profile } },
      { ...place, body: { type: "epoch.create", profile, recipients: sealed.recipients } },
      ...planPeople({ ...place, people: people.filter((person) => person !== founder) }),
    ],
    boxes: sealed.boxes,
  };
}

function planPeople({
  scope,
  epoch,
  people,
}: {
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  readonly people: readonly PersonId[];
}): PlannedWrite[] {
  const distinct = [...new Set(people)];
  return Array.from({ length: Math.ceil(distinct.length / CHANNEL_PEOPLE_MAX) }, (_, page) => ({
    scope,
    epoch,
    body: {
      type: "channel.add",
      people: distinct.slice(page * CHANNEL_PEOPLE_MAX, (page + 1) * CHANNEL_PEOPLE_MAX),
    },
  }));
}

/** Lets members of the space into a private channel, with every epoch of it that the planner holds: its whole history, or its headers where it is join-only. */
export function planChannelPeople({
  membership,
  book,
  people,
  epoch,
  keys,
  box,
}: Readership & {
  readonly people: readonly PersonId[];
  /** To write under. */
  readonly epoch: EpochKeys;
  /** All that are held of the scope. */
  readonly keys: readonly EpochKeys[];
  readonly box: Box;
}): PlannedShare {
  const { members, devices } = membership.state();
  const links = planLinks(epoch, keys, { book });
  const linked = links.flatMap(({ body }) => (body.type === "epoch.link" ? body.links : []));
  const reached = book.reachOf([epoch.epoch, ...linked.map((link) => link.epoch)]);
  const others = keys.filter((each) => !reached.has(each.epoch)).toReversed();
  const shares = people
    .flatMap((person) => members.get(person)?.devices ?? [])
    .flatMap((device) => devices.get(device)?.prekeys.at(-1) ?? [])
    .map((prekey) => shareEpochs(prekey, [epoch, ...others], { box, membership, book }));
  return {
    writes: [
      ...links,
      ...planPeople({ scope: epoch.scope, epoch: epoch.epoch, people }),
      ...shares.flatMap(({ writes }) => writes),
    ],
    boxes: shares.flatMap(({ boxes }) => boxes),
  };
}

/** Ends somebody's part in a private channel; of the planner's own person: leaves. */
export function planChannelRemoval({
  epoch,
  person,
  fences,
}: {
  readonly epoch: EpochKeys;
  readonly person: PersonId;
  readonly fences: readonly Fence[];
}): PlannedWrite {
  return { scope: epoch.scope, epoch: epoch.epoch, body: { type: "channel.remove", person, fences } };
}

/** How far somebody was heard in a private channel when a removal from the space became known there. */
export function planChannelFence({
  epoch,
  person,
  removal,
  fences,
}: {
  readonly epoch: EpochKeys;
  readonly person: PersonId;
  readonly removal: EventId;
  readonly fences: readonly Fence[];
}): PlannedWrite {
  const body = { type: "channel.fence", person, removal, fences } as const;
  return { scope: epoch.scope, epoch: epoch.epoch, body };
}
