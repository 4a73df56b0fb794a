/** The list of conversations as entries of the log change it. Pure; where only the node can tell, it says so. */
import type { Conversation, Message } from "@kith/contract";

export interface Reader {
  readonly person: string;
  readonly name: string;
  /** The reader sees the end of this conversation right now. */
  isReading(channel: string): boolean;
}

/** Beyond it the node does not count, nor do we. */
const UNREAD_MAX = 999;

export interface Taken {
  readonly conversations: readonly Conversation[];
  /** The node must be asked: a message came that may be older than what is read. */
  readonly isStale: boolean;
}

export function mentions(text: string, name: string): boolean {
  return name !== "" && text.toLowerCase().includes(`@${name.toLowerCase()}`);
}

export function takeMessage(conversations: readonly Conversation[], message: Message, reader: Reader): Taken {
  const index = conversations.findIndex(({ channel }) => channel === message.channel);
  const before = conversations[index];
  if (before === undefined) return { conversations, isStale: true };
  if (before.last?.id === message.id) return { conversations, isStale: false };
  // Arrived late, or told already by the list: counting it here might count it twice.
  if (before.last !== null && message.at <= before.last.at) return { conversations, isStale: true };
  const counts =
    message.author !== reader.person && message.blocked !== true && !reader.isReading(message.channel);
  const add = (count: number, more: boolean): number =>
    counts && more ? Math.min(UNREAD_MAX, count + 1) : count;
  const next: Conversation = {
    ...before,
    last: message,
    unread: add(before.unread, true),
    mentions: add(before.mentions, mentions(message.text, reader.name)),
  };
  return { conversations: [next, ...conversations.toSpliced(index, 1)], isStale: false };
}

export function changeConversation(
  conversations: readonly Conversation[],
  channel: string,
  change: (conversation: Conversation) => Conversation,
): readonly Conversation[] {
  const index = conversations.findIndex((each) => each.channel === channel);
  const before = conversations[index];
  if (before === undefined) return conversations;
  const next = change(before);
  return next === before ? conversations : conversations.with(index, next);
}

export function takeName(
  conversations: readonly Conversation[],
  person: string,
  name: string,
): readonly Conversation[] {
  return conversations.map((each) =>
    each.last?.author === person && each.last.authorName !== name
      ? { ...each, last: { ...each.last, authorName: name } }
      : each,
  );
}
