/**
 * Wrong requests, made from a call's description and from one request of it that is right: each differs from the
 * right one in a single thing, so that nothing else can be what it is refused for.
 */
import type { Description, Json, Operation, Schema } from "./description.ts";
import type { Request } from "./right.ts";

export interface Wrong {
  readonly what: string;
  readonly path: string;
  readonly method: string;
  /** Undefined: none. Text goes out as it is. */
  readonly body: Json | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
  readonly statuses: readonly number[];
  readonly codes?: readonly string[] | undefined;
}

export interface Tokens {
  readonly admin: string;
  readonly read: string;
  readonly send: string;
}

const values: readonly (readonly [string, Json])[] = [
  ["a number", 7],
  ["half a number", 1.5],
  ["a negative number", -1],
  ["a text", "\u{1F9D7} text"],
  ["true", true],
  ["null", null],
  ["a list", [7]],
  ["an object", { $gt: "" }],
];

/** No thing has such an id or name. Of a name's letters some are never taken; as what does not exist all are refused. */
const strangers: readonly (readonly [string, string])[] = [
  ["an unknown id", "f".repeat(64)],
  ["a short id", "f"],
  ["the name of a property", "__proto__"],
  ["a number's text", "1e999"],
  ["a NUL", "a\u0000b"],
  ["an override", "\u202Eabc"],
  ["right-to-left letters", "\u05D0\u05D1\u05D2"],
  ["four bytes", "\u{1F9D7}\u{1F3FD}"],
  ["a path", "../../etc/passwd"],
  ["a percent sign", "100%"],
];

const BODY_BYTES = 10 * 1_048_576;
const notFound = [400, 404] as const;
const refusals = [400, 403, 404, 409] as const;

/** Fields that hold what a person writes; every other text names something that exists. */
const written = new Set([
  "name",
  "status",
  "reason",
  "text",
  "content",
  "emoji",
  "clientId",
  "expires",
  "ttl",
  "mode",
  "code",
  "link",
  "passphrase",
  "current",
]);

export function pathOf({ path }: Operation, { params = {}, query }: Request): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  return query === undefined ? filled : `${filled}?${query}`;
}

export function* wrongCalls(
  description: Description,
  operation: Operation,
  right: Request,
  tokens: Tokens,
): Generator<Wrong> {
  const { method } = operation;
  const path = pathOf(operation, right);
  const base = { path, method, body: withoutClientId(right.body) };
  yield* wrongPlaces(base);
  if (!operation.isOpen) yield* wrongCallers(base, tokens);
  yield* wrongTypesOfBody(base);
  if (operation.body !== null) {
    yield* wrongBodies(base, (description.resolve(operation.body).required ?? []).length > 0);
    yield* wrongFields(description, operation.body, base);
  }
  for (const name of operation.params) yield* wrongNames(operation, right, name);
  for (const { name, schema } of operation.query) {
    const at = (value: string): string => pathOf(operation, { ...right, query: `${name}=${value}` });
    yield* wrongQueries({ ...base, at, schema, name });
  }
}

/** What is sent again under a known one is answered like the first time, whatever else it holds (HT12). */
function withoutClientId(body: Json | undefined): Json | undefined {
  if (typeof body !== "object" || body === null || !("clientId" in body)) return body;
  const { clientId: _, ...rest } = body;
  return rest;
}

type Base = Pick<Wrong, "path" | "method" | "body">;

function* wrongPlaces(base: Base): Generator<Wrong> {
  const refused = { ...base, statuses: [403] };
  for (const host of ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1", "localhost"])
    yield { ...refused, what: `Host ${host}`, headers: { host }, codes: ["HOST_NOT_ALLOWED"] };
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
    yield { ...refused, what: `Origin ${origin}`, headers: { origin }, codes: ["ORIGIN_NOT_ALLOWED"] };
}

function* wrongCallers(base: Base, { read, send }: Tokens): Generator<Wrong> {
  yield { ...base, what: "no token", token: null, statuses: [401], codes: ["TOKEN_MISSING"] };
  // The wrong ones of all callers are held back together (HT7), and these are many.
  const wrong = { ...base, statuses: [401, 429], codes: ["TOKEN_INVALID", "TOO_FAST"] };
  yield { ...wrong, what: "a token of nobody", token: "e30.e30.e30" };
  yield { ...wrong, what: "an empty token", token: "" };
  // Asking needs another scope than changing, whichever it is.
  const weak = base.method === "GET" ? send : read;
  yield { ...base, what: "too little scope", token: weak, statuses: [403], codes: ["SCOPE_TOO_SMALL"] };
}

function* wrongTypesOfBody(base: Base): Generator<Wrong> {
  if (base.method === "GET") return;
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    yield {
      ...base,
      what: type,
      body: "name=x",
      headers: { "content-type": type },
      statuses: [415],
      codes: ["MEDIA_TYPE"],
    };
  }
  yield {
    ...base,
    what: "ten megabytes",
    body: `{"text":"${"x".repeat(BODY_BYTES)}"}`,
    statuses: [413],
    codes: ["BODY_TOO_LARGE"],
  };
  for (const body of ["{", '{"a":1,}', '{"__proto__":{"x":1}}', "\u0000"])
    yield { ...base, what: `the body ${body}`, body, statuses: [400], codes: ["BAD_JSON"] };
}

