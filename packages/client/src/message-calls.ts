/** What is done to messages that are there: calls of the client. */
import type { Message, MessageVersion, Pin } from "@kith/contract";
import type { List } from "./client.ts";
import type { Http } from "./http.ts";

export interface MessageCalls {
  /** Of one's own. What it said before stays readable. */
  editMessage(message: string, text: string): Promise<Message>;
  /** For everybody: of one's own, or as an admin. */
  deleteMessage(message: string): Promise<Message>;
  /** What it has said, oldest first. */
  messageVersions(message: string): Promise<List<MessageVersion>>;
  /** In its channel. */
  pin(message: string): Promise<Message>;
  unpin(message: string): Promise<Message>;
  /** The last pinned first. */
  pins(space: string, channel: string): Promise<List<Pin>>;
}

export function createMessageCalls(call: Http["call"]): MessageCalls {
  const part = encodeURIComponent;
  return {
    editMessage: (message, text) => call("PATCH", `/api/messages/${part(message)}`, { body: { text } }),
    deleteMessage: (message) => call("DELETE", `/api/messages/${part(message)}`),
    messageVersions: (message) => call("GET", `/api/messages/${part(message)}/edits`),
    pin: (message) => call("POST", `/api/messages/${part(message)}/pin`),
    unpin: (message) => call("DELETE", `/api/messages/${part(message)}/pin`),
    pins: (space, channel) => call("GET", `/api/spaces/${part(space)}/channels/${part(channel)}/pins`),
  };
}
