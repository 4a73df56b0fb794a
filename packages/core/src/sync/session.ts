/**
 * One reconciliation of one scope with one peer, in rounds until the roots agree. A round finds the difference by
 * one rung of the ladder (cells, ranges, lists of buckets, or filters where they are chosen); one that finds nothing
 * is followed by the next rung. A pure state machine: frames in, actions out. Owns rounds, budgets, progress and
 * their end; what a rung sends and reads is in its own file. Refuses to know events, keys or membership. spec/sync SY10-SY42.
 */
import { equalBytes } from "../crypto/bytes.ts";
import { coreError } from "../crypto/errors.ts";
import { sha256 } from "../crypto/hash.ts";
import type { Priority } from "../ports/index.ts";
import { createBloomAnswerer, createBloomAsker } from "./bloom-rung.ts";
import { createBloomWalk } from "./bloom/bloom-windows.ts";
import { createBucketAnswerer, createBucketAsker } from "./bucket-rung.ts";
import { createCellAnswerer, createCellAsker } from "./cell-rung.ts";
import type { SyncDoneState, SyncFrame, SyncRung } from "./frames.ts";
import { BLOOM_RATE, RANGES_MESSAGES_MAX, SYNC_METADATA_BYTES_MAX, SYNC_ROUNDS_MAX } from "./limits.ts";
import { createRangeAnswerer, createRangeAsker } from "./range-rung.ts";
import type { Round, RoundStep, RungAnswerer, RungAsker } from "./round.ts";
import type { SyncAction, SyncFailure, SyncSession, SyncSessionOptions } from "./session-types.ts";

/**
 * Initiator: idle -> asked (root sent) -> finding (frames of the rung go to and fro) -> listed (waits for "sent") ->
 * settling -> asked ... Responder: idle -> ready (answers the round's rung) -> settling (a new root waits for the
 * pipeline) -> ready ... Both: over.
 */
type State = "idle" | "asked" | "finding" | "listed" | "ready" | "settling" | "over";

type RootFrame = Extract<SyncFrame, { type: "syncRoot" }>;

/** Bytes of a frame's fixed fields, charged with each list so that empty pages are not free. */
const PAGE_BYTES = 64;
const RUNGS: readonly SyncRung[] = ["cells", "ranges", "buckets"];

const askers: Readonly<Record<SyncRung, (round: Round) => RungAsker>> = {
  cells: createCellAsker,
  ranges: createRangeAsker,
  buckets: createBucketAsker,
  bloom: createBloomAsker,
};
const answerers: Readonly<Record<SyncRung, (round: Round) => RungAnswerer>> = {
  cells: createCellAnswerer,
  ranges: createRangeAnswerer,
  buckets: createBucketAnswerer,
  bloom: createBloomAnswerer,
};

