/** How far the person has read a conversation and where in it they stand: kept in the node, seldom written. */
import type { KithClient } from "@kith/client";
import type { Conversation, Place } from "@kith/contract";
import { judge } from "./failure.ts";
import type { Cancel, Host } from "./host.ts";

/** Each is a write to the node's disk: a busy conversation is marked twice a second, not with every message. */
const WRITE_PAUSE_MS = 500;

/** A page that is loaded again asks the node before what the old one sent last is there: for so long its own word counts. */
const LEFT_MS_MAX = 10_000;

export interface ReadMark {
  read(message: string, listed: Conversation | null): void;
  savePlace(place: Place, options?: { readonly isLeaving?: boolean }): void;
  /** Where the reader was last said to stand. */
  place(): Place | null;
  nodeIsBack(): void;
  leave(): void;
  close(): void;
}

export function createReadMark(options: {
  readonly client: Pick<KithClient, "markRead" | "savePlace">;
  readonly host: Host;
  readonly channel: string;
  onListed(change: (conversation: Conversation) => Conversation): void;
}): ReadMark {
  const { client, host, channel } = options;
  let marked: string | null = null;
  const marks = createWriter<string>(host, async (message) => {
    const listed = await client.markRead(channel, message);
    options.onListed((before) => ({
      ...before,
      readUpTo: listed.readUpTo,
      // A message may have come while this was under way; the list counts it, the answer does not.
      ...(before.last?.id === listed.last?.id ? { unread: listed.unread, mentions: listed.mentions } : null),
    }));
  });
  let stands: Place | null = null;
  const leftKey = `kith:place:${channel}`;
  const left = readLeft(host.recall(leftKey), host.nowMs());
  const places = createWriter<Place>(host, async (place, keepalive) => {
    // Not with every call: they come with each pixel that is scrolled, and the list is drawn from this.
    options.onListed((before) => ({ ...before, place }));
    await client.savePlace(channel, place, { keepalive });
  });
  function leave(): void {
    if (stands !== null) host.remember(leftKey, JSON.stringify({ ...stands, atMs: host.nowMs() }));
    places.flush(true);
  }
  return {
    read(message, listed) {
      if (message === marked && (listed === null || listed.unread === 0)) return;
      if (listed !== null && listed.readUpTo === message && listed.unread === 0) return;
      marked = message;
      options.onListed((before) => ({ ...before, readUpTo: message, unread: 0, mentions: 0 }));
      marks.write(message, "now");
    },
    savePlace(place, { isLeaving = false } = {}) {
      if (stands?.message === place.message && stands.offset === place.offset) return;
      stands = place;
      places.write(place, "later");
      if (isLeaving) leave();
    },
    place: () => stands ?? left,
    nodeIsBack() {
      marks.flush();
      places.flush();
    },
    leave,
    close() {
      marks.close();
      places.close();
    },
  };
}

function readLeft(kept: string | null, nowMs: number): Place | null {
  if (kept === null) return null;
  const { message, offset, atMs } = JSON.parse(kept) as Place & { atMs: number };
  return nowMs - atMs < LEFT_MS_MAX ? { message, offset } : null;
}

/** Writes the newest value, one at a time, with a pause after each; keeps it until it is written or refused. */
function createWriter<T>(host: Host, write: (value: T, keepalive: boolean) => Promise<void>) {
  let next: { readonly value: T } | null = null;
  let busy = false;
  let cancelPause: Cancel | null = null;
  let closed = false;

  async function flush(keepalive = false): Promise<void> {
    cancelPause?.();
    cancelPause = null;
    // Whoever leaves does not wait for what is under way.
    if (next === null || (busy && !keepalive) || closed) return;
    const one = next;
    busy = true;
    try {
      await write(one.value, keepalive);
      if (next === one) next = null;
    } catch (error) {
      // Refused for good: it is a convenience that nobody waits for. Otherwise it is written when the node is back.
      if (judge(error) === "refused" && next === one) next = null;
      return;
    } finally {
      busy = false;
    }
    pause();
  }

  function pause(): void {
    cancelPause = host.after(WRITE_PAUSE_MS, () => void flush());
  }

  return {
    write(value: T, when: "now" | "later"): void {
      next = { value };
      if (cancelPause !== null || busy) return;
      if (when === "now") void flush();
      else pause();
    },
    flush: (keepalive = false) => void flush(keepalive),
    close() {
      closed = true;
      cancelPause?.();
    },
  };
}
