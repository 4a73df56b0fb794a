/**
 * Signing a browser in by a one-time link. The code is in the address the browser opens, so it works once,
 * for ten minutes, and the answer moves on at once to an address without it. Spec: http, HT5.
 */
import { signInLink } from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault } from "../fault.ts";
import { isoTime } from "../translate.ts";

const signInQuery = z.object({ code: z.string().min(1, "is empty").max(128, "is too long") });

export function addSignInRoutes(app: App, { auth, gate, url }: RouteContext): void {
  app.get(
    "/sign-in",
    {
      config: { scope: null },
      // A HEAD by a link preview must not use the code up.
      exposeHeadRoute: false,
      schema: {
        summary: "Redeem a one-time link",
        tags: ["sign-in"],
        security: [],
        querystring: signInQuery,
        response: answers({ 303: z.void() }),
      },
    },
    async ({ query, headers }, reply) => {
      if (headers["sec-purpose"] !== undefined) {
        throw new ApiFault("SIGN_IN_INVALID", "a sign-in link is not loaded ahead of time", "open the link");
      }
      if (!auth.redeemSignIn(query.code)) {
        throw gate.countBad(
          new ApiFault(
            "SIGN_IN_INVALID",
            "this sign-in link was used already, is too old, or is not one of this node",
            "run `kith open` for a fresh one",
          ),
        );
      }
      reply.header("set-cookie", await auth.issueCookie()).header("location", "/");
      return reply.code(303).send();
    },
  );

  app.post(
    "/api/sign-in-links",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Make a one-time sign-in link",
        tags: ["sign-in"],
        response: answers({ 201: signInLink }),
      },
    },
    async (_request, reply) => {
      const { code, expiresMs } = auth.issueSignIn();
      return reply.code(201).send({ url: `${url()}/sign-in?code=${code}`, expires: isoTime(expiresMs) });
    },
  );
}
