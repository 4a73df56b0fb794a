/** What the ledger takes and gives: a verified event on its way to the disk, and what was stored. */
import type {
  Body,
  DeviceId,
  EpochId,
  EventId,
  EventRecord,
  Header,
  LogDraft,
  LogRow,
  MessageRow,
  OpenedEvent,
  ScopeId,
  SignedHeader,
  SpaceId,
  StoredEvent,
  ViewChange,
  WriteBatch,
} from "@kith/core";
import type { Cause, causeMeta } from "./floors.ts";

export type Verdict =
  /** forks: another event of its device has its number. */
  | { readonly status: "accepted"; readonly forks: boolean }
  | { readonly status: "known" }
  | { readonly status: "waiting"; readonly missing: readonly EventId[] }
  /** Its causes are here, and nothing says that the epoch it lies under was made. */
  | { readonly status: "unannounced"; readonly epoch: EpochId }
  | { readonly status: "refused"; readonly code: string; readonly detail: string };

export interface Draft {
  readonly event: EventRecord;
  readonly views: readonly ViewChange[];
  readonly log: LogDraft[];
  readonly header: Header;
  readonly body: Body | null;
  readonly isControl: boolean;
  /** Says who is in a private channel. */
  readonly isAboutPeople: boolean;
  /** Another event of its device has its number, or one before it. */
  readonly isBranch: boolean;
  readonly meta: MetaWrite[];
}

type MetaWrite = { readonly key: string; readonly value: Uint8Array | null };

/** An opened event, or a local one that was sealed a moment ago and whose body need not be decoded again. */
export type Candidate = Pick<OpenedEvent, "id" | "header" | "bucket" | "outer"> & {
  readonly body: Uint8Array | Body | null;
  readonly signedHeader?: SignedHeader;
  /** Its body is not for this device. Left out: it is. */
  readonly isClosed?: boolean;
  /** Of a body in a chain: OpenedEvent.padded. */
  readonly padded?: Uint8Array | null;
  /** Local messages only: what the caller may repeat without posting twice. */
  readonly clientId?: string | null;
};

export interface Committed {
  readonly events: readonly StoredEvent[];
  readonly log: readonly LogRow[];
  /** Messages among the events, as projected: saves reading them back. */
  readonly messages: ReadonlyMap<EventId, MessageRow>;
  /** Those among the events that came without their bodies. */
  readonly bare: readonly Pick<EventRecord, "id" | "scope">[];
  /** The device that delivered them; null for our own. */
  readonly from: DeviceId | null;
  /** Spaces whose members, channels, invites or people of a channel changed, or of which a chain parted. */
  readonly spacesChanged: ReadonlySet<SpaceId>;
}

/** What changes of events that are here already. */
export interface Fill {
  readonly views: readonly ViewChange[];
  readonly log: readonly LogDraft[];
  readonly meta?: readonly MetaWrite[];
  /** Of which meta tells. */
  readonly header?: Header;
}

/** Events accepted together and committed together. */
export interface Gathering {
  readonly drafts: Draft[];
  /** Of events below a floor. */
  readonly causes: {
    readonly scope: ScopeId;
    readonly cause: Cause;
    readonly meta: ReturnType<typeof causeMeta>;
  }[];
  /** Of whole forms of events that are here without their bodies. */
  readonly fills: Fill[];
  readonly from: DeviceId | null;
}

export type CommitExtras = Pick<WriteBatch, "meta" | "boxes" | "log" | "heights">;

/** A body that lies below the floor, or more causes than are kept. Honest neighbours may not have heard of the floor yet. */
export const BELOW_FLOOR = {
  code: "BELOW_FLOOR",
  detail: "the event is older than the history that this device keeps",
} as const;

export const BODY_SHED = {
  code: "BODY_SHED",
  detail: "the event came without its body and nothing here says it was deleted",
} as const;
