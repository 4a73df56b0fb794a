/**
 * The SDK: every call of a node's HTTP surface, typed, and its log of changes, followed without loss. Works in
 * browsers (signed in by cookie, or with a token on a page let in by --allow-origin) and in Node from 22 on.
 * Depends on nothing; of the contract it takes types only.
 */
import type { LogEntry } from "@kith/contract";
import { createAtRestCalls } from "./at-rest-calls.ts";
import type { AtRestCalls } from "./at-rest-calls.ts";
import { iterateEntries } from "./entries.ts";
import type { KithApiError } from "./error.ts";
import { createEvents } from "./events.ts";
import type { ClientEvents } from "./events.ts";
import { followLog } from "./follow.ts";
import type { Follow, FollowHandlers } from "./follow.ts";
import { freshId } from "./fresh-id.ts";
import { createHttp } from "./http.ts";
import { createJoiningCalls } from "./joining-calls.ts";
import type { JoiningCalls } from "./joining-calls.ts";
import { createLive } from "./live.ts";
import type { ConnectionInfo, ConnectOptions } from "./live.ts";
import { createMessageCalls } from "./message-calls.ts";
import type { MessageCalls } from "./message-calls.ts";
import { createNodeCalls } from "./node-calls.ts";
import type { NodeCalls } from "./node-calls.ts";
import { createOutbox } from "./outbox.ts";
import type { Outbox, OutboxStorage } from "./outbox.ts";
import { createPeopleCalls } from "./people-calls.ts";
import type { PeopleCalls } from "./people-calls.ts";
import { createRecoveryCalls } from "./recovery-calls.ts";
import type { RecoveryCalls } from "./recovery-calls.ts";
import { followShared } from "./share.ts";
import { createSpaceCalls } from "./space-calls.ts";
import type { SpaceCalls } from "./space-calls.ts";
import { createTalkCalls } from "./talk-calls.ts";
import type { TalkCalls } from "./talk-calls.ts";
import { createVerificationCalls } from "./verification-calls.ts";
import type { VerificationCalls } from "./verification-calls.ts";
import { createEventsWay } from "./ways/events.ts";
import { createPollingWay } from "./ways/polling.ts";
import { createSocketWay } from "./ways/websocket.ts";

export interface StreamOptions {
  /** Cursor of the last entry already seen; without it the stream begins now. */
  readonly since?: string;
  /** Id or unambiguous name: only entries about that space. Such a stream is not shared between tabs. */
  readonly space?: string;
  readonly signal?: AbortSignal;
}

export interface KithClient
  extends
    NodeCalls,
    SpaceCalls,
    JoiningCalls,
    PeopleCalls,
    TalkCalls,
    MessageCalls,
    AtRestCalls,
    RecoveryCalls,
    VerificationCalls {
  /** Opens this client's own stream: `message`, `peer`, `entry` tell what comes. Does nothing while there is one. */
  connect(options?: ConnectOptions): void;
  /** The next `connect` goes on where this one was left. */
  disconnect(): void;
  getConnectionInfo(): ConnectionInfo;
  /** Sends whether the node answers now or not. */
  readonly outbox: Outbox;

  /** Calls with every change in order, over reconnects; returns the end of it. `onEnd` hears a refusal for good. */
  subscribe(
    options: StreamOptions,
    onEntry: (entry: LogEntry) => void,
    onEnd?: (error: KithApiError | null) => void,
  ): () => void;
  /** The same as an async iterable: ends when the signal aborts, throws a refusal for good. */
  entries(options?: StreamOptions): AsyncIterable<LogEntry>;
  /** Returns the unsubscribe. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
}

export interface ClientOptions {
  /** For example http://127.0.0.1:8888. */
  readonly url: string;
  /** Not needed on the node's own page, which has its cookie. */
  readonly token?: string;
  /** Default the runtime's; null to do without. */
  readonly WebSocket?: typeof WebSocket | null;
  readonly fetch?: typeof fetch;
  /**
   * One stream for all tabs of a page, read by one of them. Default: on a page that is signed in by its cookie, where
   * the browser offers locks between tabs.
   */
  readonly shareTabs?: boolean;
  /** Where the outbox outlives the program; without it, it does not. */
  readonly outboxStorage?: OutboxStorage;
}

