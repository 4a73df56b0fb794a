/**
 * The store of a page: every value that its hooks show. One stream of changes feeds them all; who is not
 * looked at is not asked for. Joins the parts and owns none of their rules.
 */
import type { KithClient } from "@kith/client";
import type { LogEntry, Message } from "@kith/contract";
import { createCells } from "./cell.ts";
import type { Readable } from "./cell.ts";
import type { Reacted, SpaceEntry } from "./changes.ts";
import { createConversationList } from "./conversation-list.ts";
import { createDeliveryDetails } from "./delivery-details.ts";
import { createDraft, UNTOUCHED } from "./draft.ts";
import type { DraftKeeper } from "./draft.ts";
import { createGate } from "./gate.ts";
import { browserHost, isPage, quietHost } from "./host.ts";
import {
  createChannelMembers,
  createInvites,
  createJoins,
  createMembers,
  createReports,
  createSpaces,
} from "./lists.ts";
import type { LiveList } from "./lists.ts";
import { createNames } from "./names.ts";
import { addEvent, describeEntry, describePhase } from "./network-words.ts";
import type { NetworkEvent } from "./network-words.ts";
import { createNodeFacts } from "./node-facts.ts";
import { noChannelMembers, noDraft, noInvites, noMembers, noMessages, noReports } from "./nothing.ts";
import { createOwnDevices } from "./own-devices.ts";
import type { OwnDeviceViews } from "./own-devices.ts";
import { createSender } from "./sender.ts";
import { openStream } from "./stream.ts";
import { createPeople, createRequests } from "./talk.ts";
import type { Stream } from "./stream.ts";
import { createThread } from "./thread.ts";
import type { Thread } from "./thread.ts";
import { createThreads } from "./threads.ts";
import type {
  ConversationRef,
  ConversationsView,
  DeliveryDetailView,
  DraftView,
  InvitesView,
  JoinView,
  KithStoreOptions,
  ChannelMembersView,
  MembersView,
  MessageWindow,
  NetworkLine,
  P2PConnection,
  PeersView,
  PeopleView,
  ReportsView,
  RequestsView,
  SettingsView,
  SpacesView,
  VisibilityView,
} from "./types.ts";

/** Who counts as a recipient changes with each member of a group that joins: asked once for all of them. */
const RECOUNT_MS = 500;
/** Who reads, and whose messages count, may be others after these: what is shown is asked for anew. */
const RECOUNTED: ReadonlySet<string> = new Set([
  "member",
  "member-removed",
  "member-left",
  "role",
  "invite-revoked",
  "device-removed",
  "device-suspended",
  "channel-added",
  "channel-removed",
]);
/** A node that has just started may be busy for a moment. */
const BEGIN_AGAIN_MS = 1_000;

export interface KithStore extends OwnDeviceViews {
  readonly client: KithClient;
  readonly connection: Readable<P2PConnection>;
  readonly spaces: Readable<SpacesView>;
  readonly conversations: Readable<ConversationsView>;
  readonly peers: Readable<PeersView>;
  readonly joins: Readable<JoinView>;
  readonly requests: Readable<RequestsView>;
  readonly people: Readable<PeopleView>;
  readonly visibility: Readable<VisibilityView>;
  readonly settings: Readable<SettingsView>;
  readonly networkLog: Readable<readonly NetworkLine[]>;
  messages(conversation: ConversationRef | null): Readable<MessageWindow>;
  /** Where a message is, by its id. */
  deliveryDetail(message: string): Readable<DeliveryDetailView>;
  draft(channel: string | null): Readable<DraftView>;
  members(space: string | null): Readable<MembersView>;
  channelMembers(space: string, channel: string | null): Readable<ChannelMembersView>;
  invites(space: string | null): Readable<InvitesView>;
  /** For owners and admins; null for others. */
  reports(space: string | null): Readable<ReportsView>;
  /** Opens the stream where `autoConnect: false` did not; while it is open nothing. */
  start(): void;
  /** Asks anew, for what is to be said and what was held, whether it may be: what `mayPost` goes by is another. */
  askAgain(): void;
  /** Ends the stream and every timer. */
  close(): void;
}

