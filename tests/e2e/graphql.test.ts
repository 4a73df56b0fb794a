/** GraphQL on a real node: a process with its store on disk, asked rightly by an audit of others and wrongly by us. */
import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type {
  GraphQLArgument,
  GraphQLField,
  GraphQLInputType,
  GraphQLSchema,
  IntrospectionQuery,
} from "graphql";
import { auditGraphql, send } from "@kith/api/testing";
import type { Answer, Ask } from "@kith/api/testing";
import { ERROR_STATUS, errorBody } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { readState } from "../support/contract/state.ts";

interface Result {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly next?: string };
  }[];
}

let node: RunningKith;
let base: string;
let token: string;
let message: string;

beforeAll(async () => {
  node = await startNode({ name: "Ann" });
  base = `http://127.0.0.1:${node.ready.port}`;
  token = node.ready.apiToken;
  await node.client.createSpace({ name: "Climbing" });
  ({ id: message } = await node.client.post({ space: "Climbing", channel: "general", text: "kept" }));
}, 150_000);

afterAll(endEverything);

const ask = (query: string, variables?: object): Promise<Answer> =>
  send(`${base}/graphql`, { method: "POST", token, body: { query, variables } });

/** All that the node holds for its person. */
const state = (): Promise<Record<string, string>> =>
  readState(
    {
      ask: async <T>(_of: string, method: string, path: string) =>
        (await send(base + path, { method, token })).json<T>(),
    },
    "ann",
  );

/** The errors' codes, each with a next step; throws where an answer is not GraphQL's, or tells of a failure inside. */
function codesOf(answer: Answer, what: string): string[] {
  const { errors = [] } = answer.json<Result>();
  return errors.map(({ extensions, message: told }) => {
    const { code = "", next } = extensions ?? {};
    expect(Object.keys(ERROR_STATUS), `${what}: ${told}`).toContain(code);
    expect(next, `${what}: ${told}`).toMatch(/\S/);
    expect(code, what).not.toBe("INTERNAL");
    expect(told.length, what).toBeLessThan(1_000);
    return code;
  });
}

async function readSchema(): Promise<GraphQLSchema> {
  return buildClientSchema((await ask(getIntrospectionQuery())).json<{ data: IntrospectionQuery }>().data);
}

const rootFields = (
  schema: GraphQLSchema,
): { root: "query" | "mutation"; field: GraphQLField<unknown, unknown> }[] =>
  (["query", "mutation"] as const).flatMap((root) =>
    Object.values(schema.getRootType(root)?.getFields() ?? {}).map((field) => ({ root, field })),
  );

/** Of what there is nothing. */
const UNKNOWN = "f".repeat(64);

const bare = (type: GraphQLInputType): GraphQLInputType => (isNonNullType(type) ? bare(type.ofType) : type);

