/** What went wrong with a call, sorted by what a page does about it. */
import { KithApiError } from "@kith/client";
import type { Failure } from "./types.ts";

const signedOutCodes: ReadonlySet<string> = new Set(["TOKEN_MISSING", "TOKEN_INVALID", "SIGN_IN_INVALID"]);

/** Too much at once, failed inside, cannot write just now: the same call may succeed a moment later. */
const busyStatuses: ReadonlySet<number> = new Set([429, 500, 503]);

/** away: no answer came; busy: try again by itself for a while; signed-out; refused: only a person can change it. */
export type Kind = "away" | "busy" | "signed-out" | "refused";

export function judge(error: unknown): Kind {
  if (!(error instanceof KithApiError)) return isAbort(error) ? "away" : "refused";
  if (error.status === 401 || signedOutCodes.has(error.code)) return "signed-out";
  if (error.code === "UNREACHABLE" || error.code === "STOPPING" || error.code === "LOCKED") return "away";
  return busyStatuses.has(error.status) ? "busy" : "refused";
}

/** A call that was given up because it took too long. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

export function toFailure(error: unknown): Failure {
  if (error instanceof KithApiError) {
    const { code, message, next } = error;
    return { code, message, next };
  }
  return {
    code: "UNEXPECTED",
    message: error instanceof Error ? error.message : String(error),
    next: "reload the page; if it happens again, tell whoever runs this node",
  };
}
