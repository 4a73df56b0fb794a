/** The routes that describe the surface: its OpenAPI document, as a page too, and the WebSocket's address. */
import { docsQuery, socketQuery } from "@kith/contract";
import type { RouteOptions } from "fastify";
import { z } from "zod";
import { answers } from "./app.ts";
import type { App } from "./app.ts";
import type { Description } from "./docs/index.ts";
import { ApiFault } from "./fault.ts";

/** Before every other route: the list grows with each that is added. */
export function collectRoutes(app: App): readonly RouteOptions[] {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });
  return routes;
}

/** After every other route: serves the description, and answers plain GETs of the WebSocket's address. */
export function addOpenApiRoutes(
  app: App,
  { routes, url }: { readonly routes: readonly RouteOptions[]; readonly url: () => string },
): void {
  let text: Promise<string> | null = null;
  // What makes the description is 80 modules, and most nodes are never asked.
  const describe = async (): Promise<string> =>
    (await import("./description.ts")).describeRoutes(
      // GraphQL has a schema of its own, in its own language.
      routes.filter(({ method, url }) => method !== "HEAD" && url !== "/graphql"),
    );
  app.get(
    "/openapi.json",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "This description",
        tags: ["node"],
        response: answers({ 200: z.record(z.string(), z.unknown()) }),
      },
    },
    async (_request, reply) => {
      text ??= describe();
      // Already text: the serialiser is for values.
      return reply
        .type("application/json; charset=utf-8")
        .serializer((payload: unknown) => String(payload))
        .send((await text) as never);
    },
  );
  app.get(
    "/docs",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "This description as a page",
        tags: ["node"],
        querystring: docsQuery,
        response: answers({ 200: z.string().meta({ description: "text/html" }) }),
      },
    },
    async ({ query }, reply) => {
      text ??= describe();
      const [{ docsPolicy, renderDocs }, document] = await Promise.all([import("./docs/index.ts"), text]);
      return reply
        .type("text/html; charset=utf-8")
        .header("content-security-policy", docsPolicy)
        .serializer((payload: unknown) => String(payload))
        .send(renderDocs(JSON.parse(document) as Description, { base: url(), query: query.q ?? "" }));
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
