/** What is done to messages that are there: calls of the client. */
import type { DeviceDelivery, Message, MessageVersion, Pin, Report, ReportSent } from "@kith/contract";
import type { CallSignal, List } from "./calls.ts";
import type { Http } from "./http.ts";

export interface MessageCalls {
  /** Of one's own. What it said before stays readable. */
  editMessage(message: string, text: string, options?: CallSignal): Promise<Message>;
  /** For everybody: of one's own, or as an admin. */
  deleteMessage(message: string, options?: CallSignal): Promise<Message>;
  /** What it has said, oldest first. */
  messageVersions(message: string, options?: CallSignal): Promise<List<MessageVersion>>;
  /** Of every device that it is for, whether it has it, and else why not. */
  deliveryOf(message: string, options?: CallSignal): Promise<List<DeviceDelivery>>;
  /** In its channel. */
  pin(message: string, options?: CallSignal): Promise<Message>;
  unpin(message: string, options?: CallSignal): Promise<Message>;
  /** The last pinned first. */
  pins(space: string, channel: string, options?: CallSignal): Promise<List<Pin>>;
  /** To owners and admins of its space: they alone can read it, and not who wrote the message. reason: at most 280 characters. */
  report(message: string, reason?: string, options?: CallSignal): Promise<ReportSent>;
  /** Not handled yet, oldest first; for owners and admins. */
  reports(space: string, options?: CallSignal): Promise<List<Report>>;
  /** On this node. */
  handleReport(report: string, options?: CallSignal): Promise<void>;
}

export function createMessageCalls(call: Http["call"]): MessageCalls {
  const part = encodeURIComponent;
  return {
    editMessage: (message, text, options) =>
      call("PATCH", `/api/messages/${part(message)}`, { body: { text }, ...options }),
    deleteMessage: (message, options) => call("DELETE", `/api/messages/${part(message)}`, options),
    messageVersions: (message, options) => call("GET", `/api/messages/${part(message)}/edits`, options),
    deliveryOf: (message, options) => call("GET", `/api/messages/${part(message)}/delivery`, options),
    pin: (message, options) => call("POST", `/api/messages/${part(message)}/pin`, options),
    unpin: (message, options) => call("DELETE", `/api/messages/${part(message)}/pin`, options),
    pins: (space, channel, options) =>
      call("GET", `/api/spaces/${part(space)}/channels/${part(channel)}/pins`, options),
    report: (message, reason, options) =>
      call("POST", `/api/messages/${part(message)}/report`, {
        body: reason === undefined ? {} : { reason },
        ...options,
      }),
    reports: (space, options) => call("GET", `/api/spaces/${part(space)}/reports`, options),
    handleReport: (report, options) => call("POST", `/api/reports/${part(report)}/handled`, options),
  };
}
