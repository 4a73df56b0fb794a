/** Writes one batch: first everything that could refuse it, then, without a way to fail, the rest. spec/store ST2. */
import { LOG_ROWS_MAX, StoreError } from "@kith/core";
import type {
  CommitResult,
  EventId,
  EventRecord,
  LogDraft,
  LogRow,
  MessageRow,
  ReactionRow,
  StoredEvent,
  ViewChange,
  WithdrawnRow,
  WriteBatch,
} from "@kith/core";
import { compareMessages, insertSorted, placeAfter } from "../order.ts";
import {
  expire,
  fill,
  isExpired,
  putAct,
  putBare,
  putExpiring,
  putSealed,
  settleMessage,
  targetsOf,
  withdrawActs,
} from "./acts.ts";
import { scopeOf } from "./disk.ts";
import { applyKept, compareRangeOrder } from "./kept.ts";
import type { MemoryDisk } from "./disk.ts";

type EventEntry = NonNullable<WriteBatch["events"]>[number];

/** Throws STORE_FAILED and leaves the disk as it was. */
export function applyBatch(disk: MemoryDisk, batch: WriteBatch): CommitResult {
  const fresh = freshEvents(disk, batch);
  checkMessages(disk, fresh, batch.views ?? []);

  const appended: StoredEvent[] = [];
  const log: LogRow[] = [];
  const addLog = (drafts: readonly LogDraft[]) => {
    for (const draft of drafts) {
      const row = { ...draft, cursor: (disk.log.at(-1)?.cursor ?? 0) + 1 };
      disk.log.push(row);
      log.push(row);
    }
  };
  for (const { event, views, log: drafts } of fresh) {
    appended.push(appendEvent(disk, event));
    applyViews(disk, views);
    addLog(drafts);
  }
  applyViews(disk, batch.views ?? []);
  addLog(batch.log ?? []);
  if (disk.log.length > LOG_ROWS_MAX) disk.log.splice(0, disk.log.length - LOG_ROWS_MAX);
  for (const row of batch.heights ?? []) {
    const { heights } = scopeOf(disk, row.scope);
    const key = `${row.holder}/${row.device}`;
    const known = heights.get(key);
    if (known === undefined || row.seq > known.seq) heights.set(key, row);
  }
  for (const { name, blob } of batch.boxes ?? []) {
    if (blob === null) disk.boxes.delete(name);
    else disk.boxes.set(name, blob);
  }
  for (const { key, value } of batch.meta ?? []) {
    if (value === null) disk.meta.delete(key);
    else disk.meta.set(key, value);
  }
  applyKept(disk, batch);
  return { appended, log };
}

function refuse(why: string): never {
  throw new StoreError("STORE_FAILED", `the batch was refused and nothing of it is written: ${why}`);
}

/** The batch's events that are not here yet. */
function freshEvents(disk: MemoryDisk, batch: WriteBatch): EventEntry[] {
  const ids = new Set<EventId>();
  const fresh: EventEntry[] = [];
  for (const entry of batch.events ?? []) {
    const { id } = entry.event;
    if (disk.events.has(id) || ids.has(id)) continue;
    ids.add(id);
    fresh.push(entry);
  }
  return fresh;
}

/** A message belongs to an event that is here by then; a client id may change with its message and never belongs to two. */
function checkMessages(disk: MemoryDisk, fresh: readonly EventEntry[], also: readonly ViewChange[]): void {
  const here = new Set<EventId>();
  // Client ids as they would stand; null where one was given up.
  const owners = new Map<string, EventId | null>();
  const carried = new Map<EventId, string | null>();
  const check = (view: ViewChange) => {
    if (view.op !== "message") return;
    const { id, clientId } = view.row;
    if (!here.has(id) && !disk.events.has(id)) refuse(`the event of message ${id} is not here`);
    const before = (carried.has(id) ? carried.get(id) : disk.messages.get(id)?.clientId) ?? null;
    if (before !== null && before !== clientId) owners.set(before, null);
    carried.set(id, clientId);
    if (clientId === null) return;
    const owner = owners.has(clientId) ? owners.get(clientId) : disk.clientIds.get(clientId);
    if (owner !== undefined && owner !== null && owner !== id)
      refuse("another message already has this client id");
    owners.set(clientId, id);
  };
  for (const { event, views } of fresh) {
    here.add(event.id);
    views.forEach(check);
  }
  also.forEach(check);
}