function* wrongBodies(base: Base, needsBody: boolean): Generator<Wrong> {
  const refused = { ...base, statuses: [400], codes: ["BAD_INPUT", "BAD_JSON"] };
  yield { ...refused, what: "the body []", body: "[]" };
  // Where nothing is needed, null says so.
  if (needsBody) yield { ...refused, what: "the body null", body: "null" };
  yield { ...refused, what: "the body 7", body: "7" };
  yield { ...refused, what: "deep brackets", body: "[".repeat(200_000) };
  yield { ...refused, what: "a deep list", body: "[".repeat(100_000) + "]".repeat(100_000) };
}

function* wrongFields(description: Description, schema: Schema, base: Base): Generator<Wrong> {
  const { properties = {}, required = [] } = description.resolve(schema);
  const right = (base.body ?? {}) as Readonly<Record<string, Json>>;
  const refused = { ...base, statuses: [400, 413], codes: ["BAD_INPUT", "TEXT_TOO_LONG"] };
  for (const name of required) {
    const { [name]: _, ...rest } = right;
    yield { ...refused, what: `no ${name}`, body: rest };
  }
  for (const [name, field] of Object.entries(properties)) {
    const set = (what: string, value: Json) => ({
      ...refused,
      what: `${name} is ${what}`,
      body: { ...right, [name]: value },
    });
    for (const [what, value] of values) {
      const isText = typeof value === "string";
      // Each message of a batch has an answer of its own (HT12).
      if (name === "messages" && Array.isArray(value)) continue;
      if (!isText && description.problems(field, value, "input").length > 0) yield set(what, value);
      if (isText && !takesText(description.resolve(field))) yield set(what, value);
    }
    if (!takesText(description.resolve(field))) continue;
    yield { ...set("half a character", "a\uD800"), statuses: refusals, codes: undefined };
    yield set("a megabyte too long", "x".repeat(1_000_000));
    if (written.has(name)) continue;
    for (const [what, value] of strangers) {
      // What is answered may not have arrived here yet.
      if (name === "replyTo" && what === "an unknown id") continue;
      yield { ...set(what, value), statuses: refusals, codes: undefined };
    }
  }
}

function takesText({ type, anyOf = [] }: Schema): boolean {
  const types = [type].flat();
  return types.includes("string") || anyOf.some(takesText);
}

function* wrongNames(operation: Operation, right: Request, name: string): Generator<Wrong> {
  const base = { method: operation.method, body: right.body };
  const to = (raw: string): string =>
    pathOf(operation, { ...right, params: { ...right.params, [name]: "\u0001" } }).replace("%01", raw);
  const refused = (what: string, raw: string) => ({
    ...base,
    what: `{${name}} is ${what}`,
    path: to(raw),
    statuses: notFound,
  });
  yield refused("half of a character in UTF-8", "%E2%80");
  yield refused("a byte that is no UTF-8", "%FF");
  yield refused("half a percent", "%");
  yield refused("too long", "a".repeat(2_000));
  yield refused("empty", "");
  // Any short text is a reaction that somebody could have made: nothing is unknown about it.
  if (name === "emoji") return;
  for (const [what, value] of strangers) yield refused(what, encodeURIComponent(value));
}

function* wrongQueries(
  of: Base & { at(value: string): string; schema: Schema; name: string },
): Generator<Wrong> {
  const { at, method, body, name, schema } = of;
  // A code is a credential, and a WebSocket's address takes nothing else than an upgrade.
  const statuses = name === "code" ? [400, 401, 429] : at("").startsWith("/api/ws") ? [400, 426] : notFound;
  const refused = (what: string, value: string) => ({
    method,
    body,
    what: `${name} is ${what}`,
    path: at(value),
    statuses,
  });
  yield refused("too long", "9".repeat(2_000));
  // Of one that is given twice neither is meant.
  yield refused("there twice", `1&${name}=2`);
  if (schema.type === "integer") {
    for (const value of ["abc", "-1", "1.5", "1e99", "9007199254740993", "[]"]) yield refused(value, value);
    return;
  }
  if (name === "q" || name === "hello") return;
  for (const [what, value] of strangers) yield refused(what, encodeURIComponent(value));
}
