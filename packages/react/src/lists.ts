/** Lists that the node keeps and the log changes: asked for when somebody looks, and again when they may differ. */
import type { KithClient } from "@kith/client";
import type {
  CreateChannel,
  CreateInvite,
  Invite,
  JoinProgress,
  Member,
  Report,
  Role,
  Space,
} from "@kith/contract";
import type { Cells, Derived, Readable } from "./cell.ts";
import { toFailure } from "./failure.ts";
import type { Cancel, Host } from "./host.ts";
import { createRefresher } from "./refresher.ts";
import type {
  ChannelMembersView,
  Failure,
  InvitesView,
  JoinView,
  MembersView,
  ReportsView,
  SpacesView,
} from "./types.ts";

export interface ListOptions {
  readonly client: KithClient;
  readonly host: Host;
  readonly cells: Cells;
  isOpen(): boolean;
  onSignedOut(error: unknown): void;
}

/** The parts that every list here has. `show` makes the view of the newest answer. */
export interface LiveList<Item, View> {
  readonly view: Derived<View>;
  items(): readonly Item[] | null;
  put(items: readonly Item[]): void;
  refresh(): Promise<void>;
  soon(delayMs?: number): void;
  /** Entries flow again, or something in it may have changed. */
  live(): void;
  close(): void;
}

export function createList<Item, View>(
  options: ListOptions & {
    readonly ask: () => Promise<readonly Item[]>;
    readonly show: (state: { items: readonly Item[]; isLoading: boolean; error: Failure | null }) => View;
    readonly isAlways?: boolean;
  },
): LiveList<Item, View> {
  let items: readonly Item[] | null = null;
  let error: Failure | null = null;
  const refresher = createRefresher({
    host: options.host,
    async load() {
      items = await options.ask();
      error = null;
      view.touch();
    },
    onError(failure) {
      error = toFailure(failure);
      view.touch();
    },
    onSignedOut: options.onSignedOut,
  });
  const view = options.cells.derive<View>(
    () => options.show({ items: items ?? [], isLoading: items === null && error === null, error }),
    () => {
      if (options.isOpen() && (options.isAlways !== true || items === null)) void refresher.refresh();
      return undefined;
    },
  );
  const isWanted = (): boolean => options.isAlways === true || view.isWatched();
  return {
    view,
    items: () => items,
    put(next) {
      items = next;
      view.touch();
    },
    refresh: refresher.refresh,
    soon(delayMs) {
      if (isWanted()) refresher.soon(delayMs);
    },
    live() {
      if (isWanted()) void refresher.refresh();
    },
    close: refresher.close,
  };
}

export function createSpaces(
  options: ListOptions & { readonly onNew: () => void },
): LiveList<Space, SpacesView> {
  const { client } = options;
  const actions = {
    async createSpace(wanted: Parameters<SpacesView["createSpace"]>[0]) {
      const space = await client.createSpace(wanted);
      list.put([...(list.items() ?? []).filter(({ id }) => id !== space.id), space]);
      options.onNew();
      return space;
    },
    async createChannel(space: string, wanted: CreateChannel) {
      const channel = await client.createChannel(space, wanted);
      await list.refresh();
      options.onNew();
      return channel;
    },
    async leaveSpace(space: string) {
      await client.leaveSpace(space);
      list.put((list.items() ?? []).filter(({ id }) => id !== space));
      options.onNew();
    },
    async askInto(space: string, people: readonly string[]) {
      await client.askInto(space, { people: [...people] });
      await list.refresh();
    },
    async renameSpace(space: string, name: string) {
      await client.renameSpace(space, { name });
      await list.refresh();
      options.onNew();
    },
    async muteSpace(id: string, muted: boolean) {
      const space = await client.muteSpace(id, muted);
      list.put((list.items() ?? []).map((one) => (one.id === space.id ? space : one)));
      options.onNew();
    },
    async setExpiry(space: string, channel: string, seconds: number | null) {
      await client.changeChannel(space, channel, { expiry: seconds });
      await list.refresh();
    },
    refresh: () => list.refresh(),
  };
  const list: LiveList<Space, SpacesView> = createList<Space, SpacesView>({
    ...options,
    isAlways: true,
    ask: async () => (await client.spaces()).items,
    show: ({ items, ...listing }) => ({ spaces: items, ...listing, ...actions }),
  });
  return list;
}

