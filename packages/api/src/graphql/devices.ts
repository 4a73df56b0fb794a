/**
 * This person's devices, linking one, and what would bring the person back: each field is a call of the REST surface, checked by the same schema and needing
 * the same scope. Spec: http, HT77, HT106; identity, ID26-ID33, ID46.
 */
import { changeDevice, confirmDevice, deviceParams, takeLink } from "@kith/contract";
import type * as contract from "@kith/contract";
import encodeQr from "qr";
import { z } from "zod";
import { checkScope } from "../gate.ts";
import { toDevice, toDeviceOffer, toRecovery } from "../translate.ts";
import type { Builder } from "./builder.ts";
import { call } from "./mutations.ts";

export function addDevices(b: Builder): void {
  const Device = b.objectRef<contract.Device>("Device").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name", { nullable: true }),
      self: t.exposeBoolean("self"),
      connected: t.exposeBoolean("connected"),
      linked: t.exposeString("linked"),
      lastSeen: t.exposeString("lastSeen", { nullable: true }),
      spaces: t.exposeInt("spaces"),
      removable: t.exposeBoolean("removable"),
    }),
  });
  const DeviceOffer = b.objectRef<contract.DeviceOffer>("DeviceOffer").implement({
    description: "A link for a new device of this person: for one, ten minutes and one confirmation.",
    fields: (t) => ({
      link: t.exposeString("link"),
      qr: t.string({
        description: "The link as an SVG image.",
        resolve: ({ link }) => encodeQr(link, "svg", { ecc: "low" }),
      }),
      expires: t.exposeString("expires"),
      state: t.exposeString("state", {
        description: "open, asked, or confirm: its digits are awaited here.",
      }),
      device: t.exposeID("device", { nullable: true }),
      name: t.exposeString("name", { nullable: true }),
    }),
  });
  const LinkingProgress = b.objectRef<contract.LinkingProgress>("LinkingProgress").implement({
    fields: (t) => ({
      step: t.exposeString("step"),
      detail: t.exposeString("detail"),
      code: t.exposeString("code", { nullable: true, description: "Digits to enter on the other device." }),
      spaces: t.exposeInt("spaces", { nullable: true, description: "Spaces that were granted." }),
      arrived: t.exposeInt("arrived", { description: "Those of them that are here." }),
    }),
  });
  const Recovery = b.objectRef<contract.Recovery>("Recovery").implement({
    fields: (t) => ({
      rootHere: t.exposeBoolean("rootHere", {
        description: "The recovery words can be shown on this node; that GraphQL never does.",
      }),
      checked: t.exposeString("checked", { nullable: true }),
      backup: t.exposeString("backup", { nullable: true }),
      restored: t.exposeString("restored", { nullable: true }),
      nudge: t.exposeBoolean("nudge", {
        description: "Nothing was done yet that would bring the person back.",
      }),
    }),
  });

  b.queryFields((t) => ({
    recovery: t.field({
      type: Recovery,
      description: "What would bring this person back.",
      resolve: (_, _args, { service }) => toRecovery(service.recovery()),
    }),
    devices: t.field({
      type: [Device],
      description: "This person's own.",
      resolve: (_, _args, { service }) => service.devices().map(toDevice),
    }),
    deviceOffer: t.field({
      type: DeviceOffer,
      nullable: true,
      description: "The link for a new device, if there is one, and who took it. Needs the scope admin.",
      resolve(_, _args, { service, claims }) {
        checkScope(claims, "admin");
        const offer = service.deviceOffer();
        return offer && toDeviceOffer(offer);
      },
    }),
    linking: t.field({
      type: LinkingProgress,
      nullable: true,
      description: "How far this node has come in becoming another person's device.",
      resolve(_, _args, { service }) {
        const progress = service.linking();
        return progress && { ...progress };
      },
    }),
  }));

  b.mutationFields((t) => {
    const id = () => t.arg.id({ required: true });
    const text = () => t.arg.string({ required: true });
    return {
      renameDevice: t.field({
        type: Device,
        args: { id: id(), name: text() },
        resolve: call("admin", deviceParams.extend(changeDevice.shape), async (input, { service }) =>
          toDevice(await service.renameDevice(input.id, input.name)),
        ),
      }),
      removeDevice: t.boolean({
        description: "The spaces have new keys when it answers.",
        args: { id: id() },
        resolve: call(
          "admin",
          deviceParams,
          async (input, { service }) => (await service.removeDevice(input.id), true),
        ),
      }),
      offerDevice: t.field({
        type: DeviceOffer,
        description: "An older link ends.",
        resolve: call("admin", z.object({}), async (_, { service }) => toDeviceOffer(service.offerDevice())),
      }),
      endDeviceOffer: t.boolean({
        resolve: call("admin", z.object({}), async (_, { service }) => {
          service.endDeviceOffer();
          return true;
        }),
      }),
      confirmDevice: t.field({
        type: Device,
        description: "Three wrong entries end the link.",
        args: { code: text() },
        resolve: call("admin", confirmDevice, async (input, { service }) =>
          toDevice(await service.confirmDevice(input.code)),
        ),
      }),
      dismissRecovery: t.field({
        type: Recovery,
        description: "Do not remind of recovery any more.",
        resolve: call("admin", z.object({}), async (_, { service }) =>
          toRecovery(await service.dismissRecovery()),
        ),
      }),
      takeLink: t.field({
        type: LinkingProgress,
        description:
          "Only while this node is in no space. Answers with digits, when it is over, or after waitMs.",
        args: { link: text(), name: t.arg.string(), shown: t.arg.boolean(), waitMs: t.arg.int() },
        resolve: call("admin", takeLink, async ({ link, ...options }, { service, signal }) => ({
          ...(await service.takeLink(link, { ...options, signal })),
        })),
      }),
    };
  });
}
