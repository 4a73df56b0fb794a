/**
 * The one stream of a page and what it tells about the node: is it there, does it know us. Resumes where it
 * was; where the node no longer knows that place, everything is asked for again.
 */
import type { KithApiError, KithClient, StreamState } from "@kith/client";
import type { LogEntry } from "@kith/contract";
import { judge, toFailure } from "./failure.ts";
import type { Cancel, Host } from "./host.ts";
import type { Failure, Phase } from "./types.ts";

/** A restart takes about a second: nothing is called stopped before. */
export const CONNECTING_MS = 5_000;
/** Asked over plain HTTP: browsers slow down WebSockets that fail often, and would keep a node waiting that is back. */
const PROBE_MS = 500;
const PROBE_STOPPED_MS = 1_500;
/** After a refusal that is nothing of the person's doing. */
const REFUSED_AGAIN_MS = 10_000;

export interface StreamOptions {
  readonly client: Pick<KithClient, "health" | "on" | "subscribe">;
  readonly host: Host;
  onEntry(entry: LogEntry): void;
  /** Entries flow. `fresh`: from a new place, so that what is known must be asked for again. */
  onOpen(fresh: boolean): void;
  onPhase(phase: Phase, error: Failure | null): void;
}

export interface Stream {
  isOpen(): boolean;
  /** Some call was answered with 401. */
  signedOut(error: unknown): void;
  close(): void;
}

export function openStream(options: StreamOptions): Stream {
  const { client, host } = options;
  let phase: Phase = "starting";
  let state: StreamState = "waiting";
  let cursor: string | null = null;
  let isFresh = true;
  let unsubscribe: Cancel | null = null;
  let cancelStopped: Cancel | null = null;
  let cancelProbe: Cancel | null = null;
  let probing = false;
  let closed = false;

  function turn(next: Phase, error: Failure | null = null): void {
    if (phase === next) return;
    phase = next;
    cancelStopped?.();
    cancelStopped = next === "connecting" ? waitForStop() : null;
    options.onPhase(next, error);
  }

  const waitForStop = (): Cancel => host.after(CONNECTING_MS, () => turn("stopped"));

  function subscribe(): void {
    if (closed) return;
    const end = client.subscribe(cursor === null ? {} : { since: cursor }, heed, (error) => {
      if (unsubscribe === end && error !== null) refused(error);
    });
    unsubscribe = end;
  }

  function restart(): void {
    const end = unsubscribe;
    unsubscribe = null;
    end?.();
    subscribe();
  }

  function heed(entry: LogEntry): void {
    cursor = entry.cursor;
    options.onEntry(entry);
  }

  function refused(error: KithApiError): void {
    unsubscribe = null;
    if (error.code === "CURSOR_UNKNOWN") {
      cursor = null;
      isFresh = true;
      subscribe();
    } else if (judge(error) === "signed-out") turn("signed-out", toFailure(error));
    else {
      turn("stopped", toFailure(error));
      cancelProbe ??= host.after(REFUSED_AGAIN_MS, subscribeAgain);
    }
  }

  function subscribeAgain(): void {
    cancelProbe = null;
    if (unsubscribe === null) subscribe();
  }

  function connected(at: string): void {
    cursor ??= at;
    const fresh = isFresh;
    isFresh = false;
    cancelProbe?.();
    cancelProbe = null;
    turn("connected");
    options.onOpen(fresh);
  }

  function onState(next: StreamState): void {
    if (next === "ended") return;
    state = next;
    if (next === "open") return;
    if (phase === "connected") turn("connecting");
    if (next === "waiting") probeSoon();
  }

  function probeSoon(): void {
    if (closed || phase === "connected" || cancelProbe !== null) return;
    cancelProbe = host.after(phase === "stopped" || phase === "locked" ? PROBE_STOPPED_MS : PROBE_MS, () => {
      cancelProbe = null;
      void probe();
    });
  }

  async function probe(): Promise<void> {
    if (closed || probing || state !== "waiting" || unsubscribe === null) return;
    probing = true;
    try {
      const { locked } = await client.health();
      if (locked === true) {
        turn("locked");
        cancelStopped?.();
        cancelStopped = null;
        probeSoon();
      } else if (state === "waiting" && unsubscribe !== null) restart();
    } catch {
      // No answer is the answer. Between its gate and the node nobody listens for a moment.
      if (phase === "locked") cancelStopped ??= waitForStop();
      probeSoon();
    } finally {
      probing = false;
    }
  }

  const offs: Cancel[] = [
    client.on("connect", (event) => connected(event.cursor)),
    client.on("status", onState),
    host.onVisibility(() => {
      if (host.isHidden() || phase === "connected") return;
      // Signed in again in another tab, perhaps.
      if (unsubscribe === null) subscribe();
      else void probe();
    }),
  ];
  cancelStopped = waitForStop();
  subscribe();

  return {
    isOpen: () => phase === "connected",
    signedOut(error) {
      const end = unsubscribe;
      unsubscribe = null;
      end?.();
      turn("signed-out", toFailure(error));
    },
    close() {
      closed = true;
      for (const off of offs) off();
      cancelStopped?.();
      cancelProbe?.();
      unsubscribe?.();
    },
  };
}
