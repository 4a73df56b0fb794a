/** A page whose time, frames and comings and goings the test holds in its hands. */
import type { Cancel, Host } from "../host.ts";

export interface ManualHost extends Host {
  /** Lets time pass, running what falls due in its order, and whatever that promised in between. */
  pass(ms: number): Promise<void>;
  /** Paints one frame. */
  frame(): void;
  hide(): void;
  show(): void;
  leave(): void;
  /** What a browser would ask before the page is left. */
  asksBeforeLeaving(): boolean;
  /** Timers that are set. */
  pending(): number;
}

/** Until every promise that can go on without time has gone on. */
export const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** `tab`: what a tab keeps, for another page in it after this one. */
export function createManualHost(tab = new Map<string, string>()): ManualHost {
  let nowMs = 1_000_000;
  let next = 1;
  let hidden = false;
  let ids = 0;
  const timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  const frames = new Map<number, () => void>();
  const kept = new Map<string, string>();
  const listeners = { visibility: new Set<() => void>(), leave: new Set<() => void>() };
  const asks = new Set<() => boolean>();

  const put = <Value>(map: Map<number, Value>, value: Value): Cancel => {
    const handle = next++;
    map.set(handle, value);
    return () => map.delete(handle);
  };
  const listen = (set: Set<() => void>, run: () => void): Cancel => {
    set.add(run);
    return () => set.delete(run);
  };
  const tell = (set: Set<() => void>): void => {
    for (const run of set) run();
  };

  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => put(timers, { atMs: nowMs + delayMs, run }),
    requestFrame: (run) => put(frames, run),
    isHidden: () => hidden,
    onVisibility: (run) => listen(listeners.visibility, run),
    onLeave: (run) => listen(listeners.leave, run),
    onBeforeLeave(hasUnsent) {
      asks.add(hasUnsent);
      return () => asks.delete(hasUnsent);
    },
    remember: (key, value) => void kept.set(key, value),
    recall: (key) => kept.get(key) ?? null,
    rememberInTab: (key, value) => void (value === null ? tab.delete(key) : tab.set(key, value)),
    recallInTab: (key) => tab.get(key) ?? null,
    freshId: () => `fresh-${(ids += 1)}`,
    async pass(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        await settle();
        const due = [...timers].filter(([, { atMs }]) => atMs <= untilMs).sort(byTime)[0];
        if (due === undefined) break;
        const [handle, { atMs, run }] = due;
        timers.delete(handle);
        nowMs = Math.max(nowMs, atMs);
        run();
      }
      nowMs = untilMs;
    },
    frame() {
      if (hidden) return;
      const due = [...frames.values()];
      frames.clear();
      for (const run of due) run();
    },
    hide() {
      hidden = true;
      tell(listeners.visibility);
    },
    show() {
      hidden = false;
      tell(listeners.visibility);
    },
    leave: () => tell(listeners.leave),
    asksBeforeLeaving: () => [...asks].some((ask) => ask()),
    pending: () => timers.size,
  };
}

function byTime(
  [a, { atMs: aMs }]: readonly [number, { readonly atMs: number }],
  [b, { atMs: bMs }]: readonly [number, { readonly atMs: number }],
): number {
  return aMs - bMs || a - b;
}
