/**
 * Attempts at a passphrase: one at a time, and after each wrong one a longer wait, whoever tries. A right one is what a
 * person can remember, so unlike a token it is guessed if guessing is quick. Spec: http, HT80.
 */
import type { Clock } from "@kith/core";
import { ApiFault } from "./fault.ts";
import { TRY_WAIT_MS, TRY_WAIT_MS_MAX } from "./limits.ts";

export interface Tries {
  /** Rejects with TOO_FAST before the attempt is made, with WRONG_PASSPHRASE after one that was `null` or false. */
  run<Result>(attempt: () => Promise<Result | null | false>): Promise<Result>;
}

export function createTries(clock: Clock): Tries {
  let wrong = 0;
  let notBeforeMs = 0;
  let isTrying = false;

  function checkPace(): void {
    const waitMs = notBeforeMs - clock.monotonicMs();
    if (waitMs <= 0 && !isTrying) return;
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
    throw new ApiFault(
      "TOO_FAST",
      isTrying ? "another passphrase is being tried" : "a wrong passphrase was tried just now",
      `try again in ${retryAfterS} s`,
      { retryAfterS },
    );
  }

  return {
    async run(attempt) {
      checkPace();
      isTrying = true;
      try {
        const result = await attempt();
        if (result !== null && result !== false) {
          wrong = 0;
          return result;
        }
      } finally {
        isTrying = false;
      }
      notBeforeMs = clock.monotonicMs() + Math.min(TRY_WAIT_MS_MAX, TRY_WAIT_MS * 2 ** wrong);
      wrong += 1;
      throw new ApiFault(
        "WRONG_PASSPHRASE",
        "this passphrase does not open the data directory",
        "type it again, and look at the keyboard's layout",
      );
    },
  };
}
