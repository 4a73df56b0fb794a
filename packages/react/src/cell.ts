/**
 * Values that a page watches. Whatever happens between two frames is told once, in the next frame; what the
 * person does is told at once, so that a text field never shows an older text than was typed.
 */
import type { Cancel, Host } from "./host.ts";

/** A hidden tab gets no frames; its title and counts must still move. */
const HIDDEN_NOTIFY_MS = 100;

export interface Readable<T> {
  get(): T;
  /** Returns the unsubscribe. */
  subscribe(listener: () => void): Cancel;
}

export interface Cell<T> extends Readable<T> {
  set(value: T): void;
  isWatched(): boolean;
}

/** A value worked out when somebody looks, from things that change more often than that. */
export interface Derived<T> extends Readable<T> {
  touch(): void;
  isWatched(): boolean;
}

export interface Cells {
  /** `onWatched` runs when the first watcher comes; what it returns, when the last has gone. */
  create<T>(value: T, onWatched?: () => Cancel | undefined): Cell<T>;
  derive<T>(compute: () => T, onWatched?: () => Cancel | undefined): Derived<T>;
  /** Tells what has changed so far without waiting for the frame. */
  flush(): void;
  close(): void;
}

export function createCells(host: Pick<Host, "after" | "isHidden" | "requestFrame">): Cells {
  const dirty = new Set<Set<() => void>>();
  let cancels: Cancel[] = [];

  function cancelAll(): void {
    for (const cancel of cancels) cancel();
    cancels = [];
  }

  function flush(): void {
    cancelAll();
    const told = [...dirty];
    dirty.clear();
    for (const listeners of told) for (const listener of listeners) listener();
  }

  function mark(listeners: Set<() => void>): void {
    if (listeners.size === 0) return;
    dirty.add(listeners);
    if (cancels.length > 0) return;
    // The timer also covers a tab that is hidden after its frame was asked for.
    cancels = [host.after(HIDDEN_NOTIFY_MS, flush)];
    if (!host.isHidden()) cancels.push(host.requestFrame(flush));
  }

  function watchable(onWatched?: () => Cancel | undefined) {
    const listeners = new Set<() => void>();
    let unwatch: Cancel | undefined;
    return {
      mark: () => mark(listeners),
      isWatched: () => listeners.size > 0,
      subscribe(listener: () => void): Cancel {
        listeners.add(listener);
        if (listeners.size === 1) unwatch = onWatched?.();
        return () => {
          if (!listeners.delete(listener) || listeners.size > 0) return;
          unwatch?.();
          unwatch = undefined;
        };
      },
    };
  }

  return {
    create<T>(initial: T, onWatched?: () => Cancel | undefined): Cell<T> {
      const { mark, isWatched, subscribe } = watchable(onWatched);
      let value = initial;
      return {
        get: () => value,
        set(next) {
          if (Object.is(next, value)) return;
          value = next;
          mark();
        },
        isWatched,
        subscribe,
      };
    },
    derive<T>(compute: () => T, onWatched?: () => Cancel | undefined): Derived<T> {
      const { mark, isWatched, subscribe } = watchable(onWatched);
      let known: { readonly value: T } | null = null;
      return {
        get: () => (known ??= { value: compute() }).value,
        touch() {
          known = null;
          mark();
        },
        isWatched,
        subscribe,
      };
    },
    flush,
    close() {
      cancelAll();
      dirty.clear();
    },
  };
}
