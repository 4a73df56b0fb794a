/**
 * One right request for every call of the surface, in an order in which each finds what it needs, over real nodes.
 * A call that is not here fails the test that walks through them: a new route gets its line.
 */
import { send } from "@kith/api/testing";
import type { Answer } from "@kith/api/testing";
import { ofReports } from "./reports.ts";
import type { Json } from "./description.ts";
import type { Actor, World } from "./world.ts";

export interface Request {
  /** Who is asked; default Ann. */
  readonly of?: Actor;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: Json;
  /** Sent as it is, in place of a body. */
  readonly file?: Uint8Array;
}

export interface Step {
  readonly call: string;
  /** What has to be true before, awaited. */
  readonly before?: (world: World) => Promise<unknown>;
  readonly request: (world: World) => Request;
  /** Keeps what later steps need, and looks at what no schema says. */
  readonly after?: (world: World, answer: Answer) => unknown;
}

type Body = Readonly<Record<string, Json>>;

const only =
  (request: Request = {}) =>
  (): Request =>
    request;
const inSpace = ({ ids }: World, more: Request = {}): Request => ({
  ...more,
  params: { space: ids.space, ...more.params },
});
const inChannel = ({ ids }: World, body?: Json): Request => ({
  params: { channel: ids.channel },
  ...(body === undefined ? null : { body }),
});
const idOf = (answer: Answer): string => answer.json<{ id: string }>().id;
/** Nobody may refuse a key for being new: it is for a later version (HT13). */
const extra = (body: Body): Json => ({ ...body, ofALaterVersion: { x: [1] } });

const ofThisNode: readonly Step[] = [
  { call: "get /health", request: only() },
  { call: "get /openapi.json", request: only() },
  { call: "get /docs", request: only() },
  { call: "get /metrics", request: only() },
  { call: "get /api/status", request: only() },
  { call: "get /api/stats", request: only() },
  { call: "get /api/doctor", request: only() },
  { call: "get /api/me", request: only() },
  {
    call: "patch /api/me",
    // The first bytes of a PNG image.
    request: only({ body: extra({ name: "Ann \u05D0\u{1F9D7}", status: "here", avatar: "iVBORw0KGgo=" }) }),
  },
  {
    call: "get /api/people/{person}/avatar",
    request: ({ ann }) => ({ params: { person: ann.person } }),
  },
  { call: "get /api/settings", request: only() },
  { call: "patch /api/settings", request: only({ body: extra({ theme: "dark" }) }) },
  {
    call: "post /api/sign-in-links",
    request: only(),
    after({ ids }, answer) {
      ids.code = new URL(answer.json<{ url: string }>().url).searchParams.get("code") ?? "";
    },
  },
  { call: "get /sign-in", request: ({ ids }) => ({ query: `code=${ids.code}` }) },
  {
    call: "post /api/tokens",
    request: only({ body: extra({ scope: "read", ttl: "1h", name: "for \u{1F9D7}" }) }),
    after: ({ ids }, answer) => (ids.token = idOf(answer)),
  },
  { call: "get /api/tokens", request: only() },
  { call: "delete /api/tokens/{id}", request: ({ ids }) => ({ params: { id: ids.token } }) },
];

