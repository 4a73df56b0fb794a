/** Calls as they are typed: a value that fits a schema, and the curl command of a call. */
import { bodySchema, refName } from "./description.ts";
import type { Call, Description, Schema } from "./description.ts";

/** A schema of ours is at most four deep; what goes further would be one that names itself. */
const DEPTH_MAX = 8;

/** What a field of that name is usually filled with; other texts are "...". */
const usual: Readonly<Record<string, string>> = {
  address: "192.168.1.20:4711",
  board: "general",
  channel: "general",
  clientId: "order-4711",
  code: "123456",
  content: "On Saturday?",
  current: "four words at dawn",
  emoji: "👍",
  link: "kith://join#...",
  passphrase: "four words at dawn",
  name: "Climbing",
  person: "Ben",
  q: "saturday",
  space: "Climbing",
  text: "On Saturday?",
  ttl: "30d",
};

/** A small value that the schema takes: of an object what must be there, or else its first field. */
export function exampleOf(
  schema: Schema,
  description: Description,
  { name = "", depth = 0 }: { readonly name?: string; readonly depth?: number } = {},
): unknown {
  const named = refName(schema);
  const deeper = { name, depth: depth + 1 };
  if (depth > DEPTH_MAX) return null;
  if (named !== null) return exampleOf(description.components.schemas[named] ?? {}, description, deeper);
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.[0] !== undefined) return schema.enum[0];
  const [choice] = schema.anyOf ?? [];
  if (choice !== undefined) return exampleOf(choice, description, deeper);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object": {
      const fields = Object.entries(schema.properties ?? {});
      const needed = fields.filter(([key]) => schema.required?.includes(key) === true);
      return Object.fromEntries(
        (needed.length > 0 ? needed : fields.slice(0, 1)).map(([key, field]) => [
          key,
          exampleOf(field, description, { name: key, depth: depth + 1 }),
        ]),
      );
    }
    case "array":
      return [exampleOf(schema.items ?? {}, description, { name: name.replace(/s$/, ""), depth: depth + 1 })];
    case "integer":
    case "number":
      return schema.default ?? schema.minimum ?? 1;
    case "boolean":
      return schema.default ?? true;
    default:
      return schema.default ?? usual[name] ?? "...";
  }
}

/** In single quotes, as every shell of POSIX takes it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fillPath({ path }: Call): string {
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    // Calls about a conversation name it by its channel's id (HT15).
    const value = path.startsWith("/api/conversations/") ? "CHANNEL_ID" : (usual[name] ?? name.toUpperCase());
    return encodeURIComponent(value);
  });
}

/** The call as a shell command; `KITH_TOKEN` holds the token. */
export function curlOf(call: Call, description: Description, base: string): string {
  const { method, operation } = call;
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === "query" && parameter.required === true)
    .map(
      ({ name, schema = {} }) =>
        `${name}=${encodeURIComponent(String(exampleOf(schema, description, { name })))}`,
    );
  const url = `${base}${fillPath(call)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
  if (call.path === "/api/ws")
    // A page, and a program in JavaScript; curl speaks no WebSocket everywhere.
    return `new WebSocket(${JSON.stringify(url.replace(/^http/, "ws"))}, ["kith", "bearer." + token])`;
  const schema = bodySchema(operation);
  return [
    // A stream is shown as it comes.
    `curl${call.path === "/api/events" ? " -N" : ""}${method === "GET" ? "" : ` -X ${method}`} ${quote(url)}`,
    ...(operation["x-scope"] === "none" ? [] : ['-H "Authorization: Bearer $KITH_TOKEN"']),
    ...(schema === undefined
      ? []
      : [
          "-H 'Content-Type: application/json'",
          `-d ${quote(JSON.stringify(exampleOf(schema, description)))}`,
        ]),
  ].join(" \\\n  ");
}
