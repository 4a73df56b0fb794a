/** Something that goes on by itself in steps: how far it is, and for how long this has been looked at. */
import { useEffect, useState } from "react";
import type { ReactNode } from "react";

/** What is told of waiting is told in seconds. */
const TICK_MS = 1_000;

/** Milliseconds since it was first shown, by the second. */
export function useWaitedMs(): number {
  const [since] = useState(() => Date.now());
  const [waitedMs, setWaited] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setWaited(Date.now() - since), TICK_MS);
    return () => clearInterval(timer);
  }, [since]);
  return waitedMs;
}

export function WaitingBar({
  label,
  words,
  done,
  of,
}: {
  readonly label: string;
  readonly words: string;
  readonly done: number;
  readonly of: number;
}): ReactNode {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={done}
      aria-valuetext={words}
      className="bg-line h-2 overflow-hidden rounded-full"
    >
      <div
        className="bg-accent h-full transition-[width]"
        style={{ width: `${((done + 0.5) / (of + 0.5)) * 100}%` }}
      />
    </div>
  );
}
