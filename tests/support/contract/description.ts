/** The calls of a node as it describes them itself, with the schemas of what they take and answer. */
import { send } from "@kith/api/testing";
import { z } from "zod";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly maxLength?: number;
  readonly anyOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly schema: Schema;
}

export interface Operation {
  /** For example "post /api/spaces/{space}/leave". */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** What the path names, in order. */
  readonly params: readonly string[];
  readonly query: readonly Parameter[];
  /** Null where it takes no body. */
  readonly body: Schema | null;
  /** Statuses of success that it describes. */
  readonly statuses: readonly number[];
  /** Media type of the answer of success, in lower case; null where it has no body. */
  readonly type: string | null;
  /** Needs no credential. */
  readonly isOpen: boolean;
}

export interface Description {
  readonly operations: readonly Operation[];
  /** Every $ref followed, at the top only. */
  resolve(schema: Schema): Schema;
  /** What is wrong with the value, nothing where it is as described. Fields that are not described are wrong in an answer. */
  problems(schema: Schema, value: unknown, kind: "answer" | "input"): string[];
  /** Of the answer with that status; empty where it has no body. */
  answerProblems(operation: Operation, status: number, body: unknown): string[];
}

interface RawOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
  readonly security?: readonly unknown[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const PREFIX = "#/components/schemas/";

/** The same schema, with references as JSON Schema has them, and no room for what is not described. */
function close(value: unknown, isStrict: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => close(each, isStrict));
  if (typeof value !== "object" || value === null) return value;
  const closed = Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === "$ref" ? String(each).replace(PREFIX, "#/$defs/") : close(each, isStrict),
    ]),
  );
  return isStrict && "properties" in closed && !("additionalProperties" in closed)
    ? { ...closed, additionalProperties: false }
    : closed;
}

function typeOf({ responses }: RawOperation): string | null {
  const [, good] = Object.entries(responses).find(([status]) => Number(status) < 400) ?? [];
  return Object.keys(good?.content ?? {})[0] ?? null;
}

export async function readDescription(url: string, token: string): Promise<Description> {
  const { paths, components } = (await send(`${url}/openapi.json`, { token })).json<Document>();
  const compiled = new Map<string, z.ZodType>();

  function compile(schema: Schema, isStrict: boolean): z.ZodType {
    const key = `${isStrict}${JSON.stringify(schema)}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const whole = { ...schema, $defs: components.schemas };
    const made = z.fromJSONSchema(close(whole, isStrict) as Parameters<typeof z.fromJSONSchema>[0]);
    compiled.set(key, made);
    return made;
  }

  function problems(schema: Schema, value: unknown, kind: "answer" | "input"): string[] {
    const { error } = compile(schema, kind === "answer").safeParse(value);
    return (error?.issues ?? []).map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  }

  const raw = new Map<string, RawOperation>();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]): Operation => {
      const name = `${method} ${path}`;
      raw.set(name, each);
      return {
        name,
        method: method.toUpperCase(),
        path,
        params: [...path.matchAll(/\{(\w+)\}/g)].map(([, param]) => param ?? ""),
        query: (each.parameters ?? []).filter((parameter) => parameter.in === "query"),
        body: each.requestBody?.content["application/json"]?.schema ?? null,
        statuses: Object.keys(each.responses)
          .map(Number)
          .filter((status) => status < 400),
        type: typeOf(each),
        isOpen: each.security?.length === 0,
      };
    }),
  );
  return {
    operations,
    problems,
    resolve: (schema) =>
      schema.$ref === undefined ? schema : (components.schemas[schema.$ref.replace(PREFIX, "")] ?? schema),
    answerProblems({ name }, status, body) {
      const schema = raw.get(name)?.responses[String(status)]?.content?.["application/json"]?.schema;
      if (schema === undefined || status === 204 || status === 303) return [];
      return problems(schema, body, "answer");
    },
  };
}
