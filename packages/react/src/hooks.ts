/** The hooks. Each shows one value of the store; what it shows is a new object only when something in it changed. */
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { ReactElement, ReactNode } from "react";
import type { Space } from "@kith/contract";
import { combine } from "./cell.ts";
import type { Readable } from "./cell.ts";
import { describeDelivery } from "./delivery-words.ts";
import { listDevices } from "./known-devices.ts";
import type { KnownDevice } from "./known-devices.ts";
import type { KithStore } from "./store.ts";
import type {
  BoardConnection,
  ConversationRef,
  ConversationsView,
  DeliveryDetailView,
  DeliveryWords,
  DeviceOfferView,
  DraftView,
  InvitesView,
  JoinView,
  LinkingView,
  ChannelMembersView,
  Membership,
  MembersView,
  MessageWindow,
  NetworkLine,
  OwnDevicesView,
  P2PConnectionOptions,
  PeersView,
  PeopleView,
  ReportsView,
  RequestsView,
  Row,
  SettingsView,
  SpacesView,
  VisibilityView,
} from "./types.ts";

const StoreContext = createContext<KithStore | null>(null);

export function KithProvider(props: { store: KithStore; children?: ReactNode }): ReactElement {
  return createElement(StoreContext, { value: props.store }, props.children);
}

/** The store itself; the same object for the life of the page. */
export function useKith(): KithStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error("NO_STORE: a Kith hook was used outside <KithProvider>");
  return store;
}

function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get, readable.get);
}

/** Pages whose node was put onto the network already, or was on it: what the person takes off since then stays off. */
const hasConnected = new WeakSet<KithStore>();

/** The node behind this page: does it answer, who am I, whom does it reach. */
export function useP2PConnection(options: P2PConnectionOptions = {}): BoardConnection {
  const { autoConnect = false, board: ownBoard, userId } = options;
  const store = useKith();
  const connection = useReadable(store.connection);
  const { connect, phase } = connection;
  const isOnline = phase === "connected" ? (connection.networkStatus?.online ?? null) : null;
  useEffect(() => {
    if (autoConnect) store.start();
  }, [autoConnect, store]);
  useEffect(() => {
    if (!autoConnect || isOnline === null || hasConnected.has(store)) return;
    hasConnected.add(store);
    // Why it is still off is in `networkStatus`; who wants the reason calls `connect`.
    if (!isOnline) connect().catch(() => undefined);
  }, [autoConnect, isOnline, connect, store]);
  const broadcastMessage = useCallback<BoardConnection["broadcastMessage"]>(
    (content, { board = ownBoard } = {}) => {
      if (board === undefined)
        return Promise.reject(new Error("NO_BOARD: name a board in the hook or in the call"));
      return store.client.broadcastMessage(board, content, userId === undefined ? {} : { userId });
    },
    [store, ownBoard, userId],
  );
  return useMemo(() => ({ ...connection, broadcastMessage }), [connection, broadcastMessage]);
}

export function useSpaces(): SpacesView {
  return useReadable(useKith().spaces);
}

/** Newest activity first; last message, unread, mentions and draft are live. */
export function useConversations(): ConversationsView {
  return useReadable(useKith().conversations);
}

/** A window of a conversation's messages; empty for null. */
export function useMessages(conversation: ConversationRef | null): MessageWindow {
  return useReadable(useKith().messages(conversation));
}

const SpaceContext = createContext<string | null>(null);

/** Which conversation the rows below belong to: what is said of them may name its members. */
export function ConversationProvider(props: {
  conversation: ConversationRef;
  children?: ReactNode;
}): ReactElement {
  // The name of the space alone: the conversation is another object with each message, and every row would be drawn again.
  return createElement(SpaceContext, { value: props.conversation.space }, props.children);
}

export function useDelivery(row: Row): DeliveryWords {
  const space = useContext(SpaceContext);
  // Asked for only while it is to be said: most rows have arrived somewhere.
  const isHere = row.state === "saved" && row.delivery.devices === 0 && row.delivery.of > 0;
  const { members } = useMembers(isHere ? space : null);
  return useMemo(() => describeDelivery(row, members), [row, members]);
}

/** Where a message is, device by device; live while it is shown. */
export function useDeliveryDetail(message: string): DeliveryDetailView {
  return useReadable(useKith().deliveryDetail(message));
}

/** Of each of these spaces its members, in their order. */
function useMembersOf(spaces: readonly Space[]): readonly MembersView[] {
  const store = useKith();
  const ids = spaces.map(({ id }) => id).join(" ");
  return useReadable(
    useMemo(
      () =>
        combine(
          ids
            .split(" ")
            .filter(Boolean)
            .map((id) => store.members(id)),
        ),
      [store, ids],
    ),
  );
}

const nowhere: readonly Space[] = [];

/** What a person is in each of one's spaces that they are in, direct conversations too. Asks for the members of all; of none for null. */
export function useMemberships(person: string | null): readonly Membership[] {
  const all = useSpaces().spaces;
  const spaces = person === null ? nowhere : all;
  const views = useMembersOf(spaces);
  return useMemo(
    () =>
      spaces.flatMap((space, at) => {
        const member = views[at]?.members.find((one) => one.person === person);
        return member === undefined ? [] : { space, member };
      }),
    [spaces, views, person],
  );
}

/** Every device of the people one shares a space with, those in reach first. */
export function useDevices(): readonly KnownDevice[] {
  const { spaces } = useSpaces();
  const { me } = useP2PConnection();
  const { members: peers } = usePeers();
  const members = useMembersOf(spaces);
  return useMemo(
    () =>
      listDevices(
        peers,
        members.flatMap((view) => view.members),
        me?.nodeId ?? null,
      ),
    [peers, members, me],
  );
}

export function useDraft(channel: string | null): DraftView {
  return useReadable(useKith().draft(channel));
}

export function usePeers(): PeersView {
  return useReadable(useKith().peers);
}

export function useMembers(space: string | null): MembersView {
  return useReadable(useKith().members(space));
}

/** Who is in one channel, and what changes that where it is private; nobody for null. */
export function useChannelMembers(space: string, channel: string | null): ChannelMembersView {
  return useReadable(useKith().channelMembers(space, channel));
}

export function useInvites(space: string | null): InvitesView {
  return useReadable(useKith().invites(space));
}

/** What was reported to owners and admins of a space; null for others, who are told nothing. */
export function useReports(space: string | null): ReportsView {
  return useReadable(useKith().reports(space));
}

export function useJoin(): JoinView {
  return useReadable(useKith().joins);
}

/** The devices of this node's person. */
export function useOwnDevices(): OwnDevicesView {
  return useReadable(useKith().ownDevices);
}

/** The link for a new device of this person's, who took it, and what became of it. */
export function useDeviceOffer(): DeviceOfferView {
  return useReadable(useKith().deviceOffer);
}

/** Becoming a device of the person that made a link. */
export function useLinking(): LinkingView {
  return useReadable(useKith().linking);
}

/** Who asks to talk. */
export function useRequests(): RequestsView {
  return useReadable(useKith().requests);
}

/** Whom one can write to, and whom one has blocked. */
export function usePeople(): PeopleView {
  return useReadable(useKith().people);
}

export function useVisibility(): VisibilityView {
  return useReadable(useKith().visibility);
}

export function useSettings(): SettingsView {
  return useReadable(useKith().settings);
}

/** What happened on the network since the page was opened, in plain words; newest last, at most 200. */
export function useNetworkLog(): readonly NetworkLine[] {
  return useReadable(useKith().networkLog);
}