const ofSpaces: readonly Step[] = [
  {
    call: "post /api/spaces",
    request: only({ body: extra({ name: "Harbour" }) }),
    after: ({ ids }, answer) => (ids.space = idOf(answer)),
  },
  { call: "get /api/spaces", request: only() },
  { call: "get /api/spaces/{space}", request: inSpace },
  {
    call: "patch /api/spaces/{space}",
    request: (world) => inSpace(world, { body: extra({ name: "Quay" }) }),
  },
  {
    call: "get /api/spaces/{space}/channels",
    request: inSpace,
    after: ({ ids }, answer) =>
      (ids.channel = answer.json<{ items: { id: string }[] }>().items[0]?.id ?? "none"),
  },
  {
    call: "post /api/spaces/{space}/channels",
    request: (world) => inSpace(world, { body: extra({ name: "Bridge", private: true, people: [] }) }),
    after: ({ ids }, answer) => (ids.private = idOf(answer)),
  },
  {
    call: "post /api/spaces/{space}/invites",
    request: (world) => inSpace(world, { body: extra({ role: "member", expires: "1h", uses: 1 }) }),
    after({ ids }, answer) {
      ids.invite = idOf(answer);
      ids.link = answer.json<{ link: string }>().link;
    },
  },
  { call: "get /api/spaces/{space}/invites", request: inSpace },
  {
    call: "post /api/join",
    request: ({ ids }) => ({ of: "bob", body: extra({ link: ids.link, waitMs: 60_000 }) }),
  },
  { call: "get /api/joins", request: only({ of: "bob" }) },
  { call: "get /api/spaces/{space}/members", request: inSpace },
  {
    call: "patch /api/spaces/{space}/members/{person}",
    request: (world) =>
      inSpace(world, { params: { person: world.bob.person }, body: extra({ role: "admin" }) }),
  },
  {
    call: "delete /api/spaces/{space}/members/{person}/overturned",
    request: (world) => inSpace(world, { params: { person: world.bob.person } }),
  },
  {
    call: "patch /api/spaces/{space}/channels/{channel}",
    request: (world) =>
      inSpace(world, { params: { channel: world.ids.private }, body: extra({ expiry: 3_600 }) }),
  },
  {
    call: "post /api/spaces/{space}/channels/{channel}/members",
    request: (world) =>
      inSpace(world, { params: { channel: world.ids.private }, body: extra({ person: world.bob.person }) }),
  },
  {
    call: "get /api/spaces/{space}/channels/{channel}/members",
    request: (world) => inSpace(world, { params: { channel: world.ids.private } }),
  },
  {
    call: "delete /api/spaces/{space}/channels/{channel}/members/{person}",
    request: (world) => inSpace(world, { params: { channel: world.ids.private, person: world.bob.person } }),
  },
  {
    call: "delete /api/spaces/{space}/invites/{id}",
    before: async (world) => (world.ids.spare = (await world.invite("ann", "Quay")).id),
    request: (world) => inSpace(world, { params: { id: world.ids.spare } }),
  },
];

const ofMessages: readonly Step[] = [
  {
    call: "post /api/messages",
    request: only({
      body: extra({ space: "Quay", channel: "general", text: "one \u0000\u202E\u{1F9D7}", clientId: "c1" }),
    }),
    after: ({ ids }, answer) => (ids.message = idOf(answer)),
  },
  {
    call: "post /api/messages/batch",
    request: ({ ids }) => ({
      body: extra({
        messages: [
          extra({ space: ids.space, channel: ids.channel, text: "two", replyTo: ids.message }),
          { space: "Nowhere", channel: "general", text: "three" },
        ],
      }),
    }),
  },
  { call: "get /api/messages", request: only({ query: "space=Quay&channel=general&limit=500" }) },
  { call: "get /api/messages/{id}", request: ({ ids }) => ({ params: { id: ids.message } }) },
  {
    call: "post /api/messages/{id}/reactions",
    request: ({ ids }) => ({ params: { id: ids.message }, body: extra({ emoji: "\u{1F44D}\u{1F3FD}" }) }),
  },
  {
    call: "delete /api/messages/{id}/reactions/{emoji}",
    request: ({ ids }) => ({ params: { id: ids.message, emoji: "\u{1F44D}\u{1F3FD}" } }),
  },
  {
    call: "patch /api/messages/{id}",
    request: ({ ids }) => ({ params: { id: ids.message }, body: extra({ text: "one, edited" }) }),
  },
  { call: "get /api/messages/{id}/edits", request: ({ ids }) => ({ params: { id: ids.message } }) },
  { call: "get /api/messages/{id}/delivery", request: ({ ids }) => ({ params: { id: ids.message } }) },
  { call: "post /api/messages/{id}/pin", request: ({ ids }) => ({ params: { id: ids.message } }) },
  {
    call: "get /api/spaces/{space}/channels/{channel}/pins",
    request: (world) => inSpace(world, { params: { channel: world.ids.channel } }),
  },
  { call: "delete /api/messages/{id}/pin", request: ({ ids }) => ({ params: { id: ids.message } }) },
  {
    call: "delete /api/messages/{id}",
    async before({ ask, ids }) {
      const body = { space: ids.space, channel: ids.channel, text: "not for long" };
      ids.gone = (await ask<{ id: string }>("ann", "POST", "/api/messages", body)).id;
    },
    request: ({ ids }) => ({ params: { id: ids.gone } }),
  },
  { call: "get /api/search", request: only({ query: "q=two&space=Quay&limit=1" }) },
  {
    call: "post /api/broadcast",
    request: ({ ids }) => ({ body: extra({ board: ids.channel, content: "to all", clientId: "b1" }) }),
  },
  { call: "post /api/typing", request: only({ body: extra({ space: "Quay", channel: "general" }) }) },
  { call: "get /api/conversations", request: only() },
  {
    call: "put /api/conversations/{channel}/read",
    request: (world) => inChannel(world, extra({ message: world.ids.message })),
  },
  {
    call: "put /api/conversations/{channel}/draft",
    request: (world) =>
      inChannel(world, extra({ text: "a draft", replyTo: world.ids.message, clientId: "d1" })),
  },
  {
    call: "put /api/conversations/{channel}/place",
    request: (world) => inChannel(world, extra({ message: world.ids.message, offset: -3 })),
  },
  {
    call: "put /api/conversations/{channel}/muted",
    request: (world) => inChannel(world, extra({ muted: true })),
  },
  {
    call: "put /api/spaces/{space}/muted",
    request: (world) => inSpace(world, { body: extra({ muted: true }) }),
  },
  { call: "get /api/events", request: only({ query: "since=0&space=Quay" }) },
  { call: "get /api/poll", request: only({ query: "since=0&wait=0" }) },
  { call: "get /api/ws", request: only({ query: "since=0&hello=1" }) },
];

