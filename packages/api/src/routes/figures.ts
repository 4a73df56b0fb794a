/** What the node counts: as JSON, and as Prometheus reads it. Spec: http, HT68-HT69. */
import { stats } from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { countCalls, layOutMetrics } from "../metrics.ts";
import { toStats } from "../translate.ts";

/** They wait for something to happen: how long says nothing about the node. */
const waiting: readonly string[] = ["/api/poll", "/api/events", "/api/join", "/api/link", "/graphql"];

/** Before every other route: it counts what is answered by them. */
export function addFigureRoutes(app: App, { service, feed }: RouteContext): void {
  const calls = countCalls();
  app.addHook("onResponse", async (request, reply) => {
    const isTimed = !waiting.includes(request.routeOptions.url ?? "");
    calls.note(request.method, reply.statusCode, isTimed ? reply.elapsedTime / 1_000 : null);
  });

  app.get(
    "/api/stats",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "Figures of what is exchanged with other devices",
        tags: ["node"],
        response: answers({ 200: stats }),
      },
    },
    () => toStats(service.stats()),
  );

  app.get(
    "/metrics",
    {
      config: { scope: "read", packs: true },
      schema: {
        summary: "Figures for Prometheus",
        tags: ["node"],
        response: answers({ 200: z.string().meta({ description: "text/plain; version=0.0.4" }) }),
      },
    },
    async (_request, reply) => {
      const text = layOutMetrics({
        status: service.status(),
        stats: service.stats(),
        readers: feed.readers(),
        calls,
      });
      return reply
        .type("text/plain; version=0.0.4; charset=utf-8")
        .serializer((payload: unknown) => String(payload))
        .send(text);
    },
  );
}
