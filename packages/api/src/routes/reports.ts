/** Routes about messages that members report to owners and admins. */
import {
  messageParams,
  reportList,
  reportMessage,
  reportParams,
  reportSent,
  spaceParams,
} from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { toReport } from "../translate.ts";

export function addReportRoutes(app: App, { service }: RouteContext): void {
  app.post(
    "/api/messages/:id/report",
    {
      config: { scope: "send" },
      schema: {
        summary: "Report a message to owners and admins of its space",
        description:
          "Only their devices can read it, and this person's; its author cannot, owner or not. Once for each message: repeated it changes nothing.",
        tags: ["messages"],
        params: messageParams,
        body: reportMessage,
        response: answers({ 201: reportSent }),
      },
    },
    async ({ params, body }, reply) => {
      const { id, message } = await service.report(params.id, body.reason ?? null);
      return reply.code(201).send({ id, message });
    },
  );

  app.get(
    "/api/spaces/:space/reports",
    {
      config: { scope: "read" },
      schema: {
        summary: "Reported messages of a space that are not handled, oldest first",
        description: "For its owners and admins. Those about a deleted message are handled.",
        tags: ["messages"],
        params: spaceParams,
        response: answers({ 200: reportList }),
      },
    },
    ({ params }) => ({
      items: service.reports(params.space).map(toReport),
      next: null,
    }),
  );

  app.post(
    "/api/reports/:id/handled",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Take a report off the list of this device",
        description: "Told to nobody; other admins have lists of their own.",
        tags: ["messages"],
        params: reportParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.handleReport(params.id);
      return reply.code(204).send();
    },
  );
}
