/** What would bring this person back, as the node says it: one answer for all who show it. */
import type { Recovery } from "@kith/contract";
import { KithApiError } from "@kith/client";
import { useConversations, useP2PConnection } from "@kith/react";
import { useEffect, useSyncExternalStore } from "react";
import { client } from "../client.ts";

let current: Recovery | null = null;
const listeners = new Set<() => void>();

export function putRecovery(next: Recovery): void {
  current = next;
  for (const listener of listeners) listener();
}

async function refresh(): Promise<void> {
  try {
    putRecovery(await client.recovery());
  } catch (error) {
    // The page says by itself that the node does not answer, and asks again once it does.
    if (!(error instanceof KithApiError)) throw error;
  }
}

/** null: not known yet. Asked for when the node answers, and when the first conversation has begun. */
export function useRecovery(): Recovery | null {
  const { phase } = useP2PConnection();
  const { conversations } = useConversations();
  const begun = conversations.some(({ last, members }) => last !== null && members > 1);
  // Another one whenever the answer may be another.
  const occasion = phase !== "connected" ? null : begun ? "talk" : "quiet";
  useEffect(() => {
    if (occasion !== null) void refresh();
  }, [occasion]);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
