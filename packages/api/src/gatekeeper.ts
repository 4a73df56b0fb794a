/**
 * What answers in a locked node's place, on its port: the web app's files, `/health`, and the passphrase; all else of the API
 * is 423. It knows no service, no key and no token, and hands what it is told to its one function. Spec: http, HT78-HT80.
 */
import type { AddressInfo } from "node:net";
import { BODY_BYTES_MAX, health } from "@kith/contract";
import type { Clock, Log } from "@kith/core";
import fastify from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { answers } from "./app.ts";
import type { App } from "./app.ts";
import { ownCompilers } from "./compilers.ts";
import { ApiFault, lockedFault } from "./fault.ts";
import { checkPlace } from "./gate.ts";
import { createHostRules } from "./hosts.ts";
import { CONNECTIONS_MAX, KEEP_ALIVE_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "./limits.ts";
import { openLocalSocket } from "./local-socket.ts";
import type { LocalSocket } from "./local-socket.ts";
import { unlockRoute } from "./routes/at-rest.ts";
import type { StaticHandler } from "./server.ts";
import {
  addParsing,
  addressOf,
  allowPage,
  answerGarbage,
  answerPreflight,
  guarded,
  securityHeaders,
  sendFailure,
  serveStatic,
  toCall,
} from "./surface.ts";
import { createTries } from "./tries.ts";

export interface GatekeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string;
  readonly allowOrigins: readonly string[];
  readonly staticHandler?: StaticHandler;
  /** Resolves with the cookie that signs in once the node runs, with null for a wrong passphrase. */
  readonly unlock: (passphrase: string) => Promise<{ readonly setCookie: string } | null>;
}

export interface Gatekeeper {
  readonly port: number;
  readonly url: string;
  /** Listens no more, so that the node can; who is connected still hears the answer. */
  leave(): Promise<void>;
  /** Ends every connection once its answer is out. */
  close(): Promise<void>;
}

export async function createGatekeeper(options: GatekeeperOptions): Promise<Gatekeeper> {
  const { allowOrigins, clock, host, log, port, staticHandler, unlock } = options;
  let bound = port;
  const hosts = createHostRules({ host, port: () => bound, allowOrigins });
  const tries = createTries(clock);
  const app: App = fastify({
    logger: false,
    schemaController: ownCompilers,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: true,
    http: { requireHostHeader: false },
    frameworkErrors: (error, _request, reply) => {
      sendFailure(reply.headers(securityHeaders), error, log);
    },
    clientErrorHandler: answerGarbage,
  }).withTypeProvider<ZodTypeProvider>();
  let waiting = 0;
  let quiet = (): void => undefined;

  addParsing(app);
  app.addHook("onRequest", async (request, reply) => {
    // No connection outlives the gate: on one that did, this would go on answering beside the node.
    reply.headers({ ...securityHeaders, connection: "close" });
    waiting += 1;
    reply.raw.once("close", () => {
      waiting -= 1;
      if (waiting === 0) quiet();
    });
    checkPlace(hosts, toCall(request));
    const { origin, host: asked } = request.headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${asked?.toLowerCase()}`) {
      allowPage(reply, origin);
      if (request.method === "OPTIONS") return answerPreflight(reply);
    }
    return undefined;
  });
  app.get("/health", { config: { scope: null }, schema: { response: answers({ 200: health }) } }, () => ({
    status: "ok" as const,
    locked: true as const,
  }));
  app.post("/api/unlock", unlockRoute, async ({ body }, reply) => {
    const { setCookie } = await tries.run(() => unlock(body.passphrase));
    return reply.header("set-cookie", setCookie).send({ locked: false as const });
  });
  // A link of the node that was: its code is gone with the node, and the page asks for the passphrase.
  app.get("/sign-in", { config: { scope: null } }, (_request, reply) => reply.redirect("/", 303));
  app.setErrorHandler((error, _request, reply) => sendFailure(reply, error, log));
  app.setNotFoundHandler((request, reply) => {
    if (guarded.test(request.url)) return sendFailure(reply, lockedFault(), log);
    if (serveStatic(request, reply, staticHandler)) return reply.hijack();
    return sendFailure(
      reply,
      new ApiFault("UNKNOWN_ROUTE", `there is no ${request.method} at this path`, "unlock the node first"),
      log,
    );
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  await app.listen({ host, port });
  bound = (app.server.address() as AddressInfo).port;
  let local: LocalSocket | null = null;
  try {
    if (options.socketPath !== undefined) local = await openLocalSocket(options.socketPath, app.server);
  } catch (error) {
    await app.close();
    throw error;
  }
  let left: Promise<unknown> | null = null;

  return {
    port: bound,
    url: addressOf(host, bound),
    async leave() {
      // Its callback waits for the connections too; the port is free once the handle is closed, a turn later.
      left = Promise.all([new Promise<void>((resolve) => app.server.close(() => resolve())), local?.close()]);
      app.server.closeIdleConnections();
      await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      if (left !== null && waiting > 0) await new Promise<void>((resolve) => (quiet = resolve));
      app.server.closeAllConnections();
      await app.close();
      await (left ?? local?.close());
    },
  };
}
