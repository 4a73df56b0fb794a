/**
 * Follows the node's log and never loses its place: over a WebSocket, else server-sent events, else polling;
 * tries upwards again while it is on a lower way; reconnects by itself, resumes after the last entry it handed
 * over, drops what it has seen. One way is read at a time, each from the exact place of the one before. Ends only
 * when told to, or when the node refuses for good (bad token, unknown cursor). Spec: client, CL1-CL6; http, HT9-HT11.
 */
import type { LogEntry } from "@kith/contract";
import { isTransient } from "./error.ts";
import type { KithApiError } from "./error.ts";
import { createPlace } from "./place.ts";
import { jitter, retryDelayMs } from "./retry.ts";
import type { Way, WayName } from "./ways/way.ts";

/** connecting: a way is being opened; open: entries flow; waiting: between attempts; paused, ended. */
export type StreamState = "connecting" | "open" | "waiting" | "paused" | "ended";

/** A way that has not opened by then hangs, and the next is tried. */
const OPEN_MS = 1_500;
/** All ways but the last have this long together: nobody waits two seconds for entries that could be had. */
const LADDER_MS = 1_900;
/** A way is given so long at least, also when those before it have used the time up. */
const OPEN_MS_MIN = 300;
/** First try upwards after a fall; each further one waits twice as long. */
const PROBE_FIRST_MS = 2_000;
const PROBE_MAX_MS = 60_000;
/** Between half of it and all, before what was lost is opened again: a way that is refused since is left within 100 ms. */
const LOST_MS = 20;
/** A way that opens and dies so often before anything came over it is none. */
const STILLBORN_MAX = 2;

export interface FollowHandlers {
  entry(entry: LogEntry): void;
  state(state: StreamState): void;
  /** The stream stands at this cursor: entries after it will come. */
  connected(cursor: string): void;
  /** Entries come over this way from here on. */
  way(name: WayName): void;
  /** Called once; null when the caller ended it. */
  ended(error: KithApiError | null): void;
}

export interface Follow {
  /** Lets the connection go and keeps the place. */
  pause(): void;
  resume(): void;
  end(): void;
}

export interface FollowOptions {
  /** From the best to the one that passes everywhere; at least one. */
  readonly ways: readonly Way[];
  readonly since?: string;
  /** Only what is about this space. */
  readonly space?: string;
}

/** Words of the node itself that no other way and no later attempt would change. */
function isFinal(error: KithApiError | null): error is KithApiError {
  return (
    error !== null && !isTransient(error) && error.code !== "BAD_ANSWER" && error.code !== "UNKNOWN_ROUTE"
  );
}

export function followLog({ ways, since, space }: FollowOptions, handlers: FollowHandlers): Follow {
  const place = createPlace(since);
  const last = ways.length - 1;
  let state: StreamState = "waiting";
  let level = 0;
  let isOpen = false;
  /** Attempts since something came over a way. */
  let attempt = 0;
  let probes = 0;
  let beganMs = 0;
  let closeWay: (() => void) | null = null;
  let closeProbe: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let probeTimer: ReturnType<typeof setTimeout> | undefined;

  function turn(next: StreamState): void {
    if (state === next) return;
    state = next;
    handlers.state(next);
  }

  function drop(): void {
    clearTimeout(timer);
    clearTimeout(probeTimer);
    closeProbe?.();
    closeWay?.();
    closeProbe = closeWay = null;
    isOpen = false;
  }

  function finish(error: KithApiError | null): void {
    if (state === "ended") return;
    drop();
    turn("ended");
    handlers.ended(error);
  }

  function begin(from: number): void {
    turn("connecting");
    beganMs = performance.now();
    tryWay(from);
  }

  function tryWay(index: number): void {
    drop();
    level = index;
    const way = ways[index];
    if (way === undefined) return;
    if (index < last) {
      const leftMs = LADDER_MS - (performance.now() - beganMs);
      timer = setTimeout(() => fall(null), Math.min(OPEN_MS, Math.max(OPEN_MS_MIN, leftMs)));
    }
    closeWay = way.open(
      { since: place.cursor(), space },
      {
        opened: (cursor) => opened(way, cursor),
        entry(entry) {
          proven();
          // What is told and not kept stands at a cursor that has passed.
          if (entry.type === "typing" || place.pass(entry.cursor)) handlers.entry(entry);
        },
        alive: proven,
        passed: place.move,
        failed: (error) => (isOpen ? lose(error) : fall(error)),
      },
    );
  }

  function proven(): void {
    attempt = 0;
  }

  function opened({ name }: Way, cursor: string): void {
    clearTimeout(timer);
    isOpen = true;
    place.start(cursor);
    handlers.way(name);
    if (level === 0) probes = 0;
    else probeLater();
    if (state === "open") return;
    turn("open");
    handlers.connected(place.cursor() ?? cursor);
  }

  /** This way does not open: the next, and after the last a while later the first again. */
  function fall(error: KithApiError | null): void {
    if (isFinal(error)) finish(error);
    else if (level < last) {
      turn("connecting");
      tryWay(level + 1);
    } else if (error !== null && !isTransient(error)) finish(error);
    else again(0);
  }

  /** It was open and is lost: the same again, unless nothing ever comes over it. */
  function lose(error: KithApiError | null): void {
    if (isFinal(error)) finish(error);
    else again(attempt >= STILLBORN_MAX && level < last ? level + 1 : level);
  }

  function again(from: number): void {
    drop();
    turn("waiting");
    const delayMs = attempt === 0 ? jitter(LOST_MS) : retryDelayMs(attempt - 1);
    timer = setTimeout(() => begin(from), delayMs);
    attempt += 1;
  }

  function probeLater(): void {
    const fullMs = Math.min(PROBE_MAX_MS, PROBE_FIRST_MS * 2 ** Math.min(probes, 16));
    probes += 1;
    probeTimer = setTimeout(() => probe(0), jitter(fullMs));
  }

  /** Opens a better way beside the one that is read, only to see whether it opens. */
  function probe(index: number): void {
    closeProbe?.();
    closeProbe = null;
    clearTimeout(probeTimer);
    const way = ways[index];
    if (way === undefined || index >= level) {
      probeLater();
      return;
    }
    probeTimer = setTimeout(() => probe(index + 1), OPEN_MS);
    closeProbe = way.open(
      { space },
      {
        opened() {
          // Still "open" for everybody: the place is kept, and what comes in between is read from it.
          beganMs = performance.now();
          tryWay(index);
        },
        entry: () => undefined,
        alive: () => undefined,
        passed: () => undefined,
        failed: () => probe(index + 1),
      },
    );
  }

  // Begun a turn later, so that the caller holds its handle before anything is reported.
  timer = setTimeout(() => begin(0), 0);
  return {
    pause() {
      if (state === "ended") return;
      drop();
      turn("paused");
    },
    resume() {
      if (state === "paused") begin(level);
    },
    end: () => finish(null),
  };
}
