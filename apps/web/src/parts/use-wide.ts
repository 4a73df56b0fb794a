/** Whether list and screen stand side by side: the width at which the styles say `md`. */
import { useSyncExternalStore } from "react";

const query = matchMedia("(min-width: 48rem)");

function subscribe(run: () => void): () => void {
  query.addEventListener("change", run);
  return () => query.removeEventListener("change", run);
}

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
