/** The part of a node's service about what is done to messages, answered from memory. */
import type { DeviceId, EventId, LogType, PersonId } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { KithService, Message, MessageVersion, ReportInfo, SpaceInfo } from "@kith/node";

export function createMessageDouble({
  append,
  findMessage,
  findSpace,
}: {
  append(type: LogType, data: unknown): void;
  findMessage(id: string): Message;
  findSpace(idOrName: string): SpaceInfo;
}): Pick<
  KithService,
  | "editMessage"
  | "deleteMessage"
  | "messageVersions"
  | "deliveryOf"
  | "pin"
  | "pins"
  | "react"
  | "unreact"
  | "report"
  | "reports"
  | "handleReport"
> {
  const findChannel = (space: string, idOrName: string): string => {
    const found = findSpace(space).channels.find(({ id, name }) => id === idOrName || name === idOrName);
    if (found === undefined)
      throw new ServiceError("UNKNOWN_CHANNEL", "there is no such channel", "list the channels");
    return found.id;
  };
  const reports: ReportInfo[] = [];
  /** What those said before that were changed. */
  const earlier = new Map<string, MessageVersion[]>();
  const pinned: Message[] = [];
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
    async editMessage(id, text) {
      const message = findMessage(id);
      const said = { text: message.text, atMs: message.editedMs ?? message.atMs };
      earlier.set(message.id, [...(earlier.get(message.id) ?? []), said]);
      return Object.assign(message, { text, editedMs: 1_777_900_000_000 });
    },
    deleteMessage: async (id) => Object.assign(findMessage(id), { text: "", deleted: true }),
    messageVersions(id) {
      const { deleted, text, atMs, editedMs } = findMessage(id);
      return deleted ? [] : [...(earlier.get(id) ?? []), { text, atMs: editedMs ?? atMs }];
    },
    /** As if another device of the author's had it, and one of two of somebody else's waited for its key. */
    deliveryOf(id) {
      const { author, authorName } = findMessage(id);
      const lastSeenMs = 1_777_800_000_000;
      const own = { person: author, name: authorName, deviceName: null, self: false, connected: true };
      const ben = { person: "be".repeat(32) as PersonId, name: "Ben", self: false, connected: false };
      const of = (digit: string): DeviceId => digit.repeat(64) as DeviceId;
      return [
        { ...own, device: of("c"), state: "kept", lastSeenMs },
        { ...ben, device: of("d"), deviceName: "Phone", state: "waits", lastSeenMs },
        { ...ben, device: of("e"), deviceName: "Laptop", state: "key", lastSeenMs: null },
      ];
    },
    async pin(id, present) {
      append("edit", null);
      const message = Object.assign(findMessage(id), { pinned: present });
      const at = pinned.indexOf(message);
      if (at >= 0) pinned.splice(at, 1);
      if (present) pinned.unshift(message);
      return message;
    },
    pins: (space, channel) =>
      pinned
        .filter((message) => message.channel === findChannel(space, channel))
        .map((message) => ({ message, by: message.author, byName: message.authorName, atMs: message.atMs })),
    async react(message, emoji) {
      append("reaction", { message: findMessage(message).id, emoji });
    },
    async unreact(message, emoji) {
      append("reaction", { message: findMessage(message).id, emoji, present: false });
    },
  };
}
