/** Two wires joined back to back, delivering through the clock: the same run gives the same order. */
import type { Clock } from "@kith/core/ports";
import type { Wire, WireEnd } from "../wire/wire.ts";

/** How a close made on one side is learnt on the other, where nothing else is known. */
const RESET_MS = 1;

export interface MemoryWire extends Wire {
  /** Must be called before the clock goes on. */
  bind(end: WireEnd): void;
  /** Delivers what is due. */
  deliver(): void;
}

/** One direction of a pair of wires. */
export interface Way {
  /** No byte moves while it is cut, and none is lost. */
  isCut(): boolean;
  /** Milliseconds after now at which a piece of so many bytes arrives; order is kept all the same. */
  delayMs(bytes: number): number;
}

export interface MemoryWires {
  readonly dialer: MemoryWire;
  readonly acceptor: MemoryWire;
  /** A way may have been opened: delivers what waited. */
  pump(): void;
  /** The process at that end is gone: it hears nothing more. silent: the other side is not told (a power cut). */
  sever(side: "dialer" | "acceptor", options: { silent: boolean }): void;
}

type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly taken: () => void }
  | { readonly kind: "end" };

interface Half {
  /** To this half. */
  readonly way: Way;
  /** When the last piece to this half arrives; the next comes no sooner. */
  lastMs: number;
  end: WireEnd | null;
  mode: "paused" | "reading" | "discarding" | "gone";
  /** On their way to this half, oldest first; the first `dueCount` have arrived. */
  readonly inbox: Parcel[];
  dueCount: number;
  resetDue: boolean;
}

export function createMemoryWires(options: {
  readonly clock: Clock;
  readonly exporter: (label: string) => Uint8Array;
  readonly ways: { readonly toDialer: Way; readonly toAcceptor: Way };
  /** Both ends are gone. */
  readonly onGone: () => void;
}): MemoryWires {
  const { clock, exporter, ways, onGone } = options;
  const halves = { dialer: createHalf(ways.toDialer), acceptor: createHalf(ways.toAcceptor) };

  function leave(half: Half, reason: string): void {
    if (half.mode === "gone") return;
    half.mode = "gone";
    half.inbox.length = 0;
    half.dueCount = 0;
    // Later, as every call of a wire: never from within the other side's work.
    clock.after(0, () => half.end?.closed(reason));
    if (halves.dialer.mode === "gone" && halves.acceptor.mode === "gone") onGone();
  }

  function deliver(half: Half, far: Half): void {
    if (half.mode === "gone" || half.way.isCut()) return;
    if (half.resetDue) {
      leave(half, "remote-reset");
      return;
    }
    // The mode may change with each frame delivered.
    while (half.dueCount > 0 && canTake(half)) {
      const parcel = half.inbox.shift()!;
      half.dueCount -= 1;
      if (parcel.kind === "end") {
        leave(half, "remote-closed");
        leave(far, "remote-closed");
        return;
      }
      parcel.taken();
      if (half.mode === "reading") half.end?.received(parcel.bytes);
    }
  }

  function createWire(near: Half, far: Half): MemoryWire {
    const post = (parcel: Parcel): void => {
      if (near.mode === "gone" || far.mode === "gone") return;
      far.inbox.push(parcel);
      const nowMs = clock.monotonicMs();
      const bytes = parcel.kind === "bytes" ? parcel.bytes.length : 0;
      far.lastMs = Math.max(far.lastMs, nowMs + far.way.delayMs(bytes));
      clock.after(far.lastMs - nowMs, () => {
        if (far.mode !== "gone") far.dueCount += 1;
        deliver(far, near);
      });
    };
    const setMode = (mode: Half["mode"]): void => {
      if (near.mode === "gone" || near.mode === "discarding") return;
      near.mode = mode;
      if (mode !== "paused") clock.after(0, () => deliver(near, far));
    };
    return {
      bind(end) {
        near.end = end;
      },
      deliver: () => deliver(near, far),
      write: (bytes, taken) => post({ kind: "bytes", bytes, taken }),
      resume: () => setMode("reading"),
      pause: () => setMode("paused"),
      end() {
        post({ kind: "end" });
        setMode("discarding");
      },
      destroy() {
        if (near.mode === "gone") return;
        leave(near, "destroyed");
        clock.after(RESET_MS, () => {
          far.resetDue = true;
          deliver(far, near);
        });
      },
      exporter,
      defer: queueMicrotask,
    };
  }

  const dialer = createWire(halves.dialer, halves.acceptor);
  const acceptor = createWire(halves.acceptor, halves.dialer);
  return {
    dialer,
    acceptor,
    pump() {
      clock.after(0, dialer.deliver);
      clock.after(0, acceptor.deliver);
    },
    sever(side, { silent }) {
      const [near, far] =
        side === "dialer" ? [halves.dialer, halves.acceptor] : [halves.acceptor, halves.dialer];
      near.end = null;
      leave(near, "severed");
      if (silent) return;
      clock.after(RESET_MS, () => {
        far.resetDue = true;
        deliver(far, near);
      });
    },
  };
}

function createHalf(way: Way): Half {
  return { way, lastMs: 0, end: null, mode: "paused", inbox: [], dueCount: 0, resetDue: false };
}

/** An end that does not read takes bytes no more; the close of the other side it learns all the same. */
function canTake(half: Half): boolean {
  return half.mode === "reading" || half.mode === "discarding" || half.inbox[0]?.kind === "end";
}
