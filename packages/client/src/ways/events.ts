/**
 * The log over server-sent events, read with fetch: an EventSource can carry no token, and tells no reason when
 * it is refused. Spec: http, HT50-HT53.
 */
import type { KithApiError } from "../error.ts";
import { unreachable } from "../error.ts";
import type { Http } from "../http.ts";
import { createEventParser } from "./event-stream.ts";
import { badAnswer, guardHandlers, isEntry, isErrorBody, parseObject, streamFault } from "./way.ts";
import type { Start, Way, WayHandlers } from "./way.ts";

/** A comment comes every 15 seconds; two of them missing is a dead connection. */
const SILENT_MS = 35_000;

function heed({ name, data }: { name: string; data: string }, handlers: WayHandlers): void {
  const value = parseObject(data);
  if (value === null) handlers.failed(badAnswer(200, "an event of the log holds no JSON"));
  else if (name === "hello" && "cursor" in value) handlers.opened(String(value.cursor));
  else if (name === "fault" && isErrorBody(value)) handlers.failed(streamFault(value));
  else if (name === "message" && isEntry(value)) handlers.entry(value);
}

export function createEventsWay(http: Http): Way {
  async function read(
    { since, space }: Start,
    signal: AbortSignal,
    onText: (text: string) => boolean,
  ): Promise<KithApiError | null> {
    const response = await http.open("/api/events", { query: { since, space }, signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined || !/^text\/event-stream/i.test(response.headers.get("content-type") ?? ""))
      return badAnswer(response.status, "something else than a stream was answered");
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      if (!onText(value)) return badAnswer(response.status, "an event has no end");
    }
  }

  function open(from: Start, handlers: WayHandlers): () => void {
    const controller = new AbortController();
    let heardMs = performance.now();
    const beat = setInterval(() => {
      if (performance.now() - heardMs > SILENT_MS) guarded.failed(null);
    }, SILENT_MS / 3);
    const { guarded, close } = guardHandlers(handlers, () => {
      clearInterval(beat);
      controller.abort();
    });
    const parser = createEventParser(
      (event) => heed(event, guarded),
      (id) => {
        guarded.passed(id);
        guarded.alive();
      },
    );
    read(from, controller.signal, (text) => {
      heardMs = performance.now();
      if (text.startsWith(":")) guarded.alive();
      return parser.push(text);
    }).then(guarded.failed, (error: unknown) => guarded.failed(unreachable(error)));
    return close;
  }

  return { name: "events", open };
}
