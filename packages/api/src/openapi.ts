/** The description of the surface, made from the same schemas that check it. */
import fastifySwagger from "@fastify/swagger";
import { socketQuery } from "@kith/contract";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { answers } from "./app.ts";
import type { App } from "./app.ts";
import { ApiFault } from "./fault.ts";

/** Version of the surface, not of the program: it moves when a call changes its meaning. */
const API_VERSION = "1";

export async function addOpenApi(app: App): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Kith",
        version: API_VERSION,
        description: "What one Kith node offers to programs on its own machine. Every error is {\"error\":{code,message,next}}.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "http://127.0.0.1:8888", description: "The default address; the node prints its own." }],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** After every other route: serves the description, and answers plain GETs of the WebSocket's address. */
export function addOpenApiRoutes(app: App): void {
  let text: string | null = null;
  app.get(
    "/openapi.json",
    { config: { scope: "read" }, schema: { summary: "This description", tags: ["node"], response: answers({ 200: z.record(z.string(), z.unknown()) }) } },
    async (_request, reply) => {
      text ??= JSON.stringify(app.swagger());
      // Already text: the serialiser is for values.
      return reply.type("application/json; charset=utf-8").serializer((payload: unknown) => String(payload)).send(text as never);
    },
  );
  app.get(
    "/api/ws",
    {
      config: { scope: "read" },
      schema: {
        summary: "WebSocket: the log of changes, one entry a frame",
        description: "Resuming with the last cursor loses nothing and repeats nothing. Subprotocols: kith, bearer.<token>.",
        tags: ["log"],
        querystring: socketQuery,
        response: answers({ 101: z.void() }),
      },
    },
    () => {
      throw new ApiFault("UPGRADE_NEEDED", "this address speaks WebSocket", "connect with a WebSocket client");
    },
  );
}
