/**
 * The HTTP server of one node: REST, the log of changes, sign-in and the description of it all, over
 * KithService. Owns the way in and the shape of answers; decides nothing about messages or spaces.
 * Spec: http.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BODY_BYTES_MAX } from "@kith/contract";
import type { Clock, Log } from "@kith/core";
import type { KithService } from "@kith/node";
import fastify from "fastify";
import type { FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { App, RouteContext } from "./app.ts";
import type { Auth, SignInCode } from "./auth.ts";
import type { BackupPlace } from "./backups.ts";
import { ownCompilers } from "./compilers.ts";
import { ApiFault } from "./fault.ts";
import { addGraphql } from "./graphql/route.ts";
import type { Graphql } from "./graphql/route.ts";
import { createGate } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { createHostRules } from "./hosts.ts";
import { CONNECTIONS_MAX, KEEP_ALIVE_TIMEOUT_MS, PATH_PART_CHARS_MAX, REQUEST_TIMEOUT_MS } from "./limits.ts";
import { openLocalSocket } from "./local-socket.ts";
import type { LocalSocket } from "./local-socket.ts";
import { createLogFeed } from "./log-feed.ts";
import { addOpenApiRoutes, collectRoutes } from "./openapi.ts";
import { addPacking } from "./packing/index.ts";
import { addAtRestRoutes } from "./routes/at-rest.ts";
import { addConversationRoutes } from "./routes/conversations.ts";
import { addTalkRoutes } from "./routes/talk.ts";
import { addDeviceRoutes } from "./routes/device.ts";
import { addOwnDeviceRoutes } from "./routes/devices.ts";
import { addPeopleRoutes } from "./routes/people.ts";
import { addRecoveryRoutes } from "./routes/recovery.ts";
import { addFigureRoutes } from "./routes/figures.ts";
import { addLogRoutes } from "./routes/log.ts";
import { addMessageRoutes } from "./routes/messages.ts";
import { addReportRoutes } from "./routes/reports.ts";
import { addSearchRoutes } from "./routes/search.ts";
import { addSignInRoutes } from "./routes/sign-in.ts";
import { addSpaceRoutes } from "./routes/spaces.ts";
import { addTokenRoutes } from "./routes/tokens.ts";
import { createSockets } from "./sockets.ts";
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
import type { Vault } from "./vault.ts";

/**
 * Serves the web app's files: called for GET and HEAD of paths that are no part of the API, with the headers that
 * every answer carries set already. False, with nothing written, where there is no such file.
 */
export type StaticHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ApiServerOptions {
  readonly service: KithService;
  readonly auth: Auth;
  readonly clock: Clock;
  readonly log: Log;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** A Unix socket on which the same is answered, besides. */
  readonly socketPath?: string;
  readonly allowOrigins?: readonly string[];
  readonly staticHandler?: StaticHandler;
  /** Whether GraphQL's schema may be asked for; default true. */
  readonly graphqlIntrospection?: boolean;
  /** Called once the answer to `POST /api/reset` is out; what it is given the node that begins takes once, from who asked. */
  readonly onReset: (signIn: SignInCode | null) => void;
  readonly backups: BackupPlace;
  readonly vault: Vault;
  readonly version: string;
}

export interface ApiServer {
  readonly port: number;
  /** For example http://127.0.0.1:8888, without a slash at the end. */
  readonly url: string;
  /** Ends every stream and connection; resolves when nothing is left. */
  close(options?: {
    /** What is open is told that the node is being locked, and not that it ends. */
    readonly isLocking?: boolean;
  }): Promise<void>;
}

/** Named by the surface and still to come. */
const toCome = /^\/api\/files(?:[/?]|$)/;

function welcomePage(version: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Kith</title><h1>Kith is running on this device</h1>
<p>Version ${version.replace(/[^\w.+-]/g, "")}. The web app has not been built, or could not be: stop Kith and run <code>npm start</code> or <code>./kith up</code> again; they build it, and say what is in the way. Until then there are the <code>kith</code> command and the API described at <code>/docs</code>.</p></html>\n`;
}

/**
 * Commands come with the owner's token, each because somebody gave it. A page asks for much by itself, so it tells of its
 * person by `POST /api/awake`; who waits at a stream says nothing by that. Spec: http, HT83.
 */
function isOfPerson({ claims, headers, routeOptions }: FastifyRequest): boolean {
  const isStream = routeOptions.url === "/api/poll" || routeOptions.url === "/api/events";
  return claims?.scope === "admin" && headers.authorization !== undefined && !isStream;
}

function addGate(app: App, gate: Gate, vault: Vault): void {
  app.decorateRequest("claims", null);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    const call = toCall(request);
    gate.checkPlace(call);
    const { origin, host } = request.headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`) {
      allowPage(reply, origin);
      if (request.method === "OPTIONS") return answerPreflight(reply);
    }
    const scope = request.is404
      ? guarded.test(request.url)
        ? "read"
        : null
      : request.routeOptions.config.scope;
    if (scope === undefined)
      throw new Error(`route ${request.routeOptions.url} does not say who may call it`);
    if (scope !== null) request.claims = await gate.checkCaller(call, scope);
    if (isOfPerson(request)) vault.touch();
    return undefined;
  });
}

