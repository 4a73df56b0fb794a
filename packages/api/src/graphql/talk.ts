/**
 * People, requests, blocking, tokens, search, figures and typing: each field is a call of the REST surface, checked
 * by the same schema and needing the same scope. Spec: http, HT77.
 */
import {
  acceptRequest,
  askInto,
  blockParams,
  broadcast,
  conversationParams,
  createToken,
  muteConversation,
  parseDuration,
  searchQuery,
  sendTyping,
  spaceParams,
  startDirect,
  talkRequestParams,
  tokenParams,
} from "@kith/contract";
import type * as contract from "@kith/contract";
import { ApiFault } from "../fault.ts";
import { checkScope } from "../gate.ts";
import { toToken } from "../routes/tokens.ts";
import {
  isoTime,
  toConversation,
  toJoinProgress,
  toMessage,
  toPerson,
  toSearchGap,
  toSpace,
  toStats,
  toTalkRequest,
} from "../translate.ts";
import { check } from "./builder.ts";
import type { Builder } from "./builder.ts";
import { call } from "./mutations.ts";
import type { Objects } from "./objects.ts";

function addTypes(b: Builder, o: Objects) {
  const Person = b.objectRef<contract.Person>("Person").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      common: t.exposeStringList("common", { description: "Names of the spaces that both are in." }),
      connected: t.exposeBoolean("connected"),
      blocked: t.exposeBoolean("blocked"),
      direct: t.exposeID("direct", { nullable: true, description: "The direct conversation with them." }),
    }),
  });
  const TalkRequest = b.objectRef<contract.TalkRequest>("TalkRequest").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      kind: t.exposeString("kind"),
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      title: t.exposeString("title", { nullable: true, description: "Of a group its name." }),
      text: t.exposeString("text", { nullable: true, description: "The beginning of the first message." }),
      at: t.exposeString("at"),
      common: t.exposeStringList("common"),
    }),
  });
  const Block = b.objectRef<contract.Block>("Block").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      at: t.exposeString("at"),
    }),
  });
  const Token = b.objectRef<contract.Token>("Token").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name", { nullable: true }),
      scope: t.exposeString("scope"),
      created: t.exposeString("created"),
      expires: t.exposeString("expires"),
      revoked: t.exposeBoolean("revoked"),
    }),
  });
  const NewToken = b.objectRef<contract.Token & { token: string }>("NewToken").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name", { nullable: true }),
      scope: t.exposeString("scope"),
      created: t.exposeString("created"),
      expires: t.exposeString("expires"),
      revoked: t.exposeBoolean("revoked"),
      token: t.exposeString("token", { description: "Shown once: the node does not keep it." }),
    }),
  });
  const Receiving = b.objectRef<{ have: number; of: number }>("SearchReceiving").implement({
    fields: (t) => ({ have: t.exposeInt("have"), of: t.exposeInt("of") }),
  });
  const SearchGap = b.objectRef<contract.SearchGap>("SearchGap").implement({
    description: "A space of which not all is on this device.",
    fields: (t) => ({
      space: t.exposeID("space"),
      name: t.exposeString("name"),
      historySince: t.exposeString("historySince", { nullable: true }),
      receiving: t.expose("receiving", { type: Receiving, nullable: true }),
    }),
  });
  const SearchResult = b.objectRef<contract.SearchAnswer>("SearchResult").implement({
    fields: (t) => ({
      items: t.expose("items", { type: [o.Message] }),
      next: t.exposeID("next", {
        nullable: true,
        description: "There are older ones: give this as `before`.",
      }),
      missing: t.expose("missing", { type: [SearchGap] }),
    }),
  });
  const Broadcast = b.objectRef<{ id: string; broadcastTo: number }>("BroadcastAnswer").implement({
    fields: (t) => ({ id: t.exposeID("id"), broadcastTo: t.exposeInt("broadcastTo") }),
  });
  return { Block, Broadcast, NewToken, Person, SearchResult, TalkRequest, Token };
}

type Types = ReturnType<typeof addTypes>;

function addTalkQueries(b: Builder, types: Types): void {
  b.queryFields((t) => ({
    people: t.field({
      type: [types.Person],
      description: "Everybody who can be written to.",
      resolve: (_, _args, { service }) => service.people().map(toPerson),
    }),
    requests: t.field({
      type: [types.TalkRequest],
      description: "Who asks to talk, oldest first.",
      resolve: (_, _args, { service }) => service.requests().map(toTalkRequest),
    }),
    blocks: t.field({
      type: [types.Block],
      resolve: (_, _args, { service }) =>
        service.blocked().map(({ person, name, atMs }) => ({ person, name, at: isoTime(atMs) })),
    }),
    search: t.field({
      type: types.SearchResult,
      description: "Messages on this device that hold all these words, newest first.",
      args: {
        q: t.arg.string({ required: true }),
        space: t.arg.id(),
        before: t.arg.id(),
        limit: t.arg.int(),
      },
      resolve(_, args, { service }) {
        const { items, next, missing } = service.search(check(searchQuery, args));
        return { items: items.map(toMessage), next, missing: missing.map(toSearchGap) };
      },
    }),
    stats: t.field({
      type: "JSON",
      description: "Figures of what is exchanged with other devices; as GET /api/stats.",
      resolve: (_, _args, { service }) => toStats(service.stats()),
    }),
    tokens: t.field({
      type: [types.Token],
      description: "Tokens made for programs. Needs the scope admin.",
      resolve(_, _args, { tokens, claims }) {
        checkScope(claims, "admin");
        return tokens.tokens().map(toToken);
      },
    }),
  }));
}

