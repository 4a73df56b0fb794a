/** The conversations that were looked at last, for going back and forth. */
import type { Thread } from "./thread.ts";
import type { ConversationRef } from "./types.ts";

/** Windows kept for going back and forth; each is at most 300 rows. */
const THREADS_MAX = 6;

export interface Threads {
  of(conversation: ConversationRef): Thread;
  /** null: it was not looked at, or long ago. */
  find(channel: string): Thread | null;
  each(run: (thread: Thread) => void): void;
  /** A text of the person's is nowhere but in one of them. */
  hasUnsent(): boolean;
}

export function createThreads(make: (conversation: ConversationRef) => Thread): Threads {
  const threads = new Map<string, Thread>();

  function forgetOld(newest: string): void {
    for (const [channel, thread] of threads) {
      if (threads.size <= THREADS_MAX) return;
      if (channel === newest || thread.isWatched() || thread.hasUnsent()) continue;
      thread.close();
      threads.delete(channel);
    }
  }

  return {
    of(conversation) {
      const { channel } = conversation;
      const known = threads.get(channel);
      if (known !== undefined) return known;
      const thread = make(conversation);
      threads.set(channel, thread);
      forgetOld(channel);
      return thread;
    },
    find: (channel) => threads.get(channel) ?? null,
    each(run) {
      for (const thread of threads.values()) run(thread);
    },
    hasUnsent: () => [...threads.values()].some((thread) => thread.hasUnsent()),
  };
}
