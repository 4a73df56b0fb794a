/**
 * Answers GraphQL over HTTP (JSON, and server-sent events as graphql-sse speaks them) and over WebSocket
 * (graphql-transport-ws), for callers whom the gate has let in. Spec: http, HT40-HT46.
 */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Duplex } from "node:stream";
import { SOCKET_CLOSE, SOCKET_FRAME_BYTES_MAX } from "@kith/contract";
import type { FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, NoSchemaIntrospectionCustomRule, parse } from "graphql";
import type { ExecutionArgs } from "graphql";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { createYoga } from "graphql-yoga";
import type { Plugin } from "graphql-yoga";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Claims } from "../auth.ts";
import { ApiFault } from "../fault.ts";
import { checkScope } from "../gate.ts";
import {
  GRAPHQL_OPERATIONS_MAX,
  GRAPHQL_STREAMS_MAX,
  GRAPHQL_TOKENS_MAX,
  SOCKET_CLOSE_MS,
  SOCKET_PING_MS,
} from "../limits.ts";
import { isoTime } from "../translate.ts";
import type { GraphqlContext } from "./builder.ts";
import { limitCost } from "./cost.ts";
import { codedFailure, maskFailure, toSocketResult } from "./failures.ts";
import { acceptable, checkAddress, explain } from "./forms.ts";
import { createLoaders } from "./loaders.ts";
import type { GraphqlOptions } from "./route.ts";
import { buildSchema } from "./schema.ts";

export interface Engine {
  answer(claims: Claims, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  admit(claims: Claims, request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

/** A request or socket that is being served. */
interface Life {
  readonly claims: Claims;
  end(): void;
}

/** Root fields of a query that ask for a scope of their own, and not for `read`. */
const ownScope = new Set(["invites"]);

/** Limits, codes and scopes, for every way in. */
function ruled({ introspection }: GraphqlOptions): Plugin<GraphqlContext> {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string) => {
        try {
          return parse(source, { maxTokens: GRAPHQL_TOKENS_MAX });
        } catch (error) {
          throw error instanceof GraphQLError ? codedFailure(error) : error;
        }
      });
    },
    onValidate({ addValidationRule }) {
      addValidationRule(limitCost);
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ valid, result, setResult }) => {
        if (!valid)
          setResult((result as readonly GraphQLError[]).map((error) => codedFailure(error, introspection)));
      };
    },
    onExecute({ args, setResultAndStopExecution }) {
      const { document, operationName, contextValue } = args as ExecutionArgs & {
        contextValue: GraphqlContext;
      };
      const operations = document.definitions.filter((one) => one.kind === "OperationDefinition");
      const chosen = operations.find(
        ({ name }) => (operationName ?? "") === "" || name?.value === operationName,
      );
      if (chosen?.operation !== "query") return;
      const { selections } = chosen.selectionSet;
      if (selections.every((one) => one.kind === "Field" && ownScope.has(one.name.value))) return;
      try {
        checkScope(contextValue.claims, "read");
      } catch (error) {
        if (!(error instanceof ApiFault)) throw error;
        const { code, message, next } = error;
        setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions: { code, next } })] });
      }
    },
  };
}

