/**
 * Owns who is in one private channel: a pure function of the channel's own events and of the space's membership. It lies
 * in the channel's scope, so that nobody outside learns of it. Takes events whose bytes, chain and signature were checked
 * and whose causes are here; refuses what was not its author's to do in the event's own past. spec/space SP50-SP58.
 */
import { coreError } from "../crypto/index.ts";
import { channelOfScope, privateScope } from "../event/index.ts";
import type { ChannelFoundBody, Profile } from "../event/index.ts";
import type { ChannelId, DeviceId, EventId, PersonId, ScopeId, SpaceId } from "../ids.ts";
import { joinPasts, pastHas } from "./ancestry.ts";
import type { Past } from "./ancestry.ts";
import { EVALUATIONS_MAX, ROSTER_EVENTS_MAX } from "./limits.ts";
import type { Membership } from "./membership.ts";
import { isRosterDecision } from "./roster-node.ts";
import { isLater } from "./node.ts";
import type { ExpiryClaim } from "./node.ts";
import type { Decision, RosterNode } from "./roster-node.ts";
import { isBackAfter, settleRoster, survivesIn } from "./roster-settle.ts";
import type { SettledRoster } from "./roster-settle.ts";
import { ROLES } from "./types.ts";
import type { ControlEvent, Right, Role } from "./types.ts";

export interface PrivateChannelFacts {
  readonly id: ChannelId;
  readonly name: string;
  readonly scope: ScopeId;
  readonly profile: Profile;
  readonly founder: PersonId;
  /** That founded it. */
  readonly device: DeviceId;
  readonly createdMs: number;
}

/** Why an event of a private channel is refused; the same on every replica, since only its own past is asked. */
export type RosterRefusal =
  | Exclude<Extract<Right, { ok: false }>["code"], "AUTH_INCOMPLETE">
  | "CHANNEL_FORGED"
  | "CHANNEL_FULL"
  | "NOT_IN_CHANNEL"
  | "PERSON_UNKNOWN"
  | "REMOVAL_UNKNOWN";

export type RosterRight =
  | { readonly ok: true; readonly person: PersonId; readonly role: Role }
  | { readonly ok: false; readonly code: RosterRefusal; readonly detail: string };

/** Somebody whom a removal took out of the space and of whom nothing here says how far they were heard. */
export interface Unfenced {
  readonly person: PersonId;
  readonly removal: EventId;
}

export interface Roster {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  /** null until the founding event is here. */
  readonly facts: PrivateChannelFacts | null;
  /**
   * Takes an event of this scope if it says who is in the channel, else only judges whether its author may write.
   * Idempotent. Throws ROSTER_GAP (see missing).
   */
  add(event: ControlEvent): RosterRight;
  has(id: EventId): boolean;
  /** Of an event that is here. */
  authorOf(id: EventId): PersonId | null;
  /** Ascending. */
  heads(): EventId[];
  /** Those that are neither of this channel's events about people nor control events that are here. */
  missing(auth: readonly EventId[]): EventId[];
  /** Whether the device's person was in the channel, and may write, in the past that these close. */
  mayWrite(device: DeviceId, auth: readonly EventId[]): RosterRight;
  /** Who is in it now. The same object until something changes. */
  people(): ReadonlySet<PersonId>;
  /** What has ended somebody's part in the channel and holds now; ascending. */
  removals(): EventId[];
  /** Whether the event, of this channel or of control, lies in the past that these close. */
  follows(ids: readonly EventId[], event: EventId): boolean;
  /** Grows along every cause, of this channel and of control. */
  depthAfter(ids: readonly EventId[]): number;
  /** The last seq of the person's device that counts for what cites these. Infinity: nothing ends it. */
  heardUpTo(who: { person: PersonId; device: DeviceId }, auth: readonly EventId[]): number;
  /** What ends the person's part, and what may have given it again; null: nothing ends it. Changes whenever heardUpTo may. */
  hearingOf(person: PersonId): string | null;
  /** Whom anything here was ever meant to let in, whether it holds or not. */
  everyone(): PersonId[];
  unfenced(): Unfenced[];
  /** What removed a person from the channel who is not in it now; nothing for who never was. */
  endingsOf(person: PersonId): EventId[];
  /** Seconds for which what is posted now is kept; null: for good. */
  expiry(): number | null;
  /** As high as 0 for the founder, then by rank in the space; null for who is not in it. */
  rankOf(person: PersonId): number | null;
}

