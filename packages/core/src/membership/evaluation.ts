/**
 * What a set of control events amounts to, and what each event that has effect adds to it. Owns no judgement
 * and no order. Knows nothing of bytes, signatures and arrival. spec/space SP3-SP17, spec/invite IN8-IN13.
 */
import type { InviteMode } from "../event/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { ChannelId, DeviceId, EventId, InviteId, PersonId, SpaceId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import { PREKEYS_KEPT_MAX } from "./limits.ts";
import { compareNodes, isLater } from "./node.ts";
import type { ControlNode, ExpiryClaim, NameClaim } from "./node.ts";
import { isMember } from "./standing.ts";
import type { DeviceEntry, PersonEntry, RankGround, Sentence } from "./standing.ts";
import type { ChannelFacts, PendingAdmission, Role, SpaceFacts, Verdict } from "./types.ts";

export interface InviteEntry {
  readonly node: ControlNode;
  readonly id: InviteId;
  readonly publicKey: Uint8Array;
  readonly role: "member" | "reader";
  readonly usesMax: number;
  readonly expiresMs: number | null;
  readonly discoveryKey: Uint8Array;
  readonly mode: InviteMode;
  readonly createdBy: PersonId;
  readonly usedBy: Set<DeviceId>;
}

/** An admission that waits, with its place in the graph. */
export interface WaitingEntry extends PendingAdmission {
  readonly index: number;
  readonly past: Past;
}

export interface Evaluation {
  readonly space: SpaceId;
  info: SpaceFacts | null;
  /** Whose name the space has. */
  spaceName: NameClaim | null;
  readonly persons: Map<PersonId, PersonEntry>;
  readonly devices: Map<DeviceId, DeviceEntry>;
  readonly channels: Map<ChannelId, ChannelFacts>;
  /** How long what is posted in open channels is kept. */
  readonly expiries: Map<ChannelId, ExpiryClaim>;
  readonly invites: Map<InviteId, InviteEntry>;
  readonly revocations: Map<InviteId, readonly ControlNode[]>;
  /** In order. */
  readonly pending: Map<PersonId, readonly WaitingEntry[]>;
  readonly ranks: Map<PersonId, readonly RankGround[]>;
  readonly sentences: Map<PersonId, Sentence>;
  readonly ended: Map<DeviceId, readonly ControlNode[]>;
  /** Admissions by the person they let in: what was used is revoked with its user. */
  readonly uses: Map<PersonId, readonly ControlNode[]>;
  /** Admissions over invites that were used up, which an admin lets count. */
  readonly confirmed: Set<EventId>;
  /** Decisions that hold whatever is concurrent with them. */
  readonly decided: Map<EventId, ControlNode>;
  /** Events that count in their own past and have no effect in this set all the same. */
  readonly voided: Map<EventId, Verdict>;
}

export function createEvaluation(space: SpaceId): Evaluation {
  return {
    space,
    info: null,
    spaceName: null,
    persons: new Map(),
    devices: new Map(),
    channels: new Map(),
    expiries: new Map(),
    invites: new Map(),
    revocations: new Map(),
    pending: new Map(),
    ranks: new Map(),
    sentences: new Map(),
    ended: new Map(),
    uses: new Map(),
    confirmed: new Set(),
    decided: new Map(),
    voided: new Map(),
  };
}

/** A copy that changes apart. Entries are replaced and never altered, but for who used an invite. */
export function copyEvaluation(from: Evaluation): Evaluation {
  const invites = new Map<InviteId, InviteEntry>();
  for (const [id, invite] of from.invites) invites.set(id, { ...invite, usedBy: new Set(invite.usedBy) });
  return {
    ...from,
    invites,
    persons: new Map(from.persons),
    devices: new Map(from.devices),
    channels: new Map(from.channels),
    expiries: new Map(from.expiries),
    revocations: new Map(from.revocations),
    pending: new Map(from.pending),
    ranks: new Map(from.ranks),
    sentences: new Map(from.sentences),
    ended: new Map(from.ended),
    uses: new Map(from.uses),
    confirmed: new Set(from.confirmed),
    decided: new Map(from.decided),
    voided: new Map(from.voided),
  };
}

export function noteUse(evaluation: Evaluation, node: ControlNode): void {
  if (!node.request) return;
  const { person } = node.request;
  evaluation.uses.set(person, [...(evaluation.uses.get(person) ?? []), node]);
}

