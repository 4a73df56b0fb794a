/**
 * Roots as beacons tell and compare them. A root that has changed costs a look at every id of the buckets that
 * did, and while a scope is being written the next event makes it another: so it is told once the scope rests,
 * and now and then in between: seldom enough that all reading stays a small share of the time. Reconciliations ask the index itself. spec/discovery DI4.
 */
import type { Clock, RootIndex, ScopeId } from "@kith/core";
import type { Ledger } from "./ledger.ts";
import { ROOT_BUSY_MS, ROOT_BUSY_PAUSE, ROOT_REST_MS } from "./limits.ts";

export interface SettledRoots {
  /** An event of the scope was stored. */
  note(scope: ScopeId): void;
  /** 32 bytes; null while it is not worth knowing. */
  root(scope: ScopeId): Uint8Array | null;
}

interface Change {
  /** Of the last event. */
  atMs: number;
  /** When the root was last read; it has not been since `atMs` where that is later. */
  readMs: number;
  /** How long not to read again while the scope does not rest. */
  pauseMs: number;
}

export function createSettledRoots(roots: Pick<RootIndex, "root">, clock: Clock): SettledRoots {
  const changes = new Map<ScopeId, Change>();
  return {
    note(scope) {
      const nowMs = clock.monotonicMs();
      const change = changes.get(scope);
      if (change) change.atMs = nowMs;
      // Counted from the first change: a scope that begins to be written is not read at once.
      else changes.set(scope, { atMs: nowMs, readMs: nowMs, pauseMs: ROOT_BUSY_MS });
    },
    root(scope) {
      const change = changes.get(scope);
      if (change === undefined) return roots.root(scope);
      const nowMs = clock.monotonicMs();
      const rests = nowMs - change.atMs >= ROOT_REST_MS;
      if (!rests && nowMs - change.readMs < change.pauseMs) return null;
      if (rests) changes.delete(scope);
      const root = roots.root(scope);
      change.readMs = clock.monotonicMs();
      change.pauseMs = Math.max(ROOT_BUSY_MS, (change.readMs - nowMs) * ROOT_BUSY_PAUSE);
      return root;
    },
  };
}

/** Roots of a long history take a moment: they are read one scope at a time once the node is up. */
export function warmRoots(
  clock: Clock,
  ledger: Pick<Ledger, "replicas">,
  roots: RootIndex,
  cold: Set<ScopeId>,
): void {
  const scopes = [...ledger.replicas.values()].flatMap((replica) => [...replica.scopes.keys()]);
  for (const scope of scopes) cold.add(scope);
  const next = (): void => {
    const scope = scopes.shift();
    if (!scope) return;
    roots.root(scope);
    cold.delete(scope);
    clock.after(1, next);
  };
  clock.after(1, next);
}
