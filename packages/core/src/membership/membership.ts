/**
 * Owns who is of a space: a pure function of the set of its control events. Takes events whose bytes,
 * chain and signature were checked (spec/event) and whose causal past is here; refuses nothing that is
 * well formed, but says which events have no effect, and why. Keeps no clock and no order of arrival.
 * spec/space.
 */
import { coreError } from "../crypto/index.ts";
import { controlScope } from "../event/index.ts";
import type { Body, Fence } from "../event/index.ts";
import type { DeviceId, EventId, PersonId, ScopeId, SpaceId } from "../ids.ts";
import { joinPasts, pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import { commutes, judgesAlike } from "./commute.ts";
import { applyNode, createEvaluation, noteUse } from "./evaluation.ts";
import type { Evaluation } from "./evaluation.ts";
import { inspectEvent } from "./inspect.ts";
import { judgeNode, noteOwn } from "./judge.ts";
import { CONTROL_EVENTS_MAX, EVALUATIONS_MAX } from "./limits.ts";
import { effective, voidBecause } from "./node.ts";
import type { ControlNode } from "./node.ts";
import { roleMayAct } from "./roles.ts";
import { createSettler } from "./settle.ts";
import { takeSnapshot } from "./snapshot.ts";
import { rankOf, standingOf } from "./standing.ts";
import { createTimeline } from "./timeline.ts";
import type { ControlEvent, MemberAction, MembershipState, Right, Role, Verdict } from "./types.ts";

export interface Membership {
  readonly space: SpaceId;
  /** Idempotent. Throws MEMBERSHIP_SCOPE, MEMBERSHIP_GAP (see missing) and MEMBERSHIP_FULL. */
  add(event: ControlEvent): Verdict;
  has(id: EventId): boolean;
  /** No further event is taken. */
  readonly full: boolean;
  missing(ids: readonly EventId[]): EventId[];
  /** Ascending; of all events here, those without effect included. */
  heads(): EventId[];
  /** Whether an event that is here has effect now; concurrent events may change it. null: not here. */
  verdictOf(id: EventId): Verdict | null;
  /** The same object until something changes. */
  state(): MembershipState;
  /** Whether the device was entitled in the causal past that these control heads close. */
  mayAct(device: DeviceId, action: MemberAction, auth: readonly EventId[]): Right;
  /** The person's rank in the causal past that these control heads close; null when it was of no member, or they are not here. */
  rankAt(person: PersonId, auth: readonly EventId[]): Role | null;
  /** Every removal, of persons (leaves included) and of devices, that holds now; ascending. */
  removals(): EventId[];
  /** Every revocation of an open invite that holds now: its link was a right to read. Ascending. */
  openRevocations(): EventId[];
  /** Those of one person: that hold in the past which these control heads close, or now (null). */
  removalsOf(person: PersonId, auth: readonly EventId[] | null): EventId[];
  /** Devices that any admission or link here has given the person, whatever became of it; in no order. */
  devicesEverOf(person: PersonId): ReadonlySet<DeviceId>;
  /** The same of everybody. */
  devicesEver(): ReadonlySet<DeviceId>;
  /** Whether the event lies in the past that these events close. Ids that are not here close nothing. */
  follows(ids: readonly EventId[], event: EventId): boolean;
  /**
   * The last seq of this device that counts in a content scope, for what cites these control heads: a removal that they
   * do not follow by an admission ends it. Infinity: nothing does.
   */
  heardUpTo(device: DeviceId, scope: ScopeId, auth: readonly EventId[]): number;
  /** Names all that heardUpTo rests on for this device: the same until some of it changes. null: it is heard, and no removal ends it. */
  hearingOf(device: DeviceId): string | null;
  /** Causal depth above these events: 0 for none, else one more than the deepest. Ids that are not here do not count. */
  depthAfter(ids: readonly EventId[]): number;
}

export interface MembershipOptions {
  readonly eventsMax?: number;
  /** Reads an event by itself, signatures of join requests included; asked once for each. */
  readonly inspect?: typeof inspectEvent;
}

/** An empty membership of one space. */
export function createMembership(
  space: SpaceId,
  { eventsMax = CONTROL_EVENTS_MAX, inspect = inspectEvent }: MembershipOptions = {},
): Membership {
  const control = controlScope(space);
  const nodes = new Map<EventId, ControlNode>();
  const timeline = createTimeline();
  const settler = createSettler(space, timeline);
  const heads = new Set<EventId>();
  const devicesEver = new Set<DeviceId>();
  const devicesEverOf = new Map<PersonId, Set<DeviceId>>();
  const pastEvaluations = new Map<string, Evaluation>();
  let current: Evaluation | null = createEvaluation(space);
  let snapshot: MembershipState | null = null;
  /** Events of one device come in runs that cite the same control heads, and each is asked about twice. */
  let lastRight: { device: DeviceId; action: MemberAction; auth: readonly EventId[]; right: Right } | null =
    null;

  function evaluateAll(): Evaluation {
    current ??= settler.settle(null);
    return current;
  }

  /** Nothing is void by what lies beside it: in every past the events have the effect that they have here. */
  const isCalm = (): boolean =>
    !timeline.isDisputed && !timeline.hasConfirmation && evaluateAll().voided.size === 0;

  /** The evaluation of a past, the one that these events close. */
  function evaluatePast(followed: readonly ControlNode[], past: Past): Evaluation {
    const key = followed
      .map((node) => node.index)
      .sort((a, b) => a - b)
      .join();
    const kept = pastEvaluations.get(key);
    if (kept) return kept;
    if (timeline.beside(past).length === 0) return evaluateAll();
    const evaluation = settler.settle(past);
    if (pastEvaluations.size >= EVALUATIONS_MAX) {
      const [oldest] = pastEvaluations.keys();
      if (oldest !== undefined) pastEvaluations.delete(oldest);
    }
    pastEvaluations.set(key, evaluation);
    return evaluation;
  }

  /** What the event amounts to in its own past. */
  function judgeInPast(node: ControlNode, followed: readonly ControlNode[]): void {
    if (isCalm() && judgesAlike(node) && judgeNode(evaluateAll(), node).effective) {
      noteOwn(evaluateAll(), node);
      return;
    }
    const evaluation = evaluatePast(followed, node.past);
    node.own = asOwnVerdict(judgeNode(evaluation, node));
    if (node.own.effective) noteOwn(evaluation, node);
  }

  /** Takes in an event that counts. */
  function include(node: ControlNode): void {
    const beside = timeline.beside(node.past);
    const { lowest, disputes } = timeline.insert(node, beside);
    settler.forgetFrom(lowest);
    const isFree =
      current !== null &&
      !timeline.hasConfirmation &&
      (beside.length === 0 ||
        (!disputes && judgeNode(current, node).effective && commutes(current, node, timeline.isDisputed)));
    if (current === null || !isFree) {
      current = null;
      snapshot = null;
      return;
    }
    noteUse(current, node);
    applyNode(current, node);
    if (changesState(node)) snapshot = null;
  }

  function add(event: ControlEvent): Verdict {
    const { header, id } = event;
    const known = verdictOf(id);
    if (known) return known;
    if (header.space !== space || header.scope !== control) {
      throw coreError(
        "MEMBERSHIP_SCOPE",
        `event ${id.slice(0, 8)} is not of the control scope of this space`,
      );
    }
    if (nodes.size >= eventsMax) {
      throw coreError(
        "MEMBERSHIP_FULL",
        `the space has ${eventsMax} control events, the most that this version holds; found a new one`,
      );
    }
    const followedIds = followedBy(event);
    const followed = followedIds.map((parent) => {
      const node = nodes.get(parent);
      if (!node)
        throw coreError(
          "MEMBERSHIP_GAP",
          `event ${id.slice(0, 8)} follows ${parent.slice(0, 8)}, which is not here`,
        );
      return node;
    });

    const inspected = inspect(space, event);
    const node: ControlNode = {
      ...event,
      body: withoutBoxes(event.body),
      index: nodes.size,
      depth: followed.reduce((depth, parent) => Math.max(depth, parent.depth + 1), 0),
      past: joinPasts(followed),
      request: inspected.request,
      own: inspected.fault ?? effective,
      lowers: false,
      rank: null,
      disputed: false,
    };
    if (node.own.effective) judgeInPast(node, followed);

    lastRight = null;
    nodes.set(id, node);
    if (node.own.effective) noteDevice(node);
    for (const parent of followedIds) heads.delete(parent);
    heads.add(id);
    if (!node.own.effective) return node.own;
    include(node);
    return verdictOf(id) ?? node.own;
  }

  function noteDevice({ body, request }: ControlNode): void {
    const certificate =
      request?.certificate ??
      (body?.type === "space.create" || body?.type === "device.link" ? body.certificate : null);
    if (!certificate) return;
    const { person, device } = certificate;
    devicesEver.add(device);
    devicesEverOf.set(person, (devicesEverOf.get(person) ?? new Set()).add(device));
  }

  function verdictOf(id: EventId): Verdict | null {
    const node = nodes.get(id);
    if (!node) return null;
    if (!node.own.effective) return node.own;
    return evaluateAll().voided.get(id) ?? effective;
  }

  /** What the past that these events close amounts to. Of a calm space that is the part of the whole that lies in it. */
  function closedBy(followed: readonly ControlNode[]): { evaluation: Evaluation; past: Past } {
    const past = joinPasts(followed);
    return { evaluation: isCalm() ? evaluateAll() : evaluatePast(followed, past), past };
  }

  function rankAt(person: PersonId, auth: readonly EventId[]): Role | null {
    const followed = auth.flatMap((id) => nodes.get(id) ?? []);
    if (followed.length < auth.length) return null;
    const { evaluation, past } = closedBy(followed);
    const entry = evaluation.persons.get(person);
    return entry ? rankOf(evaluation, entry, past) : null;
  }

  function removalsOf(person: PersonId, auth: readonly EventId[] | null): EventId[] {
    if (auth === null) return idsOf(evaluateAll().sentences.get(person)?.removals ?? []);
    const { evaluation, past } = closedBy(auth.flatMap((id) => nodes.get(id) ?? []));
    const removals = evaluation.sentences.get(person)?.removals ?? [];
    return idsOf(removals.filter(({ index }) => pastHas(past, index)));
  }

  function mayAct(device: DeviceId, action: MemberAction, auth: readonly EventId[]): Right {
    if (lastRight?.device === device && lastRight.action === action && areSame(lastRight.auth, auth))
      return lastRight.right;
    const right = judgeRight(device, action, auth);
    lastRight = { device, action, auth, right };
    return right;
  }

  function judgeRight(device: DeviceId, action: MemberAction, auth: readonly EventId[]): Right {
    const followed: ControlNode[] = [];
    for (const id of auth) {
      const node = nodes.get(id);
      if (!node)
        return {
          ok: false,
          code: "AUTH_INCOMPLETE",
          detail: `control event ${id.slice(0, 8)} is not here yet`,
        };
      followed.push(node);
    }
    const { evaluation, past } = closedBy(followed);
    const standing = standingOf(evaluation, device, past);
    if (!standing) {
      return {
        ok: false,
        code: "NOT_MEMBER",
        detail: `device ${device.slice(0, 8)} was of no member in the past it cites`,
      };
    }
    if (!roleMayAct(standing.role, action)) {
      return { ok: false, code: "ROLE_TOO_LOW", detail: `the role ${standing.role} may not ${action}` };
    }
    return { ok: true, ...standing };
  }

  function pastOf(ids: readonly EventId[]): Past {
    return joinPasts(ids.flatMap((id) => nodes.get(id) ?? []));
  }

  function heardUpTo(device: DeviceId, scope: ScopeId, auth: readonly EventId[]): number {
    const evaluation = evaluateAll();
    const entry = evaluation.devices.get(device);
    // Only void events let it in.
    if (entry === undefined) return 0;
    const removals = evaluation.sentences.get(entry.person)?.removals ?? [];
    const ends = evaluation.ended.get(device) ?? [];
    if (removals.length + ends.length === 0) return Infinity;
    const past = pastOf(auth);
    let upTo = Infinity;
    const closeAt = (fences: readonly Fence[]): void => {
      const fence = fences.find((one) => one.device === device && one.scope === scope);
      upTo = Math.min(upTo, fence?.seq ?? 0);
    };
    // A device does not come back from its own removal, as a person does.
    for (const { body } of ends)
      if (body?.type === "device.remove" || body?.type === "device.suspend") closeAt(body.fences);
    for (const { index, body } of removals) {
      const isBackSince = entry.admissions.some(
        (ground) => pastHas(past, ground.index) && pastHas(ground.past, index),
      );
      if (isBackSince || body?.type !== "member.remove") continue;
      closeAt(body.fences);
    }
    return upTo;
  }

  function hearingOf(device: DeviceId): string | null {
    const evaluation = evaluateAll();
    const entry = evaluation.devices.get(device);
    if (entry === undefined) return "void";
    const removals = evaluation.sentences.get(entry.person)?.removals ?? [];
    const ends = evaluation.ended.get(device) ?? [];
    if (removals.length + ends.length === 0) return null;
    return [...removals, ...ends, ...entry.admissions].map(({ index }) => index).join();
  }

  return {
    space,
    add,
    has: (id) => nodes.has(id),
    get full() {
      return nodes.size >= eventsMax;
    },
    missing: (ids) => ids.filter((id) => !nodes.has(id)),
    heads: () => [...heads].sort(),
    verdictOf,
    state: () => (snapshot ??= takeSnapshot(evaluateAll(), nodes)),
    mayAct,
    rankAt,
    removalsOf,
    removals: () => {
      const { sentences, ended } = evaluateAll();
      const all = [...[...sentences.values()].map(({ removals }) => removals), ...ended.values()];
      return all.flatMap((removals) => removals.map(({ id }) => id)).sort();
    },
    openRevocations: () => {
      const { invites, revocations } = evaluateAll();
      const open = [...revocations].filter(([invite]) => invites.get(invite)?.mode === "open");
      return open.flatMap(([, all]) => all.map(({ id }) => id)).sort();
    },
    follows: (ids, event) => {
      const node = nodes.get(event);
      return node !== undefined && pastHas(pastOf(ids), node.index);
    },
    heardUpTo,
    hearingOf,
    devicesEverOf: (person) => devicesEverOf.get(person) ?? new Set(),
    devicesEver: () => devicesEver,
    depthAfter: (ids) => ids.reduce((depth, id) => Math.max(depth, (nodes.get(id)?.depth ?? -1) + 1), 0),
  };
}

function followedBy({ header }: ControlEvent): EventId[] {
  if (header.prev === null) return [...header.parents];
  return header.parents.includes(header.prev) ? [...header.parents] : [header.prev, ...header.parents];
}

/** Over-use that the admitting device could see is a fault of its own, not a matter of concurrency. */
function asOwnVerdict(verdict: Verdict): Verdict {
  if (verdict.effective || verdict.code !== "ADMISSION_PENDING") return verdict;
  return voidBecause("INVITE_USED_UP", "the invite had no use left in the past that the admission cites");
}

function idsOf(nodes: readonly ControlNode[]): EventId[] {
  return nodes.map(({ id }) => id).sort();
}

function changesState({ body }: ControlNode): boolean {
  return (
    body !== null &&
    body.type !== "merge" &&
    body.type !== "epoch.create" &&
    body.type !== "epoch.rebox" &&
    body.type !== "epoch.headers" &&
    body.type !== "epoch.link" &&
    body.type !== "message.report"
  );
}

/** Of a report nothing is asked here but that it was written: its 38 KB would lie in memory for good. */
function withoutBoxes(body: Body | null): Body | null {
  return body?.type === "message.report" ? { type: body.type, sealed: new Uint8Array(), boxes: [] } : body;
}

function areSame(some: readonly EventId[], others: readonly EventId[]): boolean {
  return some.length === others.length && some.every((id, index) => id === others[index]);
}
