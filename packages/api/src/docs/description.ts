/** The parts of an OpenAPI document that its page reads. It is this node's own: made in description.ts, never from outside. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

export interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content }>
  >;
  /** Scope of a token that the call needs; "none": it is open. */
  readonly "x-scope"?: string;
  /** The way to the field of GraphQL that does the same, from its root. */
  readonly "x-graphql"?: string;
}

export interface Description {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One call, with what it is found by. */
export interface Call {
  /** "GET" */
  readonly method: string;
  /** "/api/spaces/{space}" */
  readonly path: string;
  readonly operation: Operation;
  /** Its place on the page. */
  readonly anchor: string;
}

const refPrefix = "#/components/schemas/";

/** The name of the schema that is meant, where it is meant by name. */
export function refName({ $ref }: Schema): string | null {
  return $ref?.startsWith(refPrefix) === true ? $ref.slice(refPrefix.length) : null;
}

export function bodySchema(operation: Operation): Schema | undefined {
  return operation.requestBody?.content["application/json"]?.schema;
}

export function listCalls({ paths }: Description): readonly Call[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
      anchor: `${method}-${path.replaceAll(/[^a-zA-Z0-9]+/g, "-").replaceAll(/^-|-$/g, "")}`,
    })),
  );
}

function wordsOf(schema: Schema | undefined): string {
  if (schema === undefined) return "";
  const fields = Object.entries(schema.properties ?? {});
  return `${refName(schema) ?? ""} ${fields.map(([name, field]) => `${name} ${wordsOf(field)}`).join(" ")} ${wordsOf(schema.items)}`;
}

/** Calls that hold every word of `query`, in any case: in method, path, texts, scope, parameters or fields. */
export function searchCalls(calls: readonly Call[], query: string): readonly Call[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return calls;
  return calls.filter(({ method, path, operation }) => {
    const { summary = "", description = "", tags = [], parameters = [], responses = {} } = operation;
    const answers = Object.entries(responses).map(([status, { content }]) =>
      /^[123]/.test(status) ? wordsOf(content?.["application/json"]?.schema) : "",
    );
    const text = [
      method,
      path,
      summary,
      description,
      ...tags,
      operation["x-scope"] ?? "",
      operation["x-graphql"] ?? "",
      ...parameters.map(({ name, description: says = "" }) => `${name} ${says}`),
      wordsOf(bodySchema(operation)),
      ...answers,
    ]
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
