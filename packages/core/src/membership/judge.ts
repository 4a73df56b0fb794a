/**
 * Whether one event has effect, over an evaluation that holds its causal past and every decision that stands.
 * spec/space SP6-SP17, SP23-SP29, spec/invite IN8-IN13.
 */
import { publicScope } from "../event/index.ts";
import type { DeviceRemoveBody } from "../event/index.ts";
import { chainOf } from "../identity/index.ts";
import type { DeviceCertificate } from "../identity/index.ts";
import type { DeviceId, PersonId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import type { Evaluation, InviteEntry } from "./evaluation.ts";
import { effective, voidBecause } from "./node.ts";
import type { ControlNode } from "./node.ts";
import { leastRole, outranks, roleMay } from "./roles.ts";
import {
  areConcurrent,
  isDeviceBeside,
  isDeviceHere,
  isSenior,
  rankOf,
  standingOf,
  waitingOf,
} from "./standing.ts";
import type { PersonEntry } from "./standing.ts";
import type { Role, SpaceFacts, Verdict } from "./types.ts";

/** Decides one event over an evaluation that holds all of its causal past and nothing that comes after it. */
export function judgeNode(evaluation: Evaluation, node: ControlNode): Verdict {
  const { body } = node;
  if (body === null) return voidBecause("BODY_UNREADABLE", "this version cannot read the event's body");
  if (body.type === "space.create") {
    return evaluation.info === null ? effective : voidBecause("SPACE_EXISTS", "the space was founded before");
  }
  if (evaluation.decided.has(node.id)) return effective;
  const author = standingOf(evaluation, node.header.device, node.past) ?? standingByRoot(evaluation, node);
  if (!author)
    return voidBecause(
      "NOT_MEMBER",
      `device ${node.header.device.slice(0, 8)} was of no member when it wrote this`,
    );
  const sentence = evaluation.sentences.get(author.person);
  if (sentence?.removals.some((removal) => areConcurrent(removal, node)))
    return voidBecause("REMOVED", "its author was removed, and the removal does not follow this");
  if (evaluation.ended.get(node.header.device)?.some((removal) => areConcurrent(removal, node)))
    return voidBecause("REMOVED", "its device was removed, and the removal does not follow this");
  const role = (sentence?.demotions ?? [])
    .filter((demotion) => areConcurrent(demotion.node, node))
    .reduce((least, demotion) => leastRole(least, demotion.role), author.role);
  if (!roleMay(role, body.type)) {
    return voidBecause("ROLE_TOO_LOW", `${body.type} is not for the role ${role}`);
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
    case "member.remove":
      return judgeRemoval(evaluation, node, { person: author.person, role, target: body.person });
    case "member.role":
      return judgeRank(evaluation, node, { person: author.person, role, target: body.person, to: body.role });
    case "device.link":
      return body.certificate.person === author.person
        ? (faultOfDevice(evaluation, node, body.certificate) ?? effective)
        : voidBecause("DEVICE_FOREIGN", "one links devices of one's own person");
    case "device.remove":
      return judgeDeviceRemoval(evaluation, node, body, author.person);
    case "device.suspend":
      return judgeSuspension(evaluation, node, body.device, { person: author.person, role });
    case "device.name":
      return isOwnDevice(evaluation, node, body.device, author.person)
        ? effective
        : voidBecause("DEVICE_UNKNOWN", "the person has no such device");
    case "device.prekey":
      return body.prekey.person === author.person
        ? effective
        : voidBecause("DEVICE_FOREIGN", "the prekey names another person");
    case "space.update":
      return evaluation.info?.kind === "direct"
        ? voidBecause("SPACE_KIND", "a direct conversation has no name of its own")
        : effective;
    // Of a channel that is not here yet too: which came first plays no part.
    case "channel.expiry":
    case "member.confirm":
    case "profile.set":
    case "epoch.create":
    case "epoch.rebox":
    case "epoch.headers":
    case "epoch.link":
    case "message.report":
    case "merge":
      return effective;
    case "channel.found":
    case "channel.add":
    case "channel.remove":
    case "channel.fence":
    case "message.post":
    case "message.expire":
    case "reaction.set":
    case "message.edit":
    case "message.delete":
    case "message.pin":
      return voidBecause("KIND_SCOPE", `${body.type} does not belong in the control scope`);
  }
}

/** A device that is nobody's yet and shows itself with the root's own word for it: what it does so is its person's doing. spec/identity ID50. */
function standingByRoot(
  evaluation: Evaluation,
  { body, header, past }: ControlNode,
): { readonly person: PersonId; readonly role: Role } | null {
  if (body?.type !== "device.link" || !isIntroduction(header.device, body.certificate)) return null;
  const { person } = body.certificate;
  const entry = evaluation.persons.get(person);
  const role = entry === undefined ? null : rankOf(evaluation, entry, past);
  return role && { person, role };
}

function isIntroduction(author: DeviceId, { device, depth }: DeviceCertificate): boolean {
  return device === author && depth === 1;
}

interface Act {
  readonly person: PersonId;
  /** Of the author. */
  readonly role: Role;
  readonly target: PersonId;
}

/** The rank that somebody has as far as the event's past goes. */
function rankBefore(evaluation: Evaluation, node: ControlNode, person: PersonId): Role | null {
  const entry = evaluation.persons.get(person);
  return entry === undefined ? null : rankOf(evaluation, entry, node.past);
}

function judgeRemoval(evaluation: Evaluation, node: ControlNode, { person, role, target }: Act): Verdict {
  const rank = rankBefore(evaluation, node, target);
  if (rank === null) {
    const waiting = waitingOf(evaluation, target, node.past);
    if (waiting === null) return voidBecause("MEMBER_UNKNOWN", "who is to be removed was no member");
    return role === "owner" || role === "admin" ? effective : tooLow("member.remove", role);
  }
  if (person === target) return leavesNoOwner(evaluation, node, node.past) ?? effective;
  return role === "owner" || role === "admin" ? mayOverrule(role, rank) : tooLow("member.remove", role);
}

function judgeRank(
  evaluation: Evaluation,
  node: ControlNode,
  { person, role, target, to }: Act & { readonly to: Role },
): Verdict {
  const rank = rankBefore(evaluation, node, target);
  if (rank === null) return voidBecause("MEMBER_UNKNOWN", "whose rank is to change was no member");
  if (person === target) {
    if (!outranks(rank, to)) return tooLow("member.role", role);
    return leavesNoOwner(evaluation, node, node.past) ?? effective;
  }
  if (role !== "owner" && role !== "admin") return tooLow("member.role", role);
  if (role !== "owner" && !outranks(role, to)) return tooLow(`granting ${to}`, role);
  return mayOverrule(role, rank);
}

function tooLow(what: string, role: Role): Verdict {
  return voidBecause("ROLE_TOO_LOW", `${what} is not for the role ${role}`);
}

function mayOverrule(role: Role, rank: Role): Verdict {
  return outranks(role, rank)
    ? effective
    : voidBecause("ROLE_TOO_LOW", `the role ${role} decides nothing about a member of the role ${rank}`);
}

function isOwnDevice(evaluation: Evaluation, node: ControlNode, device: DeviceId, person: PersonId): boolean {
  const entry = evaluation.devices.get(device);
  return entry?.person === person && isDeviceHere(evaluation, entry, node.past);
}

function judgeDeviceRemoval(
  evaluation: Evaluation,
  node: ControlNode,
  { person, device, rootSignature }: DeviceRemoveBody,
  author: PersonId,
): Verdict {
  if (person !== author) return voidBecause("DEVICE_FOREIGN", "one removes devices of one's own person");
  const own = evaluation.devices.get(node.header.device);
  const target = evaluation.devices.get(device);
  if (!own || !target || !isOwnDevice(evaluation, node, device, person))
    return voidBecause("DEVICE_UNKNOWN", "the person has no such device");
  if (own !== target && rootSignature === null && !isSenior(evaluation, own, target, node.past))
    return voidBecause("DEVICE_SENIOR", "a device removes only devices that are junior to it");
  return leavesNoDevice(evaluation, node, node.past) ?? effective;
}

/** A person without a device stays a member, and comes back with a new one: nobody is kept for want of another. */
function judgeSuspension(
  evaluation: Evaluation,
  node: ControlNode,
  device: DeviceId,
  { person, role }: { readonly person: PersonId; readonly role: Role },
): Verdict {
  const target = evaluation.devices.get(device);
  if (!target || !isDeviceHere(evaluation, target, node.past))
    return voidBecause("DEVICE_UNKNOWN", "the device is of no member");
  if (target.person === person) return effective;
  if (role !== "owner" && role !== "admin") return tooLow("device.suspend", role);
  const rank = rankBefore(evaluation, node, target.person);
  return rank !== null && outranks(rank, role)
    ? voidBecause("ROLE_TOO_LOW", `the role ${role} suspends no device of the role ${rank}`)
    : effective;
}

/** Whether a decision would leave a space without owner, or a person without device. past null: in the whole set. */
export function leavesNobody(evaluation: Evaluation, node: ControlNode, past: Past | null): Verdict | null {
  return leavesNoOwner(evaluation, node, past) ?? leavesNoDevice(evaluation, node, past);
}

function leavesNoDevice(evaluation: Evaluation, node: ControlNode, past: Past | null): Verdict | null {
  const { body } = node;
  if (body?.type !== "device.remove") return null;
  for (const id of evaluation.persons.get(body.person)?.devices ?? []) {
    const other = evaluation.devices.get(id);
    if (id === body.device || !other) continue;
    const stays =
      past === null ? isDeviceBeside(evaluation, other, node) : isDeviceHere(evaluation, other, past);
    if (stays) return null;
  }
  return voidBecause("LAST_DEVICE", "a member keeps a device: leave the space instead");
}

/** What stands against a device that is to be a person's, by a link or an admission. */
function faultOfDevice(
  evaluation: Evaluation,
  node: ControlNode,
  certificate: DeviceCertificate,
): Verdict | null {
  const { device, person } = certificate;
  const known = evaluation.devices.get(device);
  if (known && known.person !== person)
    return voidBecause("DEVICE_TAKEN", "the device belongs to another member");
  // Nothing dates what a removed device signs, so it certifies nobody whom its removal did not know.
  for (const link of chainOf(certificate)) {
    for (const removal of evaluation.ended.get(link) ?? []) {
      if (pastHas(removal.past, node.index)) continue;
      if (link === device || !known?.admissions.some(({ index }) => pastHas(removal.past, index)))
        return voidBecause("DEVICE_REMOVED", "the device, or one that stands behind it, was removed");
    }
  }
  return null;
}

/** Whether this would take the last owner's rank. past null: in the whole set. */
function leavesNoOwner(evaluation: Evaluation, node: ControlNode, past: Past | null): Verdict | null {
  const { body } = node;
  if (body?.type !== "member.remove" && body?.type !== "member.role") return null;
  const entry = evaluation.persons.get(body.person);
  if (entry === undefined || rankOf(evaluation, entry, past) !== "owner") return null;
  for (const other of evaluation.persons.values())
    if (other !== entry && isOwnerBefore(evaluation, other, node, past)) return null;
  return leftWithoutOwner();
}

/** By nothing that follows the decision: whoever wrote that may have done so because the decision was void. */
function isOwnerBefore(
  evaluation: Evaluation,
  entry: PersonEntry,
  decision: ControlNode,
  past: Past | null,
): boolean {
  return rankOf(evaluation, entry, past, (ground) => !pastHas(ground.past, decision.index)) === "owner";
}

export function leftWithoutOwner(): Verdict {
  return voidBecause("LAST_OWNER", "a space keeps an owner: make another one first");
}

/** Of the whole set. */
export function hasOwner(evaluation: Evaluation): boolean {
  for (const entry of evaluation.persons.values())
    if (rankOf(evaluation, entry, null) === "owner") return true;
  return false;
}

/** Keeps of an event that counts what only an evaluation of its own past tells. */
export function noteOwn(evaluation: Evaluation, node: ControlNode): void {
  node.lowers = lowersRank(evaluation, node);
  node.rank = standingOf(evaluation, node.header.device, node.past)?.role ?? null;
}

function lowersRank(evaluation: Evaluation, node: ControlNode): boolean {
  if (node.body?.type !== "member.role") return false;
  const rank = rankBefore(evaluation, node, node.body.person);
  return rank !== null && outranks(rank, node.body.role);
}

function judgeAdmission(evaluation: Evaluation, node: ControlNode): Verdict {
  const { request } = node;
  if (!request) return voidBecause("REQUEST_FORGED", "the join request does not verify");
  const { device } = request.certificate;
  if (evaluation.info && !isOfTwo(evaluation.info, request.person))
    return voidBecause("SPACE_KIND", "a direct conversation is of the two people that it was founded for");
  const invite = evaluation.invites.get(request.invite);
  if (!invite || !pastHas(node.past, invite.node.index)) {
    return voidBecause("INVITE_UNKNOWN", "the join request names no invite of this space");
  }
  const revocations = evaluation.revocations.get(invite.id) ?? [];
  if (revocations.some((revocation) => !pastHas(revocation.past, node.index))) {
    return voidBecause(
      "INVITE_REVOKED",
      "the invite was revoked, and the revocation does not follow this admission",
    );
  }
  if (isRevokedWithSomebody(evaluation, invite, node))
    return voidBecause("INVITE_REVOKED", "who made or used the invite was removed, which revoked it");
  if (invite.expiresMs !== null && node.header.time.ms >= invite.expiresMs) {
    return voidBecause("INVITE_EXPIRED", "the admission is later than the invite's expiry");
  }
  const fault = faultOfDevice(evaluation, node, request.certificate);
  if (fault !== null) return fault;
  const isUsedUp = !invite.usedBy.has(device) && invite.usedBy.size >= invite.usesMax;
  if (isUsedUp && !evaluation.confirmed.has(node.id)) {
    return voidBecause("ADMISSION_PENDING", "concurrent admissions had used the invite up");
  }
  return effective;
}

/** Nobody comes into a direct conversation but those whom its id commits to: an invite that was passed on opens nothing. */
function isOfTwo({ kind, founder, name }: SpaceFacts, person: PersonId): boolean {
  return kind !== "direct" || person === founder || person === name;
}

/** A removal revokes what its target had made or used until then, and every open invite: whoever is out may have its link. */
export function isRevokedWithSomebody(
  evaluation: Evaluation,
  invite: InviteEntry,
  /** An admission over it; null: any that is still to come. */
  node: ControlNode | null,
): boolean {
  const isOpenBefore = (removal: ControlNode): boolean =>
    invite.mode === "open" && !pastHas(invite.node.past, removal.index);
  for (const [person, { removals }] of evaluation.sentences) {
    for (const removal of removals) {
      if (node !== null && pastHas(removal.past, node.index)) continue;
      if (isOpenBefore(removal)) return true;
      if (invite.createdBy === person && !pastHas(invite.node.past, removal.index)) return true;
      const uses = evaluation.uses.get(person) ?? [];
      if (uses.some((use) => use.request?.invite === invite.id && !pastHas(use.past, removal.index)))
        return true;
    }
  }
  for (const [device, removals] of evaluation.ended) {
    const uses = evaluation.uses.get(evaluation.devices.get(device)?.person ?? ("" as PersonId)) ?? [];
    for (const removal of removals) {
      if (node !== null && pastHas(removal.past, node.index)) continue;
      if (isOpenBefore(removal)) return true;
      if (invite.node.header.device === device && !pastHas(invite.node.past, removal.index)) return true;
      for (const { request, past } of uses) {
        const isUse = request?.invite === invite.id && request.certificate.device === device;
        if (isUse && !pastHas(past, removal.index)) return true;
      }
    }
  }
  return false;
}
