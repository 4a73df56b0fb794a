/** The parts of a node that show newest messages before their history. spec/sync SY65-SY71. */
import type { Clock, EventStore, LogDraft, SignatureVerifier } from "@kith/core";
import type { Ledger } from "../ledger.ts";
import { EarlyQuestions } from "./questions.ts";
import { EarlyWindow } from "./window.ts";

export interface Early {
  readonly window: EarlyWindow;
  readonly questions: EarlyQuestions;
  close(): void;
}

export function createEarly({
  clock,
  store,
  ledger,
  verifier,
  record,
  isPaused,
}: {
  readonly clock: Clock;
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly verifier: SignatureVerifier;
  readonly record: (drafts: readonly LogDraft[]) => void;
  readonly isPaused: () => boolean;
}): Early {
  const window = new EarlyWindow({
    clock,
    store,
    ledger,
    verifier,
    onChanged: (space, channels) => {
      const data = JSON.stringify({ space, change: "early", channels });
      record([{ type: "space", atMs: clock.nowMs(), ref: null, data }]);
    },
  });
  const questions = new EarlyQuestions({ clock, window, isPaused });
  ledger.onCommitted((committed) => window.onCommitted(committed));
  return {
    window,
    questions,
    close() {
      questions.close();
      window.close();
    },
  };
}
