/**
 * The one error of core. A code names the refusal for programs, the message carries facts and a next
 * step for people, the cause keeps what was caught. Never a secret in either.
 */
export class CoreError extends Error {
  /** SCREAMING_SNAKE, stable: callers branch on it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CoreError";
    this.code = code;
  }
}

/** Builds the error to throw: `throw coreError("MALFORMED", "seq is not a number")`. */
export function coreError(code: string, message: string, options?: { cause: unknown }): CoreError {
  return new CoreError(code, message, options);
}