export function createMembers(
  options: ListOptions & { onNamed(person: string, name: string): void },
  space: string,
): LiveList<Member, MembersView> {
  const { client } = options;
  const actions = {
    async remove(person: string) {
      await client.removeMember(space, person);
      await list.refresh();
    },
    async changeRole(person: string, role: Role) {
      await client.changeMember(space, person, { role });
      await list.refresh();
    },
    async letOverturnedBe(person: string) {
      await client.letOverturnedBe(space, person);
      await list.refresh();
    },
  };
  const list: LiveList<Member, MembersView> = createList<Member, MembersView>({
    ...options,
    async ask() {
      const { items } = await options.client.members(space);
      for (const { person, name } of items) options.onNamed(person, name);
      return items;
    },
    show: ({ items, ...listing }) => ({ members: items, ...listing, ...actions }),
  });
  return list;
}

/** Who is in one channel. Names come with the members of its space. */
export function createChannelMembers(
  options: ListOptions & { readonly onChanged: () => Promise<void> },
  { space, channel }: { readonly space: string; readonly channel: string },
): LiveList<Member, ChannelMembersView> {
  const { client } = options;
  // Who has left is led to what the list of conversations begins with: it is without this channel by then.
  async function changed(): Promise<void> {
    await Promise.all([options.onChanged(), list.refresh()]);
  }
  const actions = {
    async add(person: string) {
      await client.addChannelMember(space, channel, person);
      await changed();
    },
    async remove(person: string) {
      await client.removeChannelMember(space, channel, person);
      await changed();
    },
  };
  const list: LiveList<Member, ChannelMembersView> = createList<Member, ChannelMembersView>({
    ...options,
    ask: async () => (await client.channelMembers(space, channel)).items,
    show: ({ items, ...listing }) => ({ members: items, ...listing, ...actions }),
  });
  return list;
}

export function createInvites(options: ListOptions, space: string): LiveList<Invite, InvitesView> {
  const { client } = options;
  const actions = {
    async create(wanted?: CreateInvite) {
      const invite = await client.createInvite(space, wanted);
      void list.refresh();
      return invite;
    },
    async revoke(id: string) {
      await client.revokeInvite(space, id);
      await list.refresh();
    },
  };
  const list: LiveList<Invite, InvitesView> = createList<Invite, InvitesView>({
    ...options,
    ask: async () => (await client.invites(space)).items,
    show: ({ items, ...listing }) => ({ invites: items, ...listing, ...actions }),
  });
  return list;
}

/** What members of the space reported to its owners and admins. */
export function createReports(options: ListOptions, space: string): LiveList<Report, ReportsView> {
  const { client } = options;
  const without = (id: string): void => list.put((list.items() ?? []).filter((one) => one.id !== id));
  const actions = {
    async handle(id: string) {
      await client.handleReport(id);
      without(id);
    },
    async deleteMessage({ id, messageId }: Report) {
      await client.deleteMessage(messageId);
      without(id);
      // Others may have reported the same message.
      void list.refresh();
    },
  };
  const list: LiveList<Report, ReportsView> = createList<Report, ReportsView>({
    ...options,
    ask: async () => (await client.reports(space)).items,
    show: ({ items, ...listing }) => ({ reports: items, ...listing, ...actions }),
  });
  return list;
}

/** Steps of joining are in no log entry: while somebody waits for one it is asked for. */
const JOIN_LOOK_MS = 300;

export interface Joins {
  readonly view: Readable<JoinView>;
  soon(): void;
  live(): void;
  close(): void;
}

export function createJoins(options: ListOptions & { readonly onJoined: () => void }): Joins {
  const { client, host } = options;
  let cancelLook: Cancel | null = null;
  let refusal: Failure | null = null;
  let underWay = new Set<string>();
  const list = createList<JoinProgress, JoinView>({
    ...options,
    isAlways: true,
    async ask() {
      const { items } = await client.joins();
      const now = new Set(
        items.filter(({ step }) => step !== "done" && step !== "failed").map(({ invite }) => invite),
      );
      if ([...underWay].some((invite) => !now.has(invite))) options.onJoined();
      underWay = now;
      cancelLook?.();
      cancelLook = now.size > 0 ? host.after(JOIN_LOOK_MS, () => void list.refresh()) : null;
      return items;
    },
    show: ({ items, error }) => ({ joins: items, error: refusal ?? error, join, giveUp }),
  });

  async function giveUp(invite: string): Promise<void> {
    await client.giveUpJoin(invite);
    underWay.delete(invite);
    list.put((list.items() ?? []).filter((one) => one.invite !== invite));
    void list.refresh();
  }

  async function join(link: string): ReturnType<JoinView["join"]> {
    refusal = null;
    try {
      // Not waited for in the node: the steps are what the person wants to see.
      const answer = await client.join(link, { waitMs: 0 });
      if (answer.done) options.onJoined();
      void list.refresh();
      return answer;
    } catch (error) {
      refusal = toFailure(error);
      list.view.touch();
      throw error;
    }
  }

  return {
    view: list.view,
    soon: () => list.soon(),
    live: list.live,
    close() {
      cancelLook?.();
      list.close();
    },
  };
}