/** A file is read as it comes, by the one call that takes it: how long it may be is the disk's to say. */
function addFileParsing(app: App): void {
  app.addContentTypeParser(
    "application/octet-stream",
    { bodyLimit: Number.MAX_SAFE_INTEGER },
    (_request, payload, done) => done(null, payload),
  );
}

function addRest(app: App, context: RouteContext & { readonly log: Log }, options: ApiServerOptions): void {
  const { log, staticHandler, version } = options;
  const routes = collectRoutes(app);
  addFigureRoutes(app, context);
  addDeviceRoutes(app, context);
  addOwnDeviceRoutes(app, context);
  addPeopleRoutes(app, context);
  addRecoveryRoutes(app, { ...context, backups: options.backups });
  addSpaceRoutes(app, context);
  addMessageRoutes(app, context);
  addReportRoutes(app, context);
  addSearchRoutes(app, context);
  addConversationRoutes(app, context);
  addTalkRoutes(app, context);
  addLogRoutes(app, context);
  addSignInRoutes(app, context);
  addTokenRoutes(app, context);
  addAtRestRoutes(app, context);
  addOpenApiRoutes(app, { routes, url: context.url });
  app.setErrorHandler((error, _request, reply) => {
    // Fastify hangs up on who sends a body it refuses, and what the client had still to send then resets the
    // connection, with the answer in it (RFC 9112 §9.6). Node reads the rest and drops it, for no longer than
    // a request may take.
    reply.removeHeader("connection");
    return sendFailure(reply, error, log);
  });
  app.setNotFoundHandler((request, reply) => {
    const reading = request.method === "GET" || request.method === "HEAD";
    if (reading && !guarded.test(request.url)) {
      if (serveStatic(request, reply, staticHandler)) return reply.hijack();
      if (request.url === "/") return reply.type("text/html; charset=utf-8").send(welcomePage(version));
    }
    if (toCome.test(request.url))
      return sendFailure(
        reply,
        new ApiFault("NOT_YET", "files are not part of this version", "send the text alone"),
        log,
      );
    return sendFailure(
      reply,
      new ApiFault(
        "UNKNOWN_ROUTE",
        `there is no ${request.method} at this path`,
        "see /openapi.json for what there is",
      ),
      log,
    );
  });
}

export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { allowOrigins = [], auth, clock, host = "127.0.0.1", log, onReset, port, service, vault } = options;
  let bound = port;
  const hosts = createHostRules({ host, port: () => bound, allowOrigins });
  const gate = createGate({ auth, clock, hosts });
  const app: App = fastify({
    logger: false,
    schemaController: ownCompilers,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: true,
    // A request without a Host is answered like one with a wrong Host.
    http: { requireHostHeader: false },
    routerOptions: { maxParamLength: PATH_PART_CHARS_MAX },
    frameworkErrors: (error, _request, reply) => {
      sendFailure(reply.headers(securityHeaders), error, log);
    },
    clientErrorHandler: answerGarbage,
  }).withTypeProvider<ZodTypeProvider>();

  const url = (): string => addressOf(host, bound);

  const feed = createLogFeed(service);
  addParsing(app);
  addFileParsing(app);
  addGate(app, gate, vault);
  addPacking(app);
  const graphql: Graphql = addGraphql(app, {
    auth,
    clock,
    gate,
    log,
    service,
    url,
    introspection: options.graphqlIntrospection ?? true,
  });
  addRest(app, { service, feed, auth, gate, clock, onReset, vault, url, log }, options);
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
  const sockets = createSockets({ server: app.server, service, feed, gate, clock, log, graphql });

  return {
    port: bound,
    url: url(),
    async close({ isLocking = false } = {}) {
      feed.close(isLocking ? "LOCKED" : "STOPPING");
      // Its connections end with those of the port.
      const ended = local?.close();
      await Promise.all([sockets.close(), graphql.close()]);
      await app.close();
      await ended;
    },
  };
}
