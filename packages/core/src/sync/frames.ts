/**
 * Every frame that two authenticated peers exchange, as values. Owns the type numbers; the layouts are in
 * events-frame and frame-codecs. Refuses unknown types, oversized payloads and any form but the one that
 * encoding gives. The handshake's own frames (1 to 7) belong to ../handshake. spec/sync SY1-SY5.
 */
import { CoreError, coreError } from "../crypto/errors.ts";
import type {
  BoxName,
  ChannelId,
  DeviceId,
  EpochId,
  EventId,
  PrekeyId,
  ScopeId,
  ShortId,
  SpaceId,
} from "../ids.ts";
import { FRAME_BYTES_MAX } from "../ports/index.ts";
import { decodeEventsFrame, encodeEventsFrame } from "./events-frame.ts";
import { decodeFields, encodeFields } from "./frame-codecs.ts";

/** Numbers on the wire; free ones are reserved and refused. */
export const frameTypes = {
  ping: 8,
  pong: 9,
  events: 16,
  want: 17,
  syncRoot: 18,
  syncBuckets: 19,
  syncIds: 20,
  syncDone: 21,
  syncCells: 22,
  syncCellsWant: 23,
  heights: 24,
  boxWant: 25,
  box: 26,
  joinRequest: 27,
  joinResult: 28,
  open: 29,
  error: 30,
  hello: 31,
  syncWant: 32,
  syncRanges: 33,
  syncBloom: 34,
  terms: 35,
  offer: 36,
  take: 37,
  linking: 38,
  earlyWant: 39,
  early: 40,
  earlyDone: 41,
  talkRequest: 42,
  bodyWant: 43,
  bodies: 44,
  typing: 46,
} as const;