export function decide(evaluation: Evaluation, node: ControlNode): void {
  const { body, id } = node;
  if (evaluation.decided.has(id)) return;
  evaluation.decided.set(id, node);
  if (body?.type === "member.confirm") evaluation.confirmed.add(body.admission);
  if (body?.type === "invite.revoke") return noteRevocation(evaluation, node, body.invite);
  if (body?.type === "device.remove" || body?.type === "device.suspend") {
    const known = evaluation.ended.get(body.device) ?? [];
    evaluation.ended.set(body.device, [...known, node].sort(compareNodes));
    return;
  }
  if (body?.type !== "member.remove" && body?.type !== "member.role") return;
  const { removals, demotions } = evaluation.sentences.get(body.person) ?? { removals: [], demotions: [] };
  evaluation.sentences.set(
    body.person,
    body.type === "member.remove"
      ? { demotions, removals: [...removals, node].sort(compareNodes) }
      : { removals, demotions: [...demotions, { node, role: body.role }] },
  );
}

/** Adds an effective event to the evaluation. */
export function applyNode(evaluation: Evaluation, node: ControlNode): void {
  const { body, header } = node;
  switch (body?.type) {
    case "space.create":
      evaluation.info = {
        name: body.name,
        kind: body.spaceKind,
        createdMs: header.time.ms,
        founder: body.person,
        founding: { device: header.device, salt: body.salt, profile: body.profile },
      };
      evaluation.spaceName = { name: body.name, time: header.time, event: node.id };
      addGround(evaluation, node, { ...body, role: "owner" });
      return;
    case "channel.create":
      evaluation.channels.set(body.channel, {
        id: body.channel,
        name: body.name,
        scope: body.scope,
        createdMs: header.time.ms,
      });
      return;
    case "invite.create": {
      const createdBy = evaluation.devices.get(header.device)?.person;
      if (!createdBy) throw new Error("MEMBERSHIP_INVARIANT: an invite counted without its author");
      const { invite: id, publicKey, role, usesMax, expiresMs, discoveryKey, mode } = body;
      evaluation.invites.set(id, {
        node,
        id,
        publicKey,
        role,
        usesMax,
        expiresMs,
        discoveryKey,
        mode,
        createdBy,
        usedBy: new Set(),
      });
      return;
    }
    case "invite.revoke":
    case "member.remove":
    case "member.confirm":
    case "device.remove":
    case "device.suspend":
      decide(evaluation, node);
      return;
    case "member.role": {
      if (node.lowers) decide(evaluation, node);
      addRank(evaluation, body.person, node, body.role);
      return;
    }
    case "space.update":
      renameSpace(evaluation, { name: body.name, time: header.time, event: node.id });
      return;
    case "channel.expiry": {
      const { channel, seconds } = body;
      const claim = { seconds, time: header.time, event: node.id };
      const known = evaluation.expiries.get(channel);
      if (known === undefined || isLater(claim, known)) evaluation.expiries.set(channel, claim);
      return;
    }
    case "member.admit": {
      const invite = node.request && evaluation.invites.get(node.request.invite);
      if (!node.request || !invite)
        throw new Error("MEMBERSHIP_INVARIANT: an admission counted without its invite");
      invite.usedBy.add(node.request.certificate.device);
      addGround(evaluation, node, { ...node.request, role: invite.role });
      return;
    }
    case "device.link": {
      const { certificate, name } = body;
      const entry = evaluation.persons.get(certificate.person);
      if (!entry) throw new Error("MEMBERSHIP_INVARIANT: a link of a device counted without its person");
      evaluation.persons.set(entry.person, { ...entry, devices: withOne(entry.devices, certificate.device) });
      addDevice(evaluation, node, body);
      nameDevice(evaluation, certificate.device, { name, time: header.time, event: node.id });
      return;
    }
    case "device.name":
      nameDevice(evaluation, body.device, { name: body.name, time: header.time, event: node.id });
      return;
    case "device.prekey": {
      const device = evaluation.devices.get(header.device);
      if (!device) throw new Error("MEMBERSHIP_INVARIANT: a prekey counted without its device");
      const prekeys = withPrekey(device.prekeys, body.prekey);
      evaluation.devices.set(device.device, { ...device, prekeys });
      return;
    }
    case "profile.set": {
      const person = evaluation.persons.get(
        evaluation.devices.get(header.device)?.person ?? ("" as PersonId),
      );
      const { name, status, avatar } = body;
      const claim = { name, status, avatar, time: header.time, event: node.id };
      if (person && isLater(claim, person.claim)) evaluation.persons.set(person.person, { ...person, claim });
      return;
    }
    default:
  }
}

