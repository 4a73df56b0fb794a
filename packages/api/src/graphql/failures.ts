/** GraphQL's errors with the contract's codes: `extensions.code` and `extensions.next`. Spec: http, HT45. */
import type { Log } from "@kith/core";
import { GraphQLError } from "graphql";
import { describeFailure } from "../fault.ts";

/** Anything thrown while an operation ran; what is unforeseen says nothing of its cause. */
export function maskFailure(error: unknown, log: Log): GraphQLError {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  // Raised by graphql itself: about the document or its variables, and no secret.
  if (error instanceof GraphQLError && cause === undefined) return codedFailure(error);
  const { body } = describeFailure(cause, log);
  const { code, message, next } = body.error;
  const { nodes, path, positions, source } =
    error instanceof GraphQLError ? error : new GraphQLError(message);
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code, next } });
}

/** A refusal of the document itself. */
export function codedFailure(error: GraphQLError, showNames = true): GraphQLError {
  const { extensions, nodes, path, positions, source } = error;
  const message = showNames ? error.message : error.message.replace(/ Did you mean .*$/s, "");
  if (typeof extensions["code"] === "string" && message === error.message) return error;
  const next = "correct the query; packages/api/schema.graphql has the schema";
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    extensions: { code: "BAD_INPUT", next, ...extensions },
  });
}
