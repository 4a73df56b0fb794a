/**
 * One reconciliation of one scope with one peer: roots, then roots of buckets, then id lists of the
 * differing buckets, then events, in rounds until the roots agree. A pure state machine: frames in,
 * actions out. Owns order, bounds and progress; refuses to know events, keys or membership. spec/sync SY10-SY24.
 */
import { coreError } from "../crypto/errors.ts";
import { equalBytes } from "../crypto/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import type { EventId, ScopeId } from "../ids.ts";
import type { Priority } from "../ports/index.ts";
import { createBucketDiff } from "./bucket-diff.ts";
import type { BucketDiff } from "./bucket-diff.ts";
import type { BucketRoot, SyncDoneState, SyncFrame } from "./frames.ts";
import {
  SYNC_BUCKETS_MAX,
  SYNC_IDS_MAX,
  SYNC_METADATA_BYTES_MAX,
  SYNC_ROUNDS_MAX,
  WANT_IDS_MAX,
} from "./limits.ts";
import { packBuckets } from "./packed.ts";
import type { RootIndex, RootReader } from "./roots.ts";

/** What a session reads. Both answers are taken as they are at that moment; appends in between do no harm. */
export interface SyncSource {
  root: RootIndex["root"];
  bucketRoots: RootIndex["bucketRoots"];
  idsInBucket: RootReader["idsInBucket"];
}

export type SyncFailure =
  | "SYNC_NO_PROGRESS"
  | "SYNC_ROUNDS"
  | "SYNC_METADATA"
  | "SYNC_ORDER"
  | "SYNC_SCOPE"
  | "SYNC_UNEXPECTED"
  | "SYNC_ENDED";

/**
 * What the node does, in this order. A frame of priority "bulk" must leave after every event that earlier
 * actions (and WANTs answered so far) have put in line for this link; "control" may overtake them.
 */
