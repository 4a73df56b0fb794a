/** GraphQL says what REST says: every route has its field, or a reason; the field takes and tells as much, and needs the same scope. */
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { GraphQLField, GraphQLInputType, GraphQLNamedType } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scope } from "../auth.ts";
import { inGraphql, notInGraphql } from "../routes/in-graphql.ts";
import { issueToken, send, startTestServer } from "../testing/index.ts";
import type { TestServer } from "../testing/index.ts";
import { buildSchema } from "./schema.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Operation {
  readonly "x-scope": Scope | "none";
  readonly "x-graphql"?: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: Schema }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: Schema }> }>;
}

/** What REST takes or tells and GraphQL does not, or by another name, and why. A line that is not needed fails. */
const differently: Readonly<Record<string, string>> = {
  "Message has no files": "REST tells of none in this version",
  "post /api/messages takes files": "REST takes none in this version",
  "Space has no number members": "memberCount; members are the members themselves",
  "get /api/doctor tells ok": "no check is bad",
  "get /api/poll takes wait": "a subscription waits",
  "get /api/ws takes hello": "where it begins is asked of no socket: `since` says it",
  "put /api/conversations/{channel}/draft tells draft": "the draft itself, or null",
  "post /api/device-status tells online": "the answer itself",
  "BroadcastAnswer has no success": "always true",
  "Message has no error": "of a batch: it stands in its place among the answer's errors",
  "post /api/messages/{id}/reactions tells emoji": "as given; the message is answered",
  "post /api/messages/{id}/reactions tells message": "as given; the message is answered",
  "post /api/peers/connect tells address": "as given",
  "post /api/peers/{id}/disconnect tells id": "as given",
};

/** Answers that stand in a field of the answer here. */
const inside: Readonly<Record<string, string>> = {
  "post /api/join 201": "spaceInfo",
  "post /api/requests/{id}/accept 201": "spaceInfo",
};

const schema = buildSchema();
const calls = new Map<string, Operation>();
let node: TestServer;
let schemas: Readonly<Record<string, Schema>>;

beforeAll(async () => {
  node = await startTestServer();
  await node.service.createSpace({ name: "Climbing" });
  const description = (await send(`${node.server.url}/openapi.json`, { token: node.token })).json<{
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  }>();
  ({ schemas } = description.components);
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, operation] of Object.entries(methods)) calls.set(`${method} ${path}`, operation);
});
afterAll(() => node.server.close());

/** The fields on the way, the last of them the one that is meant. */
function wayTo(path: string): GraphQLField<unknown, unknown>[] {
  const [root = "", ...names] = path.split(".");
  let type: GraphQLNamedType | null | undefined = schema.getRootType(root as "query");
  return names.map((name) => {
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (field === undefined) throw new Error(`the schema has no ${path}: nothing is called ${name}`);
    type = getNamedType(field.type);
    return field;
  });
}

const last = (path: string): GraphQLField<unknown, unknown> => wayTo(path).at(-1) as never;

test("[HT40] every route has its field in the schema, or a reason to have none", () => {
  for (const path of Object.values(inGraphql)) expect(() => wayTo(path)).not.toThrow();
  const named = [...Object.keys(inGraphql), ...Object.keys(notInGraphql)];
  expect(new Set(named).size).toBe(named.length);
  expect(named.toSorted(), "a route belongs in packages/api/src/routes/in-graphql.ts").toEqual(
    [...calls.keys()].toSorted(),
  );
  for (const [call, reason] of Object.entries(notInGraphql)) expect(reason, call).toMatch(/\w{3}/);
  for (const [call, operation] of calls) expect(operation["x-graphql"], call).toBe(inGraphql[call]);
});

test("[HT40] every query and mutation is some route's: GraphQL offers nothing besides", () => {
  const offered = (["query", "mutation", "subscription"] as const).flatMap((root) =>
    Object.keys(schema.getRootType(root)?.getFields() ?? {}).map((name) => `${root}.${name}`),
  );
  const named = new Set(Object.values(inGraphql).map((path) => path.split(".").slice(0, 2).join(".")));
  expect(offered.filter((path) => !named.has(path))).toEqual([]);
});

/** Every way a schema may be meant, with what is named looked up. */
function meant(given: Schema | undefined): Schema[] {
  if (given === undefined) return [];
  if (given.$ref !== undefined) return meant(schemas[given.$ref.split("/").at(-1) ?? ""]);
  return [given, ...(given.anyOf ?? []).flatMap(meant), ...(given.allOf ?? []).flatMap(meant)];
}

const propertiesOf = (given: Schema | undefined): [string, Schema][] =>
  meant(given).flatMap(({ properties = {} }) => Object.entries(properties));

const isNamed = (given: Schema): boolean =>
  given.$ref !== undefined || (given.anyOf ?? []).some(({ $ref }) => $ref !== undefined);
const isDeep = (given: Schema): boolean =>
  meant(given).some(({ properties, items }) => properties !== undefined || items !== undefined);
const itemsOf = (given: Schema): Schema[] => meant(given).flatMap(({ items }) => items ?? []);