/** A value that fits; ids are of nothing. */
function fitting(given: GraphQLInputType): string {
  const type = bare(given);
  if (isListType(type)) return `[${fitting(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? "";
  if (isInputObjectType(type)) return `{ ${needed(Object.values(type.getFields()))} }`;
  return { ID: `"${UNKNOWN}"`, Int: "1", Boolean: "true" }[getNamedType(type).name] ?? '"7d"';
}

type Arguments = readonly Pick<GraphQLArgument, "name" | "type">[];

const needed = (args: Arguments, besides?: string): string =>
  args
    .filter(({ name, type }) => name !== besides && (isNonNullType(type) || getNamedType(type).name === "ID"))
    .map(({ name, type }) => `${name}: ${fitting(type)}`)
    .join(", ");

const selectionOf = ({ type }: GraphQLField<unknown, unknown>): string =>
  isObjectType(getNamedType(type)) ? " { __typename }" : "";

test("[HT40] every audit of graphql-http passes on a node's process", async () => {
  const { passed, failed } = await auditGraphql(base, token);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(55);
}, 300_000);

const plain = { query: "{ me { name } }" };
const deep = `{ message(id: "a") { ${"answered { ".repeat(20)} id ${"} ".repeat(20)} } }`;
const address = (query: string, more = ""): string => `?query=${encodeURIComponent(query)}${more}`;

/** What is no question at all: by what came, the status, and the code where the answer is the gate's or GraphQL's. */
const noQuestions: readonly (readonly [
  what: string,
  status: number,
  code: string,
  asked: Ask & { at?: string },
])[] = [
  ["10 MB", 413, "BODY_TOO_LARGE", { body: { query: "#".repeat(10_485_760) } }],
  ["no JSON", 400, "BAD_JSON", { body: "{" }],
  ["null", 400, "BAD_REQUEST", { body: "null" }],
  ["a list", 400, "BAD_REQUEST", { body: [plain] }],
  ["no query", 400, "BAD_REQUEST", { body: {} }],
  ["a number as query", 400, "BAD_REQUEST", { body: { query: 7 } }],
  [
    "lists in lists as query",
    400,
    "BAD_REQUEST",
    { body: `{"query":${"[".repeat(100_000)}${"]".repeat(100_000)}}` },
  ],
  ["a list of variables", 400, "BAD_REQUEST", { body: { ...plain, variables: [1] } }],
  ["a number as extensions", 400, "BAD_REQUEST", { body: { ...plain, extensions: 7 } }],
  ["a prototype", 400, "BAD_REQUEST", { body: `{"__proto__":{},"query":"{ me { name } }"}` }],
  ["an operation that there is not", 400, "BAD_INPUT", { body: { ...plain, operationName: "Other" } }],
  [
    "two operations of a name",
    400,
    "BAD_INPUT",
    { body: { query: "query A { me { name } } query A { me { name } }" } },
  ],
  ["text", 415, "MEDIA_TYPE", { body: "{ me { name } }", headers: { "content-type": "text/plain" } }],
  [
    "GraphQL as it is",
    415,
    "MEDIA_TYPE",
    { body: "{ me { name } }", headers: { "content-type": "application/graphql" } },
  ],
  [
    "a form",
    415,
    "MEDIA_TYPE",
    { body: "query=1", headers: { "content-type": "application/x-www-form-urlencoded" } },
  ],
  ["no body", 415, "MEDIA_TYPE", {}],
  ["a wish for HTML", 400, "BAD_REQUEST", { body: plain, headers: { accept: "text/html" } }],
  ["a wish for parts", 400, "BAD_REQUEST", { body: plain, headers: { accept: "multipart/mixed" } }],
  [
    "a stream as JSON",
    400,
    "BAD_REQUEST",
    { body: { query: "subscription { log { cursor } }" }, headers: { accept: "application/json" } },
  ],
  ["a method", 404, "UNKNOWN_ROUTE", { method: "PUT", body: plain }],
  ["a deeper path", 404, "UNKNOWN_ROUTE", { at: "/more", body: plain }],
  ["no query in the address", 400, "BAD_REQUEST", { method: "GET" }],
  [
    "a change in the address",
    405,
    "BAD_REQUEST",
    { method: "GET", at: address('mutation { createSpace(name: "By GET") { id } }') },
  ],
  [
    "variables in the address that are no JSON",
    400,
    "BAD_JSON",
    { method: "GET", at: address(plain.query, "&variables=%7B") },
  ],
  ["a long address", 431, "HEADERS_TOO_LARGE", { method: "GET", at: address("#".repeat(20_000)) }],
];

test("[HT6] [HT13] [HT45] what is no question is refused in a shape with a code and a next step, and the node goes on", async () => {
  const before = await state();
  for (const [what, status, code, { at = "", ...asked }] of noQuestions) {
    const answer = await send(`${base}/graphql${at}`, { method: "POST", token, ...asked });
    expect([what, answer.status], answer.text.slice(0, 300)).toEqual([what, status]);
    expect(answer.headers["content-type"], what).toMatch(/^application\/(?:graphql-response\+)?json/);
    // What the gate refuses is in REST's shape, everything else in GraphQL's.
    const codes = answer.code === null ? codesOf(answer, what) : [answer.code];
    if (answer.code !== null)
      expect(errorBody.strict().safeParse(answer.json()).success, answer.text).toBe(true);
    expect([what, codes]).toEqual([what, [code]]);
    expect(answer.text.length, what).toBeLessThan(1_000);
  }
  expect(await state()).toEqual(before);
}, 300_000);

/** By how an answer is asked for: a document that does not fit is 400 only to who knows the newer type. */
const forms = [
  ["application/json", 200],
  ["application/graphql-response+json", 400],
] as const;

test("[HT44] [HT45] a document that is too deep, too long or does not fit is refused to either form of asking", async () => {
  for (const [accept, status] of forms) {
    for (const [query, code] of [
      [deep, "TOO_MANY"],
      ["{ a ".repeat(3_000), "BAD_INPUT"],
      [
        `{ ${Array.from({ length: 90 }, (_, n) => `a${n}: messages(limit: 500) { items { id text } }`).join(" ")} }`,
        "TOO_MANY",
      ],
      ["{ nothing }", "BAD_INPUT"],
      ["{ ...A } fragment A on Query { ...A }", "BAD_INPUT"],
      ["\u0000", "BAD_INPUT"],
    ] as const) {
      const answer = await send(`${base}/graphql`, {
        method: "POST",
        token,
        body: { query },
        headers: { accept },
      });
      expect([query.slice(0, 60), answer.status]).toEqual([query.slice(0, 60), status]);
      expect(codesOf(answer, query.slice(0, 60))[0]).toBe(code);
      expect(answer.json<Result>().data).toBeUndefined();
    }
  }
});

test("[HT45] an argument of another type is BAD_INPUT, in the document and as a variable, and changes nothing", async () => {
  const before = await state();
  let asked = 0;
  for (const { root, field } of rootFields(await readSchema())) {
    for (const arg of field.args) {
      const rest = needed(field.args, arg.name);
      const call = (value: string): string =>
        `{ ${field.name}(${rest === "" ? "" : `${rest}, `}${arg.name}: ${value})${selectionOf(field)} }`;
      const inDocument = await ask(`${root} ${call("{ a: 1.5 }")}`);
      expect(codesOf(inDocument, call("{ a: 1.5 }")), call("{ a: 1.5 }")).toContain("BAD_INPUT");
      const query = `${root} ($v: ${String(arg.type)}) ${call("$v")}`;
      for (const value of [{ a: 1.5 }, [[[1]]], isNonNullType(arg.type) ? null : { $gt: "" }]) {
        const answer = await ask(query, { v: value });
        expect([...new Set(codesOf(answer, query))], `${query} with ${JSON.stringify(value)}`).toEqual([
          "BAD_INPUT",
        ]);
        asked += 1;
      }
    }
  }
  expect(asked).toBeGreaterThan(300);
  const long = await ask("query ($a: Int!) { messages(limit: $a) { next } }", { a: "x".repeat(900_000) });
  expect(codesOf(long, "a long value")).toEqual(["BAD_INPUT"]);
  expect(await state()).toEqual(before);
}, 300_000);

test("[HT45] an id of nothing is told as what it is of by every field, and nothing is made, changed or lost", async () => {
  const before = await state();
  const told: Record<string, string> = {};
  for (const { root, field } of rootFields(await readSchema())) {
    const args = needed(field.args);
    if (!args.includes(UNKNOWN)) continue;
    const answer = await ask(`${root} { ${field.name}(${args})${selectionOf(field)} }`);
    expect(answer.status).toBe(200);
    told[field.name] = codesOf(answer, field.name)[0] ?? "none";
  }
  expect(Object.keys(told).length).toBeGreaterThan(45);
  const others = Object.entries(told).filter(([, code]) => !code.startsWith("UNKNOWN_"));
  // Of another person nothing is looked up: only for oneself is anything posted.
  expect(Object.fromEntries(others)).toEqual({ broadcast: "NOT_ALLOWED" });
  expect(await state()).toEqual(before);
  // And rightly asked it still says all that it said.
  const answer = await ask(`{ message(id: "${message}") { text edits { text } spaceInfo { name } } }`);
  expect(answer.json()).toEqual({
    data: { message: { text: "kept", edits: [{ text: "kept" }], spaceInfo: { name: "Climbing" } } },
  });
}, 300_000);

test("[HT46] `kith up --graphql-introspection off` tells nothing of the schema, and answers everything else", async () => {
  const shut = await startNode({ name: "Bob", args: ["--graphql-introspection", "off"] });
  const at = `http://127.0.0.1:${shut.ready.port}/graphql`;
  const asks = async (query: string): Promise<Answer> =>
    send(at, { method: "POST", token: shut.ready.apiToken, body: { query } });
  for (const query of [
    getIntrospectionQuery(),
    "{ __schema { types { name } } }",
    '{ __type(name: "Me") { fields { name } } }',
    "{ ...A } fragment A on Query { me { name } __schema { queryType { name } } }",
  ]) {
    const answer = await asks(query);
    expect(new Set(codesOf(answer, query))).toEqual(new Set(["BAD_INPUT"]));
    expect(answer.json<Result>().data).toBeUndefined();
  }
  const misspelt = await asks("{ mee { name } }");
  expect(misspelt.text).toContain("BAD_INPUT");
  expect(misspelt.text).not.toContain("Did you mean");
  expect((await ask("{ mee { name } }")).text).toContain("Did you mean");
  // A variable is looked at later, and by another part.
  const query = 'mutation ($v: Role!) { changeRole(space: "x", person: "x", role: $v) { name } }';
  const named = await send(at, {
    method: "POST",
    token: shut.ready.apiToken,
    body: { query, variables: { v: "ownr" } },
  });
  expect(codesOf(named, query)).toEqual(["BAD_INPUT"]);
  expect(named.text).not.toContain("owner");
  expect((await ask(query, { v: "ownr" })).text).toContain("owner");
  expect((await asks("{ me { name __typename } }")).json()).toEqual({
    data: { me: { name: "Bob", __typename: "Me" } },
  });
}, 150_000);
