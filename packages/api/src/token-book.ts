/**
 * Which tokens were made for programs, and which of them were taken back. A token itself is never kept: its id is
 * enough to refuse it. Owns the list; where it lies is the composition root's. Spec: http, HT65.
 */
import type { Clock } from "@kith/core";
import { tokenScopes } from "@kith/contract";
import { z } from "zod";
import { ApiFault } from "./fault.ts";
import { TOKENS_MAX } from "./limits.ts";

export interface TokenRecord {
  readonly id: string;
  readonly name: string | null;
  /** One or several with a space between. */
  readonly scope: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly revoked: boolean;
}

const keptRecords = z.array(
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    scope: tokenScopes,
    createdMs: z.number(),
    expiresMs: z.number(),
    revoked: z.boolean(),
  }),
);

/** Where the list lies, as text. `write` has it on disk when it returns; null: nothing was ever written. `read` throws what it cannot read. */
export interface TokenShelf {
  read(): string | null;
  write(text: string): void;
}

/** For as long as the process lives. */
export function createMemoryShelf(): TokenShelf {
  let kept: string | null = null;
  return {
    read: () => kept,
    write(text) {
      kept = text;
    },
  };
}

export interface TokenBook {
  /** Oldest first; those that have expired are gone. */
  list(): readonly TokenRecord[];
  /** Throws TOO_MANY. */
  add(record: TokenRecord): void;
  /** For good. Throws UNKNOWN_TOKEN. */
  revoke(id: string): void;
  isRevoked(id: string): boolean;
}

/** Throws STORE_FAILED: with a list that cannot be read a revoked token would be let in again. */
function readRecords(shelf: TokenShelf): readonly TokenRecord[] {
  try {
    const text = shelf.read();
    return text === null ? [] : keptRecords.parse(JSON.parse(text));
  } catch (cause) {
    throw new ApiFault(
      "STORE_FAILED",
      "the list of tokens (tokens.json in the data directory) cannot be read",
      "delete it if no token was ever revoked; else `kith reset` makes every token void",
      { cause },
    );
  }
}

export function createTokenBook({ clock, shelf }: { clock: Clock; shelf: TokenShelf }): TokenBook {
  let records = readRecords(shelf);
  let revoked = new Set<string>();
  const keep = (next: readonly TokenRecord[]): void => {
    // On disk first: a revocation that was answered holds after a crash.
    shelf.write(`${JSON.stringify(next)}\n`);
    take(next);
  };
  const take = (next: readonly TokenRecord[]): void => {
    records = next;
    revoked = new Set(next.filter((record) => record.revoked).map(({ id }) => id));
  };
  // A token that has expired is refused by its own date.
  const alive = (): readonly TokenRecord[] => records.filter(({ expiresMs }) => expiresMs > clock.nowMs());
  take(records);

  return {
    list: alive,
    add(record) {
      const kept = alive();
      if (kept.length >= TOKENS_MAX)
        throw new ApiFault(
          "TOO_MANY",
          `${TOKENS_MAX} tokens are alive already`,
          "give new ones a shorter life, or wait until old ones have expired",
        );
      keep([...kept, record]);
    },
    revoke(id) {
      const kept = alive();
      if (!kept.some((record) => record.id === id))
        throw new ApiFault("UNKNOWN_TOKEN", "there is no token of that id", "list the tokens");
      keep(kept.map((record) => (record.id === id ? { ...record, revoked: true } : record)));
    },
    isRevoked: (id) => revoked.has(id),
  };
}
