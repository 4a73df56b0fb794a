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
import type { Claims } from "../auth.ts";
import { describeFailure, inputFault, lockedFault, tokenOver } from "../fault.ts";
import { EVENTS_BEAT_MS, EVENTS_RETRY_MS } from "../limits.ts";
import type { EncodedEntry, LogFeed, LogSink } from "../log-feed.ts";

/** One event; JSON has no line breaks, so it is one line. */
function layOut(event: { id?: string; name?: string; json: string }): string {
  const name = event.name === undefined ? "" : `event: ${event.name}\n`;
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  return `${name}${id}data: ${event.json}\n\n`;
}

/** Entries after `since`, once there are some: at most one page, none when the time is up or the node stops. */
function readPage(
  feed: LogFeed,
  { since, space }: { readonly since: string; readonly space: string | undefined },
  until: (giveUp: () => void, fail: (error: Error) => void) => () => void,
): Promise<{ readonly entries: readonly EncodedEntry[]; readonly next: string }> {
  return new Promise((resolve, reject) => {
    let ended = false;
    let next = since;
    const answer = (entries: readonly EncodedEntry[]): void =>
      resolve({ entries, next: entries.at(-1)?.cursor ?? next });
    let end = (): void => undefined;
    const cancel = until(
      () => finish(() => answer([])),
      (error) => finish(() => reject(error)),
    );
    function finish(settle: () => void): void {
      if (ended) return;
      ended = true;
      cancel();
      end();
      settle();
    }
    const sink: LogSink = {
      send: (entries) => finish(() => answer(entries)),
      passed: (cursor) => (next = cursor),
      queuedBytes: () => 0,
      fail: (error) =>
        finish(() => reject(error instanceof Error ? error : new Error("the log failed", { cause: error }))),
      stop: (why) => finish(() => (why === "LOCKED" ? reject(lockedFault()) : answer([]))),
    };
    end = feed.read(since, sink, space);
    // Entries that were there already arrived before this reader had an end.
    if (ended) end();
  });
}

export function addLogRoutes(app: App, context: RouteContext & { readonly log: Log }): void {
  const { clock, feed, gate, log, service } = context;

  function stream(
    response: ServerResponse,
    { since, space }: { readonly since: string; readonly space: string | undefined },
    claims: Claims,
  ): void {
    let passed: string | null = null;
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
      if (gate.isOver(claims)) {
        fail(tokenOver());
      } else if (response.writableLength > 0 && taken === takenBefore) {
        // Nothing was taken since the last beat, and that one itself waits: the reader resumes by its cursor.
        response.destroy();
      } else {
        takenBefore = taken;
        // An id without data: nothing is dispatched, and a browser resumes from there.
        write(passed === null ? ": alive\n\n" : `id: ${passed}\n: alive\n\n`);
        passed = null;
        cancelBeat = clock.after(EVENTS_BEAT_MS, beat);
      }
    }
    const hello = JSON.stringify({ nodeId: service.nodeId, cursor: since });
    // With an id, so that who is cut off before the first entry resumes here too.
    write(`retry: ${EVENTS_RETRY_MS}\n${layOut({ name: "hello", id: since, json: hello })}`);
    const sink: LogSink = {
      send(entries, onTaken) {
        passed = null;
        write(entries.map(({ cursor, json }) => layOut({ id: cursor, json })).join(""), onTaken);
      },
      passed: (cursor) => (passed = cursor),
      queuedBytes: () => response.writableLength,
      fail,
      stop: (why) => (why === "LOCKED" ? fail(lockedFault()) : response.end()),
    };
    const end = feed.read(since, sink, space);
    const unwatch = gate.watch(claims, () => fail(tokenOver()));
    response.on("close", () => {
      unwatch();
      cancelBeat();
      end();
    });
  }

  /** Throws UNKNOWN_SPACE, AMBIGUOUS_NAME. */
  const spaceOf = ({ space }: { readonly space?: string }): string | undefined =>
    space === undefined ? undefined : service.space(space).id;

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
      const space = spaceOf(request.query);
      feed.checkRoom();
      // Known before the stream begins, and then an ordinary 404: a browser does not ask again.
      service.log(since, 1);
      const { claims } = request;
      if (claims === null) throw new Error("the gate let in nobody");
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        // nginx holds back what it does not know to be a stream.
        "x-accel-buffering": "no",
      });
      stream(reply.raw, { since, space }, claims);
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
      const space = spaceOf(request.query);
      feed.checkRoom();
      const { claims } = request;
      if (claims === null) throw new Error("the gate let in nobody");
      const { entries, next } = await readPage(feed, { since, space }, (giveUp, fail) => {
        const unwatch = gate.watch(claims, () => fail(tokenOver()));
        const cancel = clock.after(request.query.wait * 1_000, giveUp);
        reply.raw.once("close", giveUp);
        return () => {
          unwatch();
          cancel();
          reply.raw.off("close", giveUp);
        };
      });
      // Encoded once for every reader: the serialiser would do it again.
      return reply
        .type("application/json; charset=utf-8")
        .serializer((payload: unknown) => String(payload))
        .send(
          `{"items":[${entries.map(({ json }) => json).join(",")}],"next":${JSON.stringify(next)}}` as never,
        );
    },
  );
}
