/**
 * One reconciliation of one scope with one peer, in rounds until the roots agree. A round finds the difference by
 * one rung of the ladder (cells, ranges, lists of buckets); one that finds nothing is followed by the next rung,
 * the last of which is complete. A pure state machine: frames in, actions out. Owns order, bounds and progress;
 * refuses to know events, keys or membership. spec/sync SY10-SY34.
 */
import { equalBytes } from "../crypto/bytes.ts";
import { coreError } from "../crypto/errors.ts";
import { sha256 } from "../crypto/hash.ts";
import type { EventId, ShortId } from "../ids.ts";
import type { Priority } from "../ports/index.ts";
import { createBucketComparer, createBucketLister } from "./bucket-rung.ts";
import type { BucketComparer, BucketLister, RungContext } from "./bucket-rung.ts";
import type { BucketRoot, SyncDoneState, SyncFrame, SyncRung } from "./frames.ts";
import {
  CELL_BYTES,
  CELL_STAGES,
  CELLS_DIFFERENCE_MAX,
  CELLS_MAX,
  RANGES_MESSAGES_MAX,
  SYNC_BUCKETS_MAX,
  SYNC_METADATA_BYTES_MAX,
  SYNC_ROUNDS_MAX,
  WANT_IDS_MAX,
} from "./limits.ts";
import { packBuckets, unpackIds } from "./packed.ts";
import type { Reconciler } from "./rbsr/index.ts";
import { createCellDecoder } from "./riblt/cell-decoder.ts";
import type { CellDecoder } from "./riblt/cell-decoder.ts";
import { createFramedReconciler, isHopeless, nextCells, reconcileStep, takeCells } from "./rung-steps.ts";
import type { SyncAction, SyncFailure, SyncSession, SyncSessionOptions } from "./session-types.ts";

/**
 * Initiator: idle -> asked (root sent) -> finding (cells, ranges or bucket pages go to and fro) -> listed (waits
 * for "sent") -> settling -> asked ... Responder: idle -> ready (answers the round's rung) -> settling (a new
 * root waits for the pipeline) -> ready ... Both: over.
 */
type State = "idle" | "asked" | "finding" | "listed" | "ready" | "settling" | "over";

type RootFrame = Extract<SyncFrame, { type: "syncRoot" }>;

/** Bytes of a frame's fixed fields, charged with each list so that empty pages are not free. */
const PAGE_BYTES = 64;
const NO_CELLS = new Uint8Array(0);
const ALL_RUNGS: readonly SyncRung[] = ["cells", "ranges", "buckets"];
const ID_BYTES = 32;

