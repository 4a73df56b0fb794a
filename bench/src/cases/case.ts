/** What a case is: a name for --only, and a run that answers figures. */
import type { Lab } from "../lab/lab.ts";
import type { Figure } from "../lab/summary.ts";

export interface CaseContext {
  readonly lab: Lab;
  /** --quick: fewer rounds and shorter waits; the figures then mean less. */
  readonly quick: boolean;
  /** Progress, on stderr. */
  tell(text: string): void;
}

export interface Case {
  readonly name: string;
  /** Left out of a run that names no cases: it takes minutes. */
  readonly isRunWhenNamed?: true;
  /** Figures are answered as they come, so that a later failure loses none. */
  run(context: CaseContext): AsyncGenerator<Figure>;
}
