/**
 * A client over a small node in memory: messages in order, drafts, marks and a log; calls can be held, refused
 * or left without an answer, as the test says.
 */
import { KithApiError } from "@kith/client";
import type { ClientEvents, KithClient } from "@kith/client";
import type { Conversation, Draft, LogEntry, Message, PostMessage } from "@kith/contract";

export const SPACE = "space";
export const CHANNEL = "channel";
export const SELF = "person-self";

/** A test's own failure, as the node would put it. */
export function refusal(status: number, code: string): KithApiError {
  return new KithApiError({ status, code, message: `${code} in words`, next: "do something else" });
}

export const noAnswer = (): KithApiError => refusal(0, "UNREACHABLE");

let written = 0;

export function message(facts: Partial<Message> & { readonly at?: string } = {}): Message {
  written += 1;
  return {
    id: `id-${String(written).padStart(6, "0")}`,
    space: SPACE,
    channel: CHANNEL,
    author: "person-other",
    authorName: "Other",
    device: "device-other",
    text: `message ${written}`,
    at: new Date(1_000 * written).toISOString(),
    expires: null,
    reactions: [],
    files: [],
    delivery: { devices: 0, of: 2, readBy: 0 },
    ...facts,
  };
}

export interface ScriptedNode {
  readonly client: KithClient;
  /** Oldest first: what `GET /api/messages` lists. */
  readonly messages: Message[];
  readonly posted: PostMessage[];
  readonly drafts: Map<string, Draft>;
  /** Every call, as `name argument`. */
  readonly calls: string[];
  conversation: Partial<Conversation>;
  /** What the next calls of that name end with; after these they are answered. */
  fail(name: string, ...errors: KithApiError[]): void;
  /** Calls of that name hang until `release`. */
  hold(name: string): void;
  release(name: string): void;
  /** No call is answered any more; the stream is lost. */
  kill(): void;
  /** On the same data. */
  start(): void;
  /** As `start`, and the log is another one. */
  startAnew(): void;
  tell(type: LogEntry["type"], data: unknown): void;
  tellMessage(told: Message): void;
}

