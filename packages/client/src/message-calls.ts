/** What is done to messages that are there, or will be: calls of the client. */
import type {
  ChangeChannel,
  Channel,
  Message,
  MessageVersion,
  Pin,
  Report,
  ReportSent,
} from "@kith/contract";
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
  /** How long what everybody posts in the channel from now on is kept; of an open one for owners and admins. */
  changeChannel(space: string, channel: string, change: ChangeChannel): Promise<Channel>;
  /** To owners and admins of its space: they alone can read it, and not who wrote the message. reason: at most 280 characters. */
  report(message: string, reason?: string): Promise<ReportSent>;
  /** Not handled yet, oldest first; for owners and admins. */
  reports(space: string): Promise<List<Report>>;
  /** On this node. */
  handleReport(report: string): Promise<void>;
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
    changeChannel: (space, channel, change) =>
      call("PATCH", `/api/spaces/${part(space)}/channels/${part(channel)}`, { body: change }),
    report: (message, reason) =>
      call("POST", `/api/messages/${part(message)}/report`, { body: reason === undefined ? {} : { reason } }),
    reports: (space) => call("GET", `/api/spaces/${part(space)}/reports`),
    handleReport: (report) => call("POST", `/api/reports/${part(report)}/handled`),
  };
}