/** A rank of the space below the founder's. */
const rankOfRole = (role: Role): number => ROLES.indexOf(role) + 1;
/** Whoever has it removes others of a lower one. */
const REMOVING_RANK_MAX = rankOfRole("admin");

/** membership: of the channel's space; read anew at each question, since it grows. */
export function createRoster(
  { space, scope }: { readonly space: SpaceId; readonly scope: ScopeId },
  membership: () => Membership,
): Roster {
  const nodes = new Map<EventId, RosterNode>();
  /** In order of arrival: causes first. */
  const ordered: RosterNode[] = [];
  const heads = new Set<EventId>();
  const pasts = new Map<string, SettledRoster>();
  let facts: PrivateChannelFacts | null = null;
  let hasDecisions = false;
  let expiryNow: { readonly settled: SettledRoster; readonly seconds: number | null } | null = null;
  let current: { readonly members: unknown; readonly settled: SettledRoster; people: Set<PersonId> } | null =
    null;

  const follows = (ids: readonly EventId[], event: EventId): boolean => membership().follows(ids, event);
  const controlOf = (auth: readonly EventId[]): EventId[] => auth.filter((id) => !nodes.has(id));
  const nodesOf = (ids: readonly EventId[]): RosterNode[] => ids.flatMap((id) => nodes.get(id) ?? []);

  /** All that is here, as the space stands now. */
  function now(): NonNullable<typeof current> {
    const members = membership().state();
    if (current?.members === members) return current;
    const holds = (person: PersonId, removal: EventId): boolean =>
      membership().removalsOf(person, null).includes(removal);
    const settled = settleRoster(ordered, { follows, holds });
    const people = new Set(
      [...settled.grounds.keys()].filter(
        (person) => members.members.has(person) && isLetIn(settled, person, { past: null, control: null }),
      ),
    );
    return (current = { members, settled, people });
  }

  /** The same as far as these go. Without decisions that is the part of the whole that lies in their past. */
  function closedBy(auth: readonly EventId[]): { settled: SettledRoster; past: Past; control: EventId[] } {
    const followed = nodesOf(auth);
    const control = controlOf(auth);
    const past = joinPasts(followed);
    if (!hasDecisions) return { settled: now().settled, past, control };
    const key = auth.toSorted().join();
    const known = pasts.get(key);
    if (known) return { settled: known, past, control };
    const holds = (person: PersonId, removal: EventId): boolean =>
      membership().removalsOf(person, control).includes(removal);
    const within = ordered.filter(({ index }) => pastHas(past, index));
    const settled = settleRoster(within, { follows, holds });
    if (pasts.size >= EVALUATIONS_MAX) {
      const [oldest] = pasts.keys();
      if (oldest !== undefined) pasts.delete(oldest);
    }
    pasts.set(key, settled);
    return { settled, past, control };
  }

  /** Somebody's ground that nothing has ended, neither here nor in the space. null: in the whole set. */
  function isLetIn(
    { grounds, decided }: SettledRoster,
    person: PersonId,
    { past, control }: { readonly past: Past | null; readonly control: readonly EventId[] | null },
  ): boolean {
    const removals = membership().removalsOf(person, control);
    return (grounds.get(person) ?? []).some(
      (ground) =>
        (past === null || pastHas(past, ground.index)) &&
        removals.every((removal) => follows(ground.control, removal)) &&
        survivesIn(ground, decided.get(person) ?? [], past, { follows }),
    );
  }

  function mayWrite(device: DeviceId, auth: readonly EventId[]): RosterRight {
    const right = membership().mayAct(device, "write", controlOf(auth));
    if (!right.ok)
      // Who asks has looked that all of it is here.
      return right.code === "AUTH_INCOMPLETE"
        ? refuse("NOT_IN_CHANNEL", right.detail)
        : { ...right, code: right.code };
    const { settled, past, control } = closedBy(auth);
    return isLetIn(settled, right.person, { past, control })
      ? right
      : refuse(
          "NOT_IN_CHANNEL",
          `device ${device.slice(0, 8)} was of nobody in the channel in the past it cites`,
        );
  }

  /** null: nobody of the space in that past. */
  function rankIn(person: PersonId, control: readonly EventId[]): number | null {
    const role = membership().rankAt(person, control);
    if (role === null) return null;
    return person === facts?.founder ? 0 : rankOfRole(role);
  }

  function judge({ header, body }: ControlEvent): RosterRight {
    const { device, auth } = header;
    if (body?.type === "channel.found") return judgeFounding(header, body);
    const right = mayWrite(device, auth);
    if (!right.ok) return right;
    const control = controlOf(auth);
    switch (body?.type) {
      case "channel.remove": {
        if (body.person === right.person) return right;
        const { settled, past } = closedBy(auth);
        if (!isLetIn(settled, body.person, { past, control }))
          return refuse("PERSON_UNKNOWN", "who is to be removed was not in the channel");
        const rank = rankIn(right.person, control) ?? Infinity;
        return rank <= REMOVING_RANK_MAX && rank < (rankIn(body.person, control) ?? Infinity)
          ? right
          : refuse(
              "ROLE_TOO_LOW",
              "only the founder, or a higher rank from admin on, removes others from a channel",
            );
      }
      case "channel.fence":
        return body.person !== right.person &&
          membership().removalsOf(body.person, control).includes(body.removal)
          ? right
          : refuse("REMOVAL_UNKNOWN", "the fence is about no removal that its author knew");
      default:
        return right;
    }
  }

  function judgeFounding(
    { device, seq, auth }: ControlEvent["header"],
    { salt, name, profile }: Pick<ChannelFoundBody, "salt" | "name" | "profile">,
  ): RosterRight {
    if (facts !== null || seq !== 1 || privateScope({ space, device, salt, name, profile }) !== scope)
      return refuse("CHANNEL_FORGED", "the event is not the one that the channel's id commits to");
    const right = membership().mayAct(device, "write", auth);
    if (right.ok) return right;
    return right.code === "AUTH_INCOMPLETE"
      ? refuse("NOT_MEMBER", right.detail)
      : { ...right, code: right.code };
  }

  function add(event: ControlEvent): RosterRight {
    const { id, header, body } = event;
    const known = nodes.get(id);
    if (known) return { ok: true, person: known.author, role: "member" };
    if (missing(header.auth).length > 0)
      throw coreError("ROSTER_GAP", `event ${id.slice(0, 8)} cites what is not here`);
    const right = judge(event);
    if (!right.ok || !isAboutPeople(body)) return right;
    if (nodes.size >= ROSTER_EVENTS_MAX)
      return refuse(
        "CHANNEL_FULL",
        `the channel has ${ROSTER_EVENTS_MAX} events about who is in it; found a new one`,
      );
    if (body.type === "channel.found") {
      const { name, profile } = body;
      facts = {
        id: channelOfScope(scope),
        name,
        profile,
        scope,
        founder: right.person,
        device: header.device,
        createdMs: header.time.ms,
      };
    }
    const followed = nodesOf(header.auth);
    const control = controlOf(header.auth);
    const node: RosterNode = {
      ...event,
      index: nodes.size,
      depth: followed.reduce((depth, parent) => Math.max(depth, parent.depth + 1), 0),
      past: joinPasts(followed),
      control,
      author: right.person,
      rank: rankIn(right.person, control) ?? Infinity,
      lets: whomItLetsIn(body, right.person, (person) => membership().rankAt(person, control) !== null),
    };
    nodes.set(id, node);
    ordered.push(node);
    for (const { id: parent } of followed) heads.delete(parent);
    heads.add(id);
    hasDecisions ||= isRosterDecision(node);
    current = null;
    return right;
  }

  function missing(auth: readonly EventId[]): EventId[] {
    return membership().missing(controlOf(auth));
  }

  function heardUpTo(
    { person, device }: { person: PersonId; device: DeviceId },
    auth: readonly EventId[],
  ): number {
    const { settled } = now();
    const all = settled.grounds.get(person) ?? [];
    // Let in by what has turned out void, and by nothing else.
    if (all.length === 0) return 0;
    const past = joinPasts(nodesOf(auth));
    const grounds = all.filter(({ index }) => pastHas(past, index));
    let upTo = Infinity;
    for (const decision of settled.decided.get(person) ?? []) {
      if (grounds.some((ground) => isBackAfter(ground, decision, follows))) continue;
      const fence = decision.body.fences.find((one) => one.device === device && one.scope === scope);
      upTo = Math.min(upTo, fence?.seq ?? 0);
    }
    return upTo;
  }

  /** Of those that are heard the last by time and id holds. */
  function expiry(): number | null {
    const { settled } = now();
    if (expiryNow?.settled === settled) return expiryNow.seconds;
    let last: ExpiryClaim | null = null;
    for (const { id, header, body, author } of ordered) {
      if (body?.type !== "channel.expiry" || body.channel !== facts?.id) continue;
      if (header.seq > heardUpTo({ person: author, device: header.device }, header.auth)) continue;
      const claim = { seconds: body.seconds, time: header.time, event: id };
      if (last === null || isLater(claim, last)) last = claim;
    }
    expiryNow = { settled, seconds: last?.seconds ?? null };
    return expiryNow.seconds;
  }

  function decisions(): Decision[] {
    return [...now().settled.decided.values()].flat();
  }

  return {
    space,
    scope,
    get facts() {
      return facts;
    },
    add,
    has: (id) => nodes.has(id),
    authorOf: (id) => nodes.get(id)?.author ?? null,
    heads: () => [...heads].sort(),
    missing,
    mayWrite,
    people: () => now().people,
    removals: () =>
      decisions()
        .map(({ id }) => id)
        .sort(),
    follows: (ids, event) => {
      const node = nodes.get(event);
      return node === undefined ? follows(ids, event) : pastHas(joinPasts(nodesOf(ids)), node.index);
    },
    depthAfter: (ids) =>
      nodesOf(ids).reduce((depth, { depth: at }) => Math.max(depth, at + 1), 0) +
      membership().depthAfter(ids),
    heardUpTo,
    hearingOf: (person) => {
      const { decided, grounds } = now().settled;
      const of = grounds.get(person) ?? [];
      const about = decided.get(person) ?? [];
      return of.length > 0 && about.length === 0 ? null : [...about, ...of].map(({ index }) => index).join();
    },
    expiry,
    everyone: () => [...new Set(ordered.flatMap(({ lets }) => lets))],
    unfenced: () => {
      const { grounds, decided } = now().settled;
      const open = [...grounds].flatMap(([person, of]) =>
        membership()
          .removalsOf(person, null)
          .filter(
            (removal) =>
              of.some(({ control }) => !follows(control, removal)) &&
              !(decided.get(person) ?? []).some(
                ({ body }) => body.type === "channel.fence" && body.removal === removal,
              ),
          )
          .map((removal) => ({ person, removal })),
      );
      // The same on every replica, whatever came first.
      return open.sort((a, b) => (a.removal < b.removal ? -1 : a.removal > b.removal ? 1 : 0));
    },
    endingsOf: (person) =>
      now().people.has(person)
        ? []
        : (now().settled.decided.get(person) ?? [])
            .filter(({ body }) => body.type === "channel.remove")
            .map(({ id }) => id),
    rankOf: (person) => (now().people.has(person) ? rankIn(person, membership().heads()) : null),
  };
}

type AboutPeople = Extract<
  NonNullable<ControlEvent["body"]>,
  { type: "channel.found" | "channel.add" | "channel.remove" | "channel.fence" | "channel.expiry" | "merge" }
>;

/** A merge too: by it more heads than an event can cite become one; and how long what is said is kept, for it is of all of them. */
function isAboutPeople(body: ControlEvent["body"]): body is AboutPeople {
  switch (body?.type) {
    case "channel.found":
    case "channel.add":
    case "channel.remove":
    case "channel.fence":
    case "channel.expiry":
    case "merge":
      return true;
    default:
      return false;
  }
}

function whomItLetsIn(
  body: AboutPeople,
  author: PersonId,
  isOfSpace: (person: PersonId) => boolean,
): readonly PersonId[] {
  if (body.type === "channel.found") return [author];
  return body.type === "channel.add" ? body.people.filter(isOfSpace) : [];
}

function refuse(code: RosterRefusal, detail: string): RosterRight {
  return { ok: false, code, detail };
}
