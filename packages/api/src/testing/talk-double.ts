/** The part of a node's service about people and requests, answered from memory: one person asks, and one is known. */
import type { InviteId, PersonId, SpaceId } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { ConversationInfo, KithService, PersonInfo, SpaceInfo, TalkRequestInfo } from "@kith/node";

type TalkService = Pick<
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
>;

export const KNOWN_PERSON = `e${"0".repeat(62)}2` as PersonId;
export const REQUEST_ID = `a${"0".repeat(31)}` as InviteId;

export interface TalkDouble {
  readonly service: TalkService;
  isMuted(channel: string): boolean;
}

export function createTalkDouble(book: {
  readonly addDirect: (other: { readonly person: PersonId; readonly name: string }) => SpaceInfo;
  readonly post: (space: string, text: string) => unknown;
  readonly conversation: (channel: string) => ConversationInfo;
  readonly space: (space: string) => SpaceInfo;
}): TalkDouble {
  const atMs = 1_777_800_000_000;
  const muted = new Set<string>();
  const blocks = new Map<PersonId, { person: PersonId; name: string; atMs: number }>();
  let direct: SpaceInfo | null = null;
  let requests: TalkRequestInfo[] = [
    {
      id: REQUEST_ID,
      kind: "direct",
      person: KNOWN_PERSON,
      name: "Ben",
      title: null,
      text: "Shall we?",
      atMs,
      common: ["Climbing"],
    },
  ];
  const known = (): PersonInfo => ({
    person: KNOWN_PERSON,
    name: "Ben",
    common: ["Climbing"],
    connected: true,
    blocked: blocks.has(KNOWN_PERSON),
    direct: direct?.id ?? null,
  });
  const find = (person: string): PersonInfo => {
    const ben = known();
    if (person === ben.person || person === ben.name) return ben;
    throw new ServiceError("UNKNOWN_PERSON", "there is nobody of that name", "list the people");
  };
  const take = (id: string): TalkRequestInfo => {
    const found = requests.find((request) => request.id === id);
    if (!found) throw new ServiceError("UNKNOWN_INVITE", "no such request waits", "list the requests");
    requests = requests.filter((request) => request !== found);
    return found;
  };
  return {
    isMuted: (channel) => muted.has(channel),
    service: {
      people: () => [known()],
      async direct(person, text) {
        const other = find(person);
        direct ??= book.addDirect(other);
        if (text !== null) book.post(direct.id, text);
        return direct;
      },
      async askInto(space, people) {
        for (const person of people) find(person);
        return book.space(space);
      },
      requests: () => requests,
      async acceptRequest(id) {
        const { id: invite } = take(id);
        const space = `5${"f".repeat(63)}` as SpaceId;
        return { space, invite, step: "asking", detail: "waits for an answer", spaceInfo: null };
      },
      async declineRequest(id) {
        take(id);
      },
      blocked: () => [...blocks.values()],
      async block(person) {
        const { person: id, name } = find(person);
        blocks.set(id, { person: id, name, atMs });
      },
      async unblock(person) {
        blocks.delete(find(person).person);
      },
      async mute(channel, isMuted) {
        if (isMuted) muted.add(channel);
        else muted.delete(channel);
        return book.conversation(channel);
      },
      muteSpace: async (space, isMuted) => Object.assign(book.space(space), { muted: isMuted }),
    },
  };
}
