/** What went wrong in a call of a person's, as they are told it. */
import { KithApiError } from "@kith/client";
import type { Failure } from "@kith/react";

export function toFailure(error: unknown): Failure {
  if (error instanceof KithApiError) return { code: error.code, message: error.message, next: error.next };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message, next: "Reload the page; if it stays, report it." };
}

/** Its sentences, each with one full stop. What the node says of itself begins small and ends without one. */
export function sentencesOf({ message, next }: Pick<Failure, "message" | "next">): string {
  return [message, next].map(toSentence).filter(Boolean).join(" ");
}

export const describeFailure = (error: unknown): string => sentencesOf(toFailure(error));

function toSentence(words: string): string {
  const text = words.trim().replace(/\.+$/, "");
  if (text === "") return "";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[!?…]$/.test(text) ? "" : "."}`;
}
