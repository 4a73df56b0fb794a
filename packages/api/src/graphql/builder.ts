/** The builder of the GraphQL schema: what every resolver is given, and the scalars. */
import SchemaBuilder from "@pothos/core";
import type { KithService } from "@kith/node";
import type { z } from "zod";
import type { Auth, Claims } from "../auth.ts";
import { inputFault } from "../fault.ts";
import type { Loaders } from "./loaders.ts";

export interface GraphqlContext {
  readonly service: KithService;
  readonly claims: Claims;
  readonly loaders: Loaders;
  /** Base address of the server, for sign-in links. */
  readonly link: () => Promise<{ readonly url: string; readonly expires: string }>;
  /** Tokens made for programs. */
  readonly tokens: Pick<Auth, "tokens" | "createToken" | "revokeToken">;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
}

export function createBuilder() {
  const builder = new SchemaBuilder<{
    Context: GraphqlContext;
    DefaultFieldNullability: false;
    Scalars: { ID: { Input: string; Output: string }; JSON: { Input: never; Output: unknown } };
  }>({ defaultFieldNullability: false });
  builder.scalarType("JSON", {
    description: "Any JSON value, as the log of changes carries it.",
    serialize: (value) => value,
    parseValue: () => {
      throw new TypeError("JSON is no input here");
    },
  });
  return builder;
}

export type Builder = ReturnType<typeof createBuilder>;

/** Arguments by the schema that checks the same call over REST; a GraphQL null is an absent key where null has no meaning. */
export function check<Schema extends z.ZodType>(schema: Schema, input: object): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== undefined && value !== null),
  );
  const result = schema.safeParse(given);
  if (!result.success) throw inputFault(result.error, "arguments");
  return result.data;
}
