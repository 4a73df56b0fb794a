/**
 * What messages say now, compared with what their authors signed: the posted text, the last edit, or nothing after a
 * deletion. A row may say nothing else, and nothing may be without a text that no deletion took. spec/store ST22.
 */
import type { Body, EventId, EventStore, Header } from "@kith/core";
import { settleActs } from "@kith/core/acts";
import type { ActRow } from "@kith/core/ports";
import { showContent } from "./fences.ts";
import type { Judges } from "./fences.ts";

export interface SignedAct {
  readonly id: EventId;
  readonly header: Header;
  readonly body: Body;
}

export interface SignedTexts {
  readonly store: EventStore;
  /** As posted, of sound messages that are shown; null: the event is here without its body. */
  readonly texts: ReadonlyMap<EventId, string | null>;
  readonly acts: readonly SignedAct[];
  judgesOf(header: Header): Judges;
  note(subject: string, code: string, detail: string): void;
}

export function checkTexts({ store, texts, acts, judgesOf, note }: SignedTexts): void {
  const byMessage = new Map<EventId, ActRow[]>();
  for (const act of acts) {
    for (const view of showContent(act, judgesOf(act.header))) {
      if (view.op !== "act") continue;
      const of = byMessage.get(view.row.target);
      if (of) of.push(view.row);
      else byMessage.set(view.row.target, [view.row]);
    }
  }
  for (const [id, posted] of texts) {
    const row = store.message(id);
    if (!row) continue;
    const { deleted, edit } = settleActs(row, byMessage.get(id) ?? []);
    const text = deleted ? "" : (edit?.text ?? posted);
    if (row.text !== text || (row.deleted ?? false) !== deleted)
      note(id, "VIEW_ALTERED", "the text shown is not the one that was signed");
    else if (row.editedMs !== edit?.timeMs)
      note(id, "VIEW_ALTERED", "the time of its last edit is not the one that was signed");
    else if (deleted && posted !== null) note(id, "BODY_KEPT", "it was deleted, and its body is still here");
  }
}
