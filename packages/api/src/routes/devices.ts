/** Routes about this person's devices and about linking one. Spec: identity, ID26-ID33. */
import {
  changeDevice,
  confirmDevice,
  device,
  deviceList,
  deviceOfferCreated,
  deviceOfferList,
  deviceParams,
  linkingList,
  linkingProgress,
  takeLink,
} from "@kith/contract";
import encodeQr from "qr";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { toDevice, toDeviceOffer } from "../translate.ts";

export function addOwnDeviceRoutes(app: App, context: RouteContext): void {
  addListRoutes(app, context);
  addOfferRoutes(app, context);
  addLinkRoutes(app, context);
}

function addListRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/devices",
    {
      config: { scope: "read" },
      schema: {
        summary: "Devices of this node's person",
        description: "This one first, then from the one that was there first.",
        tags: ["devices"],
        response: answers({ 200: deviceList }),
      },
    },
    () => ({ items: service.devices().map(toDevice), next: null }),
  );

  app.patch(
    "/api/devices/:id",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Name a device of one's own",
        description: "By id or unambiguous name. The members of one's spaces see the name.",
        tags: ["devices"],
        params: deviceParams,
        body: changeDevice,
        response: answers({ 200: device }),
      },
    },
    async ({ params, body }) => toDevice(await service.renameDevice(params.id, body.name)),
  );

  app.delete(
    "/api/devices/:id",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Remove a device of one's own",
        description:
          "By id or unambiguous name. The spaces have new keys when it answers; what the device holds it keeps. 403 for one that was there before this one.",
        tags: ["devices"],
        params: deviceParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.removeDevice(params.id);
      return reply.code(204).send();
    },
  );
}

function addOfferRoutes(app: App, { service }: RouteContext): void {
  app.post(
    "/api/devices/links",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Make a link for a new device",
        description: "For one device, ten minutes and one confirmation. An older link ends.",
        tags: ["devices"],
        response: answers({ 201: deviceOfferCreated }),
      },
    },
    async (_request, reply) => {
      const offer = service.offerDevice();
      const qr = encodeQr(offer.link, "svg", { ecc: "low" });
      return reply.code(201).send({ ...toDeviceOffer(offer), qr });
    },
  );

  app.get(
    "/api/devices/links",
    {
      config: { scope: "admin" },
      schema: {
        summary: "The link for a new device, if there is one, and who took it",
        tags: ["devices"],
        response: answers({ 200: deviceOfferList }),
      },
    },
    () => {
      const offer = service.deviceOffer();
      return { items: offer === null ? [] : [toDeviceOffer(offer)], next: null };
    },
  );

  app.delete(
    "/api/devices/links",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Take the link for a new device back",
        tags: ["devices"],
        response: answers({ 204: z.void() }),
      },
    },
    async (_request, reply) => {
      service.endDeviceOffer();
      return reply.code(204).send();
    },
  );

  app.post(
    "/api/devices/links/confirm",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Let the device in that shows these digits",
        description: "Three wrong entries end the link.",
        tags: ["devices"],
        body: confirmDevice,
        response: answers({ 201: device }),
      },
    },
    async ({ body }, reply) => reply.code(201).send(toDevice(await service.confirmDevice(body.code))),
  );
}

function addLinkRoutes(app: App, { service }: RouteContext): void {
  app.post(
    "/api/link",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Make this node a device of the person that made the link",
        description:
          "Only while it is in no space. Answers with digits to enter on the other device, when it is over, or after waitMs with the step reached; it goes on by itself.",
        tags: ["devices"],
        body: takeLink,
        response: answers({ 200: linkingProgress }),
      },
    },
    async ({ body: { link, ...options } }, reply) => {
      // Linking goes on without the caller; only the waiting ends with the connection.
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      return { ...(await service.takeLink(link, { ...options, signal: gone.signal })) };
    },
  );

  app.get(
    "/api/link",
    {
      config: { scope: "read" },
      schema: {
        summary: "How far this node has come in becoming another person's device",
        tags: ["devices"],
        response: answers({ 200: linkingList }),
      },
    },
    () => {
      const progress = service.linking();
      return { items: progress === null ? [] : [{ ...progress }], next: null };
    },
  );
}
