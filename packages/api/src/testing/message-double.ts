/** The part of a node's service about what is done to messages, answered from memory. */
import type { EventId, LogType } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { KithService, Message, ReportInfo } from "@kith/node";

export function createMessageDouble({
  append,
  findMessage,
}: {
  append(type: LogType, data: unknown): void;
  findMessage(id: string): Message;
}): Pick<
  KithService,
  | "editMessage"
  | "deleteMessage"
  | "messageVersions"
  | "pin"
  | "pins"
  | "react"
  | "unreact"
  | "report"
  | "reports"
  | "handleReport"
> {
  const reports: ReportInfo[] = [];
  return {
    async report(id, reason) {
      const { space, author, authorName, atMs, ...message } = findMessage(id);
      const known = reports.find(({ messageId }) => messageId === message.id);
      if (known) return { id: known.id, message: message.id };
      const report = message.id.replace(/^./, "f") as EventId;
      const reported = { ...message, space, author, authorName, atMs };
      reports.push({
        id: report,
        space,
        messageId: message.id,
        message: reported,
        by: author,
        byName: authorName,
        reason,
        atMs,
      });
      append("report", { space, change: "new", report, message: message.id, by: author });
      return { id: report, message: message.id };
    },
    reports: () => [...reports],
    async handleReport(id) {
      const at = reports.findIndex((report) => report.id === id);
      if (at < 0)
        throw new ServiceError("UNKNOWN_REPORT", "There is no such report here.", "List the reports.");
      reports.splice(at, 1);
    },
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
