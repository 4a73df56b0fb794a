/**
 * Values that a page watches. Whatever happens between two frames is told once, in the next frame; what the
 * person does is told at once, so that a text field never shows an older text than was typed, and is painted
 * before anything else is drawn.
 */
import type { Cancel, Host } from "./host.ts";

/** A hidden tab gets no frames; its title and counts must still move. */
const NOTIFY_MS_MAX = 100;

export interface Readable<T> {
  get(): T;
  /** Returns the unsubscribe. */
  subscribe(listener: () => void): Cancel;
}

interface Watched<T> extends Readable<T> {
  isWatched(): boolean;
  /** What the person did is told at once. Whatever else changed, or changes until that is painted, a frame later. */
  tellNow(): void;
}

export interface Cell<T> extends Watched<T> {
  set(value: T): void;
}

/** A value worked out when somebody looks, from things that change more often than that. */
export interface Derived<T> extends Watched<T> {
  touch(): void;
}

/** Several values as one: a new list only when one of them is new. */
export function combine<T>(parts: readonly Readable<T>[]): Readable<readonly T[]> {
  let last: readonly T[] = [];
  return {
    get() {
      const values = parts.map((part) => part.get());
      if (values.length !== last.length || values.some((value, index) => value !== last[index]))
        last = values;
      return last;
    },
    subscribe(listener) {
      const offs = parts.map((part) => part.subscribe(listener));
      return () => {
        for (const off of offs) off();
      };
    },
  };
}

export interface Cells {
  /** `onWatched` runs when the first watcher comes; what it returns, when the last has gone. */
  create<T>(value: T, onWatched?: () => Cancel | undefined): Cell<T>;
  derive<T>(compute: () => T, onWatched?: () => Cancel | undefined): Derived<T>;
  close(): void;
}

export function createCells(host: Pick<Host, "after" | "isHidden" | "requestFrame">): Cells {
  const dirty = new Set<Set<() => void>>();
  let cancelFrame: Cancel | null = null;
  let cancelTimer: Cancel | null = null;

  function cancelAll(): void {
    cancelFrame?.();
    cancelTimer?.();
    cancelFrame = cancelTimer = null;
  }

  function flush(): void {
    cancelAll();
    const told = [...dirty];
    dirty.clear();
    for (const listeners of told) for (const listener of listeners) listener();
  }

  function atFrame(run: () => void): void {
    cancelFrame?.();
    cancelFrame = host.isHidden() ? null : host.requestFrame(run);
  }

  function mark(listeners: Set<() => void>): void {
    if (listeners.size === 0) return;
    dirty.add(listeners);
    if (cancelFrame === null) atFrame(flush);
    // Also for a tab that is hidden after its frame was asked for, and for who types faster than frames come.
    cancelTimer ??= host.after(NOTIFY_MS_MAX, flush);
  }

  function tellNow(listeners: Set<() => void>): void {
    dirty.delete(listeners);
    // In the coming frame this is painted; the rest follows in the one after it.
    atFrame(() => atFrame(flush));
    for (const listener of listeners) listener();
  }

  function watchable(onWatched?: () => Cancel | undefined) {
    const listeners = new Set<() => void>();
    let unwatch: Cancel | undefined;
    return {
      mark: () => mark(listeners),
      tellNow: () => tellNow(listeners),
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
      const { mark, ...watched } = watchable(onWatched);
      let value = initial;
      return {
        get: () => value,
        set(next) {
          if (Object.is(next, value)) return;
          value = next;
          mark();
        },
        ...watched,
      };
    },
    derive<T>(compute: () => T, onWatched?: () => Cancel | undefined): Derived<T> {
      const { mark, ...watched } = watchable(onWatched);
      let known: { readonly value: T } | null = null;
      return {
        get: () => (known ??= { value: compute() }).value,
        touch() {
          known = null;
          mark();
        },
        ...watched,
      };
    },
    close() {
      cancelAll();
      dirty.clear();
    },
  };
}
