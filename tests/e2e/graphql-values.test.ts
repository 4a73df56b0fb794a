/** What GraphQL answers and what REST answers, value for value, on real nodes in which there is something of everything. */
import { buildClientSchema, getIntrospectionQuery, getNamedType, isObjectType } from "graphql";
import type { GraphQLField, GraphQLNamedType, GraphQLSchema, IntrospectionQuery } from "graphql";
import { askGraphql } from "@kith/api/testing";
import type { GraphqlAsker } from "@kith/api/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

type Json = Readonly<Record<string, unknown>>;

let ann: RunningKith;
let ben: RunningKith;
let asker: GraphqlAsker;
let params: Readonly<Record<string, string>>;

beforeAll(async () => {
  [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
  const { client } = ann;
  const { id: space } = await client.createSpace({ name: "Quay" });
  await ben.client.join((await client.createInvite(space)).link);
  await client.createInvite(space, { role: "reader" });
  await client.createSpace({ name: "Late", history: "from-joining" });
  const { id: channel } = await client.createChannel(space, {
    name: "quiet",
    private: true,
    people: ["Ben"],
  });
  const post = (text: string, more = {}) => client.post({ space, channel, text, ...more });
  const { id } = await post("frist", { clientId: "c1" });
  await client.editMessage(id, "first");
  await client.pin(id);
  await client.react(id, "🧗");
  await post("an answer", { replyTo: id });
  await client.deleteMessage((await post("gone")).id);
  const { person } = await ben.client.me();
  const seen = await client.verification(person);
  await client.verifyPerson(person, seen.digits);
  await client.createToken({ scope: "read", name: "Bot" });
  await client.offerDevice();
  await client.changeMe({ status: "at the quay" });
  await client.block(person);
  params = { space, channel, id, person };
  asker = askGraphql({ server: { url: `http://127.0.0.1:${ann.ready.port}` } }, ann.ready.apiToken);
}, 300_000);

afterAll(endEverything);

/** Of what moves by itself between two looks. */
const moving = new Set([
  "uptimeS",
  "rttMs",
  "lastSeen",
  "delivery",
  "storageUsed",
  "reputation",
  "connectedPeers",
  "networkHealth",
  "detail",
]);
/** As REST tells them GraphQL has none, or by another name. */
const elsewhere = new Set(["files", "next", "ok"]);

/** Absent, null, false and empty say one thing; enums know no hyphen. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string") return value === "from-joining" ? "from_joining" : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name, inner]) => !moving.has(name) && !elsewhere.has(name) && inner !== null && inner !== false,
      )
      .map(([name, inner]) => [name, plain(inner)]),
  );
}

/** Every field of the type that REST's values have, whatever is in them. */
function selectionFor(type: GraphQLNamedType, values: readonly unknown[]): string {
  if (!isObjectType(type)) return "";
  const fields = type.getFields();
  const objects = values
    .flat(3)
    .filter((value): value is Json => typeof value === "object" && value !== null);
  const names = new Set(objects.flatMap((value) => Object.keys(value)));
  const selected = [...names].flatMap((name) => {
    const field = fields[name];
    const inner = objects.map((value) => value[name]);
    if (field === undefined || elsewhere.has(name)) return [];
    const named = getNamedType(field.type);
    // A number here, and the members themselves there.
    if (isObjectType(named) && inner.some((value) => typeof value === "number"))
      return [`${name}: memberCount`];
    return [`${name} ${selectionFor(named, inner)}`];
  });
  return `{ ${selected.length === 0 ? "__typename" : selected.join(" ")} }`;
}

/** Asks for the field at the end of the way with what the path of the route names, and what is searched for. */
function questionFor(schema: GraphQLSchema, names: readonly string[], given: Json, answer: unknown): string {
  let type: GraphQLNamedType | null | undefined = schema.getQueryType();
  const way = names.map((name): GraphQLField<unknown, unknown> => {
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (field === undefined) throw new Error(`there is no ${names.join(".")}`);
    type = getNamedType(field.type);
    return field;
  });
  return way.reduceRight((inner, { name, args, type: of }) => {
    const taken = args.filter((arg) => arg.name in given);
    const list = taken.map((arg) => `${arg.name}: ${JSON.stringify(given[arg.name])}`).join(", ");
    const within = inner === "" ? selectionFor(getNamedType(of), [answer]) : inner;
    return `{ ${name}${list === "" ? "" : `(${list})`} ${within} }`;
  }, "");
}

test("[HT40] what a node answers over GraphQL is what it answers over REST, of every call that reads", async () => {
  const schema = buildClientSchema(
    (await asker.data(getIntrospectionQuery())) as unknown as IntrospectionQuery,
  );
  const { paths } = await asker.rest<{ paths: Record<string, Record<string, { "x-graphql"?: string }>> }>(
    "/openapi.json",
  );
  const compared: string[] = [];
  for (const [path, { get }] of Object.entries(paths)) {
    const [root, ...names] = get?.["x-graphql"]?.split(".") ?? [];
    // Figures differ from one look to the next, and are one JSON value that both make alike.
    if (root !== "query" || path === "/api/stats") continue;
    const given: Record<string, string> = path === "/api/search" ? { q: "first" } : {};
    const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (given[name] = params[name] ?? ""));
    const told = await asker.rest<Json>(given["q"] === undefined ? at : `${at}?q=first`);
    // Pages are told as they are; of other lists the items are the answer.
    const items = at === "/api/messages" || at === "/api/search" ? undefined : (told["items"] as unknown[]);
    const answer = items ?? told;
    let found: unknown = await asker.data(questionFor(schema, names, given, answer));
    for (const name of names) found = (found as Json)[name];
    // What there is once at most is a list of one or none over REST.
    const expected = items !== undefined && !Array.isArray(found) ? (items[0] ?? null) : answer;
    expect([path, plain(found)]).toEqual([path, plain(expected)]);
    compared.push(path);
  }
  expect(compared.length).toBeGreaterThan(30);
}, 120_000);
