/** The rows as the list shows them: one end changed at a time, every step before the next paint. */
import type { Row } from "@kith/react";
import { useLayoutEffect, useState } from "react";
import { nextStep } from "./window-steps.ts";

export interface ShownRows {
  readonly rows: readonly Row[];
  /** This step changed the start: places are kept from the end. */
  readonly isShift: boolean;
  /** Another list altogether, which begins without a place. */
  readonly generation: number;
}

interface State extends ShownRows {
  readonly towards: readonly Row[];
}

function advance(state: State, wanted: readonly Row[]): State {
  const step = nextStep(state.rows, wanted);
  if (step === null) return { ...state, towards: wanted, isShift: false };
  return {
    rows: step.items,
    isShift: step.kind === "start",
    generation: step.kind === "reset" ? state.generation + 1 : state.generation,
    towards: wanted,
  };
}

export function useShownRows(wanted: readonly Row[]): ShownRows {
  const [state, setState] = useState<State>({ rows: wanted, isShift: false, generation: 0, towards: wanted });
  // While drawing, not after: the first step is part of the change itself.
  if (state.towards !== wanted) setState(advance(state, wanted));
  useLayoutEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- a step has to be on the page before the next can be counted from it
    if (state.rows !== state.towards) setState((before) => advance(before, before.towards));
  }, [state]);
  return state;
}
