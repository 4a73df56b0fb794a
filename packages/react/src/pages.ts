/** Stretches of a conversation as the node lists them. */
import type { KithClient } from "@kith/client";
import type { Message } from "@kith/contract";
import { toRow } from "./rows.ts";
import type { SavedRow } from "./rows.ts";
import type { ConversationRef } from "./types.ts";
import { ROWS_MAX } from "./window.ts";
import type { Window } from "./window.ts";

/** Some three screens: the next page is there before the reader is. */
export const PAGE_ROWS = 100;
const AROUND_ROWS = PAGE_ROWS / 2;

export interface Page {
  readonly rows: readonly SavedRow[];
  /** There are more in the direction that was asked for. */
  readonly hasMore: boolean;
}

export interface Pages {
  latest(limit?: number): Promise<Page>;
  before(message: string, limit?: number): Promise<Page>;
  after(message: string, limit?: number): Promise<Page>;
  /** The stretch around a message; null when there is no such message in this conversation. */
  around(message: string, rows?: number): Promise<Window | null>;
}

export function createPages(options: {
  readonly client: Pick<KithClient, "message" | "messages">;
  readonly conversation: ConversationRef;
  self(): string;
}): Pages {
  const { client, self } = options;
  const { space, channel } = options.conversation;
  const rowsOf = (messages: readonly Message[]): SavedRow[] => messages.map((each) => toRow(each, self()));

  async function page(query: { before?: string; after?: string; limit: number }): Promise<Page> {
    const { items, next } = await client.messages({ space, channel, ...query });
    return { rows: rowsOf(items), hasMore: next !== null };
  }

  const before = (message: string, limit = PAGE_ROWS): Promise<Page> => page({ before: message, limit });
  const after = (message: string, limit = PAGE_ROWS): Promise<Page> => page({ after: message, limit });

  return {
    async latest(limit = PAGE_ROWS) {
      const newest = await page({ limit: Math.min(limit, ROWS_MAX) });
      // Before the oldest of these messages are missing: a list that shows both sides would grow in its middle.
      const gap = newest.rows.findIndex(({ early }) => early);
      return gap === -1 ? newest : { rows: newest.rows.slice(gap), hasMore: true };
    },
    before,
    after,
    async around(message, rows = AROUND_ROWS * 2) {
      const half = Math.ceil(rows / 2);
      const [older, middle, newer] = await Promise.all([
        before(message, half),
        client.message(message),
        after(message, half),
      ]);
      if (middle.channel !== channel) return null;
      return {
        rows: [...older.rows, ...rowsOf([middle]), ...newer.rows],
        hasOlder: older.hasMore,
        hasNewer: newer.hasMore,
      };
    },
  };
}
