/**
 * Range-based set reconciliation on the wire of negentropy version 1: bytes in, bytes out, and for the
 * initiator the ids that each side lacks. Owns what is said about a range and where a message is cut; holds
 * no item and no position between messages, so the set may grow meanwhile. Refuses to call two sets equal:
 * fingerprints are sums, and sums collide. spec/sync-ranges.
 */
import { equalBytes } from "../../crypto/bytes.ts";
import { coreError } from "../../crypto/errors.ts";
import {
  RBSR_MESSAGE_BYTES_MAX,
  RBSR_MESSAGE_BYTES_MIN,
  RBSR_RANGES_MAX,
  RBSR_RANGES_MIN,
} from "../limits.ts";
import { boundBetween, infiniteBound, zeroBound } from "./bounds.ts";
import type { Bound } from "./bounds.ts";
import { decodeRanges, RBSR_VERSION, readVersion } from "./decode.ts";
import type { Range } from "./decode.ts";
import { createIdSum, fingerprintOf, ID_BYTES } from "./set/id-sum.ts";
import { createIdReport } from "./id-report.ts";
import { createMessageWriter } from "./message-writer.ts";
import type { MessageWriter } from "./message-writer.ts";
import type { RangeSet } from "./set/range-set.ts";

/** A range that differs is told as this many fingerprints, or as ids below twice that. */
const SPLIT_RANGES = 16;
/** Left free for what may follow the last range that is not taken back. Part of the wire: peers cut where we do. */
const CUT_RESERVE_BYTES = 200;
/** The same in ranges: a skip, the list behind it, the remainder. */
const CUT_RESERVE_RANGES = 3;

const emptyFingerprint = fingerprintOf(createIdSum(), 0);

export interface ReconcilerOptions {
  readonly set: RangeSet;
  /** Longest message sent: 4,096 bytes or more, 0 for no bound. Default 64 KiB. */
  readonly frameBytesMax?: number;
  /** Longest message taken, 0 for no bound. Default 64 KiB. */
  readonly receivedBytesMax?: number;
  /** Ranges of a message, sent or taken; 0 for no bound: public peers know none. Default 512. */
  readonly rangesMax?: number;
}

export interface Reconciled {
  /** null: an initiator has nothing more to ask. */
  readonly reply: Uint8Array | null;
  /** Ids the peer lacks and ids we lack, packed, 32 bytes each. Empty on the responder's side. */
  readonly have: Uint8Array;
  readonly need: Uint8Array;
}

export interface Reconciler {
  readonly isInitiator: boolean;
  /** The first message; makes this side the initiator. Throws RBSR_STATE when something was said before. */
  initiate(): Uint8Array;
  /** Throws RBSR_TOO_LARGE, RBSR_MALFORMED, RBSR_RANGES, RBSR_ORDER, RBSR_VERSION; the session is to end then. */
  reconcile(message: Uint8Array): Reconciled;
}

