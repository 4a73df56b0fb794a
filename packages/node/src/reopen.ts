/** Stored events as they were written. */
import { decodeBody, decodeOuter, openEvent, verifyOpened } from "@kith/core";
import type { Body, EventId, Header, KeyTable, Log } from "@kith/core";

/** The store's word is checked again: bytes read back may be damaged, and membership rests on them. */
export function reopen(
  outerBytes: Uint8Array,
  keys: KeyTable,
): { id: EventId; header: Header; body: Body | null } | null {
  const outer = decodeOuter(outerBytes);
  const epoch = keys.find(outer.tag, outer.bucket);
  if (!epoch) return null;
  const opened = openEvent(outer, epoch);
  return verifyOpened(opened) ? { id: opened.id, header: opened.header, body: readBody(opened) } : null;
}

/**
 * null for what this version cannot read. It is kept all the same, without effect: a later version may read
 * it, and two devices of different versions must hold the same set.
 */
export function readBody(
  {
    id,
    header,
    body,
  }: { readonly id: EventId; readonly header: Header; readonly body: Uint8Array | Body | null },
  log?: Log,
): Body | null {
  if (!(body instanceof Uint8Array)) return body;
  try {
    return decodeBody(header.kind, body);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    log?.info("event:unreadable", { id, kind: header.kind, code: String(error.code) });
    return null;
  }
}