function appendEvent(disk: MemoryDisk, record: EventRecord): StoredEvent {
  const event: StoredEvent = { ...record, parents: [...record.parents], arrival: disk.arrived.length + 1 };
  const scope = scopeOf(disk, event.scope);
  disk.events.set(event.id, event);
  disk.arrived.push(event);
  scope.events.push(event);
  const place = `${event.device}/${event.seq}`;
  scope.chain.set(place, [...(scope.chain.get(place) ?? []), event]);
  if ((scope.tips.get(event.device)?.seq ?? -1) <= event.seq) scope.tips.set(event.device, event);
  for (const id of event.prev === null ? event.parents : [event.prev, ...event.parents]) {
    scope.followed.add(id);
    scope.heads.delete(id);
  }
  if (!scope.followed.has(event.id)) scope.heads.add(event.id);
  let ids = scope.buckets.get(event.bucket);
  if (ids === undefined) scope.buckets.set(event.bucket, (ids = []));
  insertSorted(ids, event.id, (a, b) => (a < b ? -1 : 1));
  insertSorted(scope.ordered, event, compareRangeOrder);
  scope.roots.delete(event.bucket);
  return event;
}

/** Messages are settled when all of it is there. */
function applyViews(disk: MemoryDisk, views: readonly ViewChange[]): void {
  const touched = new Set<EventId>();
  const filled = new Map<EventId, NonNullable<ReturnType<MemoryDisk["shed"]["get"]>>>();
  for (const view of views) {
    const bare = view.op === "fill" ? disk.shed.get(view.row.id) : undefined;
    applyView(disk, view);
    if (view.op === "fill") {
      // What took the body may still count, and no view need follow where it cannot be read here.
      if (bare !== undefined) filled.set(view.row.id, bare);
      const targets = targetsOf(disk, view.row.id);
      for (const id of targets.length > 0 ? targets : [view.row.id]) touched.add(id);
    } else if (view.op === "message" || view.op === "bare" || view.op === "expire") touched.add(view.row.id);
    else if (view.op === "act") touched.add(view.row.target);
    else if (view.op === "withdraw") for (const id of withdrawActs(disk, view.row)) touched.add(id);
  }
  const rows = {
    put: (row: MessageRow) => putMessage(disk, row),
    take: (id: EventId) => takeMessage(disk, id),
  };
  for (const id of touched)
    if (disk.acts.has(id) || disk.shed.has(id)) settleMessage(disk, id, rows, filled.get(id));
}

function applyView(disk: MemoryDisk, view: ViewChange): void {
  switch (view.op) {
    case "space":
      disk.spaces.set(view.row.id, view.row);
      break;
    case "channel":
      disk.channels.set(view.row.id, view.row);
      break;
    case "person":
      disk.people.set(view.row.id, view.row);
      break;
    case "message":
      disk.originals.delete(view.row.id);
      putMessage(disk, view.row);
      break;
    case "reaction":
      putReaction(disk, view.row);
      break;
    case "act":
      putAct(disk, view.row);
      break;
    case "bare":
      putBare(disk, view.row);
      break;
    case "fill":
      fill(disk, view.row);
      break;
    case "expiring":
      putExpiring(disk, view.row);
      break;
    case "expire":
      expire(disk, view.row);
      break;
    case "sealed":
      putSealed(disk, view.row);
      break;
    case "withdraw":
      withdraw(disk, view.row);
      break;
    default:
      view satisfies never;
  }
}

function withdraw(disk: MemoryDisk, { scope, device, afterSeq }: WithdrawnRow): void {
  const isBeyond = (id: EventId): boolean => {
    const event = disk.events.get(id);
    return event?.scope === scope && event.device === device && event.seq > afterSeq;
  };
  for (const id of disk.messages.keys()) if (isBeyond(id)) takeMessage(disk, id);
  for (const ofMessage of disk.reactions.values())
    for (const [key, { event }] of ofMessage) if (isBeyond(event)) ofMessage.delete(key);
}

function takeMessage(disk: MemoryDisk, id: EventId): void {
  const before = disk.messages.get(id);
  if (before === undefined) return;
  disk.timeline.splice(
    disk.timeline.lastIndexOf(before, placeAfter(disk.timeline, before, compareMessages)),
    1,
  );
  disk.messages.delete(id);
  if (before.clientId !== null) disk.clientIds.delete(before.clientId);
}

function putMessage(disk: MemoryDisk, row: MessageRow): void {
  takeMessage(disk, row.id);
  disk.messages.set(row.id, row);
  if (row.clientId !== null) disk.clientIds.set(row.clientId, row.id);
  insertSorted(disk.timeline, row, compareMessages);
}

function putReaction(disk: MemoryDisk, row: ReactionRow): void {
  if (isExpired(disk, row.message)) return;
  let ofMessage = disk.reactions.get(row.message);
  if (ofMessage === undefined) disk.reactions.set(row.message, (ofMessage = new Map()));
  const key = `${row.emoji}/${row.author}`;
  const known = ofMessage.get(key);
  const isLater =
    known === undefined ||
    (row.timeMs - known.timeMs || row.timeCount - known.timeCount || (row.event > known.event ? 1 : -1)) > 0;
  if (isLater) ofMessage.set(key, row);
}
