/** The log over a WebSocket: an entry a frame, pings of our own. Spec: http, HT9-HT11. */
import { guardHandlers, isEntry, isErrorBody, parseObject, streamFault } from "./way.ts";
import type { Start, Way, WayHandlers } from "./way.ts";

/** A page cannot see the protocol's own pings, so it asks itself whether the other side is alive. */
const PING_MS = 10_000;

export function createSocketWay(options: {
  /** http:// or https:// address of the node. */
  readonly url: string;
  readonly token?: string;
  readonly WebSocket: typeof WebSocket;
}): Way {
  const { token, WebSocket: Socket } = options;
  const url = options.url.replace(/^http/, "ws");
  const protocols = token === undefined ? ["kith"] : ["kith", `bearer.${token}`];

  function open({ since, space }: Start, handlers: WayHandlers): () => void {
    const query = new URLSearchParams({ hello: "1" });
    if (since !== undefined) query.set("since", since);
    if (space !== undefined) query.set("space", space);
    let socket: WebSocket | null = null;
    let unanswered = false;
    const beat = setInterval(() => {
      // Not the time since something was heard: a hidden tab's timers come a minute late.
      if (unanswered) guarded.failed(null);
      else if (socket?.readyState === Socket.OPEN) {
        unanswered = true;
        socket.send('{"op":"ping"}');
      }
    }, PING_MS);
    const { guarded, close } = guardHandlers(handlers, () => {
      clearInterval(beat);
      // Not waited for: on a dead network a closing handshake never ends.
      socket?.close();
    });
    try {
      socket = new Socket(`${url}/api/ws?${query.toString()}`, protocols);
    } catch {
      // Some pages may open none at all, and say so in as many ways as there are browsers.
      queueMicrotask(() => guarded.failed(null));
      return close;
    }
    socket.addEventListener("message", ({ data }: { data: unknown }) => {
      unanswered = false;
      const frame = parseObject(data);
      if (frame === null) guarded.failed(null);
      else if (isEntry(frame)) guarded.entry(frame);
      else if ("hello" in frame) guarded.opened((frame.hello as { cursor: string }).cursor);
      else if (isErrorBody(frame)) guarded.failed(streamFault(frame));
      else {
        if ("cursor" in frame) guarded.passed(String(frame.cursor));
        guarded.alive();
      }
    });
    socket.addEventListener("close", () => guarded.failed(null));
    // A close follows, but a page that is off the network is told of it first.
    socket.addEventListener("error", () => guarded.failed(null));
    return close;
  }

  return { name: "websocket", open };
}
