/**
 * Whether the disk takes what it is given. After a refused write, events of others are let go unread for a
 * while: opening and checking what cannot be kept would cost a full disk's owner a whole core. They come again,
 * since nothing of them was acknowledged; the next write that succeeds ends it. spec/session SE15.
 */
import { StoreError } from "@kith/core";
import type { Clock } from "@kith/core";
import { STORE_REST_FIRST_MS, STORE_REST_MAX_MS } from "./limits.ts";
import { ServiceError } from "./service.ts";

export type StorageState = "ok" | "full" | "failing";

export class StoreHealth {
  readonly #clock: Clock;
  #state: StorageState = "ok";
  #restMs = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get state(): StorageState {
    return this.#state;
  }

  /** Milliseconds until a write is worth trying on behalf of others; 0: now. */
  get restMs(): number {
    return Math.max(0, this.#untilMs - this.#clock.monotonicMs());
  }

  noteWritten(): void {
    this.#state = "ok";
    this.#restMs = 0;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }

  noteRefused(state: Exclude<StorageState, "ok">): void {
    this.#state = state;
    // Many writes are refused together: they are one failure.
    if (this.restMs > 0) return;
    this.#restMs = Math.min(STORE_REST_MAX_MS, this.#restMs === 0 ? STORE_REST_FIRST_MS : this.#restMs * 2);
    this.#untilMs = this.#clock.monotonicMs() + this.#restMs;
  }
}

/** In words for a person. */
export function toServiceError(cause: unknown): ServiceError {
  if (cause instanceof StoreError && cause.code === "STORE_FULL") {
    return new ServiceError(
      "DISK_FULL",
      "The disk is full: nothing was saved.",
      "Free some space on this device and try again.",
      { cause },
    );
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError(
    "STORE_FAILED",
    `Saving failed: ${detail}`,
    "Run `kith doctor`; nothing was lost that had been confirmed.",
    { cause },
  );
}
