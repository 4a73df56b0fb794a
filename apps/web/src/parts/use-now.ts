/** The time as a screen shows it: read anew each half minute, so that "at 14:02" and what has expired stay true. */
import { useEffect, useState } from "react";

/** Times are shown to the minute. */
const READ_AGAIN_MS = 30_000;

export function useNowMs(): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), READ_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
