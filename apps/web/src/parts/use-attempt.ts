/** Something that is tried once it is asked for, and what became of it. */
import { useState } from "react";
import { toFailure } from "./failure.ts";

export function useAttempt() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ReturnType<typeof toFailure> | null>(null);
  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (cause) {
      setError(toFailure(cause));
    }
    setBusy(false);
  }
  return { isBusy, error, attempt };
}
