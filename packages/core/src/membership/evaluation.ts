/**
 * What a set of control events amounts to. The set is closed under causal past; its events are settled
 * in one order that every device derives alike (causal depth, then id), so arrival plays no part.
 * Decisions against people are made before that pass, because they act on what comes earlier in it.
 * Knows nothing of bytes, signatures and arrival. spec/space SP3-SP17, spec/invite IN8-IN13.
 */
import { compareTimes } from "../event/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { ChannelId, DeviceId, EventId, InviteId, PersonId, SpaceId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import { isDecision, nextDecision, undisputed } from "./decisions.ts";
import { judgeNode, leavesNoOwner } from "./judge.ts";
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
  readonly revocations: Map<InviteId, ControlNode[]>;
  readonly pending: Map<PersonId, PendingAdmission>;
  readonly sentences: Map<PersonId, Sentence>;
  /** Admissions by the person they let in: what was used is revoked with its user. */
  readonly uses: Map<PersonId, ControlNode[]>;
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
    uses: new Map(),
    confirmed: new Set(),
    decided: new Map(),
    voided: new Map(),
  };
}

/** nodes in the order of compareNodes; within null means all of them. */
export function evaluateNodes(
  space: SpaceId,
  nodes: readonly ControlNode[],
  within: Past | null,
): Evaluation {
  const counted = nodes.filter(
    (node) => node.own.effective && (within === null || pastHas(within, node.index)),
  );
  const decisions = counted.filter(isDecision);
  const decided = undisputed(counted, decisions);
  const refused = new Map<EventId, Verdict>();
  for (;;) {
    const evaluation = passOver(space, counted, decided, refused);
    const waiting = decisions.filter(
      ({ id }) => !decided.has(id) && !refused.has(id) && !evaluation.voided.has(id),
    );
    const next = nextDecision(evaluation, waiting);
    if (next === null) return evaluation;
    const fault = leavesNoOwner(evaluation, next, null);
    if (fault === null) decided.add(next.id);
    else refused.set(next.id, fault);
  }
}

/** One pass in order. A decision that is not decided yet does nothing in it. */
function passOver(
  space: SpaceId,
  counted: readonly ControlNode[],
  decided: ReadonlySet<EventId>,
  refused: ReadonlyMap<EventId, Verdict>,
): Evaluation {
  const evaluation = createEvaluation(space);
  // They act on what comes earlier in the order.
  for (const node of counted) {
    noteUse(evaluation, node);
    if (decided.has(node.id)) decide(evaluation, node);
  }
  for (const node of counted) {
    const verdict = refused.get(node.id) ?? judgeNode(evaluation, node);
    if (!verdict.effective) voidNode(evaluation, node, verdict);
    else if (!isDecision(node) || decided.has(node.id)) applyNode(evaluation, node);
  }
  return evaluation;
}

export function noteUse(evaluation: Evaluation, node: ControlNode): void {
  if (!node.request) return;
  const uses = evaluation.uses.get(node.request.person);
  if (uses === undefined) evaluation.uses.set(node.request.person, [node]);
  else uses.push(node);
}

function decide(evaluation: Evaluation, node: ControlNode): void {
  const { body, id } = node;
  if (evaluation.decided.has(id)) return;
  evaluation.decided.set(id, node);
  if (body?.type === "member.confirm") evaluation.confirmed.add(body.admission);
  if (body?.type === "invite.revoke") return noteRevocation(evaluation, node, body.invite);
  if (body?.type !== "member.remove" && body?.type !== "member.role") return;
  const sentence = evaluation.sentences.get(body.person) ?? { removals: [], demotions: [] };
  evaluation.sentences.set(body.person, sentence);
  if (body.type === "member.remove") sentence.removals.push(node);
  else sentence.demotions.push({ node, role: body.role });
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
      decide(evaluation, node);
      return;
    case "member.role": {
      if (node.lowers) decide(evaluation, node);
      const { index, past } = node;
      evaluation.persons.get(body.person)?.ranks.push({ index, past, role: body.role });
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
  const { index, past, header, id } = node;
  const claim = { name: grant.personName, time: header.time, event: id };
  const entry = evaluation.persons.get(person) ?? {
    person,
    joinedMs: header.time.ms,
    admissions: [],
    ranks: [],
    devices: [],
    claim,
  };
  evaluation.persons.set(person, entry);
  // A member's further admission adds a device and leaves the rank.
  const isNew = !isMember(evaluation, entry, past);
  if (isNew && entry.admissions.some((ground) => pastHas(past, ground.index)))
    entry.joinedMs = header.time.ms;
  entry.admissions.push({ index, past });
  if (isNew) {
    entry.ranks.push({ index, past, role: grant.role });
    claimName(entry, claim);
  }

  const device = evaluation.devices.get(certificate.device) ?? {
    device: certificate.device,
    person,
    certificate,
    prekeys: [],
    admissions: [],
  };
  evaluation.devices.set(certificate.device, device);
  device.admissions.push({ index, past });
  if (!device.prekeys.some((known) => known.id === prekey.id)) device.prekeys.push(prekey);
  if (!entry.devices.includes(certificate.device)) entry.devices.push(certificate.device);
}

function renameSpace(evaluation: Evaluation, claim: NameClaim): void {
  const { info, spaceName } = evaluation;
  if (info === null || spaceName === null || !isLater(claim, spaceName)) return;
  evaluation.spaceName = claim;
  evaluation.info = { ...info, name: claim.name };
}

function claimName(person: PersonEntry, claim: NameClaim): void {
  if (isLater(claim, person.claim)) person.claim = claim;
}

/** The later claim holds; of two at one time that of the greater event id. */
function isLater(claim: NameClaim, known: NameClaim): boolean {
  const order = compareTimes(claim.time, known.time);
  return order > 0 || (order === 0 && claim.event >= known.event);
}
