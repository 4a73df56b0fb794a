/** The object types of the schema: the contract's values, and the ways from one to another. */
import type * as contract from "@kith/contract";
import type { LogEntry } from "@kith/node";
import encodeQr from "qr";
import { checkScope } from "../gate.ts";
import { isoTime, toChannel, toInvite, toMember, toMessage, toSpace } from "../translate.ts";
import type { Builder } from "./builder.ts";

export function addObjects(b: Builder) {
  const Role = b.enumType("Role", { values: ["owner", "admin", "member", "reader"] as const });
  const SpaceKind = b.enumType("SpaceKind", { values: ["community", "group", "direct"] as const });
  const SpaceState = b.enumType("SpaceState", { values: ["ready", "joining", "removed"] as const });
  const Visibility = b.enumType("Visibility", { values: ["hidden", "members", "nearby"] as const });
  const History = b.enumType("History", {
    description: "What those who come later see: all, or what is written after they came.",
    values: { all: { value: "all" }, from_joining: { value: "from-joining" } } as const,
  });
  const Theme = b.enumType("Theme", { values: ["system", "light", "dark"] as const });

  const VerificationState = b.enumType("VerificationState", {
    description: "Whether this node's person has compared safety numbers with them.",
    values: ["self", "unverified", "verified", "changed"] as const,
  });

  const Me = b.objectRef<contract.Me>("Me").implement({
    fields: (t) => ({
      nodeId: t.exposeID("nodeId"),
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      status: t.exposeString("status", { nullable: true }),
      avatar: t.exposeString("avatar", { nullable: true }),
      visibility: t.expose("visibility", { type: Visibility }),
    }),
  });

  const Transport = b.objectRef<contract.Status["transports"][number]>("Transport").implement({
    fields: (t) => ({
      kind: t.exposeString("kind"),
      port: t.exposeInt("port", { nullable: true }),
      up: t.exposeBoolean("up"),
    }),
  });
  const Receiving = b.objectRef<NonNullable<contract.Status["receiving"]>>("Receiving").implement({
    fields: (t) => ({ have: t.exposeInt("have"), of: t.exposeInt("of") }),
  });
  const Status = b.objectRef<contract.Status>("Status").implement({
    fields: (t) => ({
      nodeId: t.exposeID("nodeId"),
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      version: t.exposeString("version"),
      uptimeS: t.exposeFloat("uptimeS"),
      online: t.exposeBoolean("online"),
      visibility: t.expose("visibility", { type: Visibility }),
      connectedPeers: t.exposeInt("connectedPeers"),
      networkHealth: t.exposeString("networkHealth"),
      messagesSynced: t.exposeInt("messagesSynced"),
      storageUsed: t.exposeFloat("storageUsed", { description: "Bytes." }),
      transports: t.expose("transports", { type: [Transport] }),
      spaces: t.exposeInt("spaces"),
      receiving: t.expose("receiving", { type: Receiving, nullable: true }),
      waitingForKeys: t.exposeInt("waitingForKeys"),
      storageState: t.exposeString("storageState"),
      historyDays: t.exposeInt("historyDays", {
        nullable: true,
        description: "How many days of history a space is asked for; null: all of it.",
      }),
    }),
  });

  const Peer = b.objectRef<contract.Peer>("Peer").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name"),
      person: t.exposeID("person"),
      connected: t.exposeBoolean("connected"),
      path: t.exposeString("path"),
      multiaddr: t.exposeString("multiaddr"),
      rttMs: t.exposeFloat("rttMs", { nullable: true }),
      lastSeen: t.exposeString("lastSeen"),
      reputation: t.exposeFloat("reputation", { description: "0 to 100." }),
      inSync: t.exposeBoolean("inSync"),
      shared: t.exposeBoolean("shared"),
    }),
  });

  const Channel = b.objectRef<contract.Channel>("Channel").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name"),
      private: t.exposeBoolean("private"),
      history: t.expose("history", { type: History }),
      expiry: t.exposeInt("expiry", {
        nullable: true,
        description: "Seconds after which what is posted in it now disappears; null: it stays.",
      }),
    }),
  });

  const Suspended = b.objectRef<contract.Member["suspended"][number]>("SuspendedDevice").implement({
    description: "A device that was ended: it signed two different events for one place of its chain.",
    fields: (t) => ({
      device: t.exposeID("device"),
      name: t.exposeString("name", { nullable: true }),
      at: t.exposeString("at"),
    }),
  });
  const MemberRights = b.objectRef<contract.MemberRights>("MemberRights").implement({
    description: "What this node's person may do about the member. It decides nothing: the call does.",
    fields: (t) => ({
      remove: t.exposeBoolean("remove", { description: "Of oneself: leave." }),
      roles: t.expose("roles", { type: [Role], description: "Ranks that may be given instead." }),
    }),
  });

  const Overturned = b.objectRef<NonNullable<contract.Member["overturned"]>>("Overturned").implement({
    description: "What was decided about a member and undone by a decision of higher rank.",
    fields: (t) => ({
      kind: t.exposeString("kind", { description: "removal or demotion" }),
      role: t.expose("role", {
        type: Role,
        nullable: true,
        description: "Of a demotion: the rank that was meant.",
      }),
      by: t.exposeID("by", { nullable: true }),
      byName: t.exposeString("byName", { nullable: true }),
      at: t.exposeString("at"),
    }),
  });

  const Member = b.objectRef<contract.Member>("Member").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      role: t.expose("role", { type: Role }),
      devices: t.exposeIDList("devices"),
      joined: t.exposeString("joined"),
      self: t.exposeBoolean("self"),
      may: t.expose("may", { type: MemberRights }),
      status: t.exposeString("status", { nullable: true }),
      avatar: t.exposeString("avatar", { nullable: true }),
      verification: t.expose("verification", { type: VerificationState }),
      overturned: t.expose("overturned", {
        type: Overturned,
        nullable: true,
        description: "This node's person may repeat it.",
      }),
      suspended: t.expose("suspended", { type: [Suspended] }),
    }),
  });

  const Invite = b.objectRef<contract.Invite>("Invite").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      space: t.exposeID("space"),
      role: t.expose("role", { type: Role }),
      mode: t.exposeString("mode"),
      expires: t.exposeString("expires", { nullable: true }),
      uses: t.exposeInt("uses"),
      used: t.exposeInt("used"),
      revoked: t.exposeBoolean("revoked"),
      link: t.exposeString("link", { nullable: true, description: "Only on the device that made it." }),
      qr: t.string({
        nullable: true,
        description: "The link as an SVG image.",
        resolve: ({ link }) => link && encodeQr(link, "svg", { ecc: "medium" }),
      }),
    }),
  });

  const DirectWith = b.objectRef<NonNullable<contract.Space["direct"]>>("DirectWith").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      avatar: t.exposeString("avatar", { nullable: true }),
      asked: t.exposeBoolean("asked", { description: "A request waits for the other person." }),
      accepted: t.exposeBoolean("accepted"),
      blocked: t.exposeBoolean("blocked"),
    }),
  });
  const AskedPerson = b.objectRef<contract.Space["asked"][number]>("AskedPerson").implement({
    fields: (t) => ({ person: t.exposeID("person"), name: t.exposeString("name") }),
  });
  const Waiting = b.objectRef<contract.Waiting>("Waiting").implement({
    fields: (t) => ({
      channel: t.exposeID("channel", {
        nullable: true,
        description: "The private channel; null: the space.",
      }),
      person: t.exposeID("person", { nullable: true, description: "Who has the key; null: a member." }),
      name: t.exposeString("name", { nullable: true }),
      device: t.exposeID("device", { nullable: true }),
      deviceName: t.exposeString("deviceName", { nullable: true }),
      events: t.exposeInt("events"),
      since: t.exposeString("since"),
    }),
  });
  const Space = b.objectRef<contract.Space>("Space").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name"),
      kind: t.expose("kind", { type: SpaceKind }),
      role: t.expose("role", { type: Role, nullable: true }),
      memberCount: t.int({ resolve: ({ members }) => members }),
      state: t.expose("state", { type: SpaceState }),
      historySince: t.exposeString("historySince", { nullable: true }),
      closed: t.exposeInt("closed"),
      history: t.expose("history", { type: History, description: "Of the open channels." }),
      waiting: t.expose("waiting", {
        type: [Waiting],
        description: "What is here and does not open yet, by whose device it is asked a key for.",
      }),
      direct: t.expose("direct", { type: DirectWith, nullable: true }),
      muted: t.exposeBoolean("muted"),
      asked: t.expose("asked", { type: [AskedPerson] }),
      channels: t.expose("channels", { type: [Channel] }),
      members: t.field({
        type: [Member],
        resolve({ id }, _args, { loaders, claims }) {
          checkScope(claims, "read");
          return loaders.members(id).map(toMember);
        },
      }),
      invites: t.field({
        type: [Invite],
        description: "Needs the scope manage.",
        resolve({ id }, _args, { service, claims }) {
          checkScope(claims, "manage");
          return service.invites(id).map(toInvite);
        },
      }),
    }),
  });

  const Reaction = b.objectRef<contract.Message["reactions"][number]>("Reaction").implement({
    fields: (t) => ({ emoji: t.exposeString("emoji"), people: t.exposeIDList("people") }),
  });
  const Delivery = b.objectRef<contract.Message["delivery"]>("Delivery").implement({
    fields: (t) => ({
      devices: t.exposeInt("devices", { description: "Other devices that have said they keep it." }),
      of: t.exposeInt("of", { description: "Other devices it is meant for." }),
      readBy: t.exposeInt("readBy"),
    }),
  });
  const MessageRef = b.objectRef<contract.Message>("Message");
  const Message = MessageRef.implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      space: t.exposeID("space"),
      channel: t.exposeID("channel"),
      author: t.exposeID("author"),
      authorName: t.exposeString("authorName"),
      device: t.exposeID("device"),
      text: t.exposeString("text"),
      at: t.exposeString("at"),
      editedAt: t.string({ nullable: true, resolve: ({ editedAt }) => editedAt ?? null }),
      deleted: t.boolean({ resolve: ({ deleted }) => deleted ?? false }),
      pinned: t.boolean({ resolve: ({ pinned }) => pinned ?? false }),
      expires: t.exposeString("expires", {
        nullable: true,
        description: "When it disappears from every device; null: it stays.",
      }),
      replyTo: t.id({ nullable: true, resolve: ({ replyTo }) => replyTo ?? null }),
      replyToExpired: t.boolean({
        nullable: true,
        description: "true: what it answers was kept for a time that is over.",
        resolve: (message) => message.replyToExpired ?? null,
      }),
      clientId: t.string({ nullable: true, resolve: ({ clientId }) => clientId ?? null }),
      reactions: t.expose("reactions", { type: [Reaction] }),
      delivery: t.expose("delivery", { type: Delivery }),
      early: t.boolean({
        description: "Shown before its history is here; it may be withdrawn.",
        resolve: ({ early }) => early === true,
      }),
      blocked: t.boolean({
        description: "Its author is blocked on this node.",
        resolve: ({ blocked }) => blocked === true,
      }),
      spaceInfo: t.field({
        type: Space,
        nullable: true,
        resolve({ space }, _args, { loaders, claims }) {
          checkScope(claims, "read");
          const found = loaders.space(space);
          return found && toSpace(found);
        },
      }),
      channelInfo: t.field({
        type: Channel,
        nullable: true,
        resolve({ space, channel }, _args, { loaders, claims }) {
          checkScope(claims, "read");
          const found = loaders.space(space)?.channels.find(({ id }) => id === channel);
          return found ? toChannel(found) : null;
        },
      }),
      member: t.field({
        type: Member,
        nullable: true,
        description: "The author as a member of the space; null once they are none.",
        resolve({ space, author }, _args, { loaders, claims }) {
          checkScope(claims, "read");
          const found = loaders.member(space, author);
          return found && toMember(found);
        },
      }),
      answered: t.field({
        type: MessageRef,
        nullable: true,
        description: "The message this one answers, where it is here.",
        resolve({ replyTo }, _args, { loaders, claims }) {
          checkScope(claims, "read");
          const found = replyTo === undefined ? null : loaders.message(replyTo);
          return found && toMessage(found);
        },
      }),
    }),
  });

  const MessagePage = b
    .objectRef<{ items: contract.Message[]; next: string | null }>("MessagePage")
    .implement({
      fields: (t) => ({
        items: t.expose("items", { type: [Message] }),
        next: t.exposeID("next", { nullable: true, description: "Continues in the direction asked for." }),
      }),
    });

  const Draft = b.objectRef<contract.Draft>("Draft").implement({
    fields: (t) => ({
      text: t.exposeString("text"),
      replyTo: t.exposeID("replyTo", { nullable: true }),
      clientId: t.exposeString("clientId", { nullable: true }),
      at: t.exposeString("at"),
    }),
  });
  const Place = b.objectRef<{ message: string; offset: number }>("Place").implement({
    fields: (t) => ({ message: t.exposeID("message"), offset: t.exposeInt("offset") }),
  });
  const Conversation = b.objectRef<contract.Conversation>("Conversation").implement({
    fields: (t) => ({
      space: t.exposeID("space"),
      spaceName: t.exposeString("spaceName"),
      spaceKind: t.expose("spaceKind", { type: SpaceKind }),
      role: t.expose("role", { type: Role, nullable: true }),
      state: t.expose("state", { type: SpaceState }),
      channel: t.exposeID("channel"),
      name: t.exposeString("name"),
      private: t.exposeBoolean("private"),
      direct: t.expose("direct", { type: DirectWith, nullable: true }),
      members: t.exposeInt("members"),
      last: t.expose("last", { type: Message, nullable: true }),
      unread: t.exposeInt("unread"),
      mentions: t.exposeInt("mentions"),
      muted: t.exposeBoolean("muted"),
      mayShowDeleted: t.exposeBoolean("mayShowDeleted"),
      readUpTo: t.exposeID("readUpTo", { nullable: true }),
      draft: t.expose("draft", { type: Draft, nullable: true }),
      place: t.expose("place", { type: Place, nullable: true }),
    }),
  });

  const Settings = b.objectRef<contract.Settings>("Settings").implement({
    fields: (t) => ({ theme: t.expose("theme", { type: Theme }) }),
  });

  const JoinRequest = b.objectRef<contract.JoinRequest>("JoinRequest").implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      space: t.exposeID("space"),
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      device: t.exposeID("device"),
      invite: t.exposeID("invite"),
      detail: t.exposeString("detail"),
    }),
  });
  const JoinProgress = b.objectRef<contract.JoinProgress>("JoinProgress").implement({
    fields: (t) => ({
      space: t.exposeID("space"),
      invite: t.exposeID("invite"),
      step: t.exposeString("step"),
      detail: t.exposeString("detail"),
      spaceInfo: t.field({
        type: Space,
        nullable: true,
        description: "Once it is here.",
        resolve({ space }, _args, { loaders, claims }) {
          checkScope(claims, "read");
          const found = loaders.space(space);
          return found && toSpace(found);
        },
      }),
    }),
  });

  const DoctorCheck = b.objectRef<contract.DoctorReport["items"][number]>("DoctorCheck").implement({
    fields: (t) => ({
      name: t.exposeString("name"),
      status: t.exposeString("status"),
      detail: t.exposeString("detail"),
      next: t.exposeString("next", { nullable: true }),
    }),
  });

  const SignInLink = b.objectRef<contract.SignInLink>("SignInLink").implement({
    fields: (t) => ({ url: t.exposeString("url"), expires: t.exposeString("expires") }),
  });

  const Entry = b.objectRef<LogEntry>("LogEntry").implement({
    fields: (t) => ({
      cursor: t.exposeID("cursor", { description: "Opaque; pass the last one back to resume." }),
      type: t.exposeString("type"),
      at: t.string({ resolve: ({ atMs }) => isoTime(atMs) }),
      message: t.field({
        type: Message,
        nullable: true,
        description: "Of an entry of type message.",
        resolve: ({ message }) => message && toMessage(message),
      }),
      data: t.field({
        type: "JSON",
        nullable: true,
        resolve: ({ message, data }) => (message === null ? data : toMessage(message)),
      }),
    }),
  });

  return {
    Channel,
    Conversation,
    DoctorCheck,
    Draft,
    Entry,
    History,
    Invite,
    JoinProgress,
    JoinRequest,
    Me,
    Member,
    Message,
    MessagePage,
    Peer,
    Place,
    Role,
    Settings,
    SignInLink,
    Space,
    SpaceKind,
    Status,
    Theme,
    VerificationState,
    Visibility,
  };
}

export type Objects = ReturnType<typeof addObjects>;
