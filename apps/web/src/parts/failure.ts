/** What went wrong in a call of a person's, as they are told it. */
import { KithApiError } from "@kith/client";
import type { Failure } from "@kith/react";

export function toFailure(error: unknown): Failure {
  if (error instanceof KithApiError) return { code: error.code, message: error.message, next: error.next };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message, next: "Reload the page; if it stays, report it." };
}
