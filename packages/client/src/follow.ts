/**
 * Follows the node's log over a WebSocket and never loses its place: reconnects by itself, resumes after the
 * last entry it handed over, drops what it has seen. Ends only when told to, or when the node refuses for
 * good (bad token, unknown cursor). Spec: http, HT9-HT11.
 */
import type { ErrorBody, LogEntry, SocketFrame, SocketHello } from "@kith/contract";
import { isTransient, KithApiError } from "./error.ts";
import type { Http } from "./http.ts";
import { retryDelayMs } from "./retry.ts";

/** connecting: a socket is being opened; open: entries flow; waiting: between attempts; paused, ended. */
export type StreamState = "connecting" | "open" | "waiting" | "paused" | "ended";

/** A page cannot see the protocol's own pings, so it asks itself whether the other side is alive. */
const PING_MS = 20_000;
/** Nothing heard for so long (a ping goes unanswered) means a dead connection. */
const SILENT_MS = 30_000;
/** A connection that is not open by then is given up. */
const OPEN_TIMEOUT_MS = 10_000;
/** Cursors remembered against repeats. */
const RECENT_CURSORS_MAX = 1_024;

export interface FollowHandlers {
  entry(entry: LogEntry): void;
  state(state: StreamState): void;
  /** The stream stands at this cursor: entries after it will come. */
  connected(cursor: string): void;
  /** Called once; null when the caller ended it. */
  ended(error: KithApiError | null): void;
}

export interface Follow {
  /** Lets the socket go and keeps the place. */
  pause(): void;
  resume(): void;
  end(): void;
}

export interface FollowOptions {
  /** ws:// or wss:// address of the node. */
  readonly url: string;
  readonly token?: string;
  readonly since?: string;
  readonly WebSocket: typeof WebSocket;
  readonly http: Http;
}

/** A place in the log that moves on with each entry and knows those it has just passed. */
function createPlace(since: string | undefined) {
  let cursor = since;
  const recent = new Set<string>();
  return {
    cursor: () => cursor,
    start(at: string): void {
      cursor ??= at;
    },
    /** False for an entry handed over already. */
    pass(next: string): boolean {
      if (recent.has(next)) return false;
      recent.add(next);
      if (recent.size > RECENT_CURSORS_MAX) {
        for (const oldest of recent) {
          recent.delete(oldest);
          break;
        }
      }
      cursor = next;
      return true;
    },
  };
}

function parseFrame(data: unknown): SocketFrame | null {
  try {
    const frame: unknown = JSON.parse(String(data));
    return typeof frame === "object" && frame !== null ? (frame as SocketFrame) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isEntry = (frame: SocketFrame): frame is LogEntry => "cursor" in frame;
const isHello = (frame: SocketFrame): frame is SocketHello => "hello" in frame;
const isError = (frame: SocketFrame): frame is ErrorBody => "error" in frame;

export function followLog(options: FollowOptions, handlers: FollowHandlers): Follow {
  const { http, token, WebSocket: Socket } = options;
  const place = createPlace(options.since);
  let state: StreamState = "waiting";
  let attempt = 0;
  /** The one socket whose events count; an older one may still speak while it closes. */
  let current: WebSocket | null = null;
  let timers: ReturnType<typeof setTimeout>[] = [];

  function turn(next: StreamState): void {
    if (state === next) return;
    state = next;
    handlers.state(next);
  }

  function clearTimers(): void {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  }

  function dropSocket(): void {
    clearTimers();
    const socket = current;
    current = null;
    // Not waited for: on a dead network a closing handshake never ends.
    socket?.close();
  }

  function finish(error: KithApiError | null): void {
    if (state === "ended") return;
    dropSocket();
    turn("ended");
    handlers.ended(error);
  }

  function retry(): void {
    dropSocket();
    turn("waiting");
    timers = [setTimeout(connect, retryDelayMs(attempt))];
    attempt += 1;
  }

  /** A refused upgrade tells a page nothing; an ordinary call tells why. */
  async function retryUnlessRefused(): Promise<void> {
    dropSocket();
    turn("waiting");
    try {
      await http.call("GET", "/api/status", { signal: AbortSignal.timeout(OPEN_TIMEOUT_MS) });
    } catch (error) {
      if (error instanceof KithApiError && !isTransient(error)) {
        finish(error);
        return;
      }
    }
    if (state === "waiting" && current === null) retry();
  }

  function heed(frame: SocketFrame): void {
    if (isEntry(frame)) {
      attempt = 0;
      if (place.pass(frame.cursor)) handlers.entry(frame);
    } else if (isHello(frame)) {
      place.start(frame.hello.cursor);
      turn("open");
      handlers.connected(place.cursor() ?? frame.hello.cursor);
    } else if (isError(frame)) {
      const error = new KithApiError({ status: 0, ...frame.error });
      if (isTransient(error)) retry();
      else finish(error);
    } else {
      attempt = 0;
    }
  }

  function watch(socket: WebSocket): { heard(): void } {
    let lastMs = performance.now();
    const beat = setInterval(() => {
      if (performance.now() - lastMs > SILENT_MS) retry();
      else if (socket.readyState === Socket.OPEN) socket.send('{"op":"ping"}');
    }, PING_MS / 2);
    const opening = setTimeout(() => state === "connecting" && retry(), OPEN_TIMEOUT_MS);
    timers = [beat, opening];
    return { heard: () => (lastMs = performance.now()) };
  }

  function connect(): void {
    turn("connecting");
    clearTimers();
    const cursor = place.cursor();
    const query = new URLSearchParams({ hello: "1", ...(cursor === undefined ? null : { since: cursor }) });
    const protocols = token === undefined ? ["kith"] : ["kith", `bearer.${token}`];
    const socket = new Socket(`${options.url}/api/ws?${query.toString()}`, protocols);
    current = socket;
    const pulse = watch(socket);
    let opened = false;
    socket.addEventListener("open", () => (opened = true));
    socket.addEventListener("message", ({ data }: { data: unknown }) => {
      if (socket !== current) return;
      pulse.heard();
      const frame = parseFrame(data);
      if (frame === null) retry();
      else heed(frame);
    });
    socket.addEventListener("close", () => {
      if (socket !== current) return;
      if (opened) retry();
      else void retryUnlessRefused();
    });
    // A close always follows; without a listener some runtimes report the error as uncaught.
    socket.addEventListener("error", () => undefined);
  }

  // Begun a turn later, so that the caller holds its handle before anything is reported.
  timers = [setTimeout(connect, 0)];
  return {
    pause() {
      if (state === "ended") return;
      dropSocket();
      turn("paused");
    },
    resume() {
      if (state === "paused") connect();
    },
    end: () => finish(null),
  };
}
