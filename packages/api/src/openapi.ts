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

type Node = Record<string, unknown>;

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (typeof value === "object" && value !== null) {
    visit(value as Node);
    for (const item of Object.values(value)) walk(item, visit);
  }
}

const schemaPrefix = "#/components/schemas/";

/**
 * Leaves only the schemas that are used (each is generated once for requests and once for answers), lets
 * answers grow, and says in words what an answer is.
 */
function tidyDescription(document: Node): Node {
  walk(document, (node) => {
    if (node["additionalProperties"] === false) delete node["additionalProperties"];
    if (node["description"] === "Default Response") node["description"] = "The answer.";
  });
  walk(document["paths"], (node) => {
    for (const range of ["4XX", "5XX"]) {
      const response = node[range];
      if (typeof response === "object" && response !== null)
        (response as Node)["description"] = "What went wrong, and what to do.";
    }
  });
  const components = document["components"] as { schemas: Record<string, unknown> };
  const used = new Set<string>();
  const follow = (value: unknown): void =>
    walk(value, ({ $ref }) => {
      if (typeof $ref !== "string" || !$ref.startsWith(schemaPrefix)) return;
      const name = $ref.slice(schemaPrefix.length);
      if (used.has(name)) return;
      used.add(name);
      follow(components.schemas[name]);
    });
  follow(document["paths"]);
  // Spoken of by the description of the WebSocket, which OpenAPI cannot describe itself.
  used.add("LogEntry");
  components.schemas = Object.fromEntries(
    Object.entries(components.schemas).filter(([name]) => used.has(name)),
  );
  return document;
}

export async function addOpenApi(app: App): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Kith",
        version: API_VERSION,
        description:
          'What one Kith node offers to programs on its own machine. Every error is {"error":{code,message,next}}.',
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [
        { url: "http://127.0.0.1:8888", description: "The default address; the node prints its own." },
      ],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      tidyDescription(jsonSchemaTransformObject(document) as unknown as Node) as never,
  });
}

/** After every other route: serves the description, and answers plain GETs of the WebSocket's address. */
export function addOpenApiRoutes(app: App): void {
  let text: string | null = null;
  app.get(
    "/openapi.json",
    {
      config: { scope: "read" },
      schema: {
        summary: "This description",
        tags: ["node"],
        response: answers({ 200: z.record(z.string(), z.unknown()) }),
      },
    },
    async (_request, reply) => {
      text ??= JSON.stringify(app.swagger());
      // Already text: the serialiser is for values.
      return reply
        .type("application/json; charset=utf-8")
        .serializer((payload: unknown) => String(payload))
        .send(text as never);
    },
  );
  app.get(
    "/api/ws",
    {
      config: { scope: "read" },
      schema: {
        summary: "WebSocket: the log of changes, one entry a frame",
        description:
          "Each frame is a LogEntry. Resuming with the last cursor loses nothing and repeats nothing. Subprotocols: kith, bearer.<token>.",
        tags: ["log"],
        querystring: socketQuery,
        response: answers({ 101: z.void() }),
      },
    },
    () => {
      throw new ApiFault(
        "UPGRADE_NEEDED",
        "this address speaks WebSocket",
        "connect with a WebSocket client",
      );
    },
  );
}