const ofPeople: readonly Step[] = [
  { call: "get /api/peers", request: only() },
  { call: "get /api/people", request: only() },
  {
    call: "get /api/people/{person}/safety-number",
    request: ({ bob }) => ({ params: { person: bob.person } }),
  },
  {
    call: "put /api/people/{person}/verification",
    async before({ ask, ids, bob }) {
      ids.words = (
        await ask<{ words: string[] }>("ann", "GET", `/api/people/${bob.person}/verification`)
      ).words.join(" ");
    },
    request: ({ bob, ids }) => ({ params: { person: bob.person }, body: extra({ seen: ids.words }) }),
  },
  {
    call: "get /api/people/{person}/verification",
    request: ({ bob }) => ({ params: { person: bob.person } }),
    after(_, answer) {
      const { state } = answer.json<{ state: string }>();
      if (state !== "verified") throw new Error(`who was verified is ${state}`);
    },
  },
  {
    call: "delete /api/people/{person}/verification",
    request: ({ bob }) => ({ params: { person: bob.person } }),
  },
  {
    call: "post /api/direct",
    request: ({ bob }) => ({ body: extra({ person: bob.person, text: "hello" }) }),
  },
  {
    call: "get /api/requests",
    before: ({ until }) => until("bob", "/api/requests", ({ items }) => items.length === 1),
    request: only({ of: "bob" }),
    after: ({ ids }, answer) =>
      (ids.request = answer.json<{ items: { id: string }[] }>().items[0]?.id ?? "none"),
  },
  {
    call: "post /api/requests/{id}/accept",
    request: ({ ids }) => ({ of: "bob", params: { id: ids.request }, body: extra({ waitMs: 60_000 }) }),
  },
  {
    call: "post /api/spaces/{space}/asked",
    before: async (world) =>
      (world.ids.group = await world.makeSpace("ann", { name: "Crew", kind: "group" })),
    request: ({ ids, bob }) => ({ params: { space: ids.group }, body: extra({ people: [bob.person] }) }),
  },
  {
    call: "post /api/requests/{id}/decline",
    async before({ until, ids }) {
      const { items } = await until("bob", "/api/requests", (list) => list.items.length === 1);
      ids.group = String(items[0]?.["id"]);
    },
    request: ({ ids }) => ({ of: "bob", params: { id: ids.group } }),
  },
  { call: "put /api/blocks/{person}", request: ({ bob }) => ({ params: { person: bob.person } }) },
  { call: "get /api/blocks", request: only() },
  { call: "delete /api/blocks/{person}", request: ({ bob }) => ({ params: { person: bob.person } }) },
  {
    call: "post /api/peers/{id}/disconnect",
    before: ({ until, bob }) =>
      until("ann", "/api/peers", ({ items }) => items.some(({ id }) => id === bob.device)),
    request: ({ bob }) => ({ params: { id: bob.device } }),
  },
  {
    call: "post /api/peers/connect",
    request: ({ bob }) => ({ body: extra({ address: `127.0.0.1:${bob.peerPort}` }) }),
  },
];

