/**
 * Where GraphQL is reached: `GET` and `POST /graphql`, behind the same gate as every route, and its WebSocket.
 * What answers is loaded with the first request: a node that nobody asks so does not pay for it. Spec: http, HT40-HT41.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock, Log } from "@kith/core";
import type { KithService } from "@kith/node";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import type { Auth, Claims } from "../auth.ts";
import { ApiFault } from "../fault.ts";
import type { Gate } from "../gate.ts";
import type { Engine } from "./engine.ts";

export interface GraphqlOptions {
  readonly auth: Auth;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly log: Log;
  readonly service: KithService;
  readonly url: () => string;
  readonly introspection: boolean;
}

export interface Graphql {
  /** Makes a WebSocket of an upgrade that the gate has let in. */
  admit(claims: Claims, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Ends every socket and stream. */
  close(): Promise<void>;
}

export function addGraphql(app: App, options: GraphqlOptions): Graphql {
  let loading: Promise<Engine> | null = null;
  let closed = false;

  function engine(): Promise<Engine> {
    if (closed) throw new ApiFault("STOPPING", "this node is stopping", "ask again once it runs");
    loading ??= import("./engine.ts").then(({ createEngine }) => createEngine(options));
    return loading;
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.claims === null) throw new Error("the gate let in nobody");
    return (await engine()).answer(request.claims, request, reply);
  }

  // A room of its own: here the body stays text, for the engine reads it itself.
  void app.register(async (room) => {
    room.removeAllContentTypeParsers();
    room.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
      done(null, body);
    });
    for (const method of ["GET", "POST"] as const)
      room.route({
        method,
        url: "/graphql",
        exposeHeadRoute: false,
        config: { scope: "any" },
        handler: answer,
      });
  });

  return {
    async admit(claims, request, socket, head) {
      (await engine()).admit(claims, request, socket, head);
    },
    async close() {
      closed = true;
      await (await loading)?.close();
    },
  };
}
