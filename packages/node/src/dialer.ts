/**
 * Which addresses to call, and when again. A target that matters (given by hand, a member's last address,
 * an invite's hint) is tried for ever with growing, jittered pauses; being heard on the network, or coming
 * back onto it, starts it afresh. Knows addresses, not people. spec/link.
 */
import type { Clock, Link, Log, PeerAddress, Random, Transport } from "@kith/core";
import {
  DIALS_MAX,
  DIAL_DELAY_FIRST_MS,
  DIAL_DELAY_MAX_MS,
  DIAL_GROWTH,
  DIAL_REPEAT_MS,
  DIAL_TARGETS_MAX,
} from "./limits.ts";

export interface DialerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A dialled link, its handshake not begun. `ended` must be called when it is over. */
  readonly onLink: (link: Link, target: DialTarget) => void;
  /** True where a session with that target exists already. */
  readonly isConnected: (address: PeerAddress) => boolean;
}

export interface DialTarget {
  readonly address: PeerAddress;
  /** Kept through failures; others are dropped after the first. */
  readonly keep: boolean;
  /** Given by a person, or a member's known address: never given up for addresses that were merely heard. */
  readonly pinned: boolean;
}

interface Entry {
  target: DialTarget;
  delayMs: number;
  state: "waiting" | "dialling" | "linked";
  /** When it is called next; monotonic. */
  dueMs: number;
  lastDialMs: number;
  cancel: (() => void) | null;
}

export class Dialer {
  readonly #options: DialerOptions;
  readonly #entries = new Map<string, Entry>();
  #transport: Transport | null = null;
  #abort = new AbortController();
  #dialling = 0;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  start(transport: Transport): void {
    this.#transport = transport;
    this.#abort = new AbortController();
    for (const entry of this.#entries.values()) this.#schedule(entry, 0);
  }

  stop(): void {
    this.#transport = null;
    this.#abort.abort();
    for (const [key, entry] of this.#entries) {
      entry.cancel?.();
      entry.cancel = null;
      entry.state = "waiting";
      entry.delayMs = DIAL_DELAY_FIRST_MS;
      if (!entry.target.keep) this.#entries.delete(key);
    }
    this.#dialling = 0;
  }

  /** Calls this address now (or soon, while it is being called already). */
  want(address: PeerAddress, options: { keep: boolean; pinned?: boolean; afterMs?: number }): void {
    const key = keyOf(address);
    const known = this.#entries.get(key);
    if (known) {
      if (options.pinned === true) known.target = { ...known.target, keep: true, pinned: true };
      if (known.state !== "waiting") return;
      const nowMs = this.#options.clock.monotonicMs();
      const delayMs = Math.max(options.afterMs ?? 0, known.lastDialMs + DIAL_REPEAT_MS - nowMs);
      if (known.cancel !== null && known.dueMs <= nowMs + delayMs) return;
      // Jitter halves a pause at most: doubled, it stays above the repeat.
      known.delayMs = 2 * DIAL_REPEAT_MS;
      this.#schedule(known, delayMs);
      return;
    }
    if (this.#entries.size >= DIAL_TARGETS_MAX && !this.#evict(options.pinned === true)) return;
    const entry: Entry = {
      target: { address, keep: options.keep, pinned: options.pinned === true },
      delayMs: DIAL_DELAY_FIRST_MS,
      state: "waiting",
      dueMs: 0,
      lastDialMs: Number.NEGATIVE_INFINITY,
      cancel: null,
    };
    this.#entries.set(key, entry);
    this.#schedule(entry, options.afterMs ?? 0);
  }

  forget(address: PeerAddress): void {
    const key = keyOf(address);
    this.#entries.get(key)?.cancel?.();
    this.#entries.delete(key);
  }

  /** Not called for so long, unless somebody asks for it. */
  rest(address: PeerAddress, restMs: number): void {
    const entry = this.#entries.get(keyOf(address));
    if (entry) this.#schedule(entry, restMs);
  }

  /** The link that came of a target is over. good: it had become a session, so the pauses begin anew. restMs: the least pause. */
  ended(target: DialTarget, outcome: { good: boolean; restMs?: number }): void {
    const entry = this.#entries.get(keyOf(target.address));
    if (!entry) return;
    if (outcome.good) entry.delayMs = DIAL_DELAY_FIRST_MS;
    this.#again(entry, outcome.restMs);
  }

  #schedule(entry: Entry, delayMs: number): void {
    entry.cancel?.();
    entry.cancel = null;
    if (!this.#transport || entry.state !== "waiting") return;
    entry.dueMs = this.#options.clock.monotonicMs() + delayMs;
    if (delayMs <= 0) this.#dial(entry);
    else entry.cancel = this.#options.clock.after(delayMs, () => this.#dial(entry));
  }

  #dial(entry: Entry): void {
    entry.cancel = null;
    const transport = this.#transport;
    if (!transport || entry.state !== "waiting") return;
    if (this.#options.isConnected(entry.target.address)) {
      this.#again(entry);
      return;
    }
    if (this.#dialling >= DIALS_MAX) {
      this.#schedule(entry, DIAL_DELAY_FIRST_MS);
      return;
    }
    entry.state = "dialling";
    entry.lastDialMs = this.#options.clock.monotonicMs();
    this.#dialling += 1;
    const { signal } = this.#abort;
    transport.dial(entry.target.address, { signal }).then(
      (link) => {
        if (signal.aborted) {
          link.close("stopped");
          return;
        }
        this.#dialling -= 1;
        entry.state = "linked";
        this.#options.onLink(link, entry.target);
      },
      (error: unknown) => {
        if (signal.aborted) return;
        this.#dialling -= 1;
        const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
        this.#options.log.debug("dial:failed", { ...entry.target.address, code });
        this.#again(entry);
      },
    );
  }

  /** Full jitter between half and the whole of the pause, so that two devices do not call in step. */
  #again(entry: Entry, restMs = 0): void {
    entry.state = "waiting";
    if (!entry.target.keep) {
      this.#entries.delete(keyOf(entry.target.address));
      return;
    }
    const share = (this.#options.random.bytes(1)[0] ?? 0) / 255;
    const delayMs = entry.delayMs * (0.5 + share / 2);
    entry.delayMs = Math.min(DIAL_DELAY_MAX_MS, entry.delayMs * DIAL_GROWTH);
    this.#schedule(entry, Math.max(delayMs, restMs));
  }

  /** Beacons can name any number of addresses: the oldest that was merely heard goes first. */
  #evict(forPinned: boolean): boolean {
    const waiting = [...this.#entries].filter(([, { state }]) => state === "waiting");
    const [key, entry] =
      waiting.find(([, { target }]) => !target.pinned) ?? (forPinned ? waiting[0] : undefined) ?? [];
    if (key === undefined || !entry) return false;
    entry.cancel?.();
    this.#entries.delete(key);
    return true;
  }
}

function keyOf(address: PeerAddress): string {
  return `${address.host} ${address.port}`;
}
