/** Search as one types: asked when the typing rests, and only the last question's answer is shown. */
import { useEffect, useState } from "react";
import { toFailure } from "./failure.ts";
import { useKith } from "./hooks.ts";
import type { SearchView } from "./types.ts";

/** Without a key typed, before the node is asked: a quick typist's pause between letters is shorter. */
const REST_MS = 150;
const NOTHING: SearchView = { results: [], missing: [], isLoading: false, error: null };

export function useSearch(query: string, options: { readonly space?: string } = {}): SearchView {
  const { client } = useKith();
  const { space } = options;
  const q = query.trim();
  const [view, setView] = useState<SearchView & { readonly of: string }>({ ...NOTHING, of: "" });
  const of = `${space ?? ""}\n${q}`;
  useEffect(() => {
    if (q === "") return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(() => {
      client.search({ q, ...(space === undefined ? null : { space }) }, { signal }).then(
        ({ items, missing }) =>
          signal.aborted || setView({ results: items, missing, isLoading: false, error: null, of }),
        (error: unknown) => signal.aborted || setView({ ...NOTHING, error: toFailure(error), of }),
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, q, space, of]);
  if (q === "") return NOTHING;
  // Older answers stay while the next is under way, and say that they are.
  return view.of === of ? view : { ...view, isLoading: true, error: null };
}
