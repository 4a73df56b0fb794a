/** The node has been told to forget everything: the page waits for the one that begins in its place, and is signed in to that. */
import { KithApiError } from "@kith/client";
import type { KithStore } from "@kith/react";
import { useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";

/** Between two looks whether the other node is there. */
const LOOK_MS = 200;
/** A new store and a new identity take a fraction of a second, even on a busy machine some. */
const ANEW_MS_MAX = 60_000;

type Beginning = "waiting" | "silent";

let current: Beginning | null = null;
const listeners = new Set<() => void>();

function turn(next: Beginning): void {
  current = next;
  for (const listener of listeners) listener();
}

export function useBeginning(): Beginning | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

/** Resolves when the page is on its way to the new node, or that did not come. Rejects with the node's refusal. */
export async function beginAnew(store: KithStore): Promise<void> {
  const { signIn } = await client.reset();
  turn("waiting");
  // What waits here to be sent has nobody any more whom it could go to.
  store.close();
  sessionStorage.clear();
  for (let waitedMs = 0; waitedMs < ANEW_MS_MAX; waitedMs += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (await isAnother()) return location.replace(signIn ?? "/");
  }
  turn("silent");
}

/** The one that was knows this page; the one that begins does not. */
async function isAnother(): Promise<boolean> {
  try {
    await client.me();
    return false;
  } catch (error) {
    return error instanceof KithApiError && error.status === 401;
  }
}

export function BeginningAnew({ how }: { readonly how: Beginning }): ReactNode {
  return (
    <main className="grid h-full place-content-center p-6">
      <div role="status" aria-busy={how === "waiting"} className="grid max-w-[46ch] gap-3">
        <h1 className="text-xl font-semibold">Everything is forgotten</h1>
        {how === "waiting" ? (
          <p className="text-muted">This device begins as a new one…</p>
        ) : (
          <p className="text-muted">
            The node did not come back by itself. Start it again: <code className="font-mono">npm start</code>
          </p>
        )}
      </div>
    </main>
  );
}
