/**
 * Tells those who are being served when their token is over: at once when it is revoked, and when its time has come. One
 * timer for all of them. Spec: http, HT76.
 */
import type { Clock } from "@kith/core";
import type { Claims } from "./auth.ts";
import { WATCH_MS_MAX } from "./limits.ts";

export interface TokenWatch {
  /** Calls once, unless it is ended before; returns the end. */
  watch(claims: Claims, onOver: () => void): () => void;
  /** Looks at everybody now: something has been revoked. */
  look(): void;
}

export function createTokenWatch({
  clock,
  isOver,
}: {
  readonly clock: Clock;
  readonly isOver: (claims: Claims) => boolean;
}): TokenWatch {
  const watched = new Set<{ readonly claims: Claims; readonly onOver: () => void }>();
  let timer: { readonly dueMs: number; readonly cancel: () => void } | null = null;

  function arm(expiresMs: number): void {
    // A timer holds 24 days, and the wall clock may be set meanwhile: it is looked at again in between.
    const dueMs = Math.min(expiresMs, clock.nowMs() + WATCH_MS_MAX);
    if (timer !== null && timer.dueMs <= dueMs) return;
    timer?.cancel();
    timer = { dueMs, cancel: clock.after(Math.max(0, dueMs - clock.nowMs()), look) };
  }

  function look(): void {
    timer?.cancel();
    timer = null;
    for (const each of watched) {
      if (!isOver(each.claims)) continue;
      watched.delete(each);
      each.onOver();
    }
    const next = Math.min(...[...watched].map(({ claims }) => claims.expiresMs));
    if (watched.size > 0) arm(next);
  }

  return {
    look,
    watch(claims, onOver) {
      const each = { claims, onOver };
      watched.add(each);
      arm(claims.expiresMs);
      return () => {
        watched.delete(each);
        if (watched.size > 0) return;
        timer?.cancel();
        timer = null;
      };
    },
  };
}