export interface BucketRoot {
  readonly bucket: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * listed: the initiator has sent every id list of this round. sent: the responder has sent every event
 * of this round. agreed: the roots were equal. ended: the session is over without agreement.
 */
export type SyncDoneState = "listed" | "sent" | "agreed" | "ended";

/**
 * Ways to find a difference: cells for small ones, ranges for any, lists of ids where sums are made to lie; filters
 * where somebody chooses them.
 */
export type SyncRung = "cells" | "ranges" | "buckets" | "bloom";

export type SyncFrame =
  | {
      readonly type: "syncRoot";
      readonly scope: ScopeId;
      readonly session: number;
      readonly root: Uint8Array;
      /** How the difference is to be found, should the roots differ. */
      readonly rung: SyncRung;
      /** Events that the initiator holds. */
      readonly count: number;
      /** UTC days since 1970 by the initiator's clock: the key of both sides' cells follows from it. */
      readonly day: number;
    }
  | {
      readonly type: "syncCells";
      readonly scope: ScopeId;
      readonly session: number;
      /** Number of the first of these cells. */
      readonly from: number;
      /** Events that the responder holds. */
      readonly count: number;
      /** None: the sets are too different in size for cells, or the responder holds nothing. */
      readonly cells: Uint8Array;
    }
  | {
      readonly type: "syncCellsWant";
      readonly scope: ScopeId;
      readonly session: number;
      /** Cells up to this one, not included. */
      readonly to: number;
    }
  | {
      readonly type: "syncWant";
      readonly scope: ScopeId;
      readonly session: number;
      readonly shorts: readonly ShortId[];
    }
  | {
      readonly type: "syncRanges";
      readonly scope: ScopeId;
      readonly session: number;
      /** A message of spec/sync-ranges. */
      readonly message: Uint8Array;
    }
  | {
      readonly type: "syncBloom";
      readonly scope: ScopeId;
      readonly session: number;
      /** The window: the filter is of its maker's ids in these buckets, both included. */
      readonly from: number;
      readonly to: number;
      /** Events that the sender holds in all. */
      readonly count: number;
      /** A part of the filter's bytes. Empty in an only frame: its sender can make no filter of this window. */
      readonly piece: Uint8Array;
      readonly last: boolean;
    }
  | {
      readonly type: "syncBuckets";
      readonly scope: ScopeId;
      readonly session: number;
      readonly buckets: readonly BucketRoot[];
      readonly last: boolean;
    }
  | {
      readonly type: "syncIds";
      readonly scope: ScopeId;
      readonly session: number;
      readonly bucket: number;
      readonly ids: readonly EventId[];
      readonly last: boolean;
    }
  | {
      readonly type: "syncDone";
      readonly scope: ScopeId;
      readonly session: number;
      readonly state: SyncDoneState;
    };

export type FieldFrame =
  | SyncFrame
  | { readonly type: "ping"; readonly n: number }
  | { readonly type: "pong"; readonly n: number }
  | { readonly type: "want"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  | {
      readonly type: "terms";
      readonly scope: ScopeId;
      /** The sender holds no event of an earlier bucket, and wants none. 0: it wants all there are. */
      readonly floor: number;
      /** Of what reconciliation shows to be missing the sender wants ids first: it has several sources. */
      readonly offers: boolean;
    }
  /** Ids of events that would have been sent. None: what comes from here on is offered. */
  | { readonly type: "offer"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  | {
      readonly type: "take";
      readonly scope: ScopeId;
      /** Offered ones that are to be sent now. */
      readonly ids: readonly EventId[];
      /** So many offers have been dealt with, and as many more may come. */
      readonly pages: number;
    }
  /** Asks for the newest messages of each channel of the scope, before their history. */
  | {
      readonly type: "earlyWant";
      readonly scope: ScopeId;
      /** Of each channel at most so many. */
      readonly each: number;
    }
  /** The answer has been sent whole. */
  | { readonly type: "earlyDone"; readonly scope: ScopeId }
  | {
      readonly type: "heights";
      readonly scope: ScopeId;
      readonly heights: readonly { readonly device: DeviceId; readonly seq: number }[];
    }
  | {
      readonly type: "boxWant";
      readonly space: SpaceId;
      readonly wants: readonly { readonly epoch: EpochId; readonly prekey: PrekeyId }[];
      /** Of events that lie at the asker and do not open: what their outer forms say of their epoch. */
      readonly locked: readonly LockedPlace[];
    }
  | {
      readonly type: "box";
      readonly space: SpaceId;
      readonly scope: ScopeId;
      readonly epoch: EpochId;
      readonly prekey: PrekeyId;
      readonly name: BoxName;
      readonly blob: Uint8Array;
    }
  /** A step of linking a device, spec/identity ID28: its reader is the group room. */
  | { readonly type: "linking"; readonly step: Uint8Array }
  /** A request to talk, spec/invite IN23: its reader is the group room. */
  | { readonly type: "talkRequest"; readonly request: Uint8Array }
  | { readonly type: "joinRequest"; readonly request: Uint8Array }
  | { readonly type: "joinResult"; readonly ok: boolean; readonly code: string; readonly detail: string }
  | { readonly type: "open"; readonly space: SpaceId }
  /** Of events in a sealed scope that do not open any more: among devices of one person. spec/epoch EP99. */
  | { readonly type: "bodyWant"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  /** Those of them that are here, with salt and padding. isLast: nothing more follows for what was asked. */
  | {
      readonly type: "bodies";
      readonly scope: ScopeId;
      readonly isLast: boolean;
      readonly bodies: readonly SealedBody[];
    }
  | { readonly type: "typing"; readonly scope: ScopeId; readonly channel: ChannelId }
  | { readonly type: "error"; readonly code: string; readonly detail: string }
  | {
      readonly type: "hello";
      readonly name: string;
      /** Port on which this peer accepts links; null when it accepts none. */
      readonly peerPort: number | null;
      /** Control heads of spaces that the handshake proved on this link. */
      readonly heads: readonly { readonly space: SpaceId; readonly heads: readonly EventId[] }[];
    };

/** Where an event lies whose key is missing. */
export interface LockedPlace {
  readonly scope: ScopeId;
  /** 32 bytes. */
  readonly tag: Uint8Array;
  readonly bucket: number;
}

export interface SealedBody {
  readonly id: EventId;
  readonly body: Uint8Array;
}

export type Frame =
  | FieldFrame
  | { readonly type: "events"; readonly scope: ScopeId; readonly outers: readonly Uint8Array[] }
  /** Messages whose causes may be missing: they are shown, and not taken into the set. */
  | { readonly type: "early"; readonly scope: ScopeId; readonly outers: readonly Uint8Array[] };

export type FrameName = keyof typeof frameTypes;

const names = new Map<number, FrameName>(
  Object.entries(frameTypes).map(([name, type]) => [type, name as FrameName]),
);

/** The name of a type number, or null for a reserved one. */
export function frameName(type: number): FrameName | null {
  return names.get(type) ?? null;
}

/** Type number and payload for Link.send. Throws FRAME_TOO_LARGE or FRAME_MALFORMED for values beyond the limits. */
export function encodeFrame(frame: Frame): { readonly type: number; readonly payload: Uint8Array } {
  const type = frameTypes[frame.type];
  const payload =
    frame.type === "events" || frame.type === "early"
      ? encodeEventsFrame(frame.scope, frame.outers)
      : encodeFields(frame);
  if (payload.length > FRAME_BYTES_MAX) {
    throw coreError(
      "FRAME_TOO_LARGE",
      `a ${frame.type} frame of ${payload.length} bytes; split it below ${FRAME_BYTES_MAX}`,
    );
  }
  return { type, payload };
}

/** Event bytes of the result are views of the payload. Throws FRAME_UNKNOWN, FRAME_TOO_LARGE or FRAME_MALFORMED. */
export function decodeFrame(type: number, payload: Uint8Array): Frame {
  const name = frameName(type);
  if (name === null)
    throw coreError("FRAME_UNKNOWN", `frame type ${type} is not known here; the peer may be newer`);
  if (payload.length > FRAME_BYTES_MAX) {
    throw coreError(
      "FRAME_TOO_LARGE",
      `a ${name} frame of ${payload.length} bytes, allowed are ${FRAME_BYTES_MAX}`,
    );
  }
  if (name === "events" || name === "early") return { type: name, ...decodeEventsFrame(payload) };
  try {
    return decodeFields(name, payload);
  } catch (cause) {
    if (!(cause instanceof CoreError) || cause.code === "FRAME_MALFORMED") throw cause;
    throw coreError("FRAME_MALFORMED", `a ${name} frame was refused: ${cause.message}`, { cause });
  }
}

/** True for the frames that belong to a sync session. */
export function isSyncFrame(frame: Frame): frame is SyncFrame {
  return frame.type.startsWith("sync");
}
