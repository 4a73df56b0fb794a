/** Routes about tokens for programs. Spec: http, HT65. */
import { createToken, parseDuration, tokenCreated, tokenList, tokenParams } from "@kith/contract";
import type { Token } from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import type { TokenRecord } from "../token-book.ts";
import { isoTime } from "../translate.ts";

export function toToken({ createdMs, expiresMs, ...record }: TokenRecord): Token {
  return { ...record, created: isoTime(createdMs), expires: isoTime(expiresMs) };
}

export function addTokenRoutes(app: App, { auth }: RouteContext): void {
  app.get(
    "/api/tokens",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Tokens made for programs, that have not expired",
        description: "The owner's own token, in the data directory, is not among them.",
        tags: ["sign-in"],
        response: answers({ 200: tokenList }),
      },
    },
    () => ({ items: auth.tokens().map(toToken), next: null }),
  );

  app.post(
    "/api/tokens",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Make a token for a program",
        tags: ["sign-in"],
        body: createToken,
        response: answers({ 201: tokenCreated }),
      },
    },
    async ({ body: { scope, ttl, name } }, reply) => {
      const ttlMs = parseDuration(ttl);
      if (ttlMs === null) throw new Error("a duration passed its check and cannot be read");
      const { token, record } = await auth.createToken({ scope, ttlMs, name: name ?? null });
      return reply.code(201).send({ ...toToken(record), token });
    },
  );

  app.delete(
    "/api/tokens/:id",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Take a token back, for good",
        tags: ["sign-in"],
        params: tokenParams,
        response: answers({ 204: z.void() }),
      },
    },
    async ({ params }, reply) => {
      auth.revokeToken(params.id);
      return reply.code(204).send();
    },
  );
}
