/** Messages and reactions of this device: one durable commit for whatever is posted together, once for each client id. */
import { checkEmoji, checkText, isId32 } from "@kith/core";
import type { EventId, MessageRow } from "@kith/core";
import { checked } from "./checked.ts";
import type { LocalWrite } from "./author.ts";
import type { Conversations } from "./conversations.ts";
import { CLIENT_ID_CHARS_MAX } from "./limits.ts";
import type { NodeParts } from "./node.ts";
import type { Replica } from "./replica.ts";
import { unknownMessage } from "./queries.ts";
import { ServiceError } from "./service.ts";
import type { Message, PostMessage } from "./service.ts";

export interface Poster {
  /** Each answered in order. */
  post(messages: readonly PostMessage[]): Promise<readonly (Message | ServiceError)[]>;
  react(message: string, emoji: string, present: boolean): Promise<void>;
  /** On disk, or on its way there. */
  isPosted(clientId: string): boolean;
}

interface Planned {
  readonly write: LocalWrite;
  readonly settle: (row: MessageRow | ServiceError) => void;
  readonly fail: (error: unknown) => void;
}

export function createPoster(
  { author, queries, options, talks }: NodeParts,
  drafts: Pick<Conversations, "sent">,
): Poster {
  const { store } = options;
  /** Posts with a client id that are not on disk yet. */
  const underWay = new Map<string, Promise<MessageRow | ServiceError>>();

  function plan(message: PostMessage): LocalWrite {
    const replica = queries.replica(message.space);
    const channel = queries.channel(replica, message.channel);
    checkTalk(replica);
    if (message.text.trim() === "") {
      throw new ServiceError("BAD_INPUT", "The message is empty.", "Write something.");
    }
    const text = checked(() => checkText(message.text));
    if (message.replyTo !== undefined && !isId32(message.replyTo)) {
      throw new ServiceError(
        "UNKNOWN_MESSAGE",
        "replyTo is not a message id.",
        "Use the id of the message that is answered.",
      );
    }
    const replyTo = (message.replyTo ?? null) as EventId | null;
    return {
      scope: channel.scope,
      epoch: author.sendKeys(channel.scope).epoch,
      ...messageOf({ channel: channel.id, text, replyTo }, queries.expiryOf(replica, channel)),
      clientId: message.clientId ?? null,
    };
  }

  /** To a person whom one has blocked, and where nobody reads any more, nothing is written. */
  function checkTalk({ space }: Replica): void {
    const other = talks.companion(space);
    if (other !== null && talks.quiet.isBlocked(other))
      throw new ServiceError("NOT_ALLOWED", "You have blocked this person.", "Unblock them first.");
    if (talks.isAway(space))
      throw new ServiceError(
        "NOT_ALLOWED",
        "This conversation goes on in another one with the same person.",
        "Open the conversation with them again.",
      );
  }

  /** Where no epoch may be used any more, one is made first; what is wrong with a message is told later. */
  async function ensureKeys(messages: readonly PostMessage[]): Promise<void> {
    for (const { space, channel } of messages) {
      try {
        const { scope } = queries.channel(queries.replica(space), channel);
        if (!author.hasKeys(scope)) await author.ensureKeys(scope);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
    }
  }

  async function post(messages: readonly PostMessage[]): Promise<readonly (Message | ServiceError)[]> {
    await ensureKeys(messages);
    const answers: Promise<MessageRow | ServiceError>[] = [];
    const planned: Planned[] = [];
    for (const message of messages) {
      try {
        const known = repeated(message.clientId);
        if (known) {
          answers.push(known);
          continue;
        }
        const write = plan(message);
        const { promise, resolve, reject } = Promise.withResolvers<MessageRow | ServiceError>();
        // Thrown below to whoever asked; whoever asked first is not the only one.
        promise.catch(() => undefined);
        answers.push(promise);
        if (message.clientId !== undefined) remember(message.clientId, promise);
        planned.push({ write, settle: resolve, fail: reject });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        answers.push(Promise.resolve(error));
      }
    }
    await commit(planned);
    const rows = await Promise.all(answers);
    return rows.map((row) => (row instanceof ServiceError ? row : queries.render(row, { fresh: true })));
  }

  async function commit(planned: readonly Planned[]): Promise<void> {
    if (planned.length === 0) return;
    const { writes, undo } = drafts.sent(clientIdsOf(planned));
    try {
      const { ids, committed } = await author.write(
        planned.map(({ write }) => write),
        { meta: writes },
      );
      for (const [index, { settle }] of planned.entries()) {
        const row = committed.messages.get(ids[index] as EventId);
        if (!row) throw new Error("POST_INVARIANT: a message that was stored shows no row");
        settle(row);
      }
      for (const space of new Set([...committed.messages.values()].map((row) => row.space)))
        talks
          .said(space)
          .catch((error: unknown) => options.log.warn("direct:not-asked", { error: String(error) }));
    } catch (error) {
      undo();
      // Whatever it was, nobody waits for ever, and the client id is free again.
      for (const { settle, fail } of planned) {
        if (error instanceof ServiceError) settle(error);
        else fail(error);
      }
    }
  }

  function repeated(clientId: string | undefined): Promise<MessageRow | ServiceError> | null {
    if (clientId === undefined) return null;
    if (clientId.length === 0 || clientId.length > CLIENT_ID_CHARS_MAX) {
      throw new ServiceError(
        "BAD_INPUT",
        `A clientId has 1 to ${CLIENT_ID_CHARS_MAX} characters.`,
        "Use a UUID.",
      );
    }
    const pending = underWay.get(clientId);
    if (pending) return pending;
    const stored = store.messageByClientId(clientId);
    return stored ? Promise.resolve(stored) : null;
  }

  function remember(clientId: string, answer: Promise<MessageRow | ServiceError>): void {
    underWay.set(clientId, answer);
    const forget = (): boolean => underWay.delete(clientId);
    answer.then(forget, forget);
  }

  return {
    post,
    isPosted: (clientId) => underWay.has(clientId) || store.messageByClientId(clientId) !== null,
    async react(message, emoji, present) {
      const { id, space, channel, early } = queries.message(message);
      // In no set yet, and perhaps never: nothing may rest on it.
      if (early === true) throw unknownMessage(message);
      const replica = queries.replica(space);
      const { scope } = queries.channel(replica, channel);
      await author.write([
        {
          scope,
          epoch: (await author.ensureKeys(scope)).epoch,
          body: { type: "reaction.set", message: id, emoji: checked(() => checkEmoji(emoji)), present },
        },
      ]);
    },
  };
}

/** For good, or for these seconds. */
export function messageOf(
  message: Pick<MessageRow, "channel" | "text" | "replyTo">,
  lifetimeS: number | null,
): Pick<LocalWrite, "body" | "lifetimeS"> {
  return lifetimeS === null
    ? { body: { type: "message.post", ...message } }
    : { body: { type: "message.expire", ...message }, lifetimeS };
}

function clientIdsOf(planned: readonly Planned[]): Set<string> {
  return new Set(planned.flatMap(({ write }) => write.clientId ?? []));
}
