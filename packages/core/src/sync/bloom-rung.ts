/**
 * The rung of filters: each side tells by a salted Bloom filter of a window what it holds there, and is sent what
 * is not in it. Never finds all for sure and never says so: windows come round again under other salts, and the
 * roots have the last word. spec/sync SY37-SY42.
 */
import { sha256 } from "../crypto/hash.ts";
import { bloomCapacity, missingFrom } from "./bloom/bloom-filter.ts";
import { createFilterJoiner, cutFilter } from "./bloom/bloom-pieces.ts";
import type { BloomFrame } from "./bloom/bloom-pieces.ts";
import { filterWindow, idsWithin, readWindow } from "./bloom/bloom-windows.ts";
import type { WindowIds } from "./bloom/bloom-windows.ts";
import { failed, goOn, sendAll, sendEvents, sendNow } from "./round.ts";
import type { Round, RoundStep, RungAnswerer, RungAsker } from "./round.ts";
import type { SyncAction } from "./session-types.ts";

export function createBloomAsker(round: Round): RungAsker {
  const joiner = createFilterJoiner();

  function compare(frame: BloomFrame): RoundStep {
    if (!round.charge(frame.piece.length))
      return failed("SYNC_METADATA", "more filters than a session may carry", true);
    const joined = joiner.take(frame);
    if (joined.state === "failed") return failed(joined.code, joined.why, true);
    if (joined.state === "more") return goOn();
    const hasNone = frame.count === 0;
    const moved = round.advance(sha256(round.root, Uint8Array.of(hasNone ? 0 : 1)));
    if (hasNone)
      return moved
        ? { to: "round", actions: [{ do: "sendAll", scope: round.scope }] }
        : { to: "rung", actions: [] };
    if (joined.filter === null) return { to: "rung", actions: [] };
    const held = readWindow(round.source, round.scope, frame);
    const missing = [...missingFrom(joined.filter, idsWithin(held, frame))];
    round.walk.end(frame, missing.length > 0);
    const own = tell(round, held);
    const actions = [...own.actions, ...sendEvents(round, missing)];
    return { to: own.isMade ? "listed" : "rung", actions };
  }

  return {
    first: [],
    receive: (frame) => (frame.type === "syncBloom" ? compare(frame) : null),
  };
}

export function createBloomAnswerer(round: Round): RungAnswerer {
  const joiner = createFilterJoiner();
  /** What our filter was made of; null while there is none, and then none is expected either. */
  let held: WindowIds | null = null;

  function compare(frame: BloomFrame, { window, ...mine }: WindowIds): RoundStep {
    if (!round.charge(frame.piece.length))
      return failed("SYNC_METADATA", "the peer's filters are more than a session may carry", true);
    if (frame.to !== window.to || frame.from < window.from)
      return failed(
        "SYNC_ORDER",
        `a filter of ${frame.from} to ${frame.to}, not of the round's window`,
        true,
      );
    const joined = joiner.take(frame);
    if (joined.state === "failed") return failed(joined.code, joined.why, true);
    if (joined.state === "more" || joined.filter === null) return goOn();
    const missing = [...missingFrom(joined.filter, idsWithin({ window, ...mine }, frame))];
    return goOn(...sendEvents(round, missing));
  }

  return {
    get isOpen() {
      return joiner.isOpen;
    },
    open(theirCount) {
      if (theirCount === 0) return sendAll(round);
      const { scope, source, walk, bloomRate } = round;
      const window = walk.next(source.buckets(scope), bloomCapacity(bloomRate));
      const ids = readWindow(source, scope, window);
      const { actions, isMade } = tell(round, ids);
      if (isMade) held = ids;
      // Told by both roots of the next round, not by what went out: a peer that refuses it would be sent it for ever.
      walk.end(window, false);
      return goOn(...actions);
    },
    receive: (frame) => (frame.type === "syncBloom" && held !== null ? compare(frame, held) : null),
  };
}

/** Our filter of a window, or that there is none. */
function tell(
  round: Round,
  held: WindowIds,
): { readonly actions: readonly SyncAction[]; readonly isMade: boolean } {
  const { scope, session, count, salt, bloomRate } = round;
  const made = count === 0 ? null : filterWindow(held, { salt: salt(), rate: bloomRate });
  const frames = cutFilter({
    scope,
    session,
    count,
    window: made?.window ?? held.window,
    filter: made?.filter ?? null,
  });
  for (const { piece } of frames) round.charge(piece.length);
  return { actions: frames.map((frame) => sendNow(frame)), isMade: made !== null };
}
