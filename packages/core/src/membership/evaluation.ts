/**
 * What a set of control events amounts to, and what each event that has effect adds to it. Owns no judgement
 * and no order. Knows nothing of bytes, signatures and arrival. spec/space SP3-SP17, spec/invite IN8-IN13.
 */
import { compareTimes } from "../event/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { ChannelId, DeviceId, EventId, InviteId, PersonId, SpaceId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import { compareNodes } from "./node.ts";
import type { ControlNode, NameClaim } from "./node.ts";
import { isMember } from "./standing.ts";
import type { DeviceEntry, PersonEntry, Sentence } from "./standing.ts";
import type { ChannelFacts, PendingAdmission, Role, SpaceFacts, Verdict } from "./types.ts";

export interface InviteEntry {
  readonly node: ControlNode;
  readonly id: InviteId;
  readonly publicKey: Uint8Array;
  readonly role: "member" | "reader";
  readonly usesMax: number;
  readonly expiresMs: number | null;
  readonly discoveryKey: Uint8Array;
  readonly createdBy: PersonId;
  readonly usedBy: Set<DeviceId>;
}

export interface Evaluation {
  readonly space: SpaceId;
  info: SpaceFacts | null;
  /** Whose name the space has. */
  spaceName: NameClaim | null;
  readonly persons: Map<PersonId, PersonEntry>;
  readonly devices: Map<DeviceId, DeviceEntry>;
  readonly channels: Map<ChannelId, ChannelFacts>;
  readonly invites: Map<InviteId, InviteEntry>;
  readonly revocations: Map<InviteId, readonly ControlNode[]>;
  readonly pending: Map<PersonId, PendingAdmission>;
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
    invites: new Map(),
    revocations: new Map(),
    pending: new Map(),
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
    revocations: new Map(from.revocations),
    pending: new Map(from.pending),
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
  if (body?.type === "device.remove") {
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
      const { invite: id, publicKey, role, usesMax, expiresMs, discoveryKey } = body;
      evaluation.invites.set(id, {
        node,
        id,
        publicKey,
        role,
        usesMax,
        expiresMs,
        discoveryKey,
        createdBy,
        usedBy: new Set(),
      });
      return;
    }
    case "invite.revoke":
    case "member.remove":
    case "member.confirm":
    case "device.remove":
      decide(evaluation, node);
      return;
    case "member.role": {
      if (node.lowers) decide(evaluation, node);
      const { index, past } = node;
      const entry = evaluation.persons.get(body.person);
      if (!entry) return;
      const ranks = [...entry.ranks, { index, past, role: body.role }];
      evaluation.persons.set(body.person, { ...entry, ranks });
      return;
    }
    case "space.update":
      renameSpace(evaluation, { name: body.name, time: header.time, event: node.id });
      return;
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
    case "profile.set": {
      const person = evaluation.persons.get(
        evaluation.devices.get(header.device)?.person ?? ("" as PersonId),
      );
      const claim = { name: body.name, time: header.time, event: node.id };
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
  const { person, personName, certificate, invite } = node.request;
  if (evaluation.pending.has(person)) return;
  evaluation.pending.set(person, {
    person,
    name: personName,
    device: certificate.device,
    invite,
    event: node.id,
  });
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
  const claim = { name: grant.personName, time: header.time, event: id };
  const ground = { index, past };
  const before = evaluation.persons.get(person);
  // A member's further admission adds a device and leaves the rank.
  const isNew = before === undefined || !isMember(evaluation, before, past);
  const isBack = isNew && before?.admissions.some((earlier) => pastHas(past, earlier.index)) === true;
  evaluation.persons.set(person, {
    person,
    joinedMs: before === undefined || isBack ? header.time.ms : before.joinedMs,
    admissions: [...(before?.admissions ?? []), ground],
    ranks: isNew ? [...(before?.ranks ?? []), { ...ground, role: grant.role }] : before.ranks,
    devices: withOne(before?.devices ?? [], certificate.device),
    claim: before === undefined || (isNew && isLater(claim, before.claim)) ? claim : before.claim,
  });
  addDevice(evaluation, node, grant);
}

function addDevice(
  evaluation: Evaluation,
  { index, past, header }: ControlNode,
  { certificate, prekey }: { readonly certificate: DeviceCertificate; readonly prekey: PrekeyBundle },
): void {
  const device = evaluation.devices.get(certificate.device);
  const prekeys = device?.prekeys ?? [];
  evaluation.devices.set(certificate.device, {
    device: certificate.device,
    person: device?.person ?? certificate.person,
    certificate: device?.certificate ?? certificate,
    prekeys: prekeys.some((known) => known.id === prekey.id) ? prekeys : [...prekeys, prekey],
    admissions: [...(device?.admissions ?? []), { index, past, depth: certificate.depth }],
    linkedMs: device?.linkedMs ?? header.time.ms,
    claim: device?.claim ?? null,
  });
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

/** The later claim holds; of two at one time that of the greater event id. */
function isLater(claim: NameClaim, known: NameClaim): boolean {
  const order = compareTimes(claim.time, known.time);
  return order > 0 || (order === 0 && claim.event >= known.event);
}
