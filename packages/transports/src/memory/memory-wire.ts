/** Two wires joined back to back, delivering through the clock: the same run gives the same order. */
import type { Clock } from "@kith/core/ports";
import type { Wire, WireEnd } from "../wire/wire.ts";

/** For one way. Any constant keeps order; 0 would let a simulated second pass without a step of time. */
const LATENCY_MS = 1;

export interface MemoryWire extends Wire {
  /** Must be called before the clock goes on. */
  bind(end: WireEnd): void;
  /** Delivers what is due. */
  deliver(): void;
}

export interface MemoryWires {
  readonly dialer: MemoryWire;
  readonly acceptor: MemoryWire;
  /** As a pulled cable: no byte moves while stopped, none is lost. */
  setStopped(stopped: boolean): void;
}

type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly taken: () => void }
  | { readonly kind: "end" };

interface Half {
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
  /** Both ends are gone. */
  readonly onGone: () => void;
}): MemoryWires {
  const { clock, exporter, onGone } = options;
  let stopped = false;
  const halves = { dialer: createHalf(), acceptor: createHalf() };

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
    if (stopped || half.mode === "gone") return;
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
      clock.after(LATENCY_MS, () => {
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
        clock.after(LATENCY_MS, () => {
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
    setStopped(now) {
      stopped = now;
      if (now) return;
      clock.after(0, dialer.deliver);
      clock.after(0, acceptor.deliver);
    },
  };
}

function createHalf(): Half {
  return { end: null, mode: "paused", inbox: [], dueCount: 0, resetDue: false };
}

/** An end that does not read takes bytes no more; the close of the other side it learns all the same. */
function canTake(half: Half): boolean {
  return half.mode === "reading" || half.mode === "discarding" || half.inbox[0]?.kind === "end";
}
