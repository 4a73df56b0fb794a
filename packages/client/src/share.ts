/**
 * One stream for all tabs of a page: browsers allow six connections to a host, and a seventh tab would starve. The
 * tab that holds a lock of the browser reads the log and tells the others each entry with the cursor before it. A
 * tab takes what continues exactly where it stands; where anything is missing, it asks the node by polling until
 * it stands somewhere in what is told. So no tab trusts another with its place. Spec: client, CL9-CL11.
 */
import type { LogEntry } from "@kith/contract";
import { KithApiError } from "./error.ts";
import type { Follow, FollowHandlers, StreamState } from "./follow.ts";
import type { Http } from "./http.ts";
import { createPlace } from "./place.ts";
import { retryDelayMs } from "./retry.ts";
import { isPage } from "./ways/polling.ts";
import type { WayName } from "./ways/way.ts";

/** The leader is asked so often whether it is there; hidden tabs answer messages at once, whatever their timers do. */
const ASK_MS = 5_000;
/** A tab that has nothing yet does not wait long for one that hangs. */
const ASK_FIRST_MS = 1_000;
/** Told in one message at most, and kept at most while a tab catches up. */
const GROUP_ENTRIES_MAX = 512;

export type Role = "leader" | "follower";

/** What the tabs say to each other. Same origin, same node, same person: nobody else can hear or speak. */
type Word =
  | { readonly say: "entries"; readonly before: string; readonly entries: readonly LogEntry[] }
  /** In no log, so that it has no place and nobody catches it up. */
  | { readonly say: "typing"; readonly entry: LogEntry }
  | {
      readonly say: "here";
      readonly cursor: string | null;
      readonly state: StreamState;
      readonly way: WayName | null;
    }
  | { readonly say: "ended"; readonly error: { status: number; code: string; message: string; next: string } }
  | { readonly say: "ask" };

export interface TabChannel {
  postMessage(word: unknown): void;
  addEventListener(name: "message", listener: (event: { data: unknown }) => void): void;
  close(): void;
}

export interface ShareOptions {
  /** Tabs of one name share; it names the node and who is signed in. */
  readonly name: string;
  readonly since?: string;
  readonly http: Http;
  readonly locks: Pick<LockManager, "request">;
  readonly createChannel: (name: string) => TabChannel;
  readonly follow: (since: string | undefined, handlers: FollowHandlers) => Follow;
  readonly onRole?: (role: Role) => void;
}