export type SyncAction =
  | { readonly do: "send"; readonly frame: SyncFrame; readonly priority: Priority }
  /** Send these events of the session's scope in order of arrival. */
  | { readonly do: "sendEvents"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  /** Ask for these with one WANT frame of priority "control"; ids already held without a key may be left out. */
  | { readonly do: "want"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  /** Call settled() once every event received on this link before now is stored or refused. */
  | { readonly do: "settle"; readonly scope: ScopeId; readonly session: number }
  /** Over: both sides held exactly the set of this root. */
  | { readonly do: "agreed"; readonly scope: ScopeId; readonly root: Uint8Array }
  /**
   * Over. fault: no honest peer causes this. progress: something was learned, so that another session at
   * once is worth while; without it wait for a change.
   */
  | {
      readonly do: "failed";
      readonly scope: ScopeId;
      readonly code: SyncFailure;
      readonly detail: string;
      readonly fault: boolean;
      readonly progress: boolean;
    };

export interface SyncSessionOptions {
  readonly scope: ScopeId;
  readonly session: number;
  readonly role: "initiator" | "responder";
  readonly source: SyncSource;
}

export interface SyncSession {
  readonly scope: ScopeId;
  readonly session: number;
  readonly role: "initiator" | "responder";
  readonly over: boolean;
  /** The initiator's first frame; a responder starts by receiving it. Throws SYNC_STATE when called twice. */
  start(): SyncAction[];
  receive(frame: SyncFrame): SyncAction[];
  /** The answer to "settle"; ignored when nothing waits for it. */
  settled(): SyncAction[];
  /** Ends the session from this side and tells the peer. */
  cancel(): SyncAction[];
}

/**
 * Initiator: idle -> asked (root sent) -> listing (bucket pages come) -> listed (id lists out, waits for
 * "sent") -> settling -> asked ... Responder: idle -> ready (waits for id lists) -> settling (a new root
 * waits for the pipeline) -> ready ... Both: over.
 */
type State = "idle" | "asked" | "listing" | "listed" | "ready" | "settling" | "over";

/** Bytes of a frame's fixed fields, charged with each list so that empty pages are not free. */
const PAGE_BYTES = 64;

export function createSyncSession({ scope, session, role, source }: SyncSessionOptions): SyncSession {
  let state: State = "idle";
  let rounds = 0;
  let metadataBytes = 0;
  let progress = false;
  let root: Uint8Array = new Uint8Array(32);
  /** Roots of the last round, own and the peer's view: one of them must change in each round. */
  let roundBefore: Uint8Array | null = null;
  // Initiator, while listing.
  let own: readonly BucketRoot[] = [];
  let ownAt = 0;
  let lastBucket = -1;
  let peerDigest: Uint8Array = new Uint8Array(0);
  let lists = 0;
  let skipped = false;
  // Responder.
  let diff: BucketDiff | null = null;
  let diffedBucket = -1;
  let waitingRoot: Uint8Array | null = null;

  function send(frame: SyncFrame, priority: Priority): SyncAction {
    return { do: "send", frame, priority };
  }

  function done(doneState: SyncDoneState, priority: Priority): SyncAction {
    return send({ type: "syncDone", scope, session, state: doneState }, priority);
  }

  function fail(code: SyncFailure, detail: string, fault: boolean): SyncAction[] {
    state = "over";
    diff = null;
    own = [];
    const failed: SyncAction = { do: "failed", scope, code, detail, fault, progress };
    return code === "SYNC_ENDED" ? [failed] : [done("ended", "control"), failed];
  }

  function agree(): SyncAction {
    state = "over";
    return { do: "agreed", scope, root };
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
    rounds += 1;
    state = "asked";
    root = source.root(scope);
    lastBucket = -1;
    peerDigest = root;
    lists = 0;
    return [send({ type: "syncRoot", scope, session, root }, rounds === 1 ? "control" : "bulk")];
  }

  function receiveBuckets(buckets: readonly BucketRoot[], last: boolean): SyncAction[] {
    const packed = packBuckets(buckets, SYNC_BUCKETS_MAX);
    if (!charge(packed.length))
      return fail("SYNC_METADATA", "the peer's bucket list is longer than a session may be", true);
    if (!last && buckets.length === 0) return fail("SYNC_ORDER", "an empty page that is not the last", true);
    if (state === "asked") {
      state = "listing";
      own = source.bucketRoots(scope);
      ownAt = 0;
    }
    peerDigest = sha256(peerDigest, packed);
    const actions: SyncAction[] = [];
    for (const theirs of buckets) {
      if (theirs.bucket <= lastBucket)
        return fail("SYNC_ORDER", `bucket ${theirs.bucket} came after ${lastBucket}`, true);
      lastBucket = theirs.bucket;
      sendWholeBelow(theirs.bucket, actions);
      const ours = own[ownAt];
      const both = ours !== undefined && ours.bucket === theirs.bucket;
      if (both) ownAt += 1;
      if (!both || !equalBytes(ours.root, theirs.root)) listIds(theirs.bucket, actions);
    }
    if (!last) return actions;
    sendWholeBelow(Number.POSITIVE_INFINITY, actions);
    own = [];
    if (!advance(peerDigest))
      return [
        ...actions.filter((action) => action.do !== "send"),
        ...fail("SYNC_NO_PROGRESS", "a whole round changed neither side's set", false),
      ];
    // Only we held more: the peer answers the next root after it has stored what we send.
    if (lists === 0) return [...actions, ...ask()];
    state = "listed";
    return [...actions, done("listed", "control")];
  }

  /** A bucket that the peer does not hold at all needs no list: all of it goes, in order of arrival. */
  function sendWholeBelow(limit: number, actions: SyncAction[]): void {
    for (let ours = own[ownAt]; ours !== undefined && ours.bucket < limit; ours = own[ownAt]) {
      actions.push({ do: "sendEvents", scope, ids: source.idsInBucket(scope, ours.bucket) });
      ownAt += 1;
    }
  }

  function listIds(bucket: number, actions: SyncAction[]): void {
    const ids = source.idsInBucket(scope, bucket);
    const pages = Math.max(1, Math.ceil(ids.length / SYNC_IDS_MAX));
    if (metadataBytes + ids.length * 32 + pages * PAGE_BYTES > SYNC_METADATA_BYTES_MAX) {
      skipped = true;
      return;
    }
    lists += 1;
    for (let page = 0; page < pages; page += 1) {
      const part = ids.slice(page * SYNC_IDS_MAX, (page + 1) * SYNC_IDS_MAX);
      charge(part.length * 32);
      actions.push(
        send({ type: "syncIds", scope, session, bucket, ids: part, last: page === pages - 1 }, "control"),
      );
    }
  }

  // Responder

  function answerRoot(theirs: Uint8Array): SyncAction[] {
    if (rounds === SYNC_ROUNDS_MAX)
      return fail("SYNC_ROUNDS", `a peer asked for more than ${rounds} rounds`, true);
    rounds += 1;
    root = source.root(scope);
    if (equalBytes(root, theirs)) return [done("agreed", "bulk"), agree()];
    if (!advance(sha256(root, theirs)))
      return fail("SYNC_NO_PROGRESS", "a whole round changed neither side's set", false);
    state = "ready";
    diffedBucket = -1;
    const buckets = source.bucketRoots(scope);
    const actions: SyncAction[] = [];
    for (let at = 0; at === 0 || at < buckets.length; at += SYNC_BUCKETS_MAX) {
      const page = buckets.slice(at, at + SYNC_BUCKETS_MAX);
      if (!charge(page.length * 36))
        return fail("SYNC_METADATA", "our bucket list is longer than a session may be", false);
      actions.push(
        send(
          {
            type: "syncBuckets",
            scope,
            session,
            buckets: page,
            last: at + SYNC_BUCKETS_MAX >= buckets.length,
          },
          "control",
        ),
      );
    }
    return actions;
  }

  function receiveIds(bucket: number, ids: readonly EventId[], last: boolean): SyncAction[] {
    if (!charge(ids.length * 32))
      return fail("SYNC_METADATA", "the peer lists more ids than a session may", true);
    if (!last && ids.length === 0) return fail("SYNC_ORDER", "an empty page that is not the last", true);
    if (diff === null) {
      if (bucket <= diffedBucket)
        return fail("SYNC_ORDER", `bucket ${bucket} came after ${diffedBucket}`, true);
      diff = createBucketDiff((range) => source.idsInBucket(scope, bucket, range));
      diffedBucket = bucket;
    }
    if (bucket !== diffedBucket)
      return fail("SYNC_ORDER", `bucket ${bucket} came before the last page of ${diffedBucket}`, true);
    const found = diff.page(ids, last);
    if (found === null) return fail("SYNC_ORDER", "an id that does not come after the one before it", true);
    const actions: SyncAction[] = [];
    for (let at = 0; at < found.weLack.length; at += WANT_IDS_MAX) {
      actions.push({ do: "want", scope, ids: found.weLack.slice(at, at + WANT_IDS_MAX) });
    }
    if (last) {
      diff = null;
      if (found.theyLack.length > 0) actions.push({ do: "sendEvents", scope, ids: found.theyLack });
    }
    return actions;
  }

  function receiveDone(doneState: SyncDoneState): SyncAction[] {
    if (doneState === "ended") return fail("SYNC_ENDED", "the peer ended the session", false);
    if (doneState === "agreed" && state === "asked") return [agree()];
    if (doneState === "sent" && state === "listed") {
      state = "settling";
      return [{ do: "settle", scope, session }];
    }
    if (doneState === "listed" && state === "ready" && diff === null) return [done("sent", "bulk")];
    return fail("SYNC_UNEXPECTED", `"${doneState}" while ${state}`, true);
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
      switch (frame.type) {
        case "syncRoot":
          if (role !== "responder" || diff !== null) break;
          if (state === "idle") return answerRoot(frame.root);
          if (state !== "ready") break;
          // The events it sent us come first: judged before they are stored, the round would seem futile.
          state = "settling";
          waitingRoot = frame.root;
          return [{ do: "settle", scope, session }];
        case "syncBuckets":
          if (state === "asked" || state === "listing") return receiveBuckets(frame.buckets, frame.last);
          break;
        case "syncIds":
          if (state === "ready") return receiveIds(frame.bucket, frame.ids, frame.last);
          break;
        case "syncDone":
          return receiveDone(frame.state);
        default:
          frame satisfies never;
      }
      return fail("SYNC_UNEXPECTED", `${frame.type} while ${state}`, true);
    },
    settled() {
      if (state !== "settling") return [];
      if (role === "initiator") return ask();
      const theirs = waitingRoot;
      waitingRoot = null;
      return theirs === null ? [] : answerRoot(theirs);
    },
    cancel() {
      if (state === "over") return [];
      state = "over";
      diff = null;
      own = [];
      return [done("ended", "control")];
    },
  };
}
