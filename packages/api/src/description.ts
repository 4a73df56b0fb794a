/** The description of the surface, made from the same schemas that check it. Loaded when somebody asks for it. */
import fastifySwagger from "@fastify/swagger";
import fastify from "fastify";
import type { RouteOptions } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { ownCompilers } from "./compilers.ts";
import { inGraphql } from "./routes/in-graphql.ts";

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

interface JsonContent {
  readonly "application/json"?: { readonly schema?: { readonly description?: unknown } };
}

/** Statuses whose answers have no body. */
const bodiless = ["101", "204", "303"];

/** What is no JSON is laid out as what it is: its schema's description is its type. Without a body there is none. */
function tidyAnswers(responses: Record<string, Node>): void {
  for (const [status, response] of Object.entries(responses)) {
    const type = (response["content"] as JsonContent | undefined)?.["application/json"]?.schema?.description;
    if (bodiless.includes(status)) delete response["content"];
    else if (
      typeof type === "string" &&
      /^(?:(?:text|image)\/[a-z-]+|application\/octet-stream)/.test(type)
    ) {
      const types = type.split(/;.*|, /).filter((each) => each !== "");
      response["content"] = Object.fromEntries(types.map((each) => [each, { schema: { type: "string" } }]));
    }
  }
}

/**
 * Leaves only the schemas that are used (each is generated once for requests and once for answers), lets
 * answers grow, and says in words what an answer is.
 */
function tidyDescription(document: Node): Node {
  walk(document, (node) => {
    if (node["additionalProperties"] === false) delete node["additionalProperties"];
    if (node["description"] === "Default Response") node["description"] = "The answer.";
  });
  for (const methods of Object.values(document["paths"] as Record<string, Record<string, Node>>))
    for (const { responses } of Object.values(methods)) tidyAnswers(responses as Record<string, Node>);
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

/** The document as JSON. The routes are laid out once more in a server that never listens. */
export async function describeRoutes(routes: readonly RouteOptions[]): Promise<string> {
  const app = fastify({ logger: false, schemaController: ownCompilers });
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
  for (const { config, method, url, schema = {} } of routes) {
    const field = inGraphql[`${String(method).toLowerCase()} ${url.replaceAll(/:(\w+)/g, "{$1}")}`];
    // Own keys of operations, as OpenAPI allows: of bearer tokens it knows no scopes.
    const described = {
      ...schema,
      "x-scope": config?.scope ?? "none",
      ...(field !== undefined && { "x-graphql": field }),
    };
    app.route({ method, url, schema: described, handler: () => {} });
  }
  await app.ready();
  const text = JSON.stringify(app.swagger());
  await app.close();
  return text;
}