function mayShare(): boolean {
  // Not over plain HTTP of another host, and not in Node, whose programs are not tabs.
  return "document" in globalThis && "BroadcastChannel" in globalThis && "locks" in navigator;
}

export function createKithClient(options: ClientOptions): KithClient {
  const url = options.url.replace(/\/+$/, "");
  const auth = options.token === undefined ? {} : { token: options.token };
  const http = createHttp({ url, ...auth, fetch: options.fetch ?? ((input, init) => fetch(input, init)) });
  const events = createEvents();
  const { call } = http;

  const Socket = options.WebSocket === undefined ? globalThis.WebSocket : options.WebSocket;
  const ways = [createEventsWay(http), createPollingWay(http)];
  // Not there in every runtime, whatever the types say.
  if (typeof Socket === "function") ways.unshift(createSocketWay({ url, ...auth, WebSocket: Socket }));

  const shares = options.shareTabs ?? (options.token === undefined && mayShare());

  const told = (
    { entry, ended }: Pick<FollowHandlers, "entry" | "ended">,
    watch: Partial<FollowHandlers> = {},
  ): FollowHandlers => ({
    entry,
    ended,
    state(state) {
      watch.state?.(state);
      events.emit("status", state);
    },
    connected(cursor) {
      watch.connected?.(cursor);
      events.emit("connect", { cursor });
    },
    way(name) {
      watch.way?.(name);
      events.emit("way", name);
    },
  });
  const follow = ({ since, space }: StreamOptions, handlers: FollowHandlers): Follow =>
    followLog(
      { ways, ...(since === undefined ? null : { since }), ...(space === undefined ? null : { space }) },
      handlers,
    );
  const followForTabs = (since: string | undefined, handlers: FollowHandlers): Pick<Follow, "end"> =>
    followShared(
      {
        name: `kith ${url}`,
        ...(since === undefined ? null : { since }),
        http,
        locks: navigator.locks,
        createChannel: (name) => new BroadcastChannel(name),
        follow: (from, own) => follow(from === undefined ? {} : { since: from }, own),
        onRole: (role) => events.emit("role", role),
      },
      handlers,
    );

  function subscribe(
    streamOptions: StreamOptions,
    onEntry: (entry: LogEntry) => void,
    onEnd?: (error: KithApiError | null) => void,
    watch?: Partial<FollowHandlers>,
  ): () => void {
    const handlers = told(
      {
        entry: events.guard("subscribe", onEntry),
        ended: events.guard("subscribe", (error: KithApiError | null) => onEnd?.(error)),
      },
      watch,
    );
    const { since, space, signal } = streamOptions;
    // The tab that reads for all of them reads everything.
    const isShared = shares && space === undefined;
    const handle = isShared ? followForTabs(since, handlers) : follow(streamOptions, handlers);
    const end = (): void => {
      signal?.removeEventListener("abort", end);
      handle.end();
    };
    if (signal?.aborted === true) end();
    signal?.addEventListener("abort", end, { once: true });
    return end;
  }

  const talk = createTalkCalls(call);
  const outbox = createOutbox({
    postBatch: talk.postBatch,
    freshId,
    ...(options.outboxStorage === undefined ? null : { storage: options.outboxStorage }),
    onError: (error) => events.emit("error", error),
    onChange(outgoing) {
      events.emit("outgoing", outgoing);
      if (outgoing.state === "failed" && outgoing.error !== null) events.emit("error", outgoing.error);
    },
  });
  const live = createLive({ url, events, subscribe, outbox });

  return {
    ...createNodeCalls(call),
    ...createSpaceCalls(call),
    ...createJoiningCalls(http),
    ...createPeopleCalls(call),
    ...talk,
    ...createMessageCalls(call),
    ...createRecoveryCalls(http),
    ...createVerificationCalls(call),
    ...createAtRestCalls(call),

    connect: live.connect,
    disconnect: live.disconnect,
    getConnectionInfo: live.info,
    outbox,

    subscribe: (streamOptions, onEntry, onEnd) => subscribe(streamOptions, onEntry, onEnd),
    entries: (streamOptions = {}) =>
      iterateEntries((handlers) => follow(streamOptions, told(handlers)), streamOptions.signal),
    on: events.on,
  };
}
