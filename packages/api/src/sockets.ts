/**
 * `/api/ws`: the log of changes over WebSockets, one entry a frame. Lets in who passes the gate; refuses
 * frames over 64 KiB and anything but a ping. Spec: http, HT9-HT11.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import {
  SOCKET_BEARER_PREFIX,
  SOCKET_CLOSE,
  SOCKET_FRAME_BYTES_MAX,
  SOCKET_PROTOCOL,
  socketOperation,
  socketQuery,
} from "@kith/contract";
import type { Clock, Log } from "@kith/core";
import type { KithService } from "@kith/node";
import { WebSocketServer } from "ws";
import type { RawData, WebSocket } from "ws";
import type { Claims } from "./auth.ts";
import { ApiFault, describeFailure, inputFault, tokenOver } from "./fault.ts";
import type { Failure } from "./fault.ts";
import type { Call, Gate } from "./gate.ts";
import { SOCKET_CLOSE_MS, SOCKET_PING_MS, PONG_QUEUE_BYTES_MAX } from "./limits.ts";
import type { Graphql } from "./graphql/route.ts";
import { frameTexts } from "./frames.ts";
import { isLocal } from "./local-socket.ts";
import type { EncodedEntry, LogFeed, LogSink } from "./log-feed.ts";

export interface Sockets {
  /** Resolves when every stream is closed, once the feed is; cuts those that do not answer its goodbye. */
  close(): Promise<void>;
}

interface Stream {
  readonly claims: Claims;
  alive: boolean;
}