export function createKithStore(options: KithStoreOptions): KithStore {
  const { client, host = isPage() ? browserHost() : quietHost() } = options;
  // A server renders what is known before anything is: it opens nothing.
  const { autoConnect = options.host !== undefined || isPage() } = options;
  let stream: Stream | null = null;
  let isClosed = false;
  const cells = createCells(host);
  const threads = createThreads(makeThread);
  const drafts = new Map<string, DraftKeeper>();
  const members = new Map<string, LiveList<unknown, MembersView>>();
  /** By space and channel. */
  const insides = new Map<string, LiveList<unknown, ChannelMembersView>>();
  const invites = new Map<string, LiveList<unknown, InvitesView>>();
  const reports = new Map<string, LiveList<unknown, ReportsView>>();
  let events: readonly NetworkEvent[] = [describePhase("starting", host.nowMs())];
  const names = createNames(() => networkLog.touch());
  const networkLog = cells.derive<readonly NetworkLine[]>(() =>
    events.map(({ at, type, say }) => ({ at, type, text: say(names.of) })),
  );
  let isReady = false;
  let cancelRecount: (() => void) | null = null;
  let cancelBegin: (() => void) | null = null;

  const common = {
    client,
    host,
    cells,
    isOpen: () => stream?.isOpen() === true,
    onSignedOut: (error: unknown) => stream?.signedOut(error),
  };
  const node = createNodeFacts({ ...common, onNamed: names.learn, start, isStarted: () => stream !== null });
  const self = () => {
    const me = node.me();
    return { person: me?.person ?? "", name: me?.name ?? "", device: me?.nodeId ?? "" };
  };
  const conversations = createConversationList({
    ...common,
    reader: () => ({
      ...self(),
      isReading: (channel) => threads.find(channel)?.isReading() === true,
    }),
    draftStamps: () => new Map([...drafts].map(([channel, keeper]) => [channel, keeper.stamp()])),
    onDrafts(kept, stamps) {
      for (const [channel, draft] of kept) {
        const asked = stamps.get(channel);
        // Sent already, though the node does not know: it is a message that waits or was refused.
        const isSent = sender.isOutgoing(draft?.clientId ?? "");
        keeperOf(channel).adopt(isSent ? null : draft, asked === undefined ? UNTOUCHED : asked);
      }
    },
  });
  const spaces = createSpaces({ ...common, onNew: () => void conversations.refresh() });
  const joins = createJoins({ ...common, onJoined: refreshLists });
  const blockings = (): void => {
    void conversations.refresh();
    threads.each((thread) => thread.recount());
    people.soon();
  };
  const requests = createRequests({
    ...common,
    onAccepted() {
      joins.soon();
      refreshLists();
    },
    onBlocked: blockings,
  });
  const people = createPeople({ ...common, onTalk: refreshLists, onBlocked: blockings });
  const own = createOwnDevices({
    ...common,
    onLinked: () => void learnNode().then(refreshLists),
  });
  const details = createDeliveryDetails(common);
  const gate = createGate({ ...common, mayPost: options.mayPost });
  const sender = createSender({
    client,
    host,
    onChange: () => threads.each((thread) => thread.show()),
    onSaved: takeMessage,
    onSignedOut: common.onSignedOut,
    gate,
    draftSettled: (channel) => drafts.get(channel)?.settled() ?? null,
  });

  function askAgain(): void {
    sender.askAgain();
    threads.each((thread) => thread.askAgain());
  }

  function refreshLists(): void {
    void spaces.refresh();
    void conversations.refresh();
  }

  function takeMessage(message: Message): void {
    names.learn(message.author, message.authorName);
    threads.find(message.channel)?.take({ type: "message", message });
    conversations.take(message);
  }

  function note(event: NetworkEvent | null): void {
    if (event === null) return;
    events = addEvent(events, event);
    networkLog.touch();
  }

  function heed(entry: LogEntry): void {
    note(describeEntry(entry));
    // What a node tells its own page is shaped as the contract says; `data` is only not typed there.
    const data = entry.data as never;
    switch (entry.type) {
      case "message":
        heedMessage(data);
        return;
      case "edit":
        heedEdit(data);
        return;
      case "reaction":
        heedReaction(data);
        return;
      case "delivery":
        heedDelivery(data);
        return;
      case "alias":
        heedName(data);
        return;
      case "space":
      case "group":
        heedSpace(data);
        return;
      case "peer":
        own.heardPeer(data, Date.parse(entry.at));
        people.soon();
        details.soon();
        node.soon();
        return;
      case "network":
        node.soon();
        return;
      case "report":
        for (const list of reports.values()) list.soon();
        return;
      case "file":
      case "typing":
        return;
      default:
        entry.type satisfies never;
    }
  }

  /** null: it was deleted before it could be told. */
  function heedMessage(message: Message | null): void {
    if (message === null) return;
    takeMessage(message);
    sender.heard(message);
    if (message.clientId !== undefined) drafts.get(message.channel)?.forget(message.clientId);
  }

  /** null: it is not here. */
  function heedEdit(message: Message | null): void {
    if (message === null) return;
    if (message.deleted) for (const list of reports.values()) list.soon();
    threads.find(message.channel)?.take({ type: "edit", message });
    conversations.change(message.channel, (conversation) =>
      conversation.last?.id === message.id ? { ...conversation, last: message } : conversation,
    );
  }

  function heedReaction({ author, ...reacted }: Reacted): void {
    if (author === null) return;
    threads.each((thread) => thread.take({ type: "reaction", ...reacted, person: author }));
  }

  function heedDelivery(data: { messages: readonly { id: string; devices: number; of: number }[] }): void {
    const { messages } = data;
    threads.each((thread) => thread.take({ type: "delivery", messages }));
    details.heard(messages);
  }

  function heedName({ person, name }: { person: string | null; name: string }): void {
    if (person === null) return;
    names.learn(person, name);
    askAgain();
    node.renamed(person, name);
    threads.each((thread) => thread.take({ type: "name", person, name }));
    conversations.renamed(person, name);
    // The picture and the status may be new as well, which the change does not say.
    for (const list of [...members.values(), ...insides.values(), spaces, conversations]) list.soon();
    node.soon();
  }

  function heedSpace({ space, change, channel, channels, messages }: SpaceEntry): void {
    if (change === "early") {
      conversations.soon();
      for (const channel of channels ?? []) threads.find(channel)?.live(true);
      return;
    }
    if (change === "messages-expired") {
      conversations.soon();
      for (const list of reports.values()) list.soon();
      if (channel !== undefined) threads.find(channel)?.take({ type: "expired", messages: messages ?? [] });
      return;
    }
    askAgain();
    if (change === "verification") {
      for (const list of [...members.values(), ...insides.values()]) list.soon();
      return;
    }
    for (const part of [requests, people, own, details]) part.soon();
    if (change === "blocked" || change === "unblocked") return blockings();
    spaces.soon();
    conversations.soon();
    joins.soon();
    if (space === null || space === undefined) return;
    members.get(space)?.soon();
    for (const [place, list] of insides) if (place.startsWith(`${space}/`)) list.soon();
    invites.get(space)?.soon();
    if (RECOUNTED.has(change ?? "")) recountSoon();
    // One that could not be opened before may be there now.
    threads.each((thread) => {
      if (thread.conversation.space === space) thread.live(false);
    });
  }

  function recountSoon(): void {
    cancelRecount ??= host.after(RECOUNT_MS, () => {
      cancelRecount = null;
      threads.each((thread) => thread.recount());
    });
  }

  async function begin(fresh: boolean): Promise<void> {
    sender.nodeIsBack();
    for (const keeper of drafts.values()) keeper.nodeIsBack();
    node.refresh();
    for (const part of [joins, requests, people, own, details]) part.live();
    for (const lists of [members, insides, invites, reports]) for (const list of lists.values()) list.live();
    const known = [learnNode(), spaces.refresh(), conversations.refresh()];
    if (!isReady) await Promise.all(known);
    isReady ||= node.me() !== null && conversations.isLoaded();
    threads.each((thread) => thread.live(fresh));
    // It answers, but not yet with what everything else needs.
    if (!isReady && common.isOpen()) {
      cancelBegin?.();
      cancelBegin = host.after(BEGIN_AGAIN_MS, () => void begin(fresh));
    }
  }

  async function learnNode(): Promise<void> {
    await node.learnMe();
    const me = node.me();
    if (me !== null) sender.knowNode(me.nodeId);
  }

  function keeperOf(channel: string): DraftKeeper {
    const known = drafts.get(channel);
    if (known !== undefined) return known;
    const keeper = createDraft({
      ...common,
      channel,
      onSaving: (draft) => conversations.change(channel, (before) => ({ ...before, draft })),
    });
    drafts.set(channel, keeper);
    return keeper;
  }

  function makeThread({ space, channel }: ConversationRef): Thread {
    return createThread({
      ...common,
      conversation: { space, channel },
      self,
      isLive: () => isReady && common.isOpen(),
      listed: () => conversations.find(channel),
      outbox: sender.outbox,
      gate,
      onListed: (change) => conversations.change(channel, change),
      send(text, replyTo) {
        const key = keeperOf(channel).take(text);
        sender.send({ key, space, channel, text, replyTo, atMs: host.nowMs() });
        return key;
      },
      retry: sender.retry,
      discard(key) {
        sender.discard(key);
        keeperOf(channel).clean();
      },
    });
  }

  function leave(): void {
    for (const keeper of drafts.values()) keeper.leave();
    threads.each((thread) => thread.leave());
  }

  const offs = [
    host.onLeave(leave),
    host.onVisibility(() => {
      // A hidden page may be ended without another word.
      if (host.isHidden()) leave();
      else if (common.isOpen()) {
        // What another tab has read or drafted is in no log entry.
        refreshLists();
        node.refresh();
      }
    }),
    // Only what is nowhere but in this tab, and gone when it is closed: a draft is saved on leaving.
    host.onBeforeLeave(() => sender.outbox().some(({ state }) => state !== "sending") || threads.hasUnsent()),
  ];
  function start(): void {
    if (isClosed || stream !== null) return;
    stream = openStream({
      client,
      host,
      onEntry: heed,
      onOpen: (fresh) => void begin(fresh),
      onPhase(phase, error) {
        node.turn(phase, error);
        if (phase === "signed-out") sender.signedOut();
        note(describePhase(phase, host.nowMs()));
      },
    });
    node.started();
  }
  if (autoConnect) start();

  return {
    client,
    start,
    askAgain,
    connection: node.connection,
    spaces: spaces.view,
    conversations: conversations.view,
    peers: node.peers,
    joins: joins.view,
    requests: requests.view,
    people: people.view,
    visibility: node.visibility,
    settings: node.settings,
    ...own.views,
    networkLog,
    messages: (conversation) => (conversation === null ? noMessages : threads.of(conversation).view),
    deliveryDetail: details.of,
    draft: (channel) => (channel === null ? noDraft : keeperOf(channel).view),
    members: (space) =>
      space === null
        ? noMembers
        : getOrMake(members, space, () => createMembers({ ...common, onNamed: names.learn }, space)).view,
    channelMembers: (space, channel) =>
      channel === null
        ? noChannelMembers
        : getOrMake(insides, `${space}/${channel}`, () =>
            createChannelMembers({ ...common, onChanged: () => conversations.refresh() }, { space, channel }),
          ).view,
    invites: (space) =>
      space === null ? noInvites : getOrMake(invites, space, () => createInvites(common, space)).view,
    reports: (space) =>
      space === null ? noReports : getOrMake(reports, space, () => createReports(common, space)).view,
    close() {
      for (const off of offs) off();
      isClosed = true;
      stream?.close();
      sender.close();
      node.close();
      cancelRecount?.();
      cancelBegin?.();
      for (const keeper of drafts.values()) keeper.close();
      threads.each((thread) => thread.close());
      for (const part of [spaces, conversations, joins, requests, people, own, details]) part.close();
      for (const lists of [members, insides, invites, reports])
        for (const list of lists.values()) list.close();
      cells.close();
    },
  };
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
