/** The list of conversations: the node's answer, kept fresh by the log between two answers. */
import type { Conversation, Draft, Message } from "@kith/contract";
import { changeConversation, takeMessage, takeName } from "./conversations.ts";
import type { Reader } from "./conversations.ts";
import { createList } from "./lists.ts";
import type { ListOptions } from "./lists.ts";
import type { Readable } from "./cell.ts";
import type { ConversationsView } from "./types.ts";

/** Where many write at once the node is asked for its counts once a second. */
const RECOUNT_MS = 1_000;

export interface ConversationList {
  readonly view: Readable<ConversationsView>;
  find(channel: string): Conversation | null;
  isLoaded(): boolean;
  take(message: Message): void;
  renamed(person: string, name: string): void;
  change(channel: string, change: (conversation: Conversation) => Conversation): void;
  refresh(): Promise<void>;
  soon(): void;
  close(): void;
}

export function createConversationList(
  options: ListOptions & {
    reader(): Reader;
    /** Before the node is asked: how far each draft is here. */
    draftStamps(): ReadonlyMap<string, number | null>;
    onDrafts(drafts: ReadonlyMap<string, Draft | null>, stamps: ReadonlyMap<string, number | null>): void;
  },
): ConversationList {
  /** Messages that came while an answer was under way, which may or may not count them. */
  let crossed = 0;
  let asking = false;

  const list = createList<Conversation, ConversationsView>({
    ...options,
    isAlways: true,
    async ask() {
      const stamps = options.draftStamps();
      crossed = 0;
      asking = true;
      try {
        const { items } = await options.client.conversations();
        options.onDrafts(new Map(items.map(({ channel, draft }) => [channel, draft])), stamps);
        if (crossed > 0) list.soon(RECOUNT_MS);
        return items;
      } finally {
        asking = false;
      }
    },
    show: ({ items, ...listing }) => ({ conversations: items, ...listing, mute }),
  });

  async function mute(channel: string, muted: boolean): Promise<void> {
    const { muted: isMuted } = await options.client.mute(channel, muted);
    put(changeConversation(list.items() ?? [], channel, (before) => ({ ...before, muted: isMuted })));
  }

  function put(next: readonly Conversation[]): void {
    if (next !== list.items()) list.put(next);
  }

  return {
    view: list.view,
    find: (channel) => list.items()?.find((each) => each.channel === channel) ?? null,
    isLoaded: () => list.items() !== null,
    take(message) {
      if (asking) crossed += 1;
      const before = list.items();
      if (before === null) return;
      const { conversations, isStale } = takeMessage(before, message, options.reader());
      put(conversations);
      if (isStale) list.soon(RECOUNT_MS);
    },
    renamed: (person, name) => put(takeName(list.items() ?? [], person, name)),
    change(channel, change) {
      const before = list.items();
      if (before !== null) put(changeConversation(before, channel, change));
    },
    refresh: list.refresh,
    soon: () => list.soon(),
    close: list.close,
  };
}
