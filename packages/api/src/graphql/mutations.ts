/** Mutations: each is one call of the REST surface, checked by the same schema and needing the same scope. */
import {
  addReaction,
  admitWaiting,
  BATCH_MESSAGES_MAX,
  changeMe,
  changeMember,
  changeSettings,
  changeChannel,
  changeSpace,
  channelParams,
  connectPeer,
  conversationParams,
  createChannel,
  createInvite,
  createSpace,
  deviceStatus,
  inviteParams,
  join,
  joinParams,
  joinRequestParams,
  markRead,
  memberParams,
  messageParams,
  parseAddress,
  parseDuration,
  peerParams,
  place,
  postMessage,
  reactionParams,
  saveDraft,
  spaceParams,
  editMessage,
} from "@kith/contract";
import type { PostMessage } from "@kith/node";
import type { z } from "zod";
import type { Scope } from "../auth.ts";
import { ApiFault } from "../fault.ts";
import { checkScope, hasScope } from "../gate.ts";
import { toPost } from "../routes/messages.ts";
import {
  toConversation,
  toDraft,
  toInvite,
  toJoinProgress,
  toMe,
  toChannel,
  toMember,
  toMessage,
  toPosted,
  toSpace,
} from "../translate.ts";
import { check } from "./builder.ts";
import { changeMyself } from "../change-myself.ts";
import type { Builder, GraphqlContext } from "./builder.ts";
import type { Objects } from "./objects.ts";

/** Let the caller in by scope, checks the arguments by the REST surface's schema, and forgets what was looked up before. */
export function call<Schema extends z.ZodType, Result>(
  scope: Scope,
  schema: Schema,
  act: (input: z.output<Schema>, context: GraphqlContext) => Promise<Result>,
) {
  return async (_: unknown, args: object, context: GraphqlContext): Promise<Result> => {
    checkScope(context.claims, scope);
    try {
      return await act(check(schema, args), context);
    } finally {
      context.loaders.forget();
    }
  };
}

