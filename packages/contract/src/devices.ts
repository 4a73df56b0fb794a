/** The devices of this node's person, and linking a new one. */
import { z } from "zod";
import { DEVICE_CODE_CHARS_MAX, JOIN_WAIT_MS_DEFAULT, JOIN_WAIT_MS_MAX } from "./limits.ts";
import { link, listOf, personName, reference, time } from "./text.ts";

export const device = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    self: z.boolean(),
    connected: z.boolean(),
    linked: time,
    lastSeen: time.nullable().meta({
      description: "When this node last heard it over a link; null: never, or it is this one.",
    }),
    spaces: z.number().meta({ description: "In how many of the spaces that this node knows." }),
    removable: z.boolean().meta({ description: "This node may end it: it was there before it." }),
  })
  .meta({ id: "Device" });

export const deviceList = listOf(device);
export const deviceParams = z.object({ id: reference });
export const changeDevice = z.object({ name: personName });

export const deviceOffer = z
  .object({
    link: z.string(),
    expires: time,
    state: z.enum(["open", "asked", "confirm"]).meta({
      description: "confirm: a device shows six digits and waits until they are entered here.",
    }),
    device: z.string().nullable(),
    name: z.string().nullable(),
  })
  .meta({ id: "DeviceOffer" });

export const deviceOfferCreated = deviceOffer
  .extend({ qr: z.string().meta({ description: "The link as an SVG image." }) })
  .meta({ id: "DeviceOfferCreated" });

export const deviceOfferList = listOf(deviceOffer);

export const confirmDevice = z.object({
  code: z
    .string()
    .min(1, "is empty")
    .max(DEVICE_CODE_CHARS_MAX, `is longer than ${DEVICE_CODE_CHARS_MAX} characters`)
    .meta({ description: "The six digits that the new device shows." }),
});

export const takeLink = z.object({
  link,
  name: personName.exactOptional().meta({ description: "What this device is to be called." }),
  shown: z.boolean().default(false).meta({ description: "The digits are known: wait for what comes after." }),
  waitMs: z.number().int().min(0).max(JOIN_WAIT_MS_MAX).default(JOIN_WAIT_MS_DEFAULT),
});

export const linkingProgress = z
  .object({
    step: z.enum(["looking", "asking", "confirming", "receiving", "done", "failed"]),
    detail: z.string().meta({ description: "Plain words: what it waits for, or why it failed." }),
    code: z
      .string()
      .nullable()
      .meta({ description: "Six digits to enter on the other device, while it waits." }),
    spaces: z.number().nullable().meta({ description: "Spaces that were granted." }),
    arrived: z.number().meta({ description: "Those of them that are here." }),
  })
  .meta({ id: "LinkingProgress" });

export const linkingList = listOf(linkingProgress);

export type Device = z.infer<typeof device>;
export type ChangeDevice = z.input<typeof changeDevice>;
export type DeviceOffer = z.infer<typeof deviceOffer>;
export type DeviceOfferCreated = z.infer<typeof deviceOfferCreated>;
export type ConfirmDevice = z.input<typeof confirmDevice>;
export type TakeLink = z.input<typeof takeLink>;
export type LinkingProgress = z.infer<typeof linkingProgress>;
