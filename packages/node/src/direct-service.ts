/** The service's part about talking to people: who can be written to, direct conversations, groups, requests, blocking. */
import { isId32, planRank } from "@kith/core";
import type { PersonId } from "@kith/core";
import type { Conversations } from "./conversations.ts";
import { GROUP_PEOPLE_MAX } from "./limits.ts";
import { meant } from "./meant.ts";
import type { Members } from "./members.ts";
import type { NodeParts } from "./node.ts";
import type { Poster } from "./poster.ts";
import type { IncomingRequest } from "./requests.ts";
import { ServiceError } from "./service.ts";
import type { KithService } from "./service.ts";
import type { PersonInfo, TalkRequestInfo } from "./service-talks.ts";

type DirectService = Pick<
  KithService,
  | "people"
  | "direct"
  | "askInto"
  | "requests"
  | "acceptRequest"
  | "declineRequest"
  | "blocked"
  | "block"
  | "unblock"
  | "mute"
  | "muteSpace"
  | "leaveSpace"
>;

interface Named {
  readonly person: PersonId;
  readonly name: string;
}

export interface DirectParts {
  readonly writable: () => void;
  readonly poster: Poster;
  readonly members: Members;
  readonly conversations: Conversations;
}

export function createDirectService(
  parts: NodeParts,
  { writable, poster, members, conversations }: DirectParts,
): DirectService & { readonly findPeople: (people: readonly string[]) => Named[] } {
  const { talks, queries, swarm, author, ledger } = parts;
  const self = (): PersonId => parts.identity().person;

  /** By the name that is shown, then by id. */
  function people(): PersonInfo[] {
    const common = new Map<PersonId, string[]>();
    for (const space of queries.spaces()) {
      if (space.state !== "ready") continue;
      for (const { person } of queries.members(queries.replica(space.id))) {
        const names = common.get(person) ?? [];
        if (space.kind !== "direct") names.push(space.name);
        common.set(person, names);
      }
    }
    const linked = new Set(swarm.peers().map(({ person }) => person));
    const known = new Set([...common.keys(), ...linked]);
    for (const { person } of talks.quiet.blocked()) known.add(person);
    known.delete(self());
    return [...known]
      .map((person) => ({
        person,
        name: queries.nameOf(person),
        common: common.get(person) ?? [],
        connected: linked.has(person),
        blocked: talks.quiet.isBlocked(person),
        direct: talks.directOf(person)?.space ?? null,
      }))
      .sort((a, b) => a.name.localeCompare(b.name, "en") || (a.person < b.person ? -1 : 1));
  }

  /** Of those who can be written to, and of those who have asked. Throws UNKNOWN_PERSON, AMBIGUOUS_NAME. */
  function find(idOrName: string): Named {
    const known: Named[] = [...people(), ...talks.requests.waiting()];
    if (idOrName === self()) return { person: self(), name: parts.identity().name };
    const named = meant(known, idOrName, ({ person, name }) => ({ id: person, name }));
    if (named.length > 1)
      throw new ServiceError(
        "AMBIGUOUS_NAME",
        `${named.length} people are called "${idOrName}".`,
        "Use the person's id; `kith members SPACE --json` shows it.",
      );
    const [only] = named;
    if (!only)
      throw new ServiceError(
        "UNKNOWN_PERSON",
        `This device knows nobody called "${idOrName.slice(0, 80)}".`,
        "One can write to members of one's spaces, and to people nearby who are visible.",
      );
    return only;
  }

  function findOther(idOrName: string): Named {
    const found = find(idOrName);
    if (found.person === self()) throw new ServiceError("BAD_INPUT", "That is you.", "Name somebody else.");
    return found;
  }

  /** Somebody who has left, by id: what they wrote is here still, and their name may be another's by now. */
  function findParted(id: string): Named | null {
    if (!isId32(id) || id === self()) return null;
    const person = id as PersonId;
    const isParted = [...ledger.replicas.values()].some(({ membership }) =>
      membership.state().removed.has(person),
    );
    return isParted ? { person, name: queries.nameOf(person) } : null;
  }

  function findPeople(names: readonly string[]): Named[] {
    if (names.length > GROUP_PEOPLE_MAX)
      throw new ServiceError(
        "TOO_MANY",
        `At most ${GROUP_PEOPLE_MAX} people are asked at once.`,
        "Ask the others afterwards.",
      );
    const found = new Map(names.map((name) => findOther(name)).map((one) => [one.person, one]));
    for (const { person, name } of found.values())
      if (talks.quiet.isBlocked(person))
        throw new ServiceError("NOT_ALLOWED", `You have blocked ${name}.`, "Unblock them first.");
    return [...found.values()];
  }

  function waiting(id: string): IncomingRequest {
    const request = talks.requests.find(id);
    if (request) return request;
    throw new ServiceError(
      "UNKNOWN_INVITE",
      `No request ${id.slice(0, 32)} waits here.`,
      "`kith requests` shows those that do.",
    );
  }

  return {
    people,
    findPeople,

    async direct(person, text) {
      writable();
      const [found] = findPeople([person]);
      if (!found) throw new Error("DIRECT_INVARIANT: nobody was found, and nobody was missed");
      if (text?.trim() === "")
        throw new ServiceError("BAD_INPUT", "The message is empty.", "Write something, or leave it out.");
      const { space } = await talks.direct(found.person);
      if (text !== null) {
        const [channel] = queries.space(space).channels;
        const [posted] = await poster.post([{ space, channel: channel?.id ?? "", text }]);
        if (posted instanceof ServiceError) throw posted;
        await talks.said(space);
      }
      return queries.space(space);
    },

    async askInto(space, names) {
      writable();
      const replica = queries.replica(space);
      if (replica.membership.state().info?.kind !== "group")
        throw new ServiceError("BAD_INPUT", "That is no group.", "Make an invite link for it instead.");
      await talks.askInto(replica, findPeople(names));
      return queries.space(replica.space);
    },

    requests: () =>
      talks.requests.waiting().map(({ id, kind, person, name, title, text, atMs }): TalkRequestInfo => {
        const known = people().find((one) => one.person === person);
        const common = known?.common ?? [];
        return { id, kind, person, name: known?.name ?? name, title, text, atMs, common };
      }),

    async acceptRequest(id, options) {
      writable();
      return talks.accept(waiting(id), options);
    },

    async declineRequest(id) {
      writable();
      await talks.requests.mark(waiting(id).id, "declined");
    },

    blocked: () => talks.quiet.blocked(),

    async block(person) {
      writable();
      const found = findParted(person) ?? findOther(person);
      await talks.block(found.person, found.name);
      conversations.recount();
    },

    async unblock(person) {
      writable();
      await talks.unblock(findOther(person).person);
      conversations.recount();
    },

    async mute(channel, muted) {
      writable();
      return conversations.mute(channel, muted);
    },

    async muteSpace(space, muted) {
      writable();
      const { id } = queries.space(space);
      await talks.quiet.mute(id, muted);
      return queries.space(id);
    },

    async leaveSpace(space) {
      writable();
      const replica = queries.replica(space);
      const other = talks.companion(replica.space);
      const { members: present, removed } = replica.membership.state();
      if (other !== null && !present.has(other) && !removed.has(other)) return talks.withdraw(replica);
      // Of two people the one who stays becomes an owner, or the founder could never go.
      if (other !== null && present.get(self())?.role === "owner" && present.has(other)) {
        const { epoch } = await author.ensureKeys(replica.control);
        await author.write([
          planRank({ space: replica.space, person: other, role: "owner", controlEpoch: epoch }),
        ]);
      }
      await members.remove(ledger.replicas.get(replica.space) ?? replica, self());
    },
  };
}
