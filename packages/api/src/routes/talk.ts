/** Routes about talking to people: direct conversations, groups, requests, blocking. */
import {
  acceptRequest,
  askInto,
  blockList,
  blockParams,
  conversation,
  conversationParams,
  joinProgress,
  muteConversation,
  personList,
  space,
  spaceParams,
  startDirect,
  talkRequestList,
  talkRequestParams,
} from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault } from "../fault.ts";
import { isoTime, toConversation, toJoinProgress, toPerson, toSpace, toTalkRequest } from "../translate.ts";

export function addTalkRoutes(app: App, context: RouteContext): void {
  const { service } = context;

  app.get(
    "/api/people",
    {
      config: { scope: "read" },
      schema: {
        summary: "Everybody who can be written to: members of one's spaces, and whoever is near and visible",
        tags: ["people"],
        response: answers({ 200: personList }),
      },
    },
    () => ({ items: service.people().map(toPerson), next: null }),
  );

  app.post(
    "/api/direct",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Talk to somebody",
        description:
          "The direct conversation with a person, founded where there is none. With the first message in it, which `text` posts, the person is asked: when a device of theirs is met they see your name and at most 280 characters of that message. What is written meanwhile they receive once they accept.",
        tags: ["people"],
        body: startDirect,
        response: answers({ 201: space }),
      },
    },
    async ({ body }, reply) =>
      reply.code(201).send(toSpace(await service.direct(body.person, body.text ?? null))),
  );

  app.post(
    "/api/spaces/:space/asked",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Ask people into a group",
        description:
          "A request goes to each, over a link to a device of theirs; nobody else learns of it. Who is in it or was asked is not asked again.",
        tags: ["people"],
        params: spaceParams,
        body: askInto,
        response: answers({ 200: space }),
      },
    },
    async ({ params, body }) => toSpace(await service.askInto(params.space, body.people)),
  );

  addRequestRoutes(app, context);
  addQuietRoutes(app, context);
}

function addRequestRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/requests",
    {
      config: { scope: "read" },
      schema: {
        summary: "Who asks to talk, oldest first",
        tags: ["people"],
        response: answers({ 200: talkRequestList }),
      },
    },
    () => ({ items: service.requests().map(toTalkRequest), next: null }),
  );

  app.post(
    "/api/requests/:id/accept",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Accept a request",
        description:
          "201 with the space once it is here; 202 with the step reached when that takes longer than waitMs: the joining goes on, as `GET /api/joins` shows, until a device of the person is met.",
        tags: ["people"],
        params: talkRequestParams,
        body: acceptRequest.prefault({}),
        response: answers({ 201: space, 202: joinProgress }),
      },
    },
    async ({ params, body }, reply) => {
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const progress = await service.acceptRequest(params.id, { waitMs: body.waitMs, signal: gone.signal });
      if (progress.step === "failed")
        throw new ApiFault("JOIN_FAILED", progress.detail, "ask the person to write to you again");
      if (progress.step === "done" && progress.spaceInfo !== null)
        return reply.code(201).send(toSpace(progress.spaceInfo));
      return reply.code(202).send(toJoinProgress(progress));
    },
  );

  app.post(
    "/api/requests/:id/decline",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Decline a request",
        description: "The person is not told.",
        tags: ["people"],
        params: talkRequestParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.declineRequest(params.id);
      return reply.code(204).send();
    },
  );
}

function addQuietRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/blocks",
    {
      config: { scope: "read" },
      schema: {
        summary: "Whom this node has blocked",
        tags: ["people"],
        response: answers({ 200: blockList }),
      },
    },
    () => ({
      items: service.blocked().map(({ person, name, atMs }) => ({ person, name, at: isoTime(atMs) })),
      next: null,
    }),
  );

  app.put(
    "/api/blocks/:person",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Block somebody",
        description:
          "By id or unambiguous name. Their requests are dropped, their messages marked and not counted. It stays on this node, and they are not told.",
        tags: ["people"],
        params: blockParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.block(params.person);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/blocks/:person",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Unblock somebody",
        tags: ["people"],
        params: blockParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.unblock(params.person);
      return reply.code(204).send();
    },
  );

  app.put(
    "/api/conversations/:channel/muted",
    {
      config: { scope: "send" },
      schema: {
        summary: "Mute a conversation, or no longer",
        tags: ["conversations"],
        params: conversationParams,
        body: muteConversation,
        response: answers({ 200: conversation }),
      },
    },
    async ({ params, body }) => toConversation(await service.mute(params.channel, body.muted)),
  );

  app.put(
    "/api/spaces/:space/muted",
    {
      config: { scope: "send" },
      schema: {
        summary: "Mute all channels of a space, those to come as well, or no longer",
        tags: ["conversations"],
        params: spaceParams,
        body: muteConversation,
        response: answers({ 200: space }),
      },
    },
    async ({ params, body }) => toSpace(await service.muteSpace(params.space, body.muted)),
  );
}
