/**
 * What every server of ours does alike, whether a whole node answers or only its gate: headers, which pages may call,
 * bodies that are JSON, failures in the one shape. Spec: http, HT1-HT2, HT6, HT13.
 */
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { ERROR_STATUS } from "@kith/contract";
import type { Log } from "@kith/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "./app.ts";
import { ApiFault, describeFailure } from "./fault.ts";
import type { Call } from "./gate.ts";
import { isLocal } from "./local-socket.ts";
import type { StaticHandler } from "./server.ts";

export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** Paths of the API: what is not there needs a credential before it is told so. */
export const guarded = /^\/(?:api|docs|graphql|metrics|openapi\.json)(?:[/?]|$)/;

export function toCall(request: FastifyRequest): Call {
  const { headers, method, socket } = request;
  return { method, headers, localAddress: socket.localAddress, isLocal: isLocal(socket) };
}

export function sendFailure(reply: FastifyReply, error: unknown, log: Log): FastifyReply {
  const { status, body } = describeFailure(error, log);
  const waitS = error instanceof ApiFault ? error.retryAfterS : 1;
  if (status === ERROR_STATUS.TOO_FAST) reply.header("retry-after", String(waitS));
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).type("application/json; charset=utf-8").serializer(JSON.stringify).send(body);
}

/** Named here: importing a name of node:http makes Node load its fetch too. docs/decisions/0001-house.md */
const garbageReasons = {
  BAD_REQUEST: "Bad Request",
  HEADERS_TOO_LARGE: "Request Header Fields Too Large",
} as const;

/** Answers to what is no readable HTTP; there is no request yet, so it is written by hand. */
export function answerGarbage(error: Error & { code?: string }, socket: Socket): void {
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
export function allowPage(reply: FastifyReply, origin: string): void {
  reply.headers({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after",
    "cross-origin-resource-policy": "cross-origin",
    vary: "origin",
  });
}

export function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .headers({
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "authorization, content-type, last-event-id",
      "access-control-allow-private-network": "true",
      "access-control-max-age": "600",
    })
    .code(204)
    .send();
}

export function addParsing(app: App): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  // Only JSON: a form or plain text could be sent by any page without asking first.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, read, done) => {
    const body = read as Buffer;
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    const refuse = (what: string): void =>
      done(new ApiFault("BAD_JSON", what, "check it with a JSON tool and send it again"));
    // RFC 8259 §8.1. Read all the same it would be another text than the one that was sent.
    if (!isUtf8(body)) {
      refuse("the body is not in UTF-8");
      return;
    }
    // Answers through its callback; the promise in its type belongs to other parsers.
    void parseJson(request, body.toString("utf8"), (error, value: unknown) => {
      if (error === null) done(null, value);
      else refuse("the body is not JSON");
    });
  });
}

/** Where a browser on this machine reaches a server that listens there, without a slash at the end. */
export function addressOf(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** True when the web app has that file; the answer is then under way. */
export function serveStatic(
  request: FastifyRequest,
  reply: FastifyReply,
  staticHandler: StaticHandler | undefined,
): boolean {
  if (staticHandler === undefined || (request.method !== "GET" && request.method !== "HEAD")) return false;
  for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? "");
  return staticHandler(request.raw, reply.raw);
}
