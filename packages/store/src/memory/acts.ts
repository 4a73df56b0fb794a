/** What is done to messages, in memory: as sqlite/acts. spec/space SP130-SP136, SP140-SP145, spec/store ST20-ST22, ST30-ST32. */
import type { EventId, MessageRow, ViewChange, WithdrawnRow } from "@kith/core";
import { settleActs } from "@kith/core/acts";
import type { ActRow } from "@kith/core/ports";
import { isShed, shedOuter } from "../shed.ts";
import type { MemoryDisk } from "./disk.ts";

export type RowOf<Op extends ViewChange["op"]> = Extract<ViewChange, { op: Op }>["row"];

export function putAct(disk: MemoryDisk, row: ActRow): void {
  let acts = disk.acts.get(row.target);
  if (acts === undefined) disk.acts.set(row.target, (acts = new Map()));
  if (!acts.has(row.event)) acts.set(row.event, row);
}

export function putBare(disk: MemoryDisk, { id, scope, author }: RowOf<"bare">): void {
  disk.shed.set(id, { scope, author, why: "withheld" });
  disk.sealed.delete(id);
}

export function putSealed(disk: MemoryDisk, row: RowOf<"sealed">): void {
  if (disk.shed.has(row.id)) return;
  const known = disk.sealed.get(row.id);
  if (known === undefined || (known.body === null && row.body !== null)) disk.sealed.set(row.id, row);
}

export function fill(disk: MemoryDisk, { id, outer }: RowOf<"fill">): void {
  if (isExpired(disk, id) || !disk.shed.delete(id)) return;
  putBytes(disk, id, outer.slice());
}

export function isExpired(disk: MemoryDisk, id: EventId): boolean {
  return disk.shed.get(id)?.why === "expired";
}

export function putExpiring(disk: MemoryDisk, row: RowOf<"expiring">): void {
  if (!isExpired(disk, row.id) && !disk.expiring.has(row.id)) disk.expiring.set(row.id, row);
}

export function expire(disk: MemoryDisk, { id, ...place }: RowOf<"expire">): void {
  shed(disk, id, { ...place, why: "expired" });
  disk.expiring.delete(id);
}

function shed(
  disk: MemoryDisk,
  id: EventId,
  reason: NonNullable<ReturnType<MemoryDisk["shed"]["get"]>>,
): void {
  const stored = disk.events.get(id);
  if (stored === undefined) return;
  if (!isShed(stored.outer)) putBytes(disk, id, shedOuter(stored.outer));
  disk.shed.set(id, { scope: reason.scope, author: reason.author, why: reason.why });
  disk.sealed.delete(id);
}

/** Messages that an event did something to. */
export function targetsOf(disk: MemoryDisk, event: EventId): EventId[] {
  return [...disk.acts].flatMap(([message, acts]) => (acts.has(event) ? message : []));
}

/** Returns the messages that acts were on. */
export function withdrawActs(disk: MemoryDisk, { scope, device, afterSeq }: WithdrawnRow): EventId[] {
  const touched: EventId[] = [];
  for (const [message, acts] of disk.acts) {
    for (const event of acts.keys()) {
      const stored = disk.events.get(event);
      if (stored?.scope !== scope || stored.device !== device || stored.seq <= afterSeq) continue;
      acts.delete(event);
      touched.push(message);
    }
  }
  return touched;
}

export interface RowWriter {
  put(row: MessageRow): void;
  take(id: EventId): void;
}

/** filled: what was known of it while it was here without its body, where that has just come back. */
export function settleMessage(
  disk: MemoryDisk,
  id: EventId,
  rows: RowWriter,
  filled?: Pick<MessageRow, "scope" | "author">,
): void {
  const row = disk.messages.get(id);
  const bare = disk.shed.get(id);
  const message = row ?? bare ?? filled;
  if (message === undefined) return;
  const { scope, author } = message;
  const acts = disk.acts.get(id) ?? new Map<EventId, ActRow>();
  const edits = [...acts.values()].filter(
    (act) => act.kind === "edit" && act.author === author && act.scope === scope,
  );
  if (bare?.why === "expired") {
    for (const act of edits) shed(disk, act.event, { scope, author, why: "expired" });
    for (const map of [disk.acts, disk.reactions, disk.originals, disk.expiring]) map.delete(id);
    if (row !== undefined) rows.take(id);
    return;
  }
  const { deleted, edit } = settleActs(message, [...acts.values()]);
  if (deleted) {
    shed(disk, id, { scope, author, why: "deleted" });
    for (const act of edits) {
      shed(disk, act.event, { scope, author, why: "deleted" });
      acts.set(act.event, { ...act, text: "" });
    }
    disk.originals.delete(id);
    if (row !== undefined) rows.put({ ...posted(row), text: "", deleted: true });
    return;
  }
  if (bare !== undefined) {
    disk.shed.set(id, { ...bare, why: "withheld" });
    if (row !== undefined) rows.take(id);
    return;
  }
  if (row === undefined) return;
  const original = disk.originals.get(id) ?? row.text;
  if (edit === null) disk.originals.delete(id);
  else disk.originals.set(id, original);
  rows.put({
    ...posted(row),
    text: edit?.text ?? original,
    ...(edit !== null && { editedMs: edit.timeMs }),
  });
}

/** Without what acts have made of it. */
function posted(row: MessageRow): MessageRow {
  const { editedMs: _editedMs, deleted: _deleted, ...rest } = row;
  return rest;
}

/** In place: the event is found in several ways. */
function putBytes(disk: MemoryDisk, id: EventId, outer: Uint8Array): void {
  const event = disk.events.get(id);
  if (event !== undefined) Object.assign(event, { outer });
}
