/** What may be shown before what it rests on: messages, and what was done to them. spec/sync SY66, spec/space SP146. */
import { isMessageKind, kinds } from "@kith/core";

export function isActKind(kind: number): boolean {
  return kind === kinds["message.edit"] || kind === kinds["message.delete"];
}

export function isEarlyKind(kind: number): boolean {
  return isMessageKind(kind) || isActKind(kind);
}