/** Keeps why an event that counts in its own past has no effect here. */
export function voidNode(evaluation: Evaluation, node: ControlNode, verdict: Verdict): void {
  evaluation.voided.set(node.id, verdict);
  if (verdict.effective || verdict.code !== "ADMISSION_PENDING" || !node.request) return;
  const { person, personName: name, certificate, invite } = node.request;
  const { device } = certificate;
  const { id: event, index, past } = node;
  const waiting = { person, name, device, invite, event, index, past };
  evaluation.pending.set(person, [...(evaluation.pending.get(person) ?? []), waiting]);
}

function noteRevocation(evaluation: Evaluation, node: ControlNode, invite: InviteId): void {
  const known = evaluation.revocations.get(invite) ?? [];
  if (!known.includes(node)) evaluation.revocations.set(invite, [...known, node]);
}

function addGround(
  evaluation: Evaluation,
  node: ControlNode,
  grant: {
    readonly person: PersonId;
    readonly personName: string;
    readonly certificate: DeviceCertificate;
    readonly prekey: PrekeyBundle;
    readonly role: Role;
  },
): void {
  const { person, certificate } = grant;
  const { index, past, header, id } = node;
  const ground = { index, past };
  const before = evaluation.persons.get(person);
  const { status, avatar } = before?.claim ?? { status: null, avatar: null };
  const claim = { name: grant.personName, status, avatar, time: header.time, event: id };
  // A member's further admission adds a device and leaves the rank.
  const isNew = before === undefined || !isMember(evaluation, before, past);
  const isBack = isNew && before?.admissions.some((earlier) => pastHas(past, earlier.index)) === true;
  evaluation.persons.set(person, {
    person,
    joinedMs: before === undefined || isBack ? header.time.ms : before.joinedMs,
    admissions: [...(before?.admissions ?? []), ground],
    devices: withOne(before?.devices ?? [], certificate.device),
    claim: before === undefined || (isNew && isLater(claim, before.claim)) ? claim : before.claim,
  });
  if (isNew) addRank(evaluation, person, node, grant.role);
  addDevice(evaluation, node, grant);
}

function addRank({ ranks }: Evaluation, person: PersonId, { index, past }: ControlNode, role: Role): void {
  ranks.set(person, [...(ranks.get(person) ?? []), { index, past, role }]);
}

function addDevice(
  evaluation: Evaluation,
  { index, past, header }: ControlNode,
  { certificate, prekey }: { readonly certificate: DeviceCertificate; readonly prekey: PrekeyBundle },
): void {
  const device = evaluation.devices.get(certificate.device);
  evaluation.devices.set(certificate.device, {
    device: certificate.device,
    person: device?.person ?? certificate.person,
    certificate: device?.certificate ?? certificate,
    prekeys: withPrekey(device?.prekeys ?? [], prekey),
    admissions: [...(device?.admissions ?? []), { index, past, depth: certificate.depth }],
    linkedMs: device?.linkedMs ?? header.time.ms,
    by: device?.by ?? header.device,
    claim: device?.claim ?? null,
  });
}

/** The newest of them, oldest first: the same in whatever order they come. spec/epoch EP81. */
function withPrekey(prekeys: readonly PrekeyBundle[], prekey: PrekeyBundle): readonly PrekeyBundle[] {
  if (prekeys.some((known) => known.id === prekey.id)) return prekeys;
  return [...prekeys, prekey]
    .sort((a, b) => a.expiresMs - b.expiresMs || (a.id < b.id ? -1 : 1))
    .slice(-PREKEYS_KEPT_MAX);
}

function nameDevice(evaluation: Evaluation, device: DeviceId, claim: NameClaim): void {
  const entry = evaluation.devices.get(device);
  if (entry && (entry.claim === null || isLater(claim, entry.claim)))
    evaluation.devices.set(device, { ...entry, claim });
}

function withOne(devices: readonly DeviceId[], device: DeviceId): readonly DeviceId[] {
  return devices.includes(device) ? devices : [...devices, device];
}

function renameSpace(evaluation: Evaluation, claim: NameClaim): void {
  const { info, spaceName } = evaluation;
  if (info === null || spaceName === null || !isLater(claim, spaceName)) return;
  evaluation.spaceName = claim;
  evaluation.info = { ...info, name: claim.name };
}
