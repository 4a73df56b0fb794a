/** Search as one types: asked when the typing rests, and only the last question's answer is shown. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { toFailure } from "./failure.ts";
import { useKith } from "./hooks.ts";
import type { SearchView } from "./types.ts";

/** Without a key typed, before the node is asked: a quick typist's pause between letters is shorter. */
const REST_MS = 150;
/** Shown at first, and more with each `showMore`. */
const PAGE_RESULTS = 50;
/** What a node answers at most: who does not find it among these adds a word. */
const RESULTS_MAX = 500;

type Found = Pick<SearchView, "error" | "hasMore" | "missing" | "results">;
const NOTHING: Found = { results: [], missing: [], hasMore: false, error: null };

/** What is asked: for a question of its own, so many results, for the so-manieth time. */
interface Asked {
  readonly of: string;
  readonly limit: number;
  readonly attempt: number;
}

const isSame = (a: Asked, b: Asked): boolean =>
  a.of === b.of && a.limit === b.limit && a.attempt === b.attempt;

export function useSearch(query: string, options: { readonly space?: string } = {}): SearchView {
  const { client } = useKith();
  const { space } = options;
  const q = query.trim();
  const of = `${space ?? ""}\n${q}`;
  const [wanted, setWanted] = useState<Asked>({ of, limit: PAGE_RESULTS, attempt: 0 });
  // Another question begins with its first page.
  const { limit, attempt } = wanted.of === of ? wanted : { limit: PAGE_RESULTS, attempt: 0 };
  const [answer, setAnswer] = useState<Found & Asked>({ ...NOTHING, of: "", limit: 0, attempt: 0 });
  useEffect(() => {
    if (q === "") return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const asked: Asked = { of, limit, attempt };
    // One more than is shown says whether there are more.
    const search = {
      q,
      limit: Math.min(limit + 1, RESULTS_MAX),
      ...(space === undefined ? null : { space }),
    };
    const ask = (): void => {
      client.search(search, { signal }).then(
        ({ items, missing }) => {
          if (signal.aborted) return;
          const results = items.slice(0, limit);
          setAnswer({ results, missing, hasMore: items.length > limit, error: null, ...asked });
        },
        (error: unknown) => {
          if (signal.aborted) return;
          // What was found of the same question stays: only the next page of it is missing.
          setAnswer((before) => ({
            ...(before.of === of ? before : NOTHING),
            ...asked,
            error: toFailure(error),
          }));
        },
      );
    };
    const isTyped = limit === PAGE_RESULTS && attempt === 0;
    const timer = setTimeout(ask, isTyped ? REST_MS : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, q, space, of, limit, attempt]);
  const showMore = useCallback(
    () => setWanted({ of, limit: Math.min(limit + PAGE_RESULTS, RESULTS_MAX), attempt }),
    [of, limit, attempt],
  );
  const retry = useCallback(() => setWanted({ of, limit, attempt: attempt + 1 }), [of, limit, attempt]);
  return useMemo(() => {
    const { results, missing, hasMore, error } = q === "" ? NOTHING : answer;
    // Older answers stay while the next is under way, and say that they are.
    const isLoading = q !== "" && !isSame(answer, { of, limit, attempt });
    return { results, missing, hasMore, isLoading, error: isLoading ? null : error, showMore, retry };
  }, [q, of, limit, attempt, answer, showMore, retry]);
}
