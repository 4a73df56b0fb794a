/** What a call or a stream ended with: the node's own error, or UNREACHABLE when no answer came. */
export class KithApiError extends Error {
  /** HTTP status; 0 when there was no HTTP answer. */
  readonly status: number;
  /** Stable; branch on it. The node's codes, and UNREACHABLE and BAD_ANSWER. */
  readonly code: string;
  /** What can be done now, in plain words. */
  readonly next: string;
  constructor(
    facts: { status: number; code: string; message: string; next: string },
    options?: ErrorOptions,
  ) {
    super(facts.message, options);
    this.name = "KithApiError";
    this.status = facts.status;
    this.code = facts.code;
    this.next = facts.next;
  }
}

const transientCodes: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "TOO_FAST",
  "TOO_MANY",
  "INTERNAL",
  "STORE_FAILED",
  "STOPPING",
  // Until its person comes back, and then as if nothing had been.
  "LOCKED",
]);

/** A reason of its own is kept; an abort, a cut and whatever a runtime calls them are UNREACHABLE. */
export function unreachable(cause: unknown, url = "the node"): KithApiError {
  if (cause instanceof KithApiError) return cause;
  return new KithApiError(
    {
      status: 0,
      code: "UNREACHABLE",
      message: `no answer from ${url}`,
      next: "check that the node runs, then try again",
    },
    { cause },
  );
}

/** A proxy in front of a node that is not there, or not yet. */
const isGatewayAnswer = ({ code, status }: KithApiError): boolean =>
  code === "BAD_ANSWER" && status >= 502 && status <= 504;

/** True when the same call may succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof KithApiError && (transientCodes.has(error.code) || isGatewayAnswer(error));
}
