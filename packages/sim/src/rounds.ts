/**
 * Rounds of reconciliation as they can be seen from outside. A round that ran to its end has found what one side
 * lacks and has had it sent; when afterwards both hold what they held before, something that was asked for was not
 * sent, or was not asked for at all. It heals by itself a round later, and nobody would notice. spec/sync SY13-SY16.
 */
import { decodeFrame, frameTypes } from "@kith/core";
import type { ScopeId } from "@kith/core";

/** How many events of the scope the host has on its disk. */
export type HeldBy = (host: string, scope: ScopeId) => number;

interface Round {
  /** Who began it. */
  readonly by: string;
  readonly held: string;
  /** The round before ran to its end, and this was held when it began. */
  readonly heldBefore: string | null;
  /** Filters of rounds before it, one after another, by which nothing came. */
  readonly vain: number;
  state: "asked" | "answered" | "listed" | "sent";
}

/** A filter hides one event in twenty by chance (spec/sync SY41); the same one again and again with fixed salts only. */
const VAIN_FILTERS_MAX = 4;

/** From the first to the last of them a round goes; what they carry is not looked at. */
const roundFrames = new Set<number>([
  frameTypes.syncRoot,
  frameTypes.syncDone,
  frameTypes.syncBuckets,
  frameTypes.syncCells,
  frameTypes.syncRanges,
  frameTypes.syncBloom,
]);

export class Rounds {
  readonly #heldBy: HeldBy;
  readonly #onIdle: (hosts: readonly string[], detail: string) => void;
  readonly #open = new Map<string, Round>();

  constructor(heldBy: HeldBy, onIdle: (hosts: readonly string[], detail: string) => void) {
    this.#heldBy = heldBy;
    this.#onIdle = onIdle;
  }

  /** Numbers of sessions begin anew on the next link of the two. */
  forget(host: string, other: string): void {
    for (const key of this.#open.keys()) if (key.startsWith(pair(host, other))) this.#open.delete(key);
  }

  sent(from: string, to: string, type: number, payload: Uint8Array): void {
    if (!roundFrames.has(type)) return;
    const frame = decodeFrame(type, payload);
    if (!("session" in frame)) return;
    const key = `${pair(from, to)}${frame.session}`;
    const round = this.#open.get(key);
    const held = (): string => `${this.#heldBy(from, frame.scope)} and ${this.#heldBy(to, frame.scope)}`;
    if (frame.type === "syncRoot" && (round === undefined || round.by === from)) {
      const heldBefore = round?.state === "sent" ? round.held : null;
      const vain = heldBefore === null ? 0 : (round?.vain ?? 0);
      this.#open.set(key, { by: from, held: held(), heldBefore, vain, state: "asked" });
      return;
    }
    if (round === undefined) return;
    if (frame.type === "syncDone") {
      if (frame.state === "listed" && round.by === from) round.state = "listed";
      else if (frame.state === "sent" && round.by === to && round.state === "listed") round.state = "sent";
      else if (frame.state !== "sent") this.#open.delete(key);
    } else if (round.by === to && round.state === "asked") {
      // Its answer waits until everything that came before the question is stored.
      round.state = "answered";
      const now = `${this.#heldBy(to, frame.scope)} and ${this.#heldBy(from, frame.scope)}`;
      if (round.heldBefore !== now) return;
      if (type === frameTypes.syncBloom && round.vain < VAIN_FILTERS_MAX)
        this.#open.set(key, { ...round, vain: round.vain + 1 });
      else
        this.#onIdle(
          [from, to],
          `a round of ${to} with ${from} ended and both hold what they held: ${now} events`,
        );
    }
  }
}

function pair(host: string, other: string): string {
  return `${[host, other].toSorted().join(" ")} `;
}
