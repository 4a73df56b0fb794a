/**
 * What a message has said and where it is, what is pinned, and what is reported: each field is a call of the REST surface, checked by
 * the same schema and needing the same scope. Spec: http, HT77.
 */
import { channelParams, messageParams, reportMessage, reportParams, spaceParams } from "@kith/contract";
import type * as contract from "@kith/contract";
import { checkScope } from "../gate.ts";
import { toDeviceDelivery, toPin, toReport, toVersion } from "../translate.ts";
import { check } from "./builder.ts";
import type { Builder } from "./builder.ts";
import { call } from "./mutations.ts";
import type { Objects } from "./objects.ts";

export function addMessages(b: Builder, o: Objects): void {
  const MessageVersion = b.objectRef<contract.MessageVersion>("MessageVersion").implement({
    fields: (t) => ({ text: t.exposeString("text"), at: t.exposeString("at") }),
  });
  const DeliveryState = b.enumType("DeliveryState", {
    description:
      "kept: the device has said that it keeps it; older: it keeps nothing from so long ago; refused: this node hangs up on it; parted: it says that it shares no space with this node; key: nobody is known to have handed it the key; waits: it was not met since, or has not said so yet.",
    values: ["kept", "older", "refused", "parted", "key", "waits"] as const,
  });
  const DeviceDelivery = b.objectRef<contract.DeviceDelivery>("DeviceDelivery").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      device: t.exposeID("device"),
      deviceName: t.exposeString("deviceName", { nullable: true }),
      self: t.exposeBoolean("self"),
      state: t.expose("state", { type: DeliveryState }),
      connected: t.exposeBoolean("connected"),
      lastSeen: t.exposeString("lastSeen", { nullable: true }),
    }),
  });
  const Pin = b.objectRef<contract.Pin>("Pin").implement({
    fields: (t) => ({
      message: t.expose("message", { type: o.Message }),
      by: t.exposeID("by"),
      byName: t.exposeString("byName"),
      at: t.exposeString("at"),
    }),
  });
  const Report = b.objectRef<contract.Report>("Report").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      space: t.exposeID("space"),
      messageId: t.exposeID("messageId"),
      message: t.expose("message", {
        type: o.Message,
        nullable: true,
        description: "null: it is not on this device.",
      }),
      by: t.exposeID("by"),
      byName: t.exposeString("byName"),
      at: t.exposeString("at"),
      reason: t.exposeString("reason", { nullable: true }),
    }),
  });
  const ReportSent = b.objectRef<contract.ReportSent>("ReportSent").implement({
    fields: (t) => ({ id: t.exposeID("id"), message: t.exposeID("message") }),
  });

  b.objectField(o.Message, "edits", (t) =>
    t.field({
      type: [MessageVersion],
      description:
        "What it has said, oldest first, as it was posted included. Of a deleted message there is none.",
      resolve({ id, text, at, editedAt, deleted }, _args, { loaders, claims }) {
        checkScope(claims, "read");
        // Most messages of a page were never changed: nothing is looked up for those.
        if (editedAt === undefined || deleted === true) return deleted === true ? [] : [{ text, at }];
        return loaders.versions(id).map(toVersion);
      },
    }),
  );

  b.queryFields((t) => ({
    deliveryOf: t.field({
      type: [DeviceDelivery],
      description: "Every device that a message is for, with whether it has it and else why not.",
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, args, { service }) =>
        service.deliveryOf(check(messageParams, args).id).map(toDeviceDelivery),
    }),
    pins: t.field({
      type: [Pin],
      description: "The messages that are pinned in a channel, the last pinned first.",
      args: { space: t.arg.id({ required: true }), channel: t.arg.id({ required: true }) },
      resolve(_, args, { service }) {
        const { space, channel } = check(channelParams, args);
        return service.pins(space, channel).map(toPin);
      },
    }),
    reports: t.field({
      type: [Report],
      description:
        "Reported messages of a space that are not handled, oldest first. For its owners and admins.",
      args: { space: t.arg.id({ required: true }) },
      resolve: (_, args, { service }) => service.reports(check(spaceParams, args).space).map(toReport),
    }),
  }));

  b.mutationFields((t) => ({
    report: t.field({
      type: ReportSent,
      description: "To owners and admins of its space, without its author. Repeated it changes nothing.",
      args: { id: t.arg.id({ required: true }), reason: t.arg.string() },
      resolve: call("send", messageParams.extend(reportMessage.shape), async (input, { service }) => ({
        ...(await service.report(input.id, input.reason ?? null)),
      })),
    }),
    handleReport: t.boolean({
      description: "Take a report off the list of this device; nobody is told.",
      args: { id: t.arg.id({ required: true }) },
      resolve: call(
        "manage",
        reportParams,
        async (input, { service }) => (await service.handleReport(input.id), true),
      ),
    }),
  }));
}
