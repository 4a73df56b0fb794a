/** The log by long polling: passes wherever an ordinary call does. Spec: http, HT51-HT52. */
import type { LogEntry } from "@kith/contract";
import { unreachable } from "../error.ts";
import type { Http } from "../http.ts";
import { badAnswer, guardHandlers, isEntry } from "./way.ts";
import type { Start, Way, WayHandlers } from "./way.ts";

/** How long the node holds a call without an entry; proxies cut silent ones after 30 s and more. */
const WAIT_S = 25;
/** Beyond its wait, an answer that takes so long will not come. */
const ANSWER_MS = 10_000;

interface Page {
  readonly items: readonly LogEntry[];
  readonly next: string;
}

export function isPage(value: unknown): value is Page {
  const page = value as Partial<Page> | null | undefined;
  return (
    typeof page?.next === "string" &&
    Array.isArray(page.items) &&
    page.items.every((item: unknown) => typeof item === "object" && item !== null && isEntry(item))
  );
}

export function createPollingWay(http: Http): Way {
  async function ask({ since, space }: Start, waitS: number, signal: AbortSignal): Promise<Page> {
    const limit = AbortSignal.timeout(waitS * 1_000 + ANSWER_MS);
    const page = await http.call<unknown>("GET", "/api/poll", {
      query: { since, space, wait: waitS },
      signal: AbortSignal.any([signal, limit]),
    });
    if (!isPage(page)) throw badAnswer(200, "the log was answered in another form");
    return page;
  }

  async function run(
    { since, space }: Start,
    signal: AbortSignal,
    handlers: WayHandlers,
    isDone: () => boolean,
  ): Promise<void> {
    // The first is answered at once: it shows that the way is one.
    let page = await ask({ since, space }, 0, signal);
    handlers.opened(since ?? page.next);
    while (!isDone()) {
      for (const item of page.items) handlers.entry(item);
      handlers.passed(page.next);
      page = await ask({ since: page.next, space }, WAIT_S, signal);
      handlers.alive();
    }
  }

  function open(from: Start, handlers: WayHandlers): () => void {
    const controller = new AbortController();
    const { guarded, isDone, close } = guardHandlers(handlers, () => controller.abort());
    run(from, controller.signal, guarded, isDone).catch((error: unknown) =>
      guarded.failed(unreachable(error)),
    );
    return close;
  }

  return { name: "polling", open };
}
