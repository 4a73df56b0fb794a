/** Routes about spaces, channels, members, invitations and joining. */
import {
  admitWaiting,
  changeMember,
  changeSpace,
  createInvite,
  createSpace,
  inviteCreated,
  inviteList,
  inviteParams,
  join,
  joinList,
  joinParams,
  joinProgress,
  joinRequestList,
  joinRequestParams,
  member,
  memberList,
  memberParams,
  parseDuration,
  space,
  spaceList,
  spaceParams,
} from "@kith/contract";
import encodeQr from "qr";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault } from "../fault.ts";
import { addChannelRoutes } from "./channels.ts";
import { toInvite, toJoinProgress, toMember, toSpace } from "../translate.ts";

function addMemberRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/spaces/:space/members",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "Members of a space",
        tags: ["spaces"],
        params: spaceParams,
        response: answers({ 200: memberList }),
      },
    },
    ({ params }) => ({ items: service.members(params.space).map(toMember), next: null }),
  );

  app.patch(
    "/api/spaces/:space/members/:person",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Change a member's role",
        description:
          "By id or unambiguous name. One grants only what is below one's own rank (an owner may make owners), and changes only lower ranks; one's own may be given up.",
        tags: ["spaces"],
        params: memberParams,
        body: changeMember,
        response: answers({ 200: member }),
      },
    },
    async ({ params, body }) => toMember(await service.changeRole(params.space, params.person, body.role)),
  );

  app.delete(
    "/api/spaces/:space/members/:person",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Remove a member",
        description:
          "By id or unambiguous name. The space has new keys when it answers: what is written from then on the removed devices cannot read. What they have read they have.",
        tags: ["spaces"],
        params: memberParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.removeMember(params.space, params.person);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/spaces/:space/members/:person/overturned",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Let an undone removal or demotion of a member be",
        description:
          "It is not told on this device any more, and others are not told of that. To repeat it remove the member, or change the rank, as ever. Of somebody about whom nothing is told it changes nothing.",
        tags: ["spaces"],
        params: memberParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.letOverturnedBe(params.space, params.person);
      return reply.code(204).send();
    },
  );

  app.post(
    "/api/spaces/:space/leave",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Leave a space",
        tags: ["spaces"],
        params: spaceParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.leaveSpace(params.space);
      return reply.code(204).send();
    },
  );
}

function addInviteRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/spaces/:space/invites",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Invitations of a space",
        tags: ["spaces"],
        params: spaceParams,
        response: answers({ 200: inviteList }),
      },
    },
    ({ params }) => ({ items: service.invites(params.space).map(toInvite), next: null }),
  );

  app.post(
    "/api/spaces/:space/invites",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Make an invitation",
        tags: ["spaces"],
        params: spaceParams,
        body: createInvite.default({ role: "member", expires: "7d", uses: 1, mode: "gated" }),
        response: answers({ 201: inviteCreated }),
      },
    },
    async ({ params, body }, reply) => {
      const invite = await service.createInvite(params.space, {
        role: body.role,
        expiresInMs: body.expires === null ? null : parseDuration(body.expires),
        uses: body.uses,
        mode: body.mode,
      });
      if (invite.link === null) throw new Error("a fresh invite has no link");
      const qr = encodeQr(invite.link, "svg", { ecc: "medium" });
      return reply.code(201).send({ ...toInvite(invite), link: invite.link, qr });
    },
  );

  app.delete(
    "/api/spaces/:space/invites/:id",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Revoke an invitation",
        tags: ["spaces"],
        params: inviteParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.revokeInvite(params.space, params.id);
      return reply.code(204).send();
    },
  );
}

function addJoinRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/join-requests",
    {
      config: { scope: "read" },
      schema: {
        summary: "Who waits to be let in, and why",
        tags: ["spaces"],
        response: answers({ 200: joinRequestList }),
      },
    },
    () => ({ items: service.joinRequests().map((one) => ({ ...one })), next: null }),
  );

  app.post(
    "/api/join-requests",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Let somebody in who waits",
        description: "For owners and admins.",
        tags: ["spaces"],
        body: admitWaiting,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ body }, reply) => {
      await service.admitWaiting(body.space, body.person);
      return reply.code(204).send();
    },
  );

  app.post(
    "/api/join-requests/:id/refuse",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Refuse somebody who waits",
        description:
          "For owners and admins. The request ends for everybody, and its device is told who refused; another invitation may let its person in.",
        tags: ["spaces"],
        params: joinRequestParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.refuseWaiting(params.id);
      return reply.code(204).send();
    },
  );

  app.get(
    "/api/joins",
    {
      config: { scope: "read" },
      schema: {
        summary: "How far each joining has come",
        tags: ["spaces"],
        response: answers({ 200: joinList }),
      },
    },
    () => ({ items: service.joins().map(toJoinProgress), next: null }),
  );

  app.delete(
    "/api/joins/:invite",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Give up a joining",
        description:
          "Nothing looks for it any more, after a restart neither; the link may be used again. One that has ended leaves the list. Once let in there is nothing to give up: 409.",
        tags: ["spaces"],
        params: joinParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      await service.giveUpJoin(params.invite);
      return reply.code(204).send();
    },
  );

  app.post(
    "/api/join",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Join a space by an invitation link",
        description:
          "201 with the space once it is here; 202 with the step reached when that takes longer than waitMs: the joining goes on.",
        tags: ["spaces"],
        body: join,
        response: answers({ 201: space, 202: joinProgress }),
      },
    },
    async ({ body }, reply) => {
      // Joining goes on without the caller; only the waiting ends with the connection.
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const progress = await service.join(body.link, { waitMs: body.waitMs, signal: gone.signal });
      if (progress.step === "failed") {
        throw new ApiFault(
          "JOIN_FAILED",
          progress.detail,
          "ask for a new invitation, or try again near the person who sent it",
        );
      }
      if (progress.step === "done" && progress.spaceInfo !== null)
        return reply.code(201).send(toSpace(progress.spaceInfo));
      return reply.code(202).send(toJoinProgress(progress));
    },
  );
}

export function addSpaceRoutes(app: App, context: RouteContext): void {
  const { service } = context;

  app.get(
    "/api/spaces",
    {
      config: { scope: "read" },
      schema: { summary: "Spaces of this node", tags: ["spaces"], response: answers({ 200: spaceList }) },
    },
    () => ({ items: service.spaces().map(toSpace), next: null }),
  );

  app.post(
    "/api/spaces",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Create a space; its first channel is general",
        tags: ["spaces"],
        body: createSpace,
        response: answers({ 201: space }),
      },
    },
    async ({ body }, reply) => reply.code(201).send(toSpace(await service.createSpace(body))),
  );

  app.get(
    "/api/spaces/:space",
    {
      config: { scope: "read" },
      schema: {
        summary: "One space",
        tags: ["spaces"],
        params: spaceParams,
        response: answers({ 200: space }),
      },
    },
    ({ params }) => toSpace(service.space(params.space)),
  );

  app.patch(
    "/api/spaces/:space",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Rename a space",
        tags: ["spaces"],
        params: spaceParams,
        body: changeSpace,
        response: answers({ 200: space }),
      },
    },
    async ({ params, body }) => toSpace(await service.renameSpace(params.space, body.name)),
  );

  addChannelRoutes(app, context);
  addMemberRoutes(app, context);
  addInviteRoutes(app, context);
  addJoinRoutes(app, context);
}
