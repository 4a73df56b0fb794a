/** The part of a node's service about what is done to messages, answered from memory. */
import type { LogType } from "@kith/core";
import type { KithService, Message } from "@kith/node";

export function createMessageDouble({
  append,
  findMessage,
}: {
  append(type: LogType, data: unknown): void;
  findMessage(id: string): Message;
}): Pick<
  KithService,
  "editMessage" | "deleteMessage" | "messageVersions" | "pin" | "pins" | "react" | "unreact"
> {
  return {
    editMessage: async (id, text) => Object.assign(findMessage(id), { text, editedMs: 1_777_900_000_000 }),
    deleteMessage: async (id) => Object.assign(findMessage(id), { text: "", deleted: true }),
    messageVersions: (id) => [{ text: findMessage(id).text, atMs: findMessage(id).atMs }],
    async pin(id, present) {
      append("edit", null);
      return Object.assign(findMessage(id), { pinned: present });
    },
    pins: () => [],
    async react(message, emoji) {
      append("reaction", { message: findMessage(message).id, emoji });
    },
    async unreact(message, emoji) {
      append("reaction", { message: findMessage(message).id, emoji, present: false });
    },
  };
}