function addTalkMutations(b: Builder, types: Types, o: Objects): void {
  b.mutationFields((t) => {
    const id = () => t.arg.id({ required: true });
    const text = () => t.arg.string({ required: true });
    return {
      startDirect: t.field({
        type: o.Space,
        description: "The direct conversation with a person; with text, which asks them, it is posted there.",
        args: { person: id(), text: t.arg.string() },
        resolve: call("manage", startDirect, async (input, { service }) =>
          toSpace(await service.direct(input.person, input.text ?? null)),
        ),
      }),
      askInto: t.field({
        type: o.Space,
        args: { space: id(), people: t.arg.idList({ required: true }) },
        resolve: call("manage", spaceParams.extend(askInto.shape), async (input, { service }) =>
          toSpace(await service.askInto(input.space, input.people)),
        ),
      }),
      acceptRequest: t.field({
        type: o.JoinProgress,
        description: "Resolves when the space is here, or after waitMs with the step reached.",
        args: { id: id(), waitMs: t.arg.int() },
        resolve: call(
          "manage",
          talkRequestParams.extend(acceptRequest.shape),
          async (input, { service, signal }) => {
            const progress = await service.acceptRequest(input.id, { waitMs: input.waitMs, signal });
            if (progress.step === "failed")
              throw new ApiFault("JOIN_FAILED", progress.detail, "ask the person to write to you again");
            return toJoinProgress(progress);
          },
        ),
      }),
      declineRequest: t.boolean({
        description: "The person is not told.",
        args: { id: id() },
        resolve: call(
          "manage",
          talkRequestParams,
          async (input, { service }) => (await service.declineRequest(input.id), true),
        ),
      }),
      block: t.boolean({
        args: { person: id() },
        resolve: call(
          "manage",
          blockParams,
          async (input, { service }) => (await service.block(input.person), true),
        ),
      }),
      unblock: t.boolean({
        args: { person: id() },
        resolve: call(
          "manage",
          blockParams,
          async (input, { service }) => (await service.unblock(input.person), true),
        ),
      }),
      mute: t.field({
        type: o.Conversation,
        args: { channel: id(), muted: t.arg.boolean({ required: true }) },
        resolve: call("send", conversationParams.extend(muteConversation.shape), async (input, { service }) =>
          toConversation(await service.mute(input.channel, input.muted)),
        ),
      }),
      muteSpace: t.field({
        type: o.Space,
        description: "All of its channels, those to come as well.",
        args: { space: id(), muted: t.arg.boolean({ required: true }) },
        resolve: call("send", spaceParams.extend(muteConversation.shape), async (input, { service }) =>
          toSpace(await service.muteSpace(input.space, input.muted)),
        ),
      }),
      sendTyping: t.boolean({
        description: "Told to who is connected, and kept nowhere.",
        args: { space: id(), channel: id() },
        resolve: call("send", sendTyping, async (input, { service }) => {
          service.sendTyping(input.space, input.channel);
          return true;
        }),
      }),
      broadcast: t.field({
        type: types.Broadcast,
        description: "Post to a channel by its name, in the space that came to this device first.",
        args: { board: id(), content: text(), userId: t.arg.id(), clientId: t.arg.string() },
        resolve: call("send", broadcast, async ({ board, content, userId, clientId }, { service }) =>
          service.broadcast({
            board,
            content,
            ...(typeof userId === "string" ? { userId } : null),
            ...(typeof clientId === "string" ? { clientId } : null),
          }),
        ),
      }),
      createToken: t.field({
        type: types.NewToken,
        args: { scope: text(), ttl: t.arg.string(), name: t.arg.string() },
        resolve: call("admin", createToken, async ({ scope, ttl, name }, { tokens }) => {
          const ttlMs = parseDuration(ttl);
          if (ttlMs === null) throw new Error("a duration passed its check and cannot be read");
          const { token, record } = await tokens.createToken({ scope, ttlMs, name: name ?? null });
          return { ...toToken(record), token };
        }),
      }),
      revokeToken: t.boolean({
        description: "For good; what it holds open ends.",
        args: { id: id() },
        resolve: call("admin", tokenParams, async (input, { tokens }) => {
          tokens.revokeToken(input.id);
          return true;
        }),
      }),
    };
  });
}

export function addTalk(b: Builder, o: Objects): void {
  const types = addTypes(b, o);
  addTalkQueries(b, types);
  addTalkMutations(b, types, o);
}
