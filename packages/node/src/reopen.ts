/** Stored events as they were written. */
import { decodeBody, decodeOuter, openEvent, verifyOpened } from "@kith/core";
import type { Body, EventId, Header, KeyTable, OpenedEvent } from "@kith/core";

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

function readBody(opened: OpenedEvent): Body | null {
  try {
    return opened.body === null ? null : decodeBody(opened.header.kind, opened.body);
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
