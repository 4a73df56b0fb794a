/**
 * Every failure as `{"error":{"code","message","next"}}`. Own faults carry their next step; those of the
 * node are passed on; anything unforeseen becomes INTERNAL, whose cause goes to the log and never out.
 * Spec: http, HT6.
 */
import { ERROR_STATUS, TEXT_TOO_LONG_ISSUE } from "@kith/contract";
import type { ErrorBody, ErrorCode } from "@kith/contract";
import { StoreError } from "@kith/core";
import type { Log } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { z } from "zod";

export class ApiFault extends Error {
  readonly code: ErrorCode;
  readonly next: string;
  /** Where it came too fast: when the next attempt is looked at. */
  readonly retryAfterS: number;
  constructor(
    code: ErrorCode,
    message: string,
    next: string,
    options: ErrorOptions & { readonly retryAfterS?: number } = {},
  ) {
    super(message, options);
    this.name = "ApiFault";
    this.code = code;
    this.next = next;
    this.retryAfterS = options.retryAfterS ?? 1;
  }
}

/** What ends a stream whose caller was let in. */
export function tokenOver(): ApiFault {
  return new ApiFault(
    "TOKEN_INVALID",
    "the token has expired or was revoked",
    "connect again with a fresh one",
  );
}

/** What a locked node answers to everything. */
export function lockedFault(): ApiFault {
  return new ApiFault(
    "LOCKED",
    "this node is locked: its store is closed, and the key to it is in no memory",
    "open the node's page and type the passphrase, or run `kith unlock`",
  );
}

export interface Failure {
  readonly status: number;
  readonly body: ErrorBody;
}

function failure(code: ErrorCode, message: string, next: string): Failure {
  return { status: ERROR_STATUS[code], body: { error: { code, message, next } } };
}

/** What Fastify itself refuses, in our words. */
function frameworkFailure(code: unknown, status: unknown): Failure | null {
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return failure(
        "BODY_TOO_LARGE",
        "the body is larger than this call takes",
        "send less at once, or in several calls",
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return failure(
        "MEDIA_TYPE",
        "only JSON is understood here",
        "send the body with Content-Type: application/json",
      );
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return failure(
        "BAD_INPUT",
        "the path cannot be read",
        "percent-encode names in UTF-8 and keep them short",
      );
    default:
      return status === 400 || status === 408
        ? failure("BAD_REQUEST", "the request cannot be read", "check its length, encoding and headers")
        : null;
  }
}

/** Status and body for anything that was thrown. */
export function describeFailure(error: unknown, log: Log): Failure {
  if (error instanceof ApiFault || error instanceof ServiceError) {
    return failure(error.code, error.message, error.next);
  }
  // A read that met a damaged page: the node goes on with what is whole.
  if (error instanceof StoreError) {
    log.error("api:store", { code: error.code, message: error.message });
    const next = "run `kith verify`; what it names may be whole on other devices or in a backup";
    return failure("STORE_FAILED", error.message, next);
  }
  const { code, statusCode } = Object(error) as { code?: unknown; statusCode?: unknown };
  const known = frameworkFailure(code, statusCode);
  if (known !== null) return known;
  log.error("api:internal", {
    name: error instanceof Error ? error.name : typeof error,
    message: error instanceof Error ? error.message : null,
    stack: error instanceof Error ? (error.stack ?? null) : null,
  });
  return failure(
    "INTERNAL",
    "something failed inside this node",
    "try again; if it stays, run `kith doctor` and look at the log",
  );
}

function describePath(path: readonly PropertyKey[], part: string): string {
  if (path.length === 0) return `the ${part}`;
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    "",
  );
}

function describeIssue(issue: z.core.$ZodIssue, part: string): string {
  const field = describePath(issue.path, part);
  if (issue.message.endsWith("received undefined")) return `${field} is missing`;
  // Our own messages begin in lower case and read on from the field's name.
  return /^[a-z]/.test(issue.message) ? `${field} ${issue.message}` : `${field}: ${issue.message}`;
}

/** The first thing wrong with an input, naming its field; `prefix` says where in a larger body it stood. */
export function inputFault(
  error: z.core.$ZodError,
  part: string,
  prefix: readonly PropertyKey[] = [],
): ApiFault {
  const tooLong = error.issues.find(
    (issue) => issue.code === "custom" && issue.params?.["kith"] === TEXT_TOO_LONG_ISSUE,
  );
  const issue = tooLong ?? error.issues[0];
  const message =
    issue === undefined
      ? `the ${part} is wrong`
      : describeIssue({ ...issue, path: [...prefix, ...issue.path] }, part);
  return tooLong === undefined
    ? new ApiFault("BAD_INPUT", message, "correct it and send the request again")
    : new ApiFault("TEXT_TOO_LONG", message, "split the text into several messages");
}
