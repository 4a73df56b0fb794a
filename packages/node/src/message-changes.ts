/** Edits and deletions of messages, as this device writes them and as their history is read. spec/space SP140-SP145. */
import { checkText } from "@kith/core";
import type { Body } from "@kith/core";
import { compareActs, settlePin } from "@kith/core/acts";
import { checked } from "./checked.ts";
import { PINS_MAX } from "./limits.ts";
import type { NodeParts } from "./node.ts";
import { reopen } from "./reopen.ts";
import { ServiceError } from "./service.ts";
import type { Message, MessageVersion, PinInfo } from "./service.ts";

export interface MessageChanges {
  /** Throws UNKNOWN_MESSAGE, NOT_ALLOWED, MESSAGE_DELETED, BAD_INPUT, TEXT_TOO_LONG. */
  edit(message: string, text: string): Promise<Message>;
  /** Deleting what is deleted changes nothing. Throws UNKNOWN_MESSAGE, NOT_ALLOWED. */
  remove(message: string): Promise<Message>;
  /** Oldest first, the text as it was posted included; none of a deleted message. Throws UNKNOWN_MESSAGE. */
  versions(message: string): MessageVersion[];
  /** Repeated it changes nothing. Throws UNKNOWN_MESSAGE, MESSAGE_DELETED, PINS_FULL. */
  pin(message: string, present: boolean): Promise<Message>;
  /** Pinned last first. Throws UNKNOWN_SPACE, UNKNOWN_CHANNEL. */
  pins(space: string, channel: string): PinInfo[];
}

export function createMessageChanges({
  author,
  queries,
  ledger,
  options,
  identity,
}: NodeParts): MessageChanges {
  const { store } = options;

  async function write(message: Message, body: Body): Promise<Message> {
    const { scope } = queries.channel(queries.replica(message.space), message.channel);
    await author.write([{ scope, epoch: (await author.ensureKeys(scope)).epoch, body }]);
    return queries.message(message.id);
  }

  function isAdmin({ space }: Message): boolean {
    const role = queries.replica(space).membership.state().members.get(identity().person)?.role;
    return role === "owner" || role === "admin";
  }

  return {
    async edit(id, text) {
      const message = queries.message(id);
      if (message.author !== identity().person)
        throw new ServiceError("NOT_ALLOWED", "This message is somebody else's.", "Answer it instead.");
      if (message.deleted)
        throw new ServiceError("MESSAGE_DELETED", "This message was deleted.", "Write a new one.");
      if (text.trim() === "")
        throw new ServiceError("BAD_INPUT", "The message is empty.", "Write something, or delete it.");
      const next = checked(() => checkText(text));
      if (next === message.text) return message;
      return write(message, { type: "message.edit", message: message.id, text: next });
    },
    async remove(id) {
      const message = queries.message(id);
      if (message.deleted) return message;
      if (message.author !== identity().person && !isAdmin(message))
        throw new ServiceError(
          "NOT_ALLOWED",
          "This message is somebody else's.",
          "Ask its author, or an admin of the space.",
        );
      return write(message, { type: "message.delete", message: message.id });
    },
    async pin(id, present) {
      const message = queries.message(id);
      if (message.deleted)
        throw new ServiceError("MESSAGE_DELETED", "This message was deleted.", "Pin another.");
      if (message.pinned === present) return message;
      if (present && store.pinned(message.channel).length >= PINS_MAX)
        throw new ServiceError(
          "PINS_FULL",
          `${PINS_MAX} messages are pinned in this channel.`,
          "Take one of them down first.",
        );
      return write(message, { type: "message.pin", message: message.id, present });
    },
    pins(space, channel) {
      const { id } = queries.channel(queries.replica(space), channel);
      const pinned = store.pinned(id).flatMap((row) => {
        const act = settlePin(row, store.acts(row.id));
        return act === null ? [] : { act, row };
      });
      return pinned
        .sort((a, b) => compareActs(b.act, a.act))
        .slice(0, PINS_MAX)
        .map(({ act, row }) => ({
          message: queries.message(row.id),
          by: act.author,
          byName: queries.nameOf(act.author),
          atMs: act.timeMs,
        }));
    },
    versions(id) {
      const message = queries.message(id);
      const stored = store.event(message.id);
      const first = stored && reopen(stored.outer, ledger.keys);
      if (message.deleted || (first?.body?.type !== "message.post" && first?.body?.type !== "message.expire"))
        return [];
      const edits = store
        .acts(message.id)
        .filter((act) => act.kind === "edit" && act.author === message.author);
      return [
        { text: first.body.text, atMs: message.atMs },
        ...edits.map(({ text, timeMs }) => ({ text: text ?? "", atMs: timeMs })),
      ];
    },
  };
}
