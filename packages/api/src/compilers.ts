/**
 * What turns a schema into a check, and an answer into text. Given to Fastify when it is made: it would load its
 * own pair (Ajv and fast-json-stringify, 90 modules) before it could be told that they are not needed.
 */
import type { FastifyServerOptions } from "fastify";
import type { z } from "zod";
import { inputFault } from "./fault.ts";

function checkWith({ schema, httpPart }: { schema: z.ZodType; httpPart?: string }) {
  return (data: unknown) => {
    // Fastify shows a body that is not there as null.
    const result = schema.safeParse(data ?? undefined);
    if (result.success) return { value: result.data };
    const part = httpPart === "querystring" ? "query" : httpPart === "params" ? "path" : "body";
    return { error: inputFault(result.error, part) };
  };
}

export const ownCompilers: NonNullable<FastifyServerOptions["schemaController"]> = {
  compilersFactory: {
    // Fastify's type knows schemas of Ajv alone.
    buildValidator: () => checkWith as never,
    // Answers are typed against their schemas when this is compiled and checked by tests; not again at run time.
    buildSerializer: () => () => JSON.stringify,
  },
};
