/** People who can be written to, and requests to talk: what the node keeps of both, and what a page may do about them. */
import type { Block, JoinRequest, Person, TalkRequest } from "@kith/contract";
import { createList } from "./lists.ts";
import type { ListOptions, LiveList } from "./lists.ts";
import type { PeopleView, RequestsView } from "./types.ts";

/** Requests change the lists of spaces and conversations when they are accepted. */
export function createRequests(
  options: ListOptions & { readonly onAccepted: () => void; readonly onBlocked: () => void },
): LiveList<TalkRequest, RequestsView> {
  const { client } = options;
  let waiting: readonly JoinRequest[] = [];
  const decided = (id: string): void => {
    waiting = waiting.filter((one) => one.id !== id);
    list.put(list.items() ?? []);
    void list.refresh();
  };
  const without = (id: string): void => list.put((list.items() ?? []).filter((one) => one.id !== id));
  const actions = {
    async accept(id: string) {
      // Not waited for in the node: the list of joinings shows how far it has come.
      const answer = await client.acceptRequest(id, { waitMs: 0 });
      without(id);
      options.onAccepted();
      return answer;
    },
    async decline(id: string) {
      await client.declineRequest(id);
      without(id);
    },
    async block(person: string) {
      await client.block(person);
      list.put((list.items() ?? []).filter((one) => one.person !== person));
      options.onBlocked();
    },
    async approve({ id, space, person }: JoinRequest) {
      await client.admitWaiting({ space, person });
      decided(id);
    },
    async refuse({ id }: JoinRequest) {
      await client.refuseWaiting(id);
      decided(id);
    },
  };
  const list: LiveList<TalkRequest, RequestsView> = createList<TalkRequest, RequestsView>({
    ...options,
    isAlways: true,
    async ask() {
      const [asking, wanting] = await Promise.all([client.requests(), client.joinRequests()]);
      waiting = wanting.items;
      return asking.items;
    },
    show: ({ items, ...listing }) => ({ requests: items, waiting, ...listing, ...actions }),
  });
  return list;
}

export function createPeople(
  options: ListOptions & { readonly onTalk: () => void; readonly onBlocked: () => void },
): LiveList<Person, PeopleView> {
  const { client } = options;
  async function changed(): Promise<void> {
    options.onBlocked();
    await list.refresh();
  }
  let blocked: readonly Block[] = [];
  const actions = {
    async talkTo(person: string, text?: string) {
      const space = await client.direct({ person, ...(text === undefined ? null : { text }) });
      options.onTalk();
      void list.refresh();
      return space;
    },
    async block(person: string) {
      await client.block(person);
      await changed();
    },
    async unblock(person: string) {
      await client.unblock(person);
      await changed();
    },
  };
  const list: LiveList<Person, PeopleView> = createList<Person, PeopleView>({
    ...options,
    async ask() {
      const [people, blocks] = await Promise.all([client.people(), client.blocks()]);
      blocked = blocks.items;
      return people.items;
    },
    show: ({ items, ...listing }) => ({ people: items, blocked, ...listing, ...actions }),
  });
  return list;
}