/** Throws RBSR_OPTIONS for bounds below the least that a message needs. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const {
    set,
    frameBytesMax = RBSR_MESSAGE_BYTES_MAX,
    receivedBytesMax = RBSR_MESSAGE_BYTES_MAX,
    rangesMax = RBSR_RANGES_MAX,
  } = options;
  checkBound("frameBytesMax", frameBytesMax, RBSR_MESSAGE_BYTES_MIN);
  checkBound("receivedBytesMax", receivedBytesMax, RBSR_MESSAGE_BYTES_MIN);
  checkBound("rangesMax", rangesMax, RBSR_RANGES_MIN);
  const bytesToCut = frameBytesMax === 0 ? Number.POSITIVE_INFINITY : frameBytesMax - CUT_RESERVE_BYTES;
  const rangesToCut = rangesMax === 0 ? Number.POSITIVE_INFINITY : rangesMax - CUT_RESERVE_RANGES;
  const decodeLimits = { messageBytesMax: receivedBytesMax, rangesMax };
  const report = createIdReport(set);
  let role: "none" | "initiator" | "responder" = "none";

  function isOver(writer: MessageWriter): boolean {
    return writer.bytes > bytesToCut || writer.ranges > rangesToCut;
  }

  /** Our items from `lower` to `upper`, as finer fingerprints or, when they are few, as ids. */
  function writeSplit(writer: MessageWriter, { lower, upper, end }: OwnRange): void {
    const count = upper - lower;
    if (count < SPLIT_RANGES * 2) {
      writer.ids(end, count, set.packedIds(lower, upper));
      return;
    }
    const least = Math.floor(count / SPLIT_RANGES);
    const withOneMore = count % SPLIT_RANGES;
    let from = lower;
    for (let part = 0; part < SPLIT_RANGES; part += 1) {
      const to = from + least + (part < withOneMore ? 1 : 0);
      writer.fingerprint(to === upper ? end : boundAt(set, to), set.fingerprint(from, to));
      from = to;
    }
  }

  /** As many ids as fit; where the list ends then. */
  function writeIds(writer: MessageWriter, { lower, upper, end }: OwnRange, bytesBefore: number): OwnRange {
    const fitting = Math.floor((bytesToCut - bytesBefore) / ID_BYTES) + 1;
    const isCut = fitting < upper - lower;
    const to = isCut ? lower + fitting : upper;
    const written: OwnRange = {
      lower,
      upper: to,
      end: isCut ? { timestamp: set.timestampAt(to), prefix: set.idAt(to) } : end,
    };
    writer.ids(written.end, to - lower, set.packedIds(lower, to));
    return written;
  }

  function answer(ranges: readonly Range[]): MessageWriter {
    const writer = createMessageWriter();
    let lower = 0;
    let before = zeroBound;
    /** Whether what lies between the last range written and `before` needs no more words. */
    let isSkipping = false;
    /** Index of our first item after the last range written. */
    let written = 0;

    function writeSkip(): void {
      if (isSkipping) writer.skip(before);
      isSkipping = false;
    }

    for (const range of ranges) {
      const start = writer.mark();
      const own: OwnRange = { lower, upper: indexOf(set, range.end), end: range.end };
      let upper = own.upper;
      let remainder = upper;
      switch (range.mode) {
        case "skip":
          isSkipping = true;
          break;
        case "fingerprint":
          if (equalBytes(range.fingerprint, set.fingerprint(lower, upper))) {
            isSkipping = true;
            break;
          }
          writeSkip();
          writeSplit(writer, own);
          if (isOver(writer)) {
            writer.rewind(start);
            // What the peer hears of the rest leaves out this range, which then differs again: except where the
            // peer has nothing in it, and would take an empty remainder for its own.
            if (equalBytes(range.fingerprint, emptyFingerprint)) remainder = written;
            writer.fingerprint(infiniteBound, set.fingerprint(remainder, set.size));
            return writer;
          }
          written = upper;
          break;
        case "ids":
          if (role === "initiator") {
            report.compare(own, range.ids);
            isSkipping = true;
            break;
          }
          writeSkip();
          upper = writeIds(writer, own, start.bytes).upper;
          written = upper;
          break;
      }
      if (isOver(writer)) {
        writer.fingerprint(infiniteBound, set.fingerprint(upper, set.size));
        return writer;
      }
      lower = upper;
      before = range.end;
    }
    return writer;
  }

  return {
    get isInitiator() {
      return role === "initiator";
    },
    initiate() {
      if (role !== "none")
        throw coreError("RBSR_STATE", `this side is the ${role} already; make a new reconciler`);
      role = "initiator";
      const writer = createMessageWriter();
      writeSplit(writer, { lower: 0, upper: set.size, end: infiniteBound });
      return writer.finish();
    },
    reconcile(message) {
      if (role === "none") role = "responder";
      const version = readVersion(message, decodeLimits);
      if (version !== RBSR_VERSION) {
        if (role === "initiator") {
          throw coreError("RBSR_VERSION", `the peer speaks version ${version}, we ${RBSR_VERSION}`);
        }
        return { reply: Uint8Array.of(RBSR_VERSION), ...report.take() };
      }
      const writer = answer(decodeRanges(message, decodeLimits));
      const isDone = role === "initiator" && writer.ranges === 0;
      return { reply: isDone ? null : writer.finish(), ...report.take() };
    },
  };
}

/** Our items within a range. */
interface OwnRange {
  readonly lower: number;
  readonly upper: number;
  readonly end: Bound;
}

function checkBound(name: string, value: number, least: number): void {
  if (value === 0 || (Number.isInteger(value) && value >= least)) return;
  throw coreError("RBSR_OPTIONS", `${name} is ${value}; give ${least} or more, or 0 for no bound`);
}

function indexOf(set: RangeSet, { timestamp, prefix }: Bound): number {
  return timestamp === infiniteBound.timestamp ? set.size : set.lowerBound(timestamp, prefix);
}

function boundAt(set: RangeSet, index: number): Bound {
  const itemAt = (at: number) => ({ timestamp: set.timestampAt(at), id: set.idAt(at) });
  return boundBetween(itemAt(index - 1), itemAt(index));
}