/** What the REST value has and the GraphQL type has not. */
function missingIn(type: GraphQLNamedType, given: Schema, call: string, seen: readonly string[]): string[] {
  // JSON is the value as REST tells it, and an enum has nothing inside.
  if (type.name === "JSON" || isEnumType(type)) return [];
  const fields = isObjectType(type) ? type.getFields() : {};
  return propertiesOf(given).flatMap(([name, inner]) => {
    const field = fields[name];
    if (field === undefined)
      return [isNamed(given) ? `${type.name} has no ${name}` : `${call} tells ${name}`];
    const named = getNamedType(field.type);
    if (seen.includes(named.name)) return [];
    if (isObjectType(named) && !isDeep(inner)) return [`${type.name} has no number ${name}`];
    const values = itemsOf(inner);
    return (values.length === 0 ? [inner] : values).flatMap((value) =>
      missingIn(named, value, call, [...seen, named.name]),
    );
  });
}

/** The same of a whole answer: REST's lists have items and a cursor around them, GraphQL's have not. */
function missingOf(type: GraphQLNamedType, told: Schema, call: string): string[] {
  const outer = propertiesOf(told);
  const items = outer.find(([name]) => name === "items")?.[1];
  const isPage = isObjectType(type) && type.getFields()["items"] !== undefined;
  if (items === undefined || isPage) return missingIn(type, told, call, []);
  return [
    ...outer.flatMap(([name]) => (name === "items" || name === "next" ? [] : [`${call} tells ${name}`])),
    ...itemsOf(items).flatMap((item) => missingIn(type, item, call, [])),
  ];
}

test("[HT40] a field takes everything that its route takes, and tells everything that it tells", () => {
  const missing = new Set<string>();
  for (const [call, path] of Object.entries(inGraphql)) {
    const operation = calls.get(call);
    if (operation === undefined) throw new Error(`there is no ${call}`);
    const way = wayTo(path);
    const taken = new Set(way.flatMap(({ args }) => args.map(({ name }) => name)));
    const asked = [
      ...(operation.parameters ?? []).map(({ name }) => name),
      ...propertiesOf(operation.requestBody?.content["application/json"]?.schema).map(([name]) => name),
    ];
    for (const name of asked) if (!taken.has(name)) missing.add(`${call} takes ${name}`);
    for (const [status, { content }] of Object.entries(operation.responses)) {
      const told = content?.["application/json"]?.schema;
      if (!status.startsWith("2") || told === undefined) continue;
      const deeper = inside[`${call} ${status}`];
      const { type } = deeper === undefined ? last(path) : last(`${path}.${deeper}`);
      for (const line of missingOf(getNamedType(type), told, call)) missing.add(line);
    }
  }
  expect([...missing].toSorted()).toEqual(Object.keys(differently).toSorted());
});

/** A value that fits the type and names nothing there is. */
function valueFor(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueFor(type.ofType);
  if (isListType(type)) return `[${valueFor(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? "";
  if (isInputObjectType(type))
    return `{ ${Object.values(type.getFields())
      .filter((field) => isNonNullType(field.type))
      .map((field) => `${field.name}: ${valueFor(field.type)}`)
      .join(", ")} }`;
  return { Int: "1", Boolean: "true" }[type.name] ?? JSON.stringify("Climbing");
}

/** Asks for that one field, with the arguments that it cannot be without. */
function documentOf(path: string): string {
  const [root = ""] = path.split(".");
  const inner = wayTo(path).reduceRight((selected, { name, args, type }) => {
    const needed = args
      .filter((arg) => isNonNullType(arg.type))
      .map((arg) => `${arg.name}: ${valueFor(arg.type)}`);
    const given = needed.length === 0 ? "" : `(${needed.join(", ")})`;
    const within = selected === "" && isObjectType(getNamedType(type)) ? "{ __typename }" : selected;
    return `{ ${name}${given} ${within} }`;
  }, "");
  return `${root} ${inner}`;
}

test("[HT41] [HT77] a field needs the scope of its route and no other, and lets nobody in with less", async () => {
  const tokens = new Map<Scope, string>();
  for (const scope of ["admin", "manage", "read", "send"] as const)
    tokens.set(scope, await issueToken(node.auth, { scope, ttlMs: 9_999_999 }));
  const { id } = await node.service.postMessage({ space: "Climbing", channel: "general", text: "hello" });
  let refused = 0;
  for (const [call, path] of Object.entries(inGraphql)) {
    const needed = calls.get(call)?.["x-scope"];
    // On the way to a message one has to be named.
    const query = documentOf(path).replace('message(id: "Climbing")', `message(id: "${id}")`);
    for (const [scope, token] of tokens) {
      const isEnough = scope === "admin" || scope === needed;
      // A subscription that is let in does not end by itself.
      if (path.startsWith("subscription") && isEnough) continue;
      const asked = { method: "POST", token, body: { query }, headers: { accept: "text/event-stream" } };
      const { text } = await send(`${node.server.url}/graphql`, asked);
      expect(text.includes("SCOPE_TOO_SMALL"), `${query} with ${scope}: ${text}`).toBe(!isEnough);
      expect(text, query).not.toMatch(/"INTERNAL"|Cannot query|Syntax Error/);
      if (!isEnough) refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(150);
});
