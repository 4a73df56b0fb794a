/** Routes about the channels of a space, and who is in the private ones. */
import {
  addChannelMember,
  changeChannel,
  channel,
  channelList,
  channelMemberParams,
  channelParams,
  createChannel,
  memberList,
  spaceParams,
} from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { toChannel, toMember } from "../translate.ts";

export function addChannelRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/spaces/:space/channels",
    {
      config: { scope: "read" },
      schema: {
        summary: "Channels of a space",
        description: "The open ones, and those private ones that this node's person is in.",
        tags: ["spaces"],
        params: spaceParams,
        response: answers({ 200: channelList }),
      },
    },
    ({ params }) => ({ items: service.channels(params.space).map(toChannel), next: null }),
  );

  app.post(
    "/api/spaces/:space/channels",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Create a channel",
        description:
          "Open to everybody in the space, or private: then only for oneself and `people`, and nobody else learns that it exists.",
        tags: ["spaces"],
        params: spaceParams,
        body: createChannel,
        response: answers({ 201: channel }),
      },
    },
    async ({ params, body: { name, ...options } }, reply) =>
      reply.code(201).send(toChannel(await service.createChannel(params.space, name, options))),
  );

  app.patch(
    "/api/spaces/:space/channels/:channel",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Change how long messages of a channel are kept",
        description:
          "For what is posted from then on, by everybody; what was posted before stays as it was. Of an open channel by owners and admins, of a private one by whoever is in it.",
        tags: ["spaces"],
        params: channelParams,
        body: changeChannel,
        response: answers({ 200: channel }),
      },
    },
    async ({ params, body }) => toChannel(await service.setExpiry(params.space, params.channel, body.expiry)),
  );

  app.get(
    "/api/spaces/:space/channels/:channel/members",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "Who is in a channel",
        description: "Of an open channel everybody in the space.",
        tags: ["spaces"],
        params: channelParams,
        response: answers({ 200: memberList }),
      },
    },
    ({ params }) => ({
      items: service.channelMembers(params.space, params.channel).map(toMember),
      next: null,
    }),
  );

  app.post(
    "/api/spaces/:space/channels/:channel/members",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Add somebody to a private channel",
        description:
          "By id or unambiguous name; a member of the space. Anybody in the channel may. Its whole history comes with it.",
        tags: ["spaces"],
        params: channelParams,
        body: addChannelMember,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params, body }, reply) => {
      await service.addChannelMember(params.space, params.channel, body.person);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/spaces/:space/channels/:channel/members/:person",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Remove somebody from a private channel, or leave it",
        description:
          "Its founder removes anybody, owners and admins of the space who are in it those of lower rank, everybody themselves. The channel has new keys when it answers.",
        tags: ["spaces"],
        params: channelMemberParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.removeChannelMember(params.space, params.channel, params.person);
      return reply.code(204).send();
    },
  );
}