export function createEngine(options: GraphqlOptions): Engine {
  const { auth, clock, gate, introspection, log, service, url } = options;
  const yoga = createYoga<GraphqlContext>({
    schema: buildSchema(),
    graphqlEndpoint: "/graphql",
    graphiql: false,
    landingPage: false,
    cors: false,
    logging: false,
    multipart: false,
    batching: false,
    // Remembers up to a thousand documents, and what they say.
    parserAndValidationCache: false,
    maskedErrors: { maskError: (error) => maskFailure(error, log, introspection) },
    plugins: [ruled(options)],
  });
  const lives = new Set<Life>();

  function contextOf(claims: Claims, signal: AbortSignal): GraphqlContext {
    return {
      service,
      claims,
      signal,
      loaders: createLoaders(service),
      tokens: auth,
      async link() {
        const { code, expiresMs } = auth.issueSignIn();
        return { url: `${url()}/sign-in?code=${code}`, expires: isoTime(expiresMs) };
      },
    };
  }

  function live(life: Life): () => void {
    if (lives.size >= GRAPHQL_STREAMS_MAX)
      throw new ApiFault(
        "TOO_MANY",
        `${GRAPHQL_STREAMS_MAX} GraphQL streams are open already`,
        "close those that are not needed",
      );
    lives.add(life);
    const unwatch = auth.watch(life.claims, () => life.end());
    return () => {
      unwatch();
      lives.delete(life);
    };
  }

  const callers = new WeakMap<IncomingMessage, { readonly claims: Claims; readonly signal: AbortSignal }>();
  const acceptor = new WebSocketServer({
    noServer: true,
    maxPayload: SOCKET_FRAME_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  const server = useServer(
    {
      // The enveloped ones ride on the arguments: limits and codes hold here as over HTTP.
      execute: (args) => (args as unknown as { run: (args: ExecutionArgs) => never }).run(args),
      subscribe: (args) => (args as unknown as { follow: (args: ExecutionArgs) => never }).follow(args),
      onNext: (_context, _id, _message, _args, result) => toSocketResult(result),
      async onSubscribe({ extra, subscriptions }, _id, params) {
        const caller = callers.get(extra.request);
        if (caller === undefined) throw new Error("a socket that the gate did not see");
        try {
          gate.countCall(caller.claims);
          if (Object.keys(subscriptions).length > GRAPHQL_OPERATIONS_MAX)
            throw new ApiFault(
              "TOO_MANY",
              `${GRAPHQL_OPERATIONS_MAX} operations run on this socket`,
              "complete one of them first",
            );
          const envelope = yoga.getEnveloped(contextOf(caller.claims, caller.signal));
          const document = envelope.parse(params.query);
          const errors = envelope.validate(envelope.schema, document);
          if (errors.length > 0) return errors;
          return {
            schema: envelope.schema,
            document,
            operationName: params.operationName,
            variableValues: params.variables,
            contextValue: await envelope.contextFactory(),
            run: envelope.execute,
            follow: envelope.subscribe,
          } as never;
        } catch (error) {
          return [maskFailure(error, log, introspection)];
        }
      },
    },
    acceptor,
    SOCKET_PING_MS,
  );

  return {
    async answer(claims, request, reply) {
      const gone = new AbortController();
      const done = live({ claims, end: () => gone.abort() });
      reply.raw.once("close", () => {
        done();
        gone.abort();
      });
      const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        name === "content-length" || name.startsWith(":") || value === undefined
          ? []
          : [[name, name === "accept" ? acceptable(String(value)) : String(value)]],
      );
      const address = `http://node${request.url}`;
      if (request.method === "GET") checkAddress(address);
      const response = await yoga.fetch(
        address,
        {
          method: request.method,
          headers,
          ...(typeof request.body === "string" ? { body: request.body } : null),
        },
        contextOf(claims, gone.signal),
      );
      const refusal = explain(response.status);
      if (refusal !== null) throw refusal;
      reply.code(response.status);
      response.headers.forEach((value, name) => {
        if (name !== "cache-control") reply.header(name, value);
      });
      if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true)
        return reply.serializer(String).send(await response.text());
      return reply.send(
        Readable.from(response.body as unknown as AsyncIterable<Uint8Array>, { objectMode: false }),
      );
    },
    admit(claims, request, socket, head) {
      const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
      if (!offered.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL))
        throw new ApiFault(
          "BAD_REQUEST",
          "the subprotocol graphql-transport-ws is not offered",
          "connect with a client of graphql-ws",
        );
      const gone = new AbortController();
      let opened: WebSocket | null = null;
      const done = live({
        claims,
        end: () => opened?.close(SOCKET_CLOSE.tokenExpired, "TOKEN_INVALID"),
      });
      socket.once("close", () => {
        done();
        gone.abort();
      });
      callers.set(request, { claims, signal: gone.signal });
      acceptor.handleUpgrade(request, socket, head, (ws) => {
        opened = ws;
        acceptor.emit("connection", ws, request);
      });
    },
    async close() {
      const open = [...acceptor.clients];
      const cancelCut = clock.after(SOCKET_CLOSE_MS, () => open.forEach((ws) => ws.terminate()));
      await server.dispose();
      cancelCut();
      for (const life of lives) life.end();
    },
  };
}
