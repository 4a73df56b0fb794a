/** GraphQL's errors with the contract's codes: `extensions.code` and `extensions.next`. Spec: http, HT45. */
import { ERROR_STATUS } from "@kith/contract";
import type { Log } from "@kith/core";
import { GraphQLError } from "graphql";
import type { FormattedExecutionResult, GraphQLErrorExtensions } from "graphql";
import { describeFailure } from "../fault.ts";
import { GRAPHQL_MESSAGE_CHARS_MAX } from "../limits.ts";

/** Anything thrown while an operation ran; what is unforeseen says nothing of its cause. */
export function maskFailure(error: unknown, log: Log, showNames = true): GraphQLError {
  const cause = causeOf(error);
  // Raised by graphql itself: about the document or its variables, and no secret.
  if (cause instanceof GraphQLError) return codedFailure(error as GraphQLError, showNames);
  const { body } = describeFailure(cause, log);
  const { code, message, next } = body.error;
  const { nodes, path, positions, source } =
    error instanceof GraphQLError ? error : new GraphQLError(message);
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code, next } });
}

/** What was thrown first: a variable that does not fit is wrapped by graphql in an error of its own. */
function causeOf(error: unknown): unknown {
  const { originalError } = error instanceof GraphQLError ? error : {};
  return originalError === undefined ? error : causeOf(originalError);
}

/** A refusal of the document itself, of its variables or of what they came in. */
export function codedFailure(error: GraphQLError, showNames = true): GraphQLError {
  const { extensions, nodes, path, positions, source } = error;
  const named = showNames ? error.message : error.message.replace(/ Did you mean .*$/s, "");
  // It says what was sent, which may be as long as a body.
  const message =
    named.length <= GRAPHQL_MESSAGE_CHARS_MAX ? named : `${named.slice(0, GRAPHQL_MESSAGE_CHARS_MAX)}…`;
  const { next = "correct the query; packages/api/schema.graphql has the schema" } = extensions;
  const code = codeOf(extensions);
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    // The last is the answer's status and headers, and is not sent.
    extensions: { code, next, ...httpOf(code, extensions) },
  });
}

function codeOf({ code, originalError }: GraphQLErrorExtensions): string {
  // What a parser of JSON said of the body.
  if (originalError !== undefined) return "BAD_JSON";
  return typeof code === "string" && Object.hasOwn(ERROR_STATUS, code) ? code : "BAD_INPUT";
}

/** What was no request for a document at all is answered by its status to every caller, as REST does. */
function httpOf(code: string, { http }: GraphQLErrorExtensions): object | null {
  if (code === "BAD_JSON" || code === "BAD_REQUEST") return { http: { status: 400, ...http, spec: false } };
  return http === undefined ? null : { http };
}

interface Answered {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** An answer on a socket, which has neither a status nor headers. */
export function toSocketResult({ data, errors = [] }: Answered): FormattedExecutionResult {
  const formatted = errors.map((error) => {
    const { extensions = {}, ...told } = error.toJSON();
    const { http: _, ...own } = extensions;
    return { ...told, extensions: own };
  });
  return { ...(formatted.length > 0 && { errors: formatted }), ...(data !== undefined && { data }) };
}