/** An HTTP answer on a connection that asked to be upgraded. */
function refuseUpgrade(socket: Socket, { status, body }: Failure): void {
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${text}`,
  );
}

/** The token of a page that cannot set headers: offered as a subprotocol beside "kith". */
function offeredToken(request: IncomingMessage): string | undefined {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  return offered.find((part) => part.startsWith(SOCKET_BEARER_PREFIX))?.slice(SOCKET_BEARER_PREFIX.length);
}

function splitTarget(request: IncomingMessage): { path: string; query: Record<string, string> } {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  return { path, query: Object.fromEntries(new URLSearchParams(query)) };
}

/**
 * Takes an offer of packing back that ws would refuse the whole upgrade for, or that would bind what is sent to a smaller window
 * than frames.ts has: the stream is then served as it is. RFC 7692 §5.1.
 */
function dropOddOffers(request: IncomingMessage): void {
  const offers = request.headers["sec-websocket-extensions"];
  if (offers === undefined || packingOffers.test(offers)) return;
  delete request.headers["sec-websocket-extensions"];
}

const packingOffers =
  /^\s*permessage-deflate(?:\s*;\s*(?:client_max_window_bits(?:=(?:[89]|1[0-5]))?|(?:client|server)_no_context_takeover))*\s*$/;

/** Frames of a group of entries, laid out once for all that are sent the same group before others get their turn. */
function createFraming(options: { readonly packs: boolean }): (entries: readonly EncodedEntry[]) => Buffer {
  let framed: { entries: readonly EncodedEntry[]; bytes: Buffer } | null = null;
  return (entries) => {
    if (framed?.entries !== entries) {
      framed = {
        entries,
        bytes: frameTexts(
          entries.map(({ json }) => json),
          options,
        ),
      };
      queueMicrotask(() => (framed = null));
    }
    return framed.bytes;
  };
}

function isPing(data: RawData, isBinary: boolean): boolean {
  // With ws's default binary type every frame arrives as one Buffer.
  if (isBinary || !Buffer.isBuffer(data)) return false;
  try {
    return socketOperation.safeParse(JSON.parse(data.toString())).success;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

export function createSockets(options: {
  server: Server;
  service: KithService;
  feed: LogFeed;
  gate: Gate;
  clock: Clock;
  log: Log;
  graphql: Graphql;
}): Sockets {
  const { clock, feed, gate, graphql, log, server, service } = options;
  const streams = new Map<WebSocket, Stream>();
  let closing = false;
  /** What goes to many streams at once is laid out for the first of them, packed and as it is. */
  const framings = [createFraming({ packs: false }), createFraming({ packs: true })] as const;
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: SOCKET_FRAME_BYTES_MAX,
    // What is sent is packed in frames.ts, each message by itself, so that no stream keeps a window of what it has
    // sent. What a client packs, ws unpacks, and never to more than maxPayload.
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
  });

  function fail(ws: WebSocket, error: unknown): void {
    const { status, body } = describeFailure(error, log);
    ws.send(JSON.stringify(body));
    ws.close(
      body.error.code === "CURSOR_UNKNOWN" ? SOCKET_CLOSE.cursorUnknown : 4_000 + status,
      body.error.code,
    );
  }

  function serve(
    ws: WebSocket,
    socket: Socket,
    claims: Claims,
    query: { since?: string; hello?: "1"; spaceId?: string | undefined },
  ): void {
    const stream: Stream = { claims, alive: true };
    let passed: string | null = null;
    streams.set(ws, stream);
    const since = query.since ?? service.cursor();
    if (query.hello === "1") ws.send(JSON.stringify({ hello: { nodeId: service.nodeId, cursor: since } }));
    ws.on("pong", () => (stream.alive = true));
    ws.on("error", (error) => log.debug("api:socket-error", { message: error.message }));
    ws.on("message", (data, isBinary) => {
      stream.alive = true;
      if (!isPing(data, isBinary)) {
        fail(
          ws,
          new ApiFault(
            "BAD_INPUT",
            'only {"op":"ping"} is understood on this stream',
            "send everything else over HTTP",
          ),
        );
      } else if (ws.bufferedAmount < PONG_QUEUE_BYTES_MAX) {
        ws.send(JSON.stringify(passed === null ? { pong: true } : { pong: true, cursor: passed }));
        passed = null;
      }
    });
    const framesOf = framings[ws.extensions === "permessage-deflate" ? 1 : 0];
    const sink: LogSink = {
      send(entries, onTaken) {
        passed = null;
        // Past ws, which would make an object and two writes of each; it, too, writes whole frames only.
        if (ws.readyState === ws.OPEN) socket.write(framesOf(entries), onTaken);
      },
      passed: (cursor) => (passed = cursor),
      queuedBytes: () => ws.bufferedAmount,
      fail: (error) => fail(ws, error),
      stop: (why) => ws.close(SOCKET_CLOSE.stopping, why),
    };
    const end = feed.read(since, sink, query.spaceId);
    const unwatch = gate.watch(claims, () => fail(ws, tokenOver()));
    ws.on("close", () => {
      unwatch();
      end();
      streams.delete(ws);
    });
  }

  async function admit(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const { path, query } = splitTarget(request);
    // Not a GET to the gate: a cookie then counts only with our own page's Origin.
    const call: Call = {
      method: "UPGRADE",
      headers: request.headers,
      localAddress: socket.localAddress,
      isLocal: isLocal(socket),
      token: offeredToken(request),
    };
    gate.checkPlace(call);
    if (path === "/graphql") {
      const caller = await gate.checkCaller(call, "any");
      if (closing) throw new ApiFault("STOPPING", "this node is stopping", "connect again once it runs");
      await graphql.admit(caller, request, socket, head);
      return;
    }
    if (path !== "/api/ws")
      throw new ApiFault("UNKNOWN_ROUTE", "there is no WebSocket here", "connect to /api/ws, or to /graphql");
    const claims = await gate.checkCaller(call, "read");
    const asked = socketQuery.safeParse(query);
    if (!asked.success) throw inputFault(asked.error, "query");
    const { space } = asked.data;
    const spaceId = space === undefined ? undefined : service.space(space).id;
    feed.checkRoom();
    dropOddOffers(request);
    acceptor.handleUpgrade(request, socket, head, (ws) =>
      serve(ws, socket, claims, { ...asked.data, spaceId }),
    );
  }

  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const ignore = (): void => {
      socket.destroy();
    };
    socket.on("error", ignore);
    admit(request, socket, head).then(
      () => socket.off("error", ignore),
      (error: unknown) => refuseUpgrade(socket, describeFailure(error, log)),
    );
  });

  let cancelBeat = clock.after(SOCKET_PING_MS, beat);
  function beat(): void {
    for (const [ws, stream] of streams) {
      if (gate.isOver(stream.claims)) {
        fail(ws, tokenOver());
      } else if (!stream.alive) {
        ws.terminate();
      } else {
        stream.alive = false;
        ws.ping();
      }
    }
    cancelBeat = clock.after(SOCKET_PING_MS, beat);
  }

  return {
    async close() {
      closing = true;
      cancelBeat();
      const open = [...streams.keys()];
      const closed = open.map((ws) => new Promise<void>((resolve) => ws.once("close", () => resolve())));
      const cancelCut = clock.after(SOCKET_CLOSE_MS, () => open.forEach((ws) => ws.terminate()));
      await Promise.all(closed);
      cancelCut();
    },
  };
}