export function createSyncSession(options: SyncSessionOptions): SyncSession {
  const { scope, session, role, source, rungs = ALL_RUNGS } = options;
  let state: State = "idle";
  let rounds = 0;
  let metadataBytes = 0;
  let rangesMessages = 0;
  let progress = false;
  let root: Uint8Array = new Uint8Array(32);
  /** What both sides held in the round before, as far as this rung shows it: one of them must change in each round. */
  let roundBefore: Uint8Array | null = null;
  let skipped = false;
  let rung: SyncRung = rungs[0] ?? "buckets";
  let rungAt = 0;
  let day = options.day;
  let count = 0;
  // Of the round's rung, on either side.
  let lister: BucketLister | null = null;
  let comparer: BucketComparer | null = null;
  let peerDigest: Uint8Array = new Uint8Array(0);
  let decoder: CellDecoder | null = null;
  let ownCells: Uint8Array = NO_CELLS;
  let cellsSeen = 0;
  let reconciler: Reconciler | null = null;
  /** Ids by ranges: what the peer lacks goes all together, in order of arrival; ranges come in no such order. */
  let have: EventId[] = [];
  let found = 0;
  /** Of the round that waits for the pipeline; the first message of ranges comes right behind its root. */
  let waitingRoot: RootFrame | null = null;
  let waitingQuestion: Uint8Array | null = null;

  function send(frame: SyncFrame, priority: Priority): SyncAction {
    return { do: "send", frame, priority };
  }

  function done(doneState: SyncDoneState, priority: Priority): SyncAction {
    return send({ type: "syncDone", scope, session, state: doneState }, priority);
  }

  function sendEvents(ids: readonly EventId[]): SyncAction[] {
    return ids.length === 0 ? [] : [{ do: "sendEvents", scope, ids }];
  }

  function wants(ids: readonly EventId[]): SyncAction[] {
    const actions: SyncAction[] = [];
    for (let at = 0; at < ids.length; at += WANT_IDS_MAX)
      actions.push({ do: "want", scope, ids: ids.slice(at, at + WANT_IDS_MAX) });
    return actions;
  }

  function forgetRound(): void {
    lister = null;
    comparer = null;
    decoder = null;
    ownCells = NO_CELLS;
    cellsSeen = 0;
    reconciler = null;
    have = [];
    found = 0;
  }

  function fail(code: SyncFailure, detail: string, fault: boolean): SyncAction[] {
    state = "over";
    forgetRound();
    const failed: SyncAction = { do: "failed", scope, code, detail, fault, progress };
    return code === "SYNC_ENDED" ? [failed] : [done("ended", "control"), failed];
  }

  function agree(): SyncAction {
    state = "over";
    forgetRound();
    return { do: "agreed", scope, root };
  }

  function affords(lists: number, bytes: number): boolean {
    return metadataBytes + lists * PAGE_BYTES + bytes <= SYNC_METADATA_BYTES_MAX;
  }

  /** True when the budget holds these bytes as well. */
  function charge(bytes: number): boolean {
    metadataBytes += PAGE_BYTES + bytes;
    return metadataBytes <= SYNC_METADATA_BYTES_MAX;
  }

  /** False when neither side's set has changed since the round before. */
  function advance(view: Uint8Array): boolean {
    const moved = roundBefore === null || !equalBytes(roundBefore, view);
    if (roundBefore !== null && moved) progress = true;
    roundBefore = view;
    return moved;
  }

  const context: RungContext = { scope, session, source, charge, affords };

  // Initiator

  function ask(): SyncAction[] {
    if (skipped)
      return fail(
        "SYNC_METADATA",
        "the differing buckets list more ids than one session may; start another",
        false,
      );
    if (rounds === SYNC_ROUNDS_MAX)
      return fail("SYNC_ROUNDS", `the roots still differ after ${rounds} rounds`, false);
    const priority = rounds === 0 ? "control" : "bulk";
    rounds += 1;
    state = "asked";
    forgetRound();
    root = source.root(scope);
    count = source.count(scope);
    rung = rungs[rungAt] ?? "buckets";
    peerDigest = root;
    const asked = send({ type: "syncRoot", scope, session, root, rung, count, day }, priority);
    if (rung !== "ranges") return [asked];
    reconciler = createFramedReconciler(source.rangeSet(scope));
    const message = reconciler.initiate();
    return [asked, send({ type: "syncRanges", scope, session, message }, priority)];
  }

  /** This rung finds nothing more: the next one looks at the same sets. */
  function climb(): SyncAction[] {
    rungAt += 1;
    roundBefore = null;
    if (rungAt < rungs.length) return ask();
    return fail("SYNC_NO_PROGRESS", "a whole round changed neither side's set", false);
  }

  function listed(actions: SyncAction[]): SyncAction[] {
    state = "listed";
    return [...actions, done("listed", "control")];
  }

  function receiveCells(frame: Extract<SyncFrame, { type: "syncCells" }>): SyncAction[] {
    const { cells } = frame;
    if (!charge(cells.length)) return fail("SYNC_METADATA", "more cells than a session may carry", true);
    if (frame.from !== cellsSeen)
      return fail("SYNC_ORDER", `cells from ${frame.from}, not ${cellsSeen}`, true);
    if (state === "asked") {
      if (!advance(sha256(root, Uint8Array.of(frame.count === 0 ? 0 : 1), cells))) return climb();
      if (frame.count === 0) return [{ do: "sendAll", scope }, ...ask()];
      if (cells.length === 0) return climb();
      state = "finding";
      const own = source.cells(scope, day);
      ownCells = own.cells;
      decoder = createCellDecoder({
        key: own.key,
        own: own.cells,
        lookup: (shorts) => source.byShortId(scope, day, shorts),
      });
    }
    if (decoder === null || cells.length === 0) return fail("SYNC_CELLS", "no cells", true);
    cellsSeen += cells.length / CELL_BYTES;
    const result = takeCells(decoder, cells);
    switch (result?.state) {
      case undefined:
        return fail("SYNC_CELLS", "bytes that are no cells", true);
      case "more":
        if (isHopeless(ownCells, cells, cellsSeen)) return climb();
        return [send({ type: "syncCellsWant", scope, session, to: nextCells(result.received) }, "control")];
      case "overfull":
      case "failed":
        return climb();
      case "done": {
        const { onlyTheirs, onlyOurs } = result;
        if (onlyTheirs.length + onlyOurs.length === 0) return climb();
        const asks: SyncAction[] =
          onlyTheirs.length === 0
            ? []
            : [send({ type: "syncWant", scope, session, shorts: onlyTheirs }, "control")];
        return listed([...asks, ...sendEvents(onlyOurs)]);
      }
      default:
        return result satisfies never;
    }
  }

  function receiveBuckets(buckets: readonly BucketRoot[], last: boolean): SyncAction[] {
    const packed = packBuckets(buckets, SYNC_BUCKETS_MAX);
    if (!charge(packed.length))
      return fail("SYNC_METADATA", "the peer's bucket list is longer than a session may be", true);
    if (!last && buckets.length === 0) return fail("SYNC_ORDER", "an empty page that is not the last", true);
    state = "finding";
    lister ??= createBucketLister(context);
    peerDigest = sha256(peerDigest, packed);
    const out = lister.take(buckets, last);
    if (out === null) return fail("SYNC_ORDER", "buckets that do not ascend", true);
    const actions = out.map((each): SyncAction =>
      each.kind === "send" ? send(each.frame, "control") : { do: "sendEvents", scope, ids: each.ids },
    );
    if (!last) return actions;
    if (!advance(peerDigest)) return [...actions.filter((action) => action.do !== "send"), ...climb()];
    skipped ||= lister.skipped;
    // Only we held more: the peer answers the next root after it has stored what we send.
    return lister.lists === 0 ? [...actions, ...ask()] : listed(actions);
  }

  function receiveRangesReply(message: Uint8Array): SyncAction[] {
    if (reconciler === null) return unexpected("syncRanges");
    if (state === "asked" && !advance(sha256(root, message))) return climb();
    state = "finding";
    const step = reconcileStep(reconciler, message);
    if (step === null) return fail("SYNC_RANGES", "a message of ranges that is none", true);
    const need = unpackIds(step.need, step.need.length);
    for (const id of unpackIds(step.have, step.have.length)) have.push(id);
    found += step.have.length + need.length;
    const asks = wants(need);
    if (step.reply !== null)
      return [...asks, send({ type: "syncRanges", scope, session, message: step.reply }, "control")];
    return found === 0 ? climb() : listed([...asks, ...sendEvents(have)]);
  }

  // Responder

  function answerRoot(frame: RootFrame): SyncAction[] {
    if (rounds === SYNC_ROUNDS_MAX)
      return fail("SYNC_ROUNDS", `a peer asked for more than ${rounds} rounds`, true);
    rounds += 1;
    forgetRound();
    root = source.root(scope);
    if (equalBytes(root, frame.root)) return [done("agreed", "bulk"), agree()];
    if (!advance(sha256(root, frame.root, Uint8Array.of(ALL_RUNGS.indexOf(frame.rung)))))
      return fail("SYNC_NO_PROGRESS", "a whole round changed neither side's set", false);
    state = "ready";
    rung = frame.rung;
    day = frame.day;
    count = source.count(scope);
    switch (rung) {
      case "cells":
        return answerCells(frame.count);
      case "ranges":
        reconciler = createFramedReconciler(source.rangeSet(scope));
        return [];
      case "buckets":
        comparer = createBucketComparer(context);
        return answerBuckets();
      default:
        return rung satisfies never;
    }
  }

  function answerCells(theirCount: number): SyncAction[] {
    // Who holds nothing needs no search: all of it goes.
    if (theirCount === 0) return [{ do: "sendAll", scope }, done("sent", "bulk")];
    if (count === 0 || Math.abs(count - theirCount) > CELLS_DIFFERENCE_MAX) return [sendCells(0)];
    ownCells = source.cells(scope, day).cells;
    return [sendCells(CELL_STAGES[0])];
  }

  function sendCells(to: number): SyncAction {
    const from = cellsSeen;
    cellsSeen = to;
    const cells = ownCells.subarray(from * CELL_BYTES, to * CELL_BYTES);
    charge(cells.length);
    return send({ type: "syncCells", scope, session, from, count, cells }, "control");
  }

  function answerBuckets(): SyncAction[] {
    const buckets = source.bucketRoots(scope);
    const actions: SyncAction[] = [];
    for (let at = 0; at === 0 || at < buckets.length; at += SYNC_BUCKETS_MAX) {
      const page = buckets.slice(at, at + SYNC_BUCKETS_MAX);
      if (!charge(page.length * 36))
        return fail("SYNC_METADATA", "our bucket list is longer than a session may be", false);
      const last = at + SYNC_BUCKETS_MAX >= buckets.length;
      actions.push(send({ type: "syncBuckets", scope, session, buckets: page, last }, "control"));
    }
    return actions;
  }

  function receiveIds(bucket: number, ids: readonly EventId[], last: boolean): SyncAction[] {
    if (comparer === null) return unexpected("syncIds");
    if (!charge(ids.length * ID_BYTES))
      return fail("SYNC_METADATA", "the peer lists more ids than a session may", true);
    const result = comparer.take(bucket, ids, last);
    if (typeof result === "string") return fail("SYNC_ORDER", result, true);
    return [...wants(result.weLack), ...sendEvents(result.theyLack)];
  }

  function receiveCellsWant(to: number): SyncAction[] {
    if (ownCells.length === 0) return unexpected("syncCellsWant");
    if (to <= cellsSeen || to > CELLS_MAX) return fail("SYNC_ORDER", `cells ${cellsSeen} to ${to}`, true);
    return [sendCells(to)];
  }

  function receiveShorts(shorts: readonly ShortId[]): SyncAction[] {
    if (ownCells.length === 0) return unexpected("syncWant");
    if (!charge(shorts.length * 8)) return fail("SYNC_METADATA", "more short ids than a session may", true);
    return sendEvents([...new Set(source.byShortId(scope, day, shorts).values())]);
  }

  function receiveRangesQuestion(message: Uint8Array): SyncAction[] {
    if (reconciler === null) return unexpected("syncRanges");
    const step = reconcileStep(reconciler, message);
    if (step === null || step.reply === null)
      return fail("SYNC_RANGES", "a message of ranges that is none", true);
    return [send({ type: "syncRanges", scope, session, message: step.reply }, "control")];
  }

  // Both

  function receiveRanges(message: Uint8Array): SyncAction[] {
    rangesMessages += 1;
    if (!charge(message.length) || rangesMessages > RANGES_MESSAGES_MAX)
      return fail("SYNC_METADATA", "more messages of ranges than a session may have", role === "responder");
    if (role === "initiator") {
      return state === "asked" || state === "finding"
        ? receiveRangesReply(message)
        : unexpected("syncRanges");
    }
    return state === "ready" ? receiveRangesQuestion(message) : unexpected("syncRanges");
  }

  function receiveDone(doneState: SyncDoneState): SyncAction[] {
    if (doneState === "ended") return fail("SYNC_ENDED", "the peer ended the session", false);
    if (doneState === "agreed" && state === "asked") return [agree()];
    const all = state === "asked" && rung === "cells" && count === 0;
    if (doneState === "sent" && (state === "listed" || all)) {
      if (all && !advance(root)) return climb();
      state = "settling";
      return [{ do: "settle", scope, session }];
    }
    if (doneState === "listed" && state === "ready" && comparer?.isOpen !== true)
      return [done("sent", "bulk")];
    return unexpected(`"${doneState}"`);
  }

  function unexpected(what: string): SyncAction[] {
    return fail("SYNC_UNEXPECTED", `${what} while ${state}`, true);
  }

  return {
    scope,
    session,
    role,
    get over() {
      return state === "over";
    },
    start() {
      if (role !== "initiator" || state !== "idle") {
        throw coreError("SYNC_STATE", `a ${role} that is ${state} cannot start; make a new session`);
      }
      return ask();
    },
    receive(frame) {
      // Frames cross the end of a session on the wire: they mean nothing any more.
      if (state === "over" || frame.session !== session) return [];
      if (frame.scope !== scope)
        return fail("SYNC_SCOPE", "a frame of this session names another scope", true);
      const isFinding = state === "asked" || state === "finding";
      switch (frame.type) {
        case "syncRoot":
          if (role !== "responder" || comparer?.isOpen === true) break;
          if (state === "idle") return answerRoot(frame);
          if (state !== "ready") break;
          // The events it sent us come first: judged before they are stored, the round would seem futile.
          state = "settling";
          waitingRoot = frame;
          return [{ do: "settle", scope, session }];
        case "syncBuckets":
          if (role === "initiator" && isFinding && rung === "buckets")
            return receiveBuckets(frame.buckets, frame.last);
          break;
        case "syncIds":
          if (state === "ready") return receiveIds(frame.bucket, frame.ids, frame.last);
          break;
        case "syncCells":
          if (role === "initiator" && isFinding && rung === "cells") return receiveCells(frame);
          break;
        case "syncCellsWant":
          if (state === "ready") return receiveCellsWant(frame.to);
          break;
        case "syncWant":
          if (state === "ready") return receiveShorts(frame.shorts);
          break;
        case "syncRanges":
          if (state === "settling" && waitingRoot?.rung === "ranges") {
            waitingQuestion = frame.message;
            return [];
          }
          return receiveRanges(frame.message);
        case "syncDone":
          return receiveDone(frame.state);
        default:
          frame satisfies never;
      }
      return unexpected(frame.type);
    },
    settled() {
      if (state !== "settling") return [];
      if (role === "initiator") return ask();
      const theirs = waitingRoot;
      const question = waitingQuestion;
      waitingRoot = null;
      waitingQuestion = null;
      if (theirs === null) return [];
      const actions = answerRoot(theirs);
      // Over, if the roots agree by now: then the question is void with it.
      return question === null || reconciler === null ? actions : [...actions, ...receiveRanges(question)];
    },
    cancel() {
      if (state === "over") return [];
      state = "over";
      forgetRound();
      return [done("ended", "control")];
    },
  };
}
