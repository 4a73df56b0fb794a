/**
 * Whether one event has effect, over an evaluation that holds its causal past and every decision that stands.
 * spec/space SP6-SP17, SP23-SP29, spec/invite IN8-IN13.
 */
import { publicScope } from "../event/index.ts";
import type { PersonId } from "../ids.ts";
import { pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import type { Evaluation, InviteEntry } from "./evaluation.ts";
import { effective, voidBecause } from "./node.ts";
import type { ControlNode } from "./node.ts";
import { leastRole, outranks, roleMay } from "./roles.ts";
import { areConcurrent, rankOf, standingOf } from "./standing.ts";
import type { PersonEntry } from "./standing.ts";
import type { Role, Verdict } from "./types.ts";

/** Decides one event over an evaluation that holds all of its causal past and nothing that comes after it. */
export function judgeNode(evaluation: Evaluation, node: ControlNode): Verdict {
  const { body } = node;
  if (body === null) return voidBecause("BODY_UNREADABLE", "this version cannot read the event's body");
  if (body.type === "space.create") {
    return evaluation.info === null ? effective : voidBecause("SPACE_EXISTS", "the space was founded before");
  }
  if (evaluation.decided.has(node.id)) return effective;
  const author = standingOf(evaluation, node.header.device, node.past);
  if (!author)
    return voidBecause(
      "NOT_MEMBER",
      `device ${node.header.device.slice(0, 8)} was of no member when it wrote this`,
    );
  const sentence = evaluation.sentences.get(author.person);
  if (sentence?.removals.some((removal) => areConcurrent(removal, node)))
    return voidBecause("REMOVED", "its author was removed, and the removal does not follow this");
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
    case "member.confirm":
    case "profile.set":
    case "space.update":
    case "epoch.create":
    case "epoch.rebox":
    case "merge":
      return effective;
    case "message.post":
    case "reaction.set":
      return voidBecause("KIND_SCOPE", `${body.type} does not belong in the control scope`);
  }
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
  if (rank === null) return voidBecause("MEMBER_UNKNOWN", "who is to be removed was no member");
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

/** Whether this would take the last owner's rank. past null: in the whole set. */
export function leavesNoOwner(evaluation: Evaluation, node: ControlNode, past: Past | null): Verdict | null {
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
  const taken = evaluation.devices.get(device);
  if (taken && taken.person !== request.person) {
    return voidBecause("DEVICE_TAKEN", "the device belongs to another member");
  }
  const isUsedUp = !invite.usedBy.has(device) && invite.usedBy.size >= invite.usesMax;
  if (isUsedUp && !evaluation.confirmed.has(node.id)) {
    return voidBecause("ADMISSION_PENDING", "concurrent admissions had used the invite up");
  }
  return effective;
}

/** A removal revokes what its target had made or used until then. */
export function isRevokedWithSomebody(
  evaluation: Evaluation,
  invite: InviteEntry,
  /** An admission over it; null: any that is still to come. */
  node: ControlNode | null,
): boolean {
  for (const [person, { removals }] of evaluation.sentences) {
    for (const removal of removals) {
      if (node !== null && pastHas(removal.past, node.index)) continue;
      if (invite.createdBy === person && !pastHas(invite.node.past, removal.index)) return true;
      const uses = evaluation.uses.get(person) ?? [];
      if (uses.some((use) => use.request?.invite === invite.id && !pastHas(use.past, removal.index)))
        return true;
    }
  }
  return false;
}
