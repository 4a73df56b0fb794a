/** The rung of ranges: messages of spec/sync-ranges in frames, to and fro until the initiator has no more to ask. spec/sync SY28, SY29, SY32. */
import { CoreError } from "../crypto/errors.ts";
import { sha256 } from "../crypto/hash.ts";
import type { EventId } from "../ids.ts";
import type { SyncFrame } from "./frames.ts";
import { RANGES_MESSAGE_BYTES_MAX, WANT_IDS_MAX } from "./limits.ts";
import { unpackIds } from "./packed.ts";
import { createReconciler } from "./rbsr/index.ts";
import type { RangeSet, Reconciled, Reconciler } from "./rbsr/index.ts";
import { failed, goOn, sendEvents, sendNow } from "./round.ts";
import type { Round, RoundStep, RungAnswerer, RungAsker } from "./round.ts";
import type { SyncAction } from "./session-types.ts";

const TOO_MANY = "more messages of ranges than a session may have";
const NO_MESSAGE = "a message of ranges that is none";

export function createRangeAsker(round: Round): RungAsker {
  const { scope, session } = round;
  const reconciler = createFramedReconciler(round.source.rangeSet(scope));
  /** What the peer lacks goes all together, in order of arrival: ranges come in no such order. */
  const have: EventId[] = [];
  let found = 0;
  let isFirst = true;
  const frameOf = (message: Uint8Array): SyncFrame => ({ type: "syncRanges", scope, session, message });

  function take(message: Uint8Array): RoundStep {
    if (!round.chargeMessage(message.length)) return failed("SYNC_METADATA", TOO_MANY, false);
    if (isFirst && !round.advance(sha256(round.root, message))) return { to: "rung", actions: [] };
    isFirst = false;
    const step = reconcileStep(reconciler, message);
    if (step === null) return failed("SYNC_RANGES", NO_MESSAGE, true);
    const need = unpackIds(step.need, step.need.length);
    for (const id of unpackIds(step.have, step.have.length)) have.push(id);
    found += step.have.length + need.length;
    const asks = wantEvents(round, need);
    if (step.reply !== null) return goOn(...asks, sendNow(frameOf(step.reply)));
    if (found === 0) return { to: "rung", actions: [] };
    return { to: "listed", actions: [...asks, ...sendEvents(round, have)] };
  }

  return {
    first: [frameOf(reconciler.initiate())],
    receive: (frame) => (frame.type === "syncRanges" ? take(frame.message) : null),
  };
}

export function createRangeAnswerer(round: Round): RungAnswerer {
  const { scope, session } = round;
  const reconciler = createFramedReconciler(round.source.rangeSet(scope));

  function answer(question: Uint8Array): RoundStep {
    if (!round.chargeMessage(question.length)) return failed("SYNC_METADATA", TOO_MANY, true);
    const step = reconcileStep(reconciler, question);
    if (step === null || step.reply === null) return failed("SYNC_RANGES", NO_MESSAGE, true);
    return goOn(sendNow({ type: "syncRanges", scope, session, message: step.reply }));
  }

  return {
    isOpen: false,
    open: () => goOn(),
    receive: (frame) => (frame.type === "syncRanges" ? answer(frame.message) : null),
  };
}

/** In frames of one WANT each. */
export function wantEvents({ scope }: Round, ids: readonly EventId[]): SyncAction[] {
  const actions: SyncAction[] = [];
  for (let at = 0; at < ids.length; at += WANT_IDS_MAX)
    actions.push({ do: "want", scope, ids: ids.slice(at, at + WANT_IDS_MAX) });
  return actions;
}

/** null for a message that breaks its rules. */
function reconcileStep(reconciler: Reconciler, message: Uint8Array): Reconciled | null {
  try {
    return reconciler.reconcile(message);
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

/** Between two nodes: each message in a frame of its own. */
function createFramedReconciler(set: RangeSet): Reconciler {
  return createReconciler({
    set,
    frameBytesMax: RANGES_MESSAGE_BYTES_MAX,
    receivedBytesMax: RANGES_MESSAGE_BYTES_MAX,
  });
}
