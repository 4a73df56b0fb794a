/** The rung of cells: the responder's cells, more of them until the initiator has the difference. spec/sync SY25-SY28, SY31. */
import { equalBytes } from "../crypto/bytes.ts";
import { CoreError } from "../crypto/errors.ts";
import { sha256 } from "../crypto/hash.ts";
import type { SyncFrame } from "./frames.ts";
import {
  CELL_BYTES,
  CELL_STAGES,
  CELL_STEP_SHARE,
  CELLS_DIFFERENCE_MAX,
  CELLS_MAX,
  CELLS_TELLING,
} from "./limits.ts";
import { createCellDecoder } from "./riblt/cell-decoder.ts";
import type { CellDecoder, CellDecodeResult } from "./riblt/cell-decoder.ts";
import { failed, goOn, sendAll, sendEvents, sendNow } from "./round.ts";
import type { Round, RoundStep, RungAnswerer, RungAsker } from "./round.ts";
import type { SyncAction } from "./session-types.ts";

const NO_CELLS = new Uint8Array(0);
const NEXT_RUNG: RoundStep = { to: "rung", actions: [] };

export function createCellAsker(round: Round): RungAsker {
  const { scope, session, source, day } = round;
  let decoder: CellDecoder | null = null;
  let own: Uint8Array = NO_CELLS;
  let seen = 0;

  function take(frame: Extract<SyncFrame, { type: "syncCells" }>): RoundStep {
    const { cells } = frame;
    if (!round.charge(cells.length))
      return failed("SYNC_METADATA", "more cells than a session may carry", true);
    if (frame.from !== seen) return failed("SYNC_ORDER", `cells from ${frame.from}, not ${seen}`, true);
    if (decoder === null) {
      const hasNone = frame.count === 0;
      if (!round.advance(sha256(round.root, Uint8Array.of(hasNone ? 0 : 1), cells))) return NEXT_RUNG;
      if (hasNone) return { to: "round", actions: [{ do: "sendAll", scope }] };
      if (cells.length === 0) return NEXT_RUNG;
      const { key, cells: ours } = source.cells(scope, day);
      own = ours;
      const lookup = (shorts: Parameters<typeof source.byShortId>[2]) => source.byShortId(scope, day, shorts);
      decoder = createCellDecoder({ key, own, lookup });
    }
    if (cells.length === 0) return failed("SYNC_CELLS", "no cells", true);
    seen += cells.length / CELL_BYTES;
    return judge(takeCells(decoder, cells), cells);
  }

  function judge(result: CellDecodeResult | null, cells: Uint8Array): RoundStep {
    switch (result?.state) {
      case undefined:
        return failed("SYNC_CELLS", "bytes that are no cells", true);
      case "more":
        if (isHopeless(own, cells, seen)) return NEXT_RUNG;
        return goOn(sendNow({ type: "syncCellsWant", scope, session, to: nextCells(result.received) }));
      case "overfull":
      case "failed":
        return NEXT_RUNG;
      case "done": {
        const { onlyTheirs, onlyOurs } = result;
        if (onlyTheirs.length + onlyOurs.length === 0) return NEXT_RUNG;
        const asks =
          onlyTheirs.length === 0 ? [] : [sendNow({ type: "syncWant", scope, session, shorts: onlyTheirs })];
        return { to: "listed", actions: [...asks, ...sendEvents(round, onlyOurs)] };
      }
      default:
        return result satisfies never;
    }
  }

  return { first: [], receive: (frame) => (frame.type === "syncCells" ? take(frame) : null) };
}

export function createCellAnswerer(round: Round): RungAnswerer {
  const { scope, session, source, day, count } = round;
  let own: Uint8Array = NO_CELLS;
  let sent = 0;

  function send(to: number): SyncAction {
    const from = sent;
    sent = to;
    const cells = own.subarray(from * CELL_BYTES, to * CELL_BYTES);
    round.charge(cells.length);
    return sendNow({ type: "syncCells", scope, session, from, count, cells });
  }

  return {
    isOpen: false,
    open(theirCount) {
      if (theirCount === 0) return sendAll(round);
      if (count === 0 || Math.abs(count - theirCount) > CELLS_DIFFERENCE_MAX) return goOn(send(0));
      own = source.cells(scope, day).cells;
      return goOn(send(CELL_STAGES[0]));
    },
    receive(frame) {
      if (own.length === 0) return null;
      if (frame.type === "syncCellsWant") {
        const { to } = frame;
        if (to <= sent || to > CELLS_MAX) return failed("SYNC_ORDER", `cells ${sent} to ${to}`, true);
        return goOn(send(to));
      }
      if (frame.type !== "syncWant") return null;
      if (!round.charge(frame.shorts.length * 8))
        return failed("SYNC_METADATA", "more short ids than a session may", true);
      return goOn(...sendEvents(round, new Set(source.byShortId(scope, day, frame.shorts).values())));
    },
  };
}

/** null for bytes that are no cells. */
function takeCells(decoder: CellDecoder, cells: Uint8Array): CellDecodeResult | null {
  try {
    return decoder.take(cells);
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

/** Cells after which it is tried again: the stages where little is known, then in steps, so that few are too many. */
function nextCells(received: number): number {
  const stage = CELL_STAGES.find((cells) => cells > received);
  if (stage !== undefined && stage < CELLS_MAX) return stage;
  return Math.min(CELLS_MAX, Math.ceil(received * (1 + CELL_STEP_SHARE)));
}

/** At the third stage: no cell of the last ones is the same on both sides, for the difference is too great. */
function isHopeless(own: Uint8Array, theirs: Uint8Array, received: number): boolean {
  if (received !== CELL_STAGES[2]) return false;
  const tail = CELLS_TELLING * CELL_BYTES;
  const ours = own.subarray(received * CELL_BYTES - tail, received * CELL_BYTES);
  const peers = theirs.subarray(theirs.length - tail);
  for (let at = 0; at < tail; at += CELL_BYTES) {
    if (equalBytes(ours.subarray(at, at + CELL_BYTES), peers.subarray(at, at + CELL_BYTES))) return false;
  }
  return true;
}