/** Two people over an invite for one, in two halves of a space that hear nothing of each other. */
const ofOneTooMany: readonly Step[] = [
  {
    call: "post /api/device-status",
    async before(world) {
      const { id, link } = await world.invite("ann", "Quay");
      world.ids.last = link;
      await world.until("bob", "/api/spaces/Quay/invites", ({ items }) =>
        items.some((invite) => invite["id"] === id),
      );
    },
    request: only({ of: "bob", body: extra({ online: false }) }),
  },
  {
    call: "get /api/join-requests",
    async before(world) {
      await world.join("cem", world.ids.last);
      await world.setOnline("cem", false);
      await world.setOnline("ann", false);
      await world.setOnline("bob", true, { wait: false });
      await world.join("dee", world.ids.last);
      await world.setOnline("ann", true);
      await world.setOnline("cem", true);
      const { items } = await world.until("ann", "/api/join-requests", (list) => list.items.length === 1);
      world.ids.waiting = String(items[0]?.["person"]);
    },
    request: only(),
  },
  {
    call: "post /api/join-requests",
    request: ({ ids }) => ({ body: extra({ space: ids.space, person: ids.waiting }) }),
  },
  {
    call: "post /api/join-requests/{id}/refuse",
    async before(world) {
      const { id, link } = await world.invite("ann", "Quay");
      await world.until("bob", "/api/spaces/Quay/invites", ({ items }) =>
        items.some((invite) => invite["id"] === id),
      );
      await world.setOnline("bob", false);
      await world.join("eva", link);
      for (const actor of ["eva", "ann", "cem", "dee"] as const) await world.setOnline(actor, false);
      await world.setOnline("bob", true, { wait: false });
      await world.join("hal", link);
      for (const actor of ["ann", "cem", "dee", "eva"] as const) await world.setOnline(actor, true);
      const { items } = await world.until("ann", "/api/join-requests", (list) => list.items.length === 1);
      world.ids.unwanted = String(items[0]?.["id"]);
    },
    request: ({ ids }) => ({ params: { id: ids.unwanted } }),
  },
  {
    call: "delete /api/joins/{invite}",
    async before(world) {
      await world.makeSpace("eva", { name: "Nowhere near" });
      const { id, link } = await world.invite("eva", "Nowhere near");
      world.ids.pending = id;
      await world.setOnline("eva", false);
      await world.ask("cem", "POST", "/api/join", { link, waitMs: 0 });
      await world.setOnline("eva", true, { wait: false });
    },
    request: ({ ids }) => ({ of: "cem", params: { invite: ids.pending } }),
  },
];

const ofDevices: readonly Step[] = [
  { call: "get /api/devices", request: only() },
  {
    call: "post /api/devices/links",
    request: only(),
    after: ({ ids }, answer) => (ids.offer = answer.json<{ link: string }>().link),
  },
  { call: "get /api/devices/links", request: only() },
  {
    call: "post /api/link",
    request: ({ ids }) => ({ of: "fay", body: extra({ link: ids.offer, name: "Phone", waitMs: 60_000 }) }),
    after: ({ ids }, answer) => (ids.digits = answer.json<{ code: string | null }>().code ?? "none"),
  },
  {
    call: "post /api/devices/links/confirm",
    before: ({ until }) =>
      until("ann", "/api/devices/links", ({ items }) => items[0]?.["state"] === "confirm"),
    request: ({ ids }) => ({ body: extra({ code: ids.digits }) }),
  },
  { call: "get /api/link", request: only({ of: "fay" }) },
  {
    call: "patch /api/devices/{id}",
    request: ({ fay }) => ({ params: { id: fay.device }, body: extra({ name: "Pocket" }) }),
  },
  { call: "delete /api/devices/{id}", request: ({ fay }) => ({ params: { id: fay.device } }) },
  { call: "delete /api/devices/links", request: only() },
];

