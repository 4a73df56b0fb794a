/**
 * The ordered log of changes and the ways that carry it. Every WebSocket frame from the node is one log
 * entry, except three that a reader can tell by their keys: `hello` and `pong`, which only those who ask
 * for them receive, and `error`, the last frame before a close. Spec: http, HT9-HT11, HT50-HT53.
 */
import { z } from "zod";
import { CURSOR_CHARS_MAX, POLL_WAIT_S_DEFAULT, POLL_WAIT_S_MAX } from "./limits.ts";
import { errorBody } from "./errors.ts";
import { reference, time } from "./text.ts";

export const logType = z.enum([
  "message",
  "reaction",
  "edit",
  "peer",
  "space",
  "group",
  "delivery",
  "network",
  "file",
  "alias",
  "report",
  "typing",
]);

export const logEntry = z
  .object({
    cursor: z.string().meta({ description: "Opaque; pass the last one back to resume." }),
    type: logType,
    at: time,
    data: z.unknown(),
  })
  .meta({ id: "LogEntry" });

const since = z
  .string()
  .max(CURSOR_CHARS_MAX, `is longer than ${CURSOR_CHARS_MAX} characters`)
  .exactOptional()
  .meta({ description: "Cursor of the last entry seen; without it the stream begins now." });

const space = reference.exactOptional().meta({
  description: "Id or unambiguous name: only entries about that space.",
});

export const socketQuery = z.object({
  since,
  space,
  hello: z.literal("1").exactOptional().meta({
    description: "Asks for a first frame `{hello: {nodeId, cursor}}` that says where the stream begins.",
  }),
});

/** `Last-Event-ID` goes before `since`: a browser reconnects to the address it was first given. */
export const eventsQuery = z.object({ since, space });

export const pollQuery = z.object({
  since,
  space,
  wait: z.coerce.number().int().min(0).max(POLL_WAIT_S_MAX).default(POLL_WAIT_S_DEFAULT).meta({
    description: "Seconds until an answer without entries.",
  }),
});

export const pollAnswer = z.object({
  items: z.array(logEntry),
  next: z.string().meta({ description: "Pass it as `since`; the same as before when nothing came." }),
});

export const socketHello = z.object({ hello: z.object({ nodeId: z.string(), cursor: z.string() }) });
export const socketPong = z.object({
  pong: z.literal(true),
  cursor: z.string().exactOptional().meta({
    description: "Of a stream of one space: everything up to here was of others, or has been sent.",
  }),
});
export const socketFrame = z.union([logEntry, socketHello, socketPong, errorBody]);
export const socketOperation = z.object({ op: z.literal("ping") });

/** Subprotocol of the stream; a page that cannot set headers adds `bearer.<token>` beside it. */
export const SOCKET_PROTOCOL = "kith";
export const SOCKET_BEARER_PREFIX = "bearer.";

/** Why the node closed a stream. 4xxx mirrors the status an HTTP answer would have had. */
export const SOCKET_CLOSE = {
  stopping: 1001,
  badFrame: 4400,
  tokenExpired: 4401,
  cursorUnknown: 4410,
} as const;

export type LogType = z.infer<typeof logType>;
export type LogEntry = z.infer<typeof logEntry>;
export type SocketFrame = z.infer<typeof socketFrame>;
export type SocketHello = z.infer<typeof socketHello>;