export function createSyncSession(options: SyncSessionOptions): SyncSession {
  const { scope, session, role, source, rungs = RUNGS, answers, salt, bloomRate = BLOOM_RATE } = options;
  const walk = createBloomWalk();
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
  let count = 0;
  // Of the round, each on its side.
  let asker: RungAsker | null = null;
  let answerer: RungAnswerer | null = null;
  /** Of the round that waits for the pipeline; the first message of ranges comes right behind its root. */
  let waitingRoot: RootFrame | null = null;
  let waitingQuestion: SyncFrame | null = null;

  function send(frame: SyncFrame, priority: Priority): SyncAction {
    return { do: "send", frame, priority };
  }

  function done(doneState: SyncDoneState, priority: Priority): SyncAction {
    return send({ type: "syncDone", scope, session, state: doneState }, priority);
  }

  function forgetRound(): void {
    asker = null;
    answerer = null;
  }

  function fail(code: SyncFailure, detail: string, fault: boolean): SyncAction[] {
    state = "over";
    forgetRound();
    const failed: SyncAction = { do: "failed", scope, code, detail, fault, progress };
    return code === "SYNC_ENDED" ? [failed] : [done("ended", "control"), failed];
  }

  function unexpected(what: string): SyncAction[] {
    return fail("SYNC_UNEXPECTED", `${what} while ${state}`, true);
  }

  function agree(): SyncAction {
    state = "over";
    forgetRound();
    return { do: "agreed", scope, root };
  }

  /** False when neither side's set has changed since the round before. */
  function advance(view: Uint8Array): boolean {
    const moved = roundBefore === null || !equalBytes(roundBefore, view);
    if (roundBefore !== null && moved) progress = true;
    roundBefore = view;
    return moved;
  }

  /** True when the budget holds these bytes as well. */
  function charge(bytes: number): boolean {
    metadataBytes += PAGE_BYTES + bytes;
    return metadataBytes <= SYNC_METADATA_BYTES_MAX;
  }

  function beginRound(day: number): Round {
    rounds += 1;
    forgetRound();
    count = source.count(scope);
    return {
      scope,
      session,
      source,
      root,
      count,
      day,
      walk,
      salt,
      bloomRate,
      charge,
      affords: (lists, bytes) => metadataBytes + lists * PAGE_BYTES + bytes <= SYNC_METADATA_BYTES_MAX,
      chargeMessage(bytes) {
        rangesMessages += 1;
        return charge(bytes) && rangesMessages <= RANGES_MESSAGES_MAX;
      },
      advance,
      leaveOut() {
        skipped = true;
      },
    };
  }

  function follow(step: RoundStep | null, frame: SyncFrame): SyncAction[] {
    if (step === null) return unexpected(frame.type);
    switch (step.to) {
      case "on":
        return [...step.actions];
      case "listed":
        state = "listed";
        return [...step.actions, done("listed", "control")];
      case "round":
        return [...step.actions, ...ask()];
      case "rung":
        return [...step.actions, ...climb()];
      case "failed":
        return fail(step.code, step.detail, step.fault);
      default:
        return step satisfies never;
    }
  }

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
    root = source.root(scope);
    rung = rungs[rungAt] ?? "buckets";
    if (rung === "bloom") {
      walk.begin(root);
      if (walk.isSpent) return climb();
    }
    const priority = rounds === 0 ? "control" : "bulk";
    state = "asked";
    const { day } = options;
    const round = beginRound(day);
    asker = askers[rung](round);
    return [
      send({ type: "syncRoot", scope, session, root, rung, count, day }, priority),
      ...asker.first.map((frame) => send(frame, priority)),
    ];
  }

  /** This rung finds nothing more: the next one looks at the same sets. */
  function climb(): SyncAction[] {
    rungAt += 1;
    roundBefore = null;
    if (rungAt < rungs.length) return ask();
    return fail("SYNC_NO_PROGRESS", "a whole round changed neither side's set", false);
  }

  function receiveAnswer(frame: SyncFrame): SyncAction[] {
    if (asker === null || (state !== "asked" && state !== "finding")) return unexpected(frame.type);
    state = "finding";
    return follow(asker.receive(frame), frame);
  }

  // Responder

  function answerRoot(frame: RootFrame): SyncAction[] {
    if (rounds === SYNC_ROUNDS_MAX)
      return fail("SYNC_ROUNDS", `a peer asked for more than ${rounds} rounds`, true);
    root = source.root(scope);
    const round = beginRound(frame.day);
    if (equalBytes(root, frame.root)) return [done("agreed", "bulk"), agree()];
    if (answers?.includes(frame.rung) === false)
      return fail("SYNC_RUNG", `not answered by ${frame.rung}`, false);
    const view = sha256(root, frame.root, Uint8Array.of(RUNGS.indexOf(frame.rung)));
    const moved = advance(view);
    walk.begin(view);
    // Filters may hide all that is left of a window, and other windows come: their rounds have a measure of their own.
    if (frame.rung === "bloom" ? walk.isSpent : !moved)
      return fail("SYNC_NO_PROGRESS", "a whole round changed neither side's set", false);
    state = "ready";
    rung = frame.rung;
    answerer = answerers[rung](round);
    return follow(answerer.open(frame.count), frame);
  }

  function receiveRoot(frame: RootFrame): SyncAction[] {
    if (role === "initiator" || answerer?.isOpen === true) return unexpected(frame.type);
    if (state === "idle") return answerRoot(frame);
    if (state !== "ready") return unexpected(frame.type);
    // The events it sent us come first: judged before they are stored, the round would seem futile.
    state = "settling";
    waitingRoot = frame;
    return [{ do: "settle", scope, session }];
  }

  function receiveQuestion(frame: SyncFrame): SyncAction[] {
    if (state === "settling" && waitingRoot?.rung === "ranges" && frame.type === "syncRanges") {
      waitingQuestion = frame;
      return [];
    }
    if (answerer === null || state !== "ready") return unexpected(frame.type);
    return follow(answerer.receive(frame), frame);
  }

  // Both

  function receiveDone(doneState: SyncDoneState): SyncAction[] {
    if (doneState === "ended") return fail("SYNC_ENDED", "the peer ended the session", false);
    if (doneState === "agreed" && state === "asked") return [agree()];
    const all = state === "asked" && (rung === "cells" || rung === "bloom") && count === 0;
    if (doneState === "sent" && (state === "listed" || all)) {
      if (all && !advance(root)) return climb();
      state = "settling";
      return [{ do: "settle", scope, session }];
    }
    if (doneState === "listed" && state === "ready" && answerer?.isOpen !== true)
      return [done("sent", "bulk")];
    return unexpected(`"${doneState}"`);
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
      if (frame.type === "syncRoot") return receiveRoot(frame);
      if (frame.type === "syncDone") return receiveDone(frame.state);
      return role === "initiator" ? receiveAnswer(frame) : receiveQuestion(frame);
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
      return question === null || answerer === null ? actions : [...actions, ...receiveQuestion(question)];
    },
    cancel() {
      if (state === "over") return [];
      state = "over";
      forgetRound();
      return [done("ended", "control")];
    },
  };
}
