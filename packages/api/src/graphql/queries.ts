/** Queries and the one subscription. Both need the scope read. */
import { messageQuery, reference, socketQuery } from "@kith/contract";
import { z } from "zod";
import { checkScope } from "../gate.ts";
import {
  toConversation,
  toInvite,
  toJoinProgress,
  toMe,
  toMessage,
  toPeer,
  toSpace,
  toStatus,
} from "../translate.ts";
import { check } from "./builder.ts";
import type { Builder } from "./builder.ts";
import { followLog } from "./entries.ts";
import type { Objects } from "./objects.ts";

const byId = z.object({ id: reference });
const bySpace = z.object({ space: reference });

export function addQueries(b: Builder, o: Objects): void {
  b.queryType({
    fields: (t) => ({
      status: t.field({ type: o.Status, resolve: (_, _args, { service }) => toStatus(service.status()) }),
      me: t.field({
        type: o.Me,
        resolve: (_, _args, { service }) => toMe(service.status(), service.profile()),
      }),
      peers: t.field({ type: [o.Peer], resolve: (_, _args, { service }) => service.peers().map(toPeer) }),
      spaces: t.field({ type: [o.Space], resolve: (_, _args, { service }) => service.spaces().map(toSpace) }),
      space: t.field({
        type: o.Space,
        args: { space: t.arg.id({ required: true, description: "Id, or a name that is unambiguous." }) },
        resolve: (_, args, { service }) => toSpace(service.space(check(bySpace, args).space)),
      }),
      invites: t.field({
        type: [o.Invite],
        description: "Of a space. Needs the scope manage, and not read where nothing else is asked.",
        args: { space: t.arg.id({ required: true }) },
        resolve(_, args, { service, claims }) {
          checkScope(claims, "manage");
          return service.invites(check(bySpace, args).space).map(toInvite);
        },
      }),
      joinRequests: t.field({
        type: [o.JoinRequest],
        resolve: (_, _args, { service }) => service.joinRequests().map((one) => ({ ...one })),
      }),
      joins: t.field({
        type: [o.JoinProgress],
        resolve: (_, _args, { service }) => service.joins().map(toJoinProgress),
      }),
      messages: t.field({
        type: o.MessagePage,
        description: "A page, oldest first. Without `after`: the newest (before `before`, if given).",
        args: {
          space: t.arg.id(),
          channel: t.arg.id(),
          before: t.arg.id(),
          after: t.arg.id(),
          limit: t.arg.int(),
        },
        resolve(_, args, { service }) {
          const page = service.messages(check(messageQuery, args));
          return { items: page.items.map(toMessage), next: page.next };
        },
      }),
      message: t.field({
        type: o.Message,
        args: { id: t.arg.id({ required: true }) },
        resolve: (_, args, { service }) => toMessage(service.message(check(byId, args).id)),
      }),
      conversations: t.field({
        type: [o.Conversation],
        resolve: (_, _args, { service }) => service.conversations().map(toConversation),
      }),
      settings: t.field({
        type: o.Settings,
        resolve: (_, _args, { service }) => ({ ...service.settings() }),
      }),
      doctor: t.field({
        type: [o.DoctorCheck],
        resolve: async (_, _args, { service }) => (await service.doctor()).map((one) => ({ ...one })),
      }),
      verify: t.field({
        type: "JSON",
        description: "Checks every stored event again, from its bytes; as GET /api/verify.",
        resolve: (_, _args, { service, signal }) => service.verify({ signal }),
      }),
    }),
  });

  b.subscriptionType({
    fields: (t) => ({
      log: t.field({
        type: o.Entry,
        description: "Every entry of the log of changes after `since`, in order; without it from now on.",
        args: {
          since: t.arg.id(),
          space: t.arg.id({ description: "Id or unambiguous name: only entries about that space." }),
        },
        subscribe(_, args, { service, claims, loaders, signal }) {
          checkScope(claims, "read");
          const { since, space } = check(socketQuery, args);
          const only = space === undefined ? undefined : service.space(space).id;
          return followLog(service, { since, space: only, signal, beforeEach: loaders.forget });
        },
        resolve: (entry) => entry,
      }),
    }),
  });
}
