/**
 * The log of changes for who cannot hold a WebSocket: server-sent events and long polling, both readers of
 * the same feed. Owns how entries are laid out and when a dead stream ends; resuming and slow readers are
 * the feed's. Spec: http, HT50-HT53.
 */
import type { ServerResponse } from "node:http";
import { eventsQuery, pollAnswer, pollQuery } from "@kith/contract";
import type { Log } from "@kith/core";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault, describeFailure, inputFault } from "../fault.ts";
import { EVENTS_BEAT_MS, EVENTS_RETRY_MS } from "../limits.ts";
import type { EncodedEntry, LogFeed } from "../log-feed.ts";

/** One event; JSON has no line breaks, so it is one line. */
function layOut(event: { id?: string; name?: string; json: string }): string {
  const name = event.name === undefined ? "" : `event: ${event.name}\n`;
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  return `${name}${id}data: ${event.json}\n\n`;
}

/** Entries after `since`, once there are some: at most one page, none when the time is up or the node stops. */
function readPage(
  feed: LogFeed,
  since: string,
  until: (giveUp: () => void) => () => void,
): Promise<readonly EncodedEntry[]> {
  return new Promise((resolve, reject) => {
    let ended = false;
    let end = (): void => undefined;
    const cancel = until(() => finish(() => resolve([])));
    function finish(settle: () => void): void {
      if (ended) return;
      ended = true;
      cancel();
      end();
      settle();
    }
    end = feed.read(since, {
      send: (entries) => finish(() => resolve(entries)),
      queuedBytes: () => 0,
      fail: (error) =>
        finish(() => reject(error instanceof Error ? error : new Error("the log failed", { cause: error }))),
      stop: () => finish(() => resolve([])),
    });
    // Entries that were there already arrived before this reader had an end.
    if (ended) end();
  });
}

export function addLogRoutes(app: App, context: RouteContext & { readonly log: Log }): void {
  const { clock, feed, log, service } = context;

  function stream(response: ServerResponse, since: string, expiresMs: number): void {
    const write = (text: string, onTaken?: () => void): void => {
      if (!response.writableEnded && !response.destroyed) response.write(text, onTaken);
    };
    const fail = (error: unknown): void => {
      // Not "error": an EventSource has an event of that name of its own.
      write(layOut({ name: "fault", json: JSON.stringify(describeFailure(error, log).body) }));
      response.end();
    };
    let takenBefore = -1;
    let cancelBeat = clock.after(EVENTS_BEAT_MS, beat);
    function beat(): void {
      const { socket } = response;
      const taken = (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0);
      if (expiresMs <= clock.nowMs()) {
        fail(new ApiFault("TOKEN_INVALID", "the token has expired", "connect again with a fresh one"));
      } else if (response.writableLength > 0 && taken === takenBefore) {
        // Nothing was taken since the last beat, and that one itself waits: the reader resumes by its cursor.
        response.destroy();
      } else {
        takenBefore = taken;
        write(": alive\n\n");
        cancelBeat = clock.after(EVENTS_BEAT_MS, beat);
      }
    }
    const hello = JSON.stringify({ nodeId: service.nodeId, cursor: since });
    // With an id, so that who is cut off before the first entry resumes here too.
    write(`retry: ${EVENTS_RETRY_MS}\n${layOut({ name: "hello", id: since, json: hello })}`);
    const end = feed.read(since, {
      send: (entries, onTaken) =>
        write(entries.map(({ cursor, json }) => layOut({ id: cursor, json })).join(""), onTaken),
      queuedBytes: () => response.writableLength,
      fail,
      stop: () => response.end(),
    });
    response.on("close", () => {
      cancelBeat();
      end();
    });
  }

  app.get(
    "/api/events",
    {
      config: { scope: "read" },
      schema: {
        summary: "Server-sent events: the log of changes, one entry an event",
        description:
          "Each event without a name is a LogEntry with its cursor as id. `hello` comes first and says where the stream begins; `fault` is the last before the node ends the stream. `Last-Event-ID` goes before `since`.",
        tags: ["log"],
        querystring: eventsQuery,
        response: answers({ 200: z.string().meta({ description: "text/event-stream" }) }),
      },
    },
    (request, reply) => {
      const resumed = request.headers["last-event-id"];
      const asked = eventsQuery.safeParse({ since: resumed });
      if (resumed !== undefined && !asked.success) throw inputFault(asked.error, "Last-Event-ID header");
      const since = (asked.success ? asked.data.since : undefined) ?? request.query.since ?? service.cursor();
      feed.checkRoom();
      // Known before the stream begins, and then an ordinary 404: a browser does not ask again.
      service.log(since, 1);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        // nginx holds back what it does not know to be a stream.
        "x-accel-buffering": "no",
      });
      stream(reply.raw, since, request.claims?.expiresMs ?? 0);
    },
  );

  app.get(
    "/api/poll",
    {
      config: { scope: "read" },
      schema: {
        summary: "Long polling: the entries of the log after a cursor, as soon as there are any",
        tags: ["log"],
        querystring: pollQuery,
        response: answers({ 200: pollAnswer }),
      },
    },
    async (request, reply) => {
      const since = request.query.since ?? service.cursor();
      feed.checkRoom();
      const entries = await readPage(feed, since, (giveUp) => {
        const cancel = clock.after(request.query.wait * 1_000, giveUp);
        reply.raw.once("close", giveUp);
        return () => {
          cancel();
          reply.raw.off("close", giveUp);
        };
      });
      const next = JSON.stringify(entries.at(-1)?.cursor ?? since);
      // Encoded once for every reader: the serialiser would do it again.
      return reply
        .type("application/json; charset=utf-8")
        .serializer((payload: unknown) => String(payload))
        .send(`{"items":[${entries.map(({ json }) => json).join(",")}],"next":${next}}` as never);
    },
  );
}
