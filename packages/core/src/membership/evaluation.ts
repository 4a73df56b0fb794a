/**
 * What a set of control events amounts to. The set is closed under causal past; its events are settled
 * in one order that every device derives alike (causal depth, then id), so arrival plays no part.
 * Revocations are decided before that pass, because they act on admissions that come earlier in it.
 * Knows nothing of bytes, signatures and arrival. spec/space SP3-SP17, spec/invite IN8-IN13.
 */
import type { HybridTime } from "../event/index.ts";
import { compareTimes, publicScope } from "../event/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { ChannelId, DeviceId, EventId, InviteId, PersonId, SpaceId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import type { JoinRequest } from "./join-request.ts";
import { leastRole, roleMay } from "./roles.ts";
import type {
  ChannelFacts,
  ControlEvent,
  PendingAdmission,
  Role,
  SpaceFacts,
  Verdict,
  VoidCode,
} from "./types.ts";

export interface ControlNode extends ControlEvent {
  /** Place in the order of arrival: names the event in a Past and nowhere else. */
  readonly index: number;
  /** Length of the longest chain of events below it. */
  readonly depth: number;
  readonly past: Past;
  /** Of a member.admit whose request is genuine. */
  readonly request: JoinRequest | null;
  /** In its own causal past: fixed for ever, whatever else arrives. */
  own: Verdict;
}

/** An event by which a person or device is of the space. */
interface Ground {
  readonly index: number;
  /** null where the person was a member already: the admission adds a device and leaves the rank. */
  readonly role: Role | null;
}

interface NameClaim {
  readonly name: string;
  readonly time: HybridTime;
  readonly event: EventId;
}

interface PersonEntry {
  readonly person: PersonId;
  readonly joinedMs: number;
  readonly grounds: Ground[];
  readonly devices: DeviceId[];
  claim: NameClaim;
}

interface DeviceEntry {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly certificate: DeviceCertificate;
  readonly prekeys: PrekeyBundle[];
  readonly grounds: number[];
}

interface InviteEntry {
  readonly index: number;
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
  readonly persons: Map<PersonId, PersonEntry>;
  readonly devices: Map<DeviceId, DeviceEntry>;
  readonly channels: Map<ChannelId, ChannelFacts>;
  readonly invites: Map<InviteId, InviteEntry>;
  readonly revocations: Map<InviteId, ControlNode[]>;
  readonly pending: Map<PersonId, PendingAdmission>;
  /** Events that count in their own past and have no effect in this set all the same. */
  readonly voided: Map<EventId, Verdict>;
}

const effective: Verdict = { effective: true };

export function voidBecause(code: VoidCode, detail: string): Verdict {
  return { effective: false, code, detail };
}

export function createEvaluation(space: SpaceId): Evaluation {
  return {
    space,
    info: null,
    persons: new Map(),
    devices: new Map(),
    channels: new Map(),
    invites: new Map(),
    revocations: new Map(),
    pending: new Map(),
    voided: new Map(),
  };
}

