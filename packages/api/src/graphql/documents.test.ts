/** Documents that fit the schema, of any shape: answered, within bounds, by a code of the contract, and with no secret. */
import fc from "fast-check";
import { getNamedType, isEnumType, isListType, isNonNullType, isObjectType } from "graphql";
import type { GraphQLField, GraphQLInputType, GraphQLObjectType } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ERROR_STATUS } from "@kith/contract";
import type { Scope } from "../auth.ts";
import { issueToken, send, startTestServer } from "../testing/index.ts";
import { KNOWN_PERSON } from "../testing/talk-double.ts";
import type { TestServer } from "../testing/index.ts";
import { buildSchema } from "./schema.ts";

const schema = buildSchema();
const scopes = ["admin", "manage", "read", "send"] as const;
const tokens = new Map<Scope, string>();
let node: TestServer;

beforeAll(async () => {
  node = await startTestServer();
  await node.service.createSpace({ name: "Climbing" });
  for (const scope of scopes) tokens.set(scope, await issueToken(node.auth, { scope, ttlMs: 9_999_999 }));
});
afterAll(() => node.server.close());

/** Waits for others, looks at everything, or takes the node off the network for the runs that follow. */
const left = new Set(["verify", "doctor", "join", "acceptRequest", "setOnline", "connectPeer"]);

const words = fc.constantFrom(
  "Climbing",
  "general",
  "",
  "x",
  "é🪢",
  "0".repeat(64),
  "7d",
  "read",
  "admin",
  "\u0000",
);

function valueOf(type: GraphQLInputType): fc.Arbitrary<string> {
  if (isNonNullType(type)) return valueOf(type.ofType).filter((value) => value !== "null");
  const some = ((): fc.Arbitrary<string> => {
    if (isListType(type))
      return fc.array(valueOf(type.ofType), { maxLength: 3 }).map((all) => `[${all.join(",")}]`);
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
    switch (getNamedType(type).name) {
      case "Int":
        return fc.integer({ min: -3, max: 600 }).map(String);
      case "Boolean":
        return fc.boolean().map(String);
      case "ID":
      case "String":
        return words.map((word) => JSON.stringify(word));
      default: {
        const inner = getNamedType(type);
        if (!("getFields" in inner)) return fc.constant("null");
        const fields = Object.values(inner.getFields()) as { name: string; type: GraphQLInputType }[];
        return fc
          .tuple(...fields.map((field) => valueOf(field.type).map((value) => `${field.name}:${value}`)))
          .map((all) => `{${all.join(",")}}`);
      }
    }
  })();
  return fc.oneof({ weight: 4, arbitrary: some }, { weight: 1, arbitrary: fc.constant("null") });
}

function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<string> {
  const given = fc
    .tuple(...field.args.map((arg) => valueOf(arg.type).map((value) => `${arg.name}:${value}`)))
    .map((all) => (all.length === 0 ? "" : `(${all.join(",")})`));
  const type = getNamedType(field.type);
  const inner = isObjectType(type) ? selectionOf(type, depth - 1) : fc.constant("");
  return fc.tuple(given, inner).map(([args, selection]) => `${field.name}${args}${selection}`);
}

function selectionOf(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields()).filter(
    ({ name, type: of }) => !left.has(name) && (depth > 0 || !isObjectType(getNamedType(of))),
  );
  if (fields.length === 0) return fc.constant("{ __typename }");
  return fc
    .array(
      fc.constantFrom(...fields).chain((each) => fieldOf(each, depth)),
      { minLength: 1, maxLength: 4 },
    )
    .map((all) => `{ ${all.map((text, index) => `a${index}: ${text}`).join(" ")} }`);
}

const rootOf = (operation: "query" | "mutation"): GraphQLObjectType => {
  const root = operation === "query" ? schema.getQueryType() : schema.getMutationType();
  if (root === null || root === undefined) throw new Error(`the schema has no ${operation}`);
  return root;
};

