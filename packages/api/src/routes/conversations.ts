/** Routes about what this node keeps for the person who sits at it: read marks, drafts, places, settings. */
import {
  changeSettings,
  conversation,
  conversationList,
  conversationParams,
  draftSaved,
  markRead,
  place,
  saveDraft,
  settings,
} from "@kith/contract";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { toConversation, toDraft } from "../translate.ts";

export function addConversationRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/conversations",
    {
      config: { scope: "read" },
      schema: {
        summary:
          "Every conversation with what is unread, drafted and remembered in it, newest activity first",
        tags: ["conversations"],
        response: answers({ 200: conversationList }),
      },
    },
    () => ({ items: service.conversations().map(toConversation), next: null }),
  );

  app.put(
    "/api/conversations/:channel/read",
    {
      config: { scope: "send" },
      schema: {
        summary: "Mark a conversation as read up to a message",
        description: "The mark never goes backwards: an older message than the mark's changes nothing.",
        tags: ["conversations"],
        params: conversationParams,
        body: markRead,
        response: answers({ 200: conversation }),
      },
    },
    async ({ params, body }) => toConversation(await service.markRead(params.channel, body.message)),
  );

  app.put(
    "/api/conversations/:channel/draft",
    {
      config: { scope: "send" },
      schema: {
        summary: "Keep what is being written",
        description:
          "On disk when it answers. Empty text without `replyTo` removes it, and so does, in the same commit, the message posted with its clientId.",
        tags: ["conversations"],
        params: conversationParams,
        body: saveDraft,
        response: answers({ 200: draftSaved }),
      },
    },
    async ({ params, body: { text, replyTo, clientId } }) => {
      const draft = await service.saveDraft(params.channel, {
        text,
        ...(replyTo === undefined || replyTo === null ? null : { replyTo }),
        ...(clientId === undefined || clientId === null ? null : { clientId }),
      });
      return { draft: draft && toDraft(draft) };
    },
  );

  app.put(
    "/api/conversations/:channel/place",
    {
      config: { scope: "send" },
      schema: {
        summary: "Remember where a conversation was left",
        tags: ["conversations"],
        params: conversationParams,
        body: place,
        response: answers({ 200: place }),
      },
    },
    async ({ params, body }) => ({ ...(await service.savePlace(params.channel, body)) }),
  );

  app.get(
    "/api/settings",
    {
      config: { scope: "read" },
      schema: {
        summary: "How the app is to look on this node",
        tags: ["node"],
        response: answers({ 200: settings }),
      },
    },
    () => ({ theme: service.settings().theme }),
  );

  app.patch(
    "/api/settings",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Change how the app is to look",
        tags: ["node"],
        body: changeSettings,
        response: answers({ 200: settings }),
      },
    },
    async ({ body }) => ({ theme: (await service.changeSettings(body)).theme }),
  );
}
