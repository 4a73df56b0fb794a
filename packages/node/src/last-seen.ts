/** When a member's device was last heard over a link of this node: said of one that something waits for, also after a restart. */
import { readUtf8, utf8 } from "@kith/core";
import type { DeviceId, EventStore } from "@kith/core";

const SEEN_PREFIX = "seen/";

/** For a commit. */
export function seenRow(
  device: DeviceId,
  atMs: number,
): { readonly key: string; readonly value: Uint8Array } {
  return { key: SEEN_PREFIX + device, value: utf8(String(atMs)) };
}

/** null: this node has had no link with it. */
export function lastSeenMs(store: Pick<EventStore, "meta">, device: DeviceId): number | null {
  const value = store.meta(SEEN_PREFIX + device);
  return value && Number(readUtf8(value));
}
