/**
 * The HTTP server of one node: REST, the log of changes, sign-in and the description of it all, over
 * KithService. Owns the way in and the shape of answers; decides nothing about messages or spaces.
 * Spec: http.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { BODY_BYTES_MAX, ERROR_STATUS } from "@kith/contract";
import type { Clock, Log } from "@kith/core";
import type { KithService } from "@kith/node";
import fastify from "fastify";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { App, RouteContext } from "./app.ts";
import type { Auth } from "./auth.ts";
import { ownCompilers } from "./compilers.ts";
import { ApiFault, describeFailure } from "./fault.ts";
import { addGraphql } from "./graphql/route.ts";
import type { Graphql } from "./graphql/route.ts";
import { createGate } from "./gate.ts";
import type { Call, Gate } from "./gate.ts";
import { createHostRules } from "./hosts.ts";
import { CONNECTIONS_MAX, KEEP_ALIVE_TIMEOUT_MS, PATH_PART_CHARS_MAX, REQUEST_TIMEOUT_MS } from "./limits.ts";
import { createLogFeed } from "./log-feed.ts";
import { addOpenApiRoutes, collectRoutes } from "./openapi.ts";
import { addConversationRoutes } from "./routes/conversations.ts";
import { addDeviceRoutes } from "./routes/device.ts";
import { addOwnDeviceRoutes } from "./routes/devices.ts";
import { addLogRoutes } from "./routes/log.ts";
import { addMessageRoutes } from "./routes/messages.ts";
import { addSignInRoutes } from "./routes/sign-in.ts";
import { addSpaceRoutes } from "./routes/spaces.ts";
import { createSockets } from "./sockets.ts";

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
  readonly allowOrigins?: readonly string[];
  readonly staticHandler?: StaticHandler;
  /** Whether GraphQL's schema may be asked for; default true. */
  readonly graphqlIntrospection?: boolean;
  /** Called once the answer to `POST /api/reset` is out. */
  readonly onReset: () => void;
  readonly version: string;
}

export interface ApiServer {
  readonly port: number;
  /** For example http://127.0.0.1:8888, without a slash at the end. */
  readonly url: string;
  /** Ends every stream and connection; resolves when nothing is left. */
  close(): Promise<void>;
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

const guarded = /^\/(?:api|graphql|metrics|openapi\.json)(?:[/?]|$)/;

function welcomePage(version: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Kith</title><h1>Kith is running on this device</h1>
<p>Version ${version.replace(/[^\w.+-]/g, "")}. The web app has not been built, or could not be: stop Kith and run <code>npm start</code> or <code>./kith up</code> again; they build it, and say what is in the way. Until then there are the <code>kith</code> command and the API described at <code>/openapi.json</code>.</p></html>\n`;
}

function toCall(request: FastifyRequest): Call {
  return { method: request.method, headers: request.headers, localAddress: request.socket.localAddress };
}

function sendFailure(reply: FastifyReply, error: unknown, log: Log): FastifyReply {
  const { status, body } = describeFailure(error, log);
  if (status === ERROR_STATUS.TOO_FAST) reply.header("retry-after", "1");
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).type("application/json; charset=utf-8").serializer(JSON.stringify).send(body);
}

/** Named here: importing a name of node:http makes Node load its fetch too. docs/decisions/0001-house.md */
const garbageReasons = {
  BAD_REQUEST: "Bad Request",
  HEADERS_TOO_LARGE: "Request Header Fields Too Large",
} as const;

/** Answers to what is no readable HTTP; there is no request yet, so it is written by hand. */
function answerGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = error.code === "HPE_HEADER_OVERFLOW" ? "HEADERS_TOO_LARGE" : "BAD_REQUEST";
  const status = ERROR_STATUS[code];
  const body = JSON.stringify({
    error: { code, message: "the request cannot be read as HTTP", next: "check the client and the address" },
  });
  socket.end(
    `HTTP/1.1 ${status} ${garbageReasons[code]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Headers that let an allowed page of another origin read the answer; it never comes with a cookie. */
function allowPage(reply: FastifyReply, origin: string): void {
  reply.headers({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after",
    "cross-origin-resource-policy": "cross-origin",
    vary: "origin",
  });
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .headers({
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-allow-private-network": "true",
      "access-control-max-age": "600",
    })
    .code(204)
    .send();
}

function addGate(app: App, gate: Gate): void {
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
    return undefined;
  });
}

function addParsing(app: App): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  // Only JSON: a form or plain text could be sent by any page without asking first.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") {
      done(null, undefined);
      return;
    }
    // Answers through its callback; the promise in its type belongs to other parsers.
    void parseJson(request, String(body), (error, value: unknown) => {
      if (error === null) done(null, value);
      else
        done(new ApiFault("BAD_JSON", "the body is not JSON", "check it with a JSON tool and send it again"));
    });
  });
}

function addRest(app: App, context: RouteContext & { readonly log: Log }, options: ApiServerOptions): void {
  const { log, staticHandler, version } = options;
  const routes = collectRoutes(app);
  addDeviceRoutes(app, context);
  addOwnDeviceRoutes(app, context);
  addSpaceRoutes(app, context);
  addMessageRoutes(app, context);
  addConversationRoutes(app, context);
  addLogRoutes(app, context);
  addSignInRoutes(app, context);
  addOpenApiRoutes(app, routes);
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
      if (staticHandler !== undefined) {
        for (const [name, value] of Object.entries(reply.getHeaders()))
          reply.raw.setHeader(name, value ?? "");
        if (staticHandler(request.raw, reply.raw)) return reply.hijack();
      }
      if (request.url === "/") return reply.type("text/html; charset=utf-8").send(welcomePage(version));
    }
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
  const { allowOrigins = [], auth, clock, host = "127.0.0.1", log, onReset, port, service } = options;
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

  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const url = (): string => `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${bound}`;

  const feed = createLogFeed(service);
  addParsing(app);
  addGate(app, gate);
  const graphql: Graphql = addGraphql(app, {
    auth,
    clock,
    gate,
    log,
    service,
    url,
    introspection: options.graphqlIntrospection ?? true,
  });
  addRest(app, { service, feed, auth, gate, clock, onReset, url, log }, options);
  app.server.maxConnections = CONNECTIONS_MAX;
  await app.listen({ host, port });
  bound = (app.server.address() as AddressInfo).port;
  const sockets = createSockets({ server: app.server, service, feed, gate, clock, log, graphql });

  return {
    port: bound,
    url: url(),
    async close() {
      feed.close();
      await Promise.all([sockets.close(), graphql.close()]);
      await app.close();
    },
  };
}
