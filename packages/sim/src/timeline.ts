/**
 * Virtual time: calls in the order of their moments, and of their asking within one. Nothing here waits, so an
 * hour takes as long as its work. Owns the order of everything that a simulated run does; the same calls asked
 * for in the same order run in the same order.
 */

export interface Timeline {
  readonly nowMs: number;
  /** Calls asked for and not yet made. */
  readonly pending: number;
  /** Calls made so far. */
  readonly steps: number;
  after(delayMs: number, call: () => void): () => void;
  /** Makes every call due until that moment, each with all that follows from it without time passing. */
  runUntil(untilMs: number): Promise<void>;
}

const GROUP_STEPS = 64;

interface Entry {
  readonly atMs: number;
  readonly order: number;
  call: (() => void) | null;
}

export function createTimeline(): Timeline {
  const heap: Entry[] = [];
  let nowMs = 0;
  let order = 0;
  let steps = 0;
  let pending = 0;

  function isBefore(one: Entry, other: Entry): boolean {
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  function push(entry: Entry): void {
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  function pop(): Entry | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  return {
    get nowMs() {
      return nowMs;
    },
    get pending() {
      return pending;
    },
    get steps() {
      return steps;
    },
    after(delayMs, call) {
      const entry: Entry = { atMs: nowMs + Math.max(0, delayMs), order: order++, call };
      pending += 1;
      push(entry);
      return () => {
        if (entry.call === null) return;
        entry.call = null;
        pending -= 1;
      };
    },
    runUntil(untilMs) {
      return new Promise((resolve, reject) => {
        let isOver = false;
        // Each an immediate of its own: between two of them every promise that can go on has gone on, since
        // nothing under the simulator waits for anything but this timeline.
        const step = (): void => {
          if (isOver) return;
          const first = popDue(untilMs);
          if (first === null) {
            isOver = true;
            nowMs = Math.max(nowMs, untilMs);
            resolve();
            return;
          }
          steps += 1;
          nowMs = first.atMs;
          try {
            first.call();
          } catch (error) {
            isOver = true;
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        const more = (): void => {
          if (isOver) return;
          // Asked for in groups: a turn of Node's event loop for each would cost more than most calls.
          for (let count = 0; count < GROUP_STEPS; count += 1) setImmediate(step);
          setImmediate(more);
        };
        setImmediate(more);
      });
    },
  };

  function popDue(untilMs: number): { atMs: number; call: () => void } | null {
    for (let first = heap[0]; first !== undefined && first.atMs <= untilMs; first = heap[0]) {
      pop();
      const { atMs, call } = first;
      if (call === null) continue;
      first.call = null;
      pending -= 1;
      return { atMs, call };
    }
    return null;
  }
}