export function createScriptedNode(options: { readonly since?: string } = {}): ScriptedNode {
  const messages: Message[] = [];
  const posted: PostMessage[] = [];
  const drafts = new Map<string, Draft>();
  const calls: string[] = [];
  const failures = new Map<string, KithApiError[]>();
  const held = new Map<string, (() => void)[]>();
  const listeners = new Map<keyof ClientEvents, Set<(event: never) => void>>();
  const heard = (name: keyof ClientEvents): Set<(event: never) => void> => {
    const own = listeners.get(name) ?? new Set();
    listeners.set(name, own);
    return own;
  };
  let alive = true;
  let logName = "log";
  let cursor = 0;
  let stream: { onEntry: (entry: LogEntry) => void; onEnd: (error: KithApiError | null) => void } | null =
    null;
  let resumeAt: string | undefined = options.since;

  const emit = <Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void => {
    for (const listener of heard(name)) listener(event as never);
  };

  async function call<T>(
    name: string,
    argument: string,
    answer: () => T,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> {
    calls.push(argument === "" ? name : `${name} ${argument}`);
    const gates = held.get(name);
    if (gates !== undefined) {
      await new Promise<void>((resolve) => {
        gates.push(resolve);
        signal?.addEventListener("abort", () => resolve());
      });
    }
    signal?.throwIfAborted();
    const failure = failures.get(name)?.shift();
    if (failure !== undefined) throw failure;
    if (!alive) throw noAnswer();
    return answer();
  }

  function connect(): void {
    if (stream === null) return;
    if (!alive) {
      emit("status", "waiting");
      return;
    }
    if (resumeAt !== undefined && !resumeAt.startsWith(logName)) {
      const { onEnd } = stream;
      stream = null;
      onEnd(refusal(404, "CURSOR_UNKNOWN"));
      return;
    }
    emit("status", "open");
    emit("connect", { cursor: resumeAt ?? `${logName}-${cursor}` });
  }

  function list(query: { before?: string; after?: string; limit?: number }): {
    items: Message[];
    next: string | null;
  } {
    const { before, after, limit = 50 } = query;
    const at = messages.findIndex(({ id }) => id === (before ?? after));
    const all =
      after === undefined ? messages.slice(0, before === undefined ? undefined : at) : messages.slice(at + 1);
    const items = after === undefined ? all.slice(-limit) : all.slice(0, limit);
    const more = all.length > items.length;
    return { items, next: more ? ((after === undefined ? items[0] : items.at(-1))?.id ?? null) : null };
  }

  function store(post: PostMessage): Message {
    const known = messages.find(({ clientId }) => clientId !== undefined && clientId === post.clientId);
    if (known !== undefined) return known;
    posted.push(post);
    const { text } = post;
    const clientId = post.clientId ?? undefined;
    const replyTo = post.replyTo ?? undefined;
    const stored = message({
      text,
      author: SELF,
      device: "device-self",
      ...(clientId === undefined ? null : { clientId }),
      ...(replyTo === undefined ? null : { replyTo }),
    });
    messages.push(stored);
    if (clientId !== undefined && drafts.get(CHANNEL)?.clientId === clientId) drafts.delete(CHANNEL);
    return stored;
  }

  function alter(id: string, facts: Partial<Message>): Message {
    const at = messages.findIndex((each) => each.id === id);
    const before = messages[at];
    if (before === undefined) throw refusal(404, "UNKNOWN_MESSAGE");
    messages[at] = { ...before, ...facts };
    return messages[at];
  }

  const node: ScriptedNode = {
    messages,
    posted,
    drafts,
    calls,
    conversation: {},
    fail: (name, ...errors) => void failures.set(name, errors),
    hold: (name) => void held.set(name, []),
    release(name) {
      const gates = held.get(name) ?? [];
      held.delete(name);
      for (const open of gates) open();
    },
    kill() {
      alive = false;
      emit("status", "waiting");
    },
    start() {
      alive = true;
      connect();
    },
    startAnew() {
      logName = `${logName}+`;
      node.start();
    },
    tell(type, data) {
      cursor += 1;
      resumeAt = `${logName}-${cursor}`;
      stream?.onEntry({ cursor: resumeAt, type, at: new Date(0).toISOString(), data });
    },
    tellMessage(told) {
      if (!messages.some(({ id }) => id === told.id)) messages.push(told);
      node.tell("message", told);
    },
    client: {
      health: () => call("health", "", () => ({ status: "ok" as const })),
      me: () =>
        call("me", "", () => ({
          nodeId: "device-self",
          person: SELF,
          name: "Self",
          visibility: "members" as const,
        })),
      status: () => call("status", "", () => ({ visibility: "members" })),
      peers: () => call("peers", "", () => ({ items: [], next: null })),
      settings: () => call("settings", "", () => ({ theme: "dark" as const })),
      changeSettings: (change: { theme: string }) => call("changeSettings", change.theme, () => change),
      spaces: () => call("spaces", "", () => ({ items: [], next: null })),
      joins: () => call("joins", "", () => ({ items: [], next: null })),
      requests: () => call("requests", "", () => ({ items: [], next: null })),
      joinRequests: () => call("joinRequests", "", () => ({ items: [], next: null })),
      people: () => call("people", "", () => ({ items: [], next: null })),
      blocks: () => call("blocks", "", () => ({ items: [], next: null })),
      conversations: () =>
        call("conversations", "", () => ({
          items: [
            {
              space: SPACE,
              spaceName: "Space",
              spaceKind: "community",
              role: "owner",
              state: "ready",
              channel: CHANNEL,
              name: "general",
              members: 2,
              last: messages.at(-1) ?? null,
              unread: 0,
              mentions: 0,
              readUpTo: null,
              draft: drafts.get(CHANNEL) ?? null,
              place: null,
              ...node.conversation,
            },
          ],
          next: null,
        })),
      messages: (query: Parameters<typeof list>[0] = {}) =>
        call("messages", JSON.stringify(query), () => list(query)),
      message: (id: string) =>
        call("message", id, () => {
          const found = messages.find((each) => each.id === id);
          if (found === undefined) throw refusal(404, "UNKNOWN_MESSAGE");
          return found;
        }),
      post: (post: PostMessage, options?: { signal?: AbortSignal }) =>
        call("post", post.text, () => store(post), options),
      editMessage: (id: string, text: string) =>
        call("editMessage", `${id} ${text}`, () => alter(id, { text, editedAt: new Date(0).toISOString() })),
      deleteMessage: (id: string) =>
        call("deleteMessage", id, () => alter(id, { text: "", deleted: true, reactions: [] })),
      react: (id: string, emoji: string) => call("react", `${id} ${emoji}`, () => undefined),
      unreact: (id: string, emoji: string) => call("unreact", `${id} ${emoji}`, () => undefined),
      saveDraft: (
        channel: string,
        draft: { text: string; replyTo?: string | null; clientId?: string | null },
      ) =>
        call("saveDraft", draft.text, () => {
          const { text, replyTo = null, clientId = null } = draft;
          if (text === "" && replyTo === null) drafts.delete(channel);
          else drafts.set(channel, { text, replyTo, clientId, at: new Date(0).toISOString() });
          return { draft: drafts.get(channel) ?? null };
        }),
      markRead: (_channel: string, id: string) => call("markRead", id, () => ({ readUpTo: id, unread: 0 })),
      savePlace: (_channel: string, place: { message: string }) =>
        call("savePlace", place.message, () => place),
      subscribe(
        { since }: { since?: string },
        onEntry: (entry: LogEntry) => void,
        onEnd: (error: KithApiError | null) => void = () => undefined,
      ) {
        const own = { onEntry, onEnd };
        stream = own;
        resumeAt = since;
        // As the real one: nothing is reported before the caller holds its handle.
        queueMicrotask(() => stream === own && connect());
        return () => {
          if (stream === own) stream = null;
        };
      },
      on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void) {
        heard(name).add(listener);
        return () => heard(name).delete(listener);
      },
      // Only what the hooks call: the rest is not there to be called.
    } as unknown as KithClient,
  };
  return node;
}