export function followShared(options: ShareOptions, handlers: FollowHandlers): Pick<Follow, "end"> {
  const { http, name } = options;
  const place = createPlace(options.since);
  const lock = new AbortController();
  const channel = options.createChannel(name);
  let state: StreamState = "waiting";
  let own: Follow | null = null;
  let way: WayName | null = null;
  /** Lets the lock go. */
  let step: (() => void) | null = null;
  let catching: AbortController | null = null;
  /** Told while catching up: whether any of it continues what was asked for shows afterwards. */
  let told: (Word & { say: "entries" })[] = [];
  let toldEntries = 0;
  let answered = true;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let batch: { before: string; entries: LogEntry[] } | null = null;

  const isEnded = (): boolean => state === "ended";
  const say = (word: Word): void => channel.postMessage(word);

  function turn(next: StreamState): void {
    if (state === next) return;
    state = next;
    handlers.state(next);
    if (own !== null) tellState();
  }

  const tellState = (): void => say({ say: "here", cursor: place.cursor() ?? null, state, way });

  function finish(error: KithApiError | null): void {
    if (isEnded()) return;
    flush();
    if (own !== null && error !== null) {
      const { status, code, message, next } = error;
      say({ say: "ended", error: { status, code, message, next } });
    }
    const ending = own;
    own = null;
    ending?.end();
    clearTimeout(timer);
    clearTimeout(retryTimer);
    catching?.abort();
    lock.abort();
    step?.();
    channel.close();
    turn("ended");
    handlers.ended(error);
  }

  function take(entry: LogEntry): void {
    if (!isEnded() && place.pass(entry.cursor)) handlers.entry(entry);
  }

  // The leader.

  function flush(): void {
    if (batch !== null) say({ say: "entries", ...batch });
    batch = null;
  }

  function tell(before: string, entry: LogEntry): void {
    if (batch === null) {
      batch = { before, entries: [] };
      queueMicrotask(flush);
    }
    batch.entries.push(entry);
    if (batch.entries.length >= GROUP_ENTRIES_MAX) flush();
  }

  function lead(): void {
    clearTimeout(timer);
    clearTimeout(retryTimer);
    catching?.abort();
    catching = null;
    told = [];
    own ??= options.follow(place.cursor(), {
      entry(entry) {
        if (isEnded()) return;
        if (entry.type === "typing") {
          say({ say: "typing", entry });
          handlers.entry(entry);
          return;
        }
        const before = place.cursor();
        if (!place.pass(entry.cursor)) return;
        if (before !== undefined) tell(before, entry);
        handlers.entry(entry);
      },
      state(next) {
        flush();
        if (next !== "ended") turn(next);
      },
      connected(cursor) {
        place.start(cursor);
        handlers.connected(place.cursor() ?? cursor);
        tellState();
      },
      way(next) {
        way = next;
        handlers.way(next);
        tellState();
      },
      ended(error) {
        if (error !== null) finish(error);
      },
    });
    options.onRole?.("leader");
  }

  // The others.

  function heed(word: Word): void {
    if (isEnded()) return;
    if (own !== null) {
      if (word.say === "ask") tellState();
      return;
    }
    if (word.say !== "ask") answered = true;
    switch (word.say) {
      case "entries":
        heedEntries(word);
        return;
      case "typing":
        handlers.entry(word.entry);
        return;
      case "here":
        heedLeader(word);
        return;
      case "ended":
        // Said of whoever is signed in here; a tab with a place of its own may yet be served.
        if (word.error.code !== "CURSOR_UNKNOWN") finish(new KithApiError(word.error));
        return;
      case "ask":
        return;
      default:
        word satisfies never;
    }
  }

  function heedLeader({ cursor, state: theirs, way: next }: Word & { say: "here" }): void {
    if (theirs !== "open") {
      if (theirs !== "ended") turn(theirs);
      return;
    }
    // Its place is told in a moment.
    if (cursor === null) return;
    if (next !== null && next !== way) {
      way = next;
      handlers.way(next);
    }
    place.start(cursor);
    const isNews = state !== "open";
    if (isNews) {
      turn("open");
      handlers.connected(place.cursor() ?? cursor);
    }
    if (place.cursor() !== cursor && !place.hasPassed(cursor)) void catchUp();
  }

  /** Takes what continues this tab's place; false when it does not touch it. */
  function applyGroup({ before, entries }: Word & { say: "entries" }): boolean {
    const at = place.cursor();
    const from = before === at ? 0 : entries.findIndex(({ cursor }) => cursor === at) + 1;
    if (before !== at && from === 0) return place.hasPassed(entries.at(-1)?.cursor ?? "");
    for (const entry of entries.slice(from)) take(entry);
    return true;
  }

  function heedEntries(word: Word & { say: "entries" }): void {
    if (place.cursor() === undefined) place.start(word.before);
    if (catching !== null) {
      told.push(word);
      toldEntries += word.entries.length;
      if (toldEntries > GROUP_ENTRIES_MAX) toldEntries -= told.shift()?.entries.length ?? 0;
    } else if (!applyGroup(word)) void catchUp();
  }

  async function catchUp(): Promise<void> {
    if (catching !== null || isEnded()) return;
    const controller = new AbortController();
    catching = controller;
    told = [];
    toldEntries = 0;
    try {
      for (let more = true; more;) {
        const page = await http.call<unknown>("GET", "/api/poll", {
          query: { since: place.cursor(), wait: 0 },
          signal: controller.signal,
        });
        if (catching !== controller) return;
        if (!isPage(page)) break;
        for (const entry of page.items) take(entry);
        more = page.items.length > 0;
      }
      attempt = 0;
    } catch (error) {
      if (catching !== controller || isEnded()) return;
      catching = null;
      if (error instanceof KithApiError && error.code === "CURSOR_UNKNOWN") finish(error);
      else {
        clearTimeout(retryTimer);
        retryTimer = setTimeout(() => void catchUp(), retryDelayMs((attempt += 1)));
      }
      return;
    }
    catching = null;
    const waiting = told;
    told = [];
    for (const group of waiting) {
      if (applyGroup(group)) continue;
      void catchUp();
      return;
    }
  }

  /** A leader that answers nothing is gone though its tab is not: this tab reads for itself. */
  function watch(): void {
    clearTimeout(timer);
    if (own !== null || isEnded()) return;
    if (!answered) {
      lead();
      return;
    }
    answered = false;
    say({ say: "ask" });
    timer = setTimeout(watch, state === "open" ? ASK_MS : ASK_FIRST_MS);
  }

  channel.addEventListener("message", ({ data }) => heed(data as Word));
  const locked = options.locks.request(name, { signal: lock.signal }, () => {
    if (isEnded()) return undefined;
    lead();
    return new Promise<void>((resolve) => (step = resolve));
  });
  // It ends by its abort, or never.
  locked.catch(() => undefined);
  options.onRole?.("follower");
  // Begun a turn later, so that the caller holds its handle before anything is reported.
  timer = setTimeout(watch, 0);

  return { end: () => finish(null) };
}