const documents = fc.constantFrom("query" as const, "mutation" as const).chain((operation) =>
  fc.integer({ min: 0, max: 4 }).chain((depth) =>
    selectionOf(rootOf(operation), depth).map((selection) => ({
      operation,
      text: `${operation} ${selection}`,
    })),
  ),
);

interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

test("[HT77] any document of the schema is answered with a code of the contract, and tells a token no more than its scope", async () => {
  const secrets = new Set<string>();
  await fc.assert(
    fc.asyncProperty(documents, fc.constantFrom(...scopes), async ({ operation, text }, scope) => {
      const answer = await send(`${node.server.url}/graphql`, {
        method: "POST",
        token: tokens.get(scope) ?? "",
        body: { query: text },
      });
      expect(answer.status, text).toBeLessThan(500);
      const { data, errors = [] } = answer.json<Result>();
      for (const { extensions } of errors) {
        expect(Object.keys(ERROR_STATUS), text).toContain(extensions?.code);
        expect(extensions?.code, `${text}\n${node.log.lines.at(-1)}`).not.toBe("INTERNAL");
      }
      for (const [, link = ""] of answer.text.matchAll(/"(kith:\/\/join#[^"]+)"/g)) secrets.add(link);
      if (scope !== "admin") expect(answer.text, text).not.toMatch(/eyJ|sign-in\?code|kith:\/\/link#/);
      if (scope === "read" || scope === "send") expect(answer.text, text).not.toContain("kith://join#");
      // Invitations alone, which need another scope than reading does.
      const isOfInvites = scope === "manage" && text.startsWith("query { a0: invites(");
      if (operation === "query" && scope !== "admin" && scope !== "read" && data && !isOfInvites)
        expect(
          Object.values(data).filter((value) => value !== null),
          text,
        ).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("[HT44] [HT77] what costs is counted for the fields of people, search and tokens, too", async () => {
  const ask = async (query: string): Promise<string | undefined> => {
    const answer = await send(`${node.server.url}/graphql`, {
      method: "POST",
      token: node.token,
      body: { query },
    });
    return answer.json<Result>().errors?.[0]?.extensions?.code;
  };
  const many = (field: string, count: number): string =>
    Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(" ");
  expect(await ask(`{ ${many('search(q: "x") { items { id } }', 60)} }`)).toBe("TOO_MANY");
  expect(await ask(`{ ${many('safetyNumber(person: "x") { digits }', 60)} }`)).toBe("TOO_MANY");
  expect(await ask(`mutation { ${many('createToken(scope: "read") { token }', 60)} }`)).toBe("TOO_MANY");
  expect(
    await ask(
      '{ search(q: "x", limit: 500) { items { id spaceInfo { members { name } channels { id } } } } }',
    ),
  ).toBe(undefined);
  expect(
    await ask(
      '{ search(q: "x", limit: 500) { items { id spaceInfo { members { name person role joined devices } channels { id } } spaceInfo { invites { id link } } answered { spaceInfo { members { name person } } } } } }',
    ),
  ).toBe("TOO_MANY");
  expect(node.auth.tokens()).toHaveLength(scopes.length);
});

test("[HT77] each field needs the scope of its REST call, and nothing is done without it", async () => {
  const fresh = await startTestServer();
  try {
    await fresh.service.createSpace({ name: "Climbing" });
    const table: Readonly<Record<string, Scope>> = {
      "{ people { person } }": "read",
      "{ requests { id } }": "read",
      "{ blocks { person } }": "read",
      "{ devices { id } }": "read",
      "{ deviceOffer { link } }": "admin",
      "{ linking { step } }": "read",
      "mutation { offerDevice { link } }": "admin",
      "mutation { endDeviceOffer }": "admin",
      'mutation { confirmDevice(code: "1") { id } }': "admin",
      'mutation { takeLink(link: "x") { step } }': "admin",
      'mutation { renameDevice(id: "x", name: "x") { id } }': "admin",
      'mutation { removeDevice(id: "x") }': "admin",
      'mutation { refuseWaiting(id: "x") }': "manage",
      '{ safetyNumber(person: "x") { digits } }': "read",
      '{ search(q: "x") { items { id } } }': "read",
      "{ stats }": "read",
      "{ tokens { id } }": "admin",
      'mutation { startDirect(person: "x") { id } }': "manage",
      'mutation { askInto(space: "x", people: ["x"]) { id } }': "manage",
      'mutation { acceptRequest(id: "x") { step } }': "manage",
      'mutation { declineRequest(id: "x") }': "manage",
      'mutation { block(person: "x") }': "manage",
      'mutation { unblock(person: "x") }': "manage",
      'mutation { mute(channel: "x", muted: true) { muted } }': "send",
      'mutation { muteSpace(space: "x", muted: true) { muted } }': "send",
      'mutation { sendTyping(space: "x", channel: "x") }': "send",
      'mutation { broadcast(board: "x", content: "x") { id } }': "send",
      'mutation { createToken(scope: "read") { token } }': "admin",
      'mutation { revokeToken(id: "x") }': "admin",
    };
    const before = fresh.auth.tokens().length;
    for (const scope of scopes) {
      const token = await issueToken(fresh.auth, { scope, ttlMs: 60_000 });
      for (const [query, needed] of Object.entries(table)) {
        const answer = await send(`${fresh.server.url}/graphql`, { method: "POST", token, body: { query } });
        const code = answer.json<Result>().errors?.[0]?.extensions?.code;
        const isEnough = scope === "admin" || scope === needed;
        expect(code === "SCOPE_TOO_SMALL", `${query} with ${scope}: ${code}`).toBe(!isEnough);
      }
    }
    // The owner's alone made one.
    expect(fresh.auth.tokens()).toHaveLength(before + scopes.length + 1);
  } finally {
    await fresh.server.close();
  }
});

test("[HT77] people, requests, blocking, tokens and search say over GraphQL what REST says", async () => {
  const fresh = await startTestServer();
  try {
    await fresh.service.createSpace({ name: "Climbing" });
    const ask = async (query: string): Promise<Record<string, unknown>> => {
      const body = { query };
      const answer = await send(`${fresh.server.url}/graphql`, { method: "POST", token: fresh.token, body });
      expect(answer.json<Result>().errors, answer.text).toBeUndefined();
      return answer.json<Result>().data ?? {};
    };
    const rest = async (path: string): Promise<{ items: Record<string, unknown>[] }> =>
      (await send(`${fresh.server.url}${path}`, { token: fresh.token })).json();
    const direct = await ask(
      `mutation { startDirect(person: "${KNOWN_PERSON}", text: "hello you") { kind direct { person accepted } } }`,
    );
    expect(direct).toMatchObject({ startDirect: { kind: "direct", direct: { person: KNOWN_PERSON } } });
    await ask(`mutation { block(person: "${KNOWN_PERSON}") }`);
    const { people, requests, blocks } = await ask(
      "{ people { person name common connected blocked direct } requests { id kind person name title text at common } blocks { person name at } }",
    );
    expect(people).toEqual((await rest("/api/people")).items);
    expect(requests).toEqual((await rest("/api/requests")).items);
    expect(blocks).toEqual((await rest("/api/blocks")).items);
    expect(blocks).toHaveLength(1);
    const found = await ask('{ search(q: "hello") { items { text } missing { name } } }');
    expect(found).toEqual({ search: { items: [{ text: "hello you" }], missing: [] } });
    const made = (await ask('mutation { createToken(scope: "read", name: "Bot") { id token } }'))[
      "createToken"
    ] as {
      id: string;
      token: string;
    };
    const use = () => send(`${fresh.server.url}/api/status`, { token: made.token });
    expect((await use()).status).toBe(200);
    const { tokens: list } = await ask("{ tokens { id name scope created expires revoked } }");
    expect(list).toEqual((await rest("/api/tokens")).items);
    await ask(`mutation { revokeToken(id: "${made.id}") }`);
    expect((await use()).code).toBe("TOKEN_INVALID");
  } finally {
    await fresh.server.close();
  }
});

test("[HT106] devices are linked, named and removed, and spaces say what newcomers see, what waits and how long messages stay, as over REST", async () => {
  const fresh = await startTestServer();
  try {
    const ask = async (query: string): Promise<Result> =>
      (
        await send(`${fresh.server.url}/graphql`, { method: "POST", token: fresh.token, body: { query } })
      ).json<Result>();
    const rest = async (path: string): Promise<{ items: Record<string, unknown>[] }> =>
      (await send(`${fresh.server.url}${path}`, { token: fresh.token })).json();
    const made = await ask(
      'mutation { createSpace(name: "Late", history: from_joining) { history waiting { events since } channels { name history } } }',
    );
    expect(made.data).toEqual({
      createSpace: {
        history: "from_joining",
        waiting: [],
        channels: [{ name: "general", history: "from_joining" }],
      },
    });
    expect((await rest("/api/spaces")).items).toMatchObject([{ history: "from-joining", waiting: [] }]);
    const keep = (args: string): Promise<Result> =>
      ask(`mutation { changeChannel(space: "Late", channel: "general"${args}) { name expiry } }`);
    expect((await keep(", expiry: 3600")).data).toEqual({
      changeChannel: { name: "general", expiry: 3_600 },
    });
    expect((await rest("/api/spaces/Late/channels")).items).toMatchObject([{ expiry: 3_600 }]);
    expect((await keep(", expiry: 59")).errors?.[0]?.extensions?.code).toBe("BAD_INPUT");
    expect((await keep("")).data).toEqual({ changeChannel: { name: "general", expiry: null } });
    const said =
      'mutation { postMessage(space: "Late", channel: "general", text: "hi") { expires channelInfo { expiry } } }';
    expect((await ask(said)).data).toEqual({ postMessage: { expires: null, channelInfo: { expiry: null } } });
    expect((await ask("{ deviceOffer { link } }")).data).toEqual({ deviceOffer: null });
    const fields = "link qr expires state device name";
    const { data } = await ask(`mutation { offerDevice { ${fields} } }`);
    const offer = data?.["offerDevice"] as Record<string, unknown>;
    expect(offer).toMatchObject({ state: "open", qr: expect.stringContaining("<svg") });
    const { qr: _, ...listed } = offer;
    expect((await rest("/api/devices/links")).items).toEqual([listed]);
    expect((await ask(`{ deviceOffer { ${fields} } }`)).data).toEqual({ deviceOffer: offer });
    const wrong = await ask('mutation { confirmDevice(code: "000000") { id } }');
    expect(wrong.errors?.[0]?.extensions?.code).toBe("LINK_CODE_WRONG");
    const device = "id name self connected linked lastSeen spaces removable";
    const confirmed = await ask(`mutation { confirmDevice(code: "123456") { ${device} } }`);
    expect([confirmed.data?.["confirmDevice"]]).toEqual((await rest("/api/devices")).items);
    const named = await ask('mutation { renameDevice(id: "Laptop", name: "Desk") { name } }');
    expect(named.data).toEqual({ renameDevice: { name: "Desk" } });
    expect((await ask('mutation { removeDevice(id: "Laptop") }')).data).toEqual({ removeDevice: true });
    expect((await ask("mutation { endDeviceOffer }")).data).toEqual({ endDeviceOffer: true });
    expect((await ask("{ deviceOffer { link } linking { step } }")).data).toEqual({
      deviceOffer: null,
      linking: null,
    });
    const taken = await ask('mutation { takeLink(link: "kith://link#x", waitMs: 0) { step code arrived } }');
    expect(taken.data).toEqual({ takeLink: { step: "confirming", code: "123456", arrived: 0 } });
  } finally {
    await fresh.server.close();
  }
});
