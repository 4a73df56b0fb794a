/** Full-text search, posting by a channel's name alone, and typing. Spec: http, HT64, HT66-HT67. */
import { broadcast, broadcastAnswer, searchAnswer, searchQuery, sendTyping } from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { toMessage, toSearchGap } from "../translate.ts";

export function addSearchRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/search",
    {
      config: { scope: "read" },
      schema: {
        summary: "Messages that hold all these words, newest first",
        description:
          "What this device holds, offline too; `missing` says of which spaces not all is here. The last letters of a word may be left out.",
        tags: ["messages"],
        querystring: searchQuery,
        response: answers({ 200: searchAnswer }),
      },
    },
    ({ query }) => {
      const { items, next, missing } = service.search(query);
      return { items: items.map(toMessage), next, missing: missing.map(toSearchGap) };
    },
  );

  app.post(
    "/api/broadcast",
    {
      config: { scope: "send" },
      schema: {
        summary: "Post to a channel by its name, in the space that came to this device first",
        tags: ["messages"],
        body: broadcast,
        response: answers({ 201: broadcastAnswer }),
      },
    },
    async ({ body: { board, content, userId, clientId } }, reply) => {
      const posted = await service.broadcast({
        board,
        content,
        ...(typeof userId === "string" ? { userId } : null),
        ...(typeof clientId === "string" ? { clientId } : null),
      });
      return reply.code(201).send({ success: true, ...posted });
    },
  );

  app.post(
    "/api/typing",
    {
      config: { scope: "send" },
      schema: {
        summary: "Say that this person is typing",
        description: "Told to the connected devices of the channel's people, and kept nowhere.",
        tags: ["messages"],
        body: sendTyping,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ body }, reply) => {
      service.sendTyping(body.space, body.channel);
      return reply.code(204).send();
    },
  );
}