const PASSPHRASE = "four words nobody guesses";

const ofRecovery: readonly Step[] = [
  { call: "get /api/recovery", request: only() },
  {
    call: "post /api/recovery/words",
    request: only(),
    after: ({ ids }, answer) => (ids.words = answer.json<{ words: string[] }>().words.join(" ")),
  },
  {
    call: "post /api/recovery/check",
    request: ({ ids }) => ({
      body: extra({
        words: [1, 12, 24].map((at) => extra({ at, word: ids.words.split(" ")[at - 1] ?? "" })),
      }),
    }),
  },
  { call: "post /api/backup", request: only({ body: extra({ passphrase: PASSPHRASE }) }) },
  {
    call: "post /api/backup/uploads",
    async before({ ann, ids }) {
      const made = await fetch(`${ann.url}/api/backup`, {
        method: "POST",
        headers: { authorization: `Bearer ${ann.token}` },
      });
      ids.file = Buffer.from(await made.arrayBuffer()).toString("base64");
    },
    request: ({ ids }) => ({ file: new Uint8Array(Buffer.from(ids.file, "base64")) }),
    after: ({ ids }, answer) => (ids.upload = idOf(answer)),
  },
  {
    call: "post /api/backup/check",
    request: ({ ids }) => ({ body: extra({ upload: ids.upload, words: ids.words }) }),
    after(_, answer) {
      const { refused, name } = answer.json<{ refused: number; name: string }>();
      if (refused > 0) throw new Error(`${refused} events in the backup of ${name} do not verify`);
    },
  },
  { call: "post /api/recovery/dismiss", request: only() },
  { call: "post /api/recovery/forget", request: only() },
  { call: "post /api/restore", request: ({ ids }) => ({ of: "gil", body: extra({ words: ids.words }) }) },
];

/** Of a node that is locked meanwhile, and comes back with the same token. */
const ofTheKey: readonly Step[] = [
  { call: "post /api/awake", request: only({ of: "bob" }) },
  {
    call: "put /api/passphrase",
    request: only({ of: "bob", body: extra({ passphrase: PASSPHRASE, autoLockMinutes: 60 }) }),
  },
  { call: "get /api/passphrase", request: only({ of: "bob" }) },
  { call: "post /api/lock", request: only({ of: "bob" }) },
  {
    call: "post /api/unlock",
    before: ({ bob }) => untilLocked(bob.url),
    request: only({ of: "bob", body: extra({ passphrase: PASSPHRASE }) }),
  },
  { call: "delete /api/passphrase", request: only({ of: "bob", body: extra({ current: PASSPHRASE }) }) },
];

async function untilLocked(url: string): Promise<void> {
  for (const endMs = performance.now() + 60_000; performance.now() < endMs;) {
    const text = await send(`${url}/health`).then(
      (answer) => answer.text,
      // Between the node that was and the gate that comes nobody listens.
      () => "",
    );
    if (text.includes('"locked":true')) return;
  }
  throw new Error("the node was told to lock itself, and did not");
}

const atTheEnd: readonly Step[] = [
  { call: "get /api/verify", request: only() },
  {
    call: "delete /api/spaces/{space}/members/{person}",
    request: (world) => inSpace(world, { params: { person: world.ids.waiting } }),
  },
  { call: "post /api/spaces/{space}/leave", request: (world) => inSpace(world, { of: "bob" }) },
  { call: "post /api/reset", request: only({ of: "eva" }) },
];

export const steps: readonly Step[] = [
  ...ofThisNode,
  ...ofSpaces,
  ...ofMessages,
  ...ofPeople,
  ...ofOneTooMany,
  ...ofReports,
  ...ofDevices,
  ...ofRecovery,
  ...ofTheKey,
  ...atTheEnd,
];