/** Causal depth, then id: extends causality, and each event's place depends on its own past alone. */
export function compareNodes(a: ControlNode, b: ControlNode): number {
  return a.depth - b.depth || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** nodes in the order of compareNodes; within null means all of them. */
export function evaluateNodes(
  space: SpaceId,
  nodes: readonly ControlNode[],
  within: Past | null,
): Evaluation {
  const evaluation = createEvaluation(space);
  const counted = nodes.filter(
    (node) => node.own.effective && (within === null || pastHas(within, node.index)),
  );
  const founding = counted.find((node) => node.body?.type === "space.create");
  if (!founding) return evaluation;
  // Only an owner or admin revokes, and today the founder alone is one: what counts in its own past under
  // the winning founding event is decided. Ranks granted later are decided here first, highest first.
  for (const node of counted) {
    if (node.body?.type === "invite.revoke" && pastHas(node.past, founding.index)) {
      noteRevocation(evaluation, node, node.body.invite);
    }
  }
  for (const node of counted) {
    const verdict = judgeNode(evaluation, node);
    if (verdict.effective) applyNode(evaluation, node);
    else voidNode(evaluation, node, verdict);
  }
  return evaluation;
}

/** The rank of a device as far as this causal past goes; null when it is of no member. */
export function standingOf(
  evaluation: Evaluation,
  device: DeviceId,
  past: Past,
): { readonly person: PersonId; readonly role: Role } | null {
  const entry = evaluation.devices.get(device);
  if (!entry?.grounds.some((index) => pastHas(past, index))) return null;
  const person = evaluation.persons.get(entry.person);
  if (!person) return null;
  const role = roleWithin(person, past);
  return role ? { person: entry.person, role } : null;
}

function roleWithin(person: PersonEntry, past: Past | null): Role | null {
  let role: Role | null = null;
  for (const ground of person.grounds) {
    if (ground.role === null || (past !== null && !pastHas(past, ground.index))) continue;
    role = role === null ? ground.role : leastRole(role, ground.role);
  }
  return role;
}

/** The person's rank in the whole set. */
export function roleOf(person: PersonEntry): Role {
  return roleWithin(person, null) ?? "reader";
}

/** Decides one event over an evaluation that holds all of its causal past and nothing that comes after it. */
export function judgeNode(evaluation: Evaluation, node: ControlNode): Verdict {
  const { body } = node;
  if (body === null) return voidBecause("BODY_UNREADABLE", "this version cannot read the event's body");
  if (body.type === "space.create") {
    return evaluation.info === null ? effective : voidBecause("SPACE_EXISTS", "the space was founded before");
  }
  const author = standingOf(evaluation, node.header.device, node.past);
  if (!author)
    return voidBecause(
      "NOT_MEMBER",
      `device ${node.header.device.slice(0, 8)} was of no member when it wrote this`,
    );
  if (!roleMay(author.role, body.type)) {
    return voidBecause("ROLE_TOO_LOW", `${body.type} is not for the role ${author.role}`);
  }
  switch (body.type) {
    case "channel.create":
      if (body.scope !== publicScope(evaluation.space))
        return voidBecause("CHANNEL_SCOPE", "no such scope in this space");
      return evaluation.channels.has(body.channel)
        ? voidBecause("CHANNEL_EXISTS", "the channel's id is taken")
        : effective;
    case "invite.create":
      return evaluation.invites.has(body.invite)
        ? voidBecause("INVITE_EXISTS", "the invite's id is taken")
        : effective;
    case "invite.revoke":
      return evaluation.invites.has(body.invite)
        ? effective
        : voidBecause("INVITE_UNKNOWN", "no such invite to revoke");
    case "member.admit":
      return judgeAdmission(evaluation, node);
    case "profile.set":
    case "epoch.create":
    case "epoch.rebox":
    case "merge":
      return effective;
    case "message.post":
    case "reaction.set":
      return voidBecause("KIND_SCOPE", `${body.type} does not belong in the control scope`);
  }
}

function judgeAdmission(evaluation: Evaluation, node: ControlNode): Verdict {
  const { request } = node;
  if (!request) return voidBecause("REQUEST_FORGED", "the join request does not verify");
  const { device } = request.certificate;
  const invite = evaluation.invites.get(request.invite);
  if (!invite || !pastHas(node.past, invite.index)) {
    return voidBecause("INVITE_UNKNOWN", "the join request names no invite of this space");
  }
  const revocations = evaluation.revocations.get(invite.id) ?? [];
  if (revocations.some((revocation) => !pastHas(revocation.past, node.index))) {
    return voidBecause(
      "INVITE_REVOKED",
      "the invite was revoked, and the revocation does not follow this admission",
    );
  }
  if (invite.expiresMs !== null && node.header.time.ms >= invite.expiresMs) {
    return voidBecause("INVITE_EXPIRED", "the admission is later than the invite's expiry");
  }
  const taken = evaluation.devices.get(device);
  if (taken && taken.person !== request.person) {
    return voidBecause("DEVICE_TAKEN", "the device belongs to another member");
  }
  if (!invite.usedBy.has(device) && invite.usedBy.size >= invite.usesMax) {
    return voidBecause("ADMISSION_PENDING", "concurrent admissions had used the invite up");
  }
  return effective;
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
        index: node.index,
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
      noteRevocation(evaluation, node, body.invite);
      return;
    case "member.admit": {
      const invite = node.request && evaluation.invites.get(node.request.invite);
      if (!node.request || !invite)
        throw new Error("MEMBERSHIP_INVARIANT: an admission counted without its invite");
      invite.usedBy.add(node.request.certificate.device);
      addGround(evaluation, node, { ...node.request, role: invite.role });
      return;
    }
    case "profile.set": {
      const person = evaluation.persons.get(
        evaluation.devices.get(header.device)?.person ?? ("" as PersonId),
      );
      if (person) claimName(person, { name: body.name, time: header.time, event: node.id });
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
  const known = evaluation.revocations.get(invite);
  if (!known) evaluation.revocations.set(invite, [node]);
  else if (!known.includes(node)) known.push(node);
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
  const { person, certificate, prekey } = grant;
  const claim = { name: grant.personName, time: node.header.time, event: node.id };
  const entry = evaluation.persons.get(person) ?? {
    person,
    joinedMs: node.header.time.ms,
    grounds: [],
    devices: [],
    claim,
  };
  evaluation.persons.set(person, entry);
  const followsOne = entry.grounds.some((ground) => pastHas(node.past, ground.index));
  entry.grounds.push({ index: node.index, role: followsOne ? null : grant.role });
  if (!followsOne) claimName(entry, claim);

  const device = evaluation.devices.get(certificate.device) ?? {
    device: certificate.device,
    person,
    certificate,
    prekeys: [],
    grounds: [],
  };
  evaluation.devices.set(certificate.device, device);
  device.grounds.push(node.index);
  if (!device.prekeys.some((known) => known.id === prekey.id)) device.prekeys.push(prekey);
  if (!entry.devices.includes(certificate.device)) entry.devices.push(certificate.device);
}

/** The later claim holds; of two at one time that of the greater event id. */
function claimName(person: PersonEntry, claim: NameClaim): void {
  const order = compareTimes(claim.time, person.claim.time);
  if (order > 0 || (order === 0 && claim.event >= person.claim.event)) person.claim = claim;
}