export function addMutations(b: Builder, o: Objects): void {
  const NewMessage = b.inputType("NewMessage", {
    fields: (t) => ({
      space: t.id({ required: true }),
      channel: t.id({ required: true }),
      text: t.string({ required: true }),
      replyTo: t.id(),
      clientId: t.string({ description: "The same twice is one message." }),
    }),
  });

  b.mutationType({
    fields: (t) => {
      const id = () => t.arg.id({ required: true });
      const text = () => t.arg.string({ required: true });
      return {
        postMessage: t.field({
          type: o.Message,
          args: { space: id(), channel: id(), text: text(), replyTo: t.arg.id(), clientId: t.arg.string() },
          resolve: call("send", postMessage, async (input, { service, claims }) =>
            toPosted(await service.postMessage(toPost(input)), input, hasScope(claims, "read")),
          ),
        }),
        postMessages: t.field({
          type: [o.Message],
          nullable: { list: false, items: true },
          description: "In one go; one that is refused is null, with its error in its place.",
          args: { messages: t.arg({ type: [NewMessage], required: true }) },
          async resolve(_, { messages }, { service, claims, loaders }) {
            checkScope(claims, "send");
            if (messages.length === 0 || messages.length > BATCH_MESSAGES_MAX)
              throw new ApiFault(
                "BAD_INPUT",
                `messages holds ${messages.length}, not 1 to ${BATCH_MESSAGES_MAX}`,
                "send them in several calls",
              );
            const checked = messages.map((one) => {
              try {
                return toPost(check(postMessage, one));
              } catch (error) {
                if (error instanceof ApiFault) return error;
                throw error;
              }
            });
            const sound = checked.filter((one): one is PostMessage => !(one instanceof Error));
            const stored = sound.length === 0 ? [] : await service.postMessages(sound);
            loaders.forget();
            let at = 0;
            return checked.map((one) => {
              if (one instanceof Error) return one as never;
              const answer = stored[at++];
              if (answer === undefined) throw new Error("the node answered fewer messages than were sent");
              return answer instanceof Error
                ? (answer as never)
                : toPosted(answer, one, hasScope(claims, "read"));
            });
          },
        }),
        editMessage: t.field({
          type: o.Message,
          args: { id: id(), text: text() },
          resolve: call("send", messageParams.extend(editMessage.shape), async (input, { service }) =>
            toMessage(await service.editMessage(input.id, input.text)),
          ),
        }),
        deleteMessage: t.field({
          type: o.Message,
          args: { id: id() },
          resolve: call("send", messageParams, async (input, { service }) =>
            toMessage(await service.deleteMessage(input.id)),
          ),
        }),
        pinMessage: t.field({
          type: o.Message,
          args: { id: id() },
          resolve: call("send", messageParams, async (input, { service }) =>
            toMessage(await service.pin(input.id, true)),
          ),
        }),
        unpinMessage: t.field({
          type: o.Message,
          args: { id: id() },
          resolve: call("send", messageParams, async (input, { service }) =>
            toMessage(await service.pin(input.id, false)),
          ),
        }),
        react: t.field({
          type: o.Message,
          args: { id: id(), emoji: text() },
          resolve: call("send", messageParams.extend(addReaction.shape), async (input, { service }) => {
            await service.react(input.id, input.emoji);
            return toMessage(service.message(input.id));
          }),
        }),
        unreact: t.field({
          type: o.Message,
          args: { id: id(), emoji: text() },
          resolve: call("send", reactionParams, async (input, { service }) => {
            await service.unreact(input.id, input.emoji);
            return toMessage(service.message(input.id));
          }),
        }),
        markRead: t.field({
          type: o.Conversation,
          args: { channel: id(), message: id() },
          resolve: call("send", conversationParams.extend(markRead.shape), async (input, { service }) =>
            toConversation(await service.markRead(input.channel, input.message)),
          ),
        }),
        saveDraft: t.field({
          type: o.Draft,
          nullable: true,
          args: { channel: id(), text: text(), replyTo: t.arg.id(), clientId: t.arg.string() },
          resolve: call("send", conversationParams.extend(saveDraft.shape), async (input, { service }) => {
            const { channel, text: written, replyTo, clientId } = input;
            const draft = await service.saveDraft(channel, {
              text: written,
              ...(typeof replyTo === "string" ? { replyTo } : null),
              ...(typeof clientId === "string" ? { clientId } : null),
            });
            return draft && toDraft(draft);
          }),
        }),
        savePlace: t.field({
          type: o.Place,
          args: { channel: id(), message: id(), offset: t.arg.int({ required: true }) },
          resolve: call(
            "send",
            conversationParams.extend(place.shape),
            ({ channel, message, offset }, { service }) => service.savePlace(channel, { message, offset }),
          ),
        }),
        changeSettings: t.field({
          type: o.Settings,
          args: { theme: t.arg({ type: o.Theme }) },
          resolve: call("admin", changeSettings, (input, { service }) => service.changeSettings(input)),
        }),
        changeMe: t.field({
          type: o.Me,
          args: {
            name: t.arg.string(),
            status: t.arg.string(),
            avatar: t.arg.string({ description: "A PNG, JPEG or WebP image of at most 16 KiB, in base64." }),
            visibility: t.arg({ type: o.Visibility }),
          },
          resolve: call("admin", changeMe, async (input, { service }) => {
            await changeMyself(service, input);
            return toMe(service.status(), service.profile());
          }),
        }),
        setOnline: t.boolean({
          args: { online: t.arg.boolean({ required: true }) },
          resolve: call(
            "admin",
            deviceStatus,
            async (input, { service }) => (await service.setOnline(input.online)).online,
          ),
        }),
        connectPeer: t.boolean({
          args: { address: text() },
          resolve: call("admin", connectPeer, async (input, { service }) => {
            const address = parseAddress(input.address);
            if (address === null) throw new Error("an address passed its check and cannot be read");
            await service.connectPeer(address);
            return true;
          }),
        }),
        disconnectPeer: t.boolean({
          args: { id: id() },
          resolve: call(
            "admin",
            peerParams,
            async (input, { service }) => (await service.disconnectPeer(input.id), true),
          ),
        }),
        createSpace: t.field({
          type: o.Space,
          args: {
            name: text(),
            kind: t.arg({ type: o.SpaceKind }),
            people: t.arg.idList({ description: "Who is asked into a group." }),
            history: t.arg({ type: o.History }),
          },
          resolve: call("manage", createSpace, async (input, { service }) =>
            toSpace(await service.createSpace(input)),
          ),
        }),
        renameSpace: t.field({
          type: o.Space,
          args: { space: id(), name: text() },
          resolve: call("manage", spaceParams.extend(changeSpace.shape), async (input, { service }) =>
            toSpace(await service.renameSpace(input.space, input.name)),
          ),
        }),
        leaveSpace: t.boolean({
          args: { space: id() },
          resolve: call(
            "manage",
            spaceParams,
            async (input, { service }) => (await service.leaveSpace(input.space), true),
          ),
        }),
        createChannel: t.field({
          type: o.Channel,
          args: {
            space: id(),
            name: text(),
            private: t.arg.boolean(),
            people: t.arg.idList(),
            history: t.arg({ type: o.History, description: "Of a private channel." }),
          },
          resolve: call(
            "manage",
            spaceParams.extend(createChannel.shape),
            async ({ space, name, ...options }, { service }) =>
              toChannel(await service.createChannel(space, name, options)),
          ),
        }),
        changeChannel: t.field({
          type: o.Channel,
          args: {
            space: id(),
            channel: id(),
            expiry: t.arg.int({
              description:
                "Seconds after which what is posted from now on disappears; null, or left out: it stays.",
            }),
          },
          resolve: call(
            "manage",
            channelParams.extend({ expiry: changeChannel.shape.expiry.default(null) }),
            async ({ space, channel, expiry }, { service }) =>
              toChannel(await service.setExpiry(space, channel, expiry)),
          ),
        }),
        changeRole: t.field({
          type: o.Member,
          args: { space: id(), person: id(), role: t.arg({ type: o.Role, required: true }) },
          resolve: call("manage", memberParams.extend(changeMember.shape), async (input, { service }) =>
            toMember(await service.changeRole(input.space, input.person, input.role)),
          ),
        }),
        removeMember: t.boolean({
          args: { space: id(), person: id() },
          resolve: call(
            "manage",
            memberParams,
            async (input, { service }) => (await service.removeMember(input.space, input.person), true),
          ),
        }),
        letOverturnedBe: t.boolean({
          description: "An undone removal or demotion is not told on this device any more.",
          args: { space: id(), person: id() },
          resolve: call(
            "manage",
            memberParams,
            async (input, { service }) => (await service.letOverturnedBe(input.space, input.person), true),
          ),
        }),
        createInvite: t.field({
          type: o.Invite,
          args: {
            space: id(),
            role: t.arg({ type: o.Role }),
            expires: t.arg.string({ description: '"30m", "24h" or "7d" (the default), or "never".' }),
            uses: t.arg.int(),
            mode: t.arg.string({ description: '"gated" (the default) or "open".' }),
          },
          resolve: call("manage", spaceParams.loose(), async (input, { service }) => {
            const never = input["expires"] === "never";
            const { expires, role, uses, mode } = check(
              createInvite,
              never ? { ...input, expires: undefined } : input,
            );
            const expiresInMs = never || expires === null ? null : parseDuration(expires);
            return toInvite(await service.createInvite(input.space, { role, expiresInMs, uses, mode }));
          }),
        }),
        revokeInvite: t.boolean({
          args: { space: id(), id: id() },
          resolve: call(
            "manage",
            inviteParams,
            async (input, { service }) => (await service.revokeInvite(input.space, input.id), true),
          ),
        }),
        admitWaiting: t.boolean({
          args: { space: id(), person: id() },
          resolve: call(
            "manage",
            admitWaiting,
            async (input, { service }) => (await service.admitWaiting(input.space, input.person), true),
          ),
        }),
        refuseWaiting: t.boolean({
          description: "By the id of a join request.",
          args: { id: id() },
          resolve: call(
            "manage",
            joinRequestParams,
            async (input, { service }) => (await service.refuseWaiting(input.id), true),
          ),
        }),
        join: t.field({
          type: o.JoinProgress,
          description:
            "Resolves when the space is here, or after waitMs with the step reached: the joining goes on.",
          args: { link: text(), waitMs: t.arg.int() },
          resolve: call("manage", join, async (input, { service, signal }) => {
            const progress = await service.join(input.link, { waitMs: input.waitMs, signal });
            if (progress.step === "failed")
              throw new ApiFault(
                "JOIN_FAILED",
                progress.detail,
                "ask for a new invitation, or try again near the person who sent it",
              );
            return toJoinProgress(progress);
          }),
        }),
        giveUpJoin: t.boolean({
          args: { invite: id() },
          resolve: call(
            "manage",
            joinParams,
            async (input, { service }) => (await service.giveUpJoin(input.invite), true),
          ),
        }),
        createSignInLink: t.field({
          type: o.SignInLink,
          resolve: (_, _args, { claims, link }) => {
            checkScope(claims, "admin");
            return link();
          },
        }),
      };
    },
  });
}
