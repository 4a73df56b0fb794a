/** Whether anything may go out in a conversation, as the page says: asked once, and anew when what it goes by may have changed. */
import type { Host } from "./host.ts";
import type { ConversationRef, Failure, KithStoreOptions } from "./types.ts";

/** A page that does not answer is taken for a node that does not. */
const ASK_MS_MAX = 15_000;

/** It has no words that could be lost, and so is not kept until it may go: whoever gave it sees why it is gone. */
export const HELD_BACK: Failure = {
  code: "HELD_BACK",
  message: "nothing is sent here for now",
  next: "see what stands where one writes, then react again",
};

export interface Gate {
  /** true at once where it was answered so since it was last to be asked anew, and every change since was heard. Rejects as the page does. */
  mayGo(conversation: ConversationRef, signal?: AbortSignal): true | Promise<boolean>;
  /** Who reads in a conversation, or what is known of them, may have changed: what was answered counts no more. */
  forget(): void;
}

interface GateOptions {
  readonly host: Host;
  readonly mayPost: KithStoreOptions["mayPost"];
  /** The stream is there: a change that matters is told. */
  isOpen(): boolean;
}

export function createGate({ host, mayPost, isOpen }: GateOptions): Gate {
  /** Conversations in which one may, as was answered since it was last to be asked anew. */
  let cleared = new Set<string>();

  async function ask(
    { space, channel }: ConversationRef,
    may: NonNullable<KithStoreOptions["mayPost"]>,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (;;) {
      const asked = cleared;
      const answer = await may({ space, channel }, signal);
      // Asked before the last change, it says nothing about what is now.
      if (asked !== cleared) continue;
      if (answer) cleared.add(channel);
      return answer;
    }
  }

  return {
    mayGo(conversation, signal) {
      if (mayPost === undefined || (isOpen() && cleared.has(conversation.channel))) return true;
      if (signal !== undefined) return ask(conversation, mayPost, signal);
      const giveUp = new AbortController();
      const cancel = host.after(ASK_MS_MAX, () => giveUp.abort());
      return ask(conversation, mayPost, giveUp.signal).finally(cancel);
    },
    forget() {
      cleared = new Set();
    },
  };
}
