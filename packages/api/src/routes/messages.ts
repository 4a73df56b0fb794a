/** Routes about messages and reactions. */
import {
  addReaction,
  BATCH_BODY_BYTES_MAX,
  batchAnswer,
  channelParams,
  deliveryList,
  editMessage,
  message,
  messageList,
  messageParams,
  messageQuery,
  messageVersions,
  pinList,
  postBatch,
  postMessage,
  reactionAdded,
  reactionParams,
} from "@kith/contract";
import type { BatchItem } from "@kith/contract";
import type { Log } from "@kith/core";
import type { PostMessage } from "@kith/node";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import type { Claims } from "../auth.ts";
import { describeFailure, inputFault } from "../fault.ts";
import { hasScope } from "../gate.ts";
import { toDeviceDelivery, toMessage, toPin, toPosted, toVersion } from "../translate.ts";

export function toPost(body: z.output<typeof postMessage>): PostMessage {
  const { space, channel, text, replyTo, clientId } = body;
  return {
    space,
    channel,
    text,
    ...(replyTo === undefined || replyTo === null ? null : { replyTo }),
    ...(clientId === undefined || clientId === null ? null : { clientId }),
  };
}

const mayRead = (claims: Claims | null): boolean => claims !== null && hasScope(claims, "read");

/** Stores what is sound in one go and answers each item in its place. */
async function postEach(
  items: readonly unknown[],
  { service, log }: { service: RouteContext["service"]; log: Log },
  mayRead: boolean,
): Promise<BatchItem[]> {
  const checked = items.map((item, at) => {
    const result = postMessage.safeParse(item);
    return result.success ? toPost(result.data) : inputFault(result.error, "message", ["messages", at]);
  });
  const sound = checked.filter((item): item is PostMessage => !(item instanceof Error));
  const stored = sound.length === 0 ? [] : await service.postMessages(sound);
  let at = 0;
  return checked.map((item) => {
    if (item instanceof Error) return describeFailure(item, log).body;
    const answer = stored[at++];
    if (answer === undefined) throw new Error("the node answered fewer messages than were sent");
    return answer instanceof Error ? describeFailure(answer, log).body : toPosted(answer, item, mayRead);
  });
}

export function addMessageRoutes(app: App, context: RouteContext & { readonly log: Log }): void {
  const { service } = context;

  app.post(
    "/api/messages",
    {
      config: { scope: "send" },
      schema: {
        summary: "Post a message",
        description:
          "On disk when it answers. The same clientId twice is one message, answered the same way.",
        tags: ["messages"],
        body: postMessage,
        response: answers({ 201: message }),
      },
    },
    async ({ body, claims }, reply) =>
      reply.code(201).send(toPosted(await service.postMessage(toPost(body)), body, mayRead(claims))),
  );

  app.post(
    "/api/messages/batch",
    {
      config: { scope: "send" },
      bodyLimit: BATCH_BODY_BYTES_MAX,
      schema: {
        summary: "Post many messages; each is answered in order",
        tags: ["messages"],
        body: postBatch,
        response: answers({ 200: batchAnswer }),
      },
    },
    async ({ body, claims }) => ({
      items: await postEach(body.messages, context, mayRead(claims)),
      next: null,
    }),
  );

  app.get(
    "/api/messages",
    {
      config: { scope: "read", packs: "channel" },
      schema: {
        summary: "A page of messages, oldest first",
        description:
          "Without `after`: the newest page (before `before`, if given). `next` continues in the direction asked for.",
        tags: ["messages"],
        querystring: messageQuery,
        response: answers({ 200: messageList }),
      },
    },
    ({ query }) => {
      const page = service.messages(query);
      return { items: page.items.map(toMessage), next: page.next };
    },
  );

  app.get(
    "/api/messages/:id",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "One message",
        tags: ["messages"],
        params: messageParams,
        response: answers({ 200: message }),
      },
    },
    ({ params }) => toMessage(service.message(params.id)),
  );

  app.patch(
    "/api/messages/:id",
    {
      config: { scope: "send" },
      schema: {
        summary: "Change the text of an own message",
        description: "What it said before stays readable under `edits`.",
        tags: ["messages"],
        params: messageParams,
        body: editMessage,
        response: answers({ 200: message }),
      },
    },
    async ({ params, body }) => toMessage(await service.editMessage(params.id, body.text)),
  );

  app.delete(
    "/api/messages/:id",
    {
      config: { scope: "send" },
      schema: {
        summary: "Delete a message for everybody",
        description:
          "An own one, or as an admin anyone's. Its text is taken from every device that hears of it.",
        tags: ["messages"],
        params: messageParams,
        response: answers({ 200: message }),
      },
    },
    async ({ params }) => toMessage(await service.deleteMessage(params.id)),
  );

  app.get(
    "/api/messages/:id/edits",
    {
      config: { scope: "read" },
      schema: {
        summary: "What a message has said, oldest first",
        description: "The text as it was posted comes first. Of a deleted message there is none.",
        tags: ["messages"],
        params: messageParams,
        response: answers({ 200: messageVersions }),
      },
    },
    ({ params }) => ({
      items: service.messageVersions(params.id).map(toVersion),
      next: null,
    }),
  );

  app.get(
    "/api/messages/:id/delivery",
    {
      config: { scope: "read" },
      schema: {
        summary: "Where a message is, device by device",
        description:
          "Every device that it is for but the one that wrote it, with whether it has it and else why not; those of this node's person first.",
        tags: ["messages"],
        params: messageParams,
        response: answers({ 200: deliveryList }),
      },
    },
    ({ params }) => ({
      items: service.deliveryOf(params.id).map(toDeviceDelivery),
      next: null,
    }),
  );

  app.post(
    "/api/messages/:id/pin",
    {
      config: { scope: "send" },
      schema: {
        summary: "Pin a message in its channel",
        description: "Whoever may write there may. Repeated it changes nothing.",
        tags: ["messages"],
        params: messageParams,
        response: answers({ 200: message }),
      },
    },
    async ({ params }) => toMessage(await service.pin(params.id, true)),
  );

  app.delete(
    "/api/messages/:id/pin",
    {
      config: { scope: "send" },
      schema: {
        summary: "Take a pinned message down",
        tags: ["messages"],
        params: messageParams,
        response: answers({ 200: message }),
      },
    },
    async ({ params }) => toMessage(await service.pin(params.id, false)),
  );

  app.get(
    "/api/spaces/:space/channels/:channel/pins",
    {
      config: { scope: "read" },
      schema: {
        summary: "The messages that are pinned in a channel, the last pinned first",
        tags: ["messages"],
        params: channelParams,
        response: answers({ 200: pinList }),
      },
    },
    ({ params }) => ({
      items: service.pins(params.space, params.channel).map(toPin),
      next: null,
    }),
  );

  app.post(
    "/api/messages/:id/reactions",
    {
      config: { scope: "send" },
      schema: {
        summary: "React to a message",
        tags: ["messages"],
        params: messageParams,
        body: addReaction,
        response: answers({ 201: reactionAdded }),
      },
    },
    async ({ params, body }, reply) => {
      await service.react(params.id, body.emoji);
      return reply.code(201).send({ message: params.id, emoji: body.emoji });
    },
  );

  app.delete(
    "/api/messages/:id/reactions/:emoji",
    {
      config: { scope: "send" },
      schema: {
        summary: "Take a reaction back",
        tags: ["messages"],
        params: reactionParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.unreact(params.id, params.emoji);
      return reply.code(204).send();
    },
  );
}
