/**
 * Writes what is done to messages, and settles each message that it concerns: the text that is shown, or that none is
 * any more and the bodies are gone; of one whose time is over nothing is left. Within the transaction of what brought it. Loaded by the worker: of core it takes
 * nothing but the rule. spec/space SP130-SP136, SP140-SP145, spec/store ST20-ST22, ST30-ST32.
 */
import type { Database } from "better-sqlite3";
import { settleActs } from "@kith/core/acts";
import type { ActKind, ActRow } from "@kith/core/ports";
import { isShed, shedOuter } from "../shed.ts";
import type { GroupReader } from "./group.ts";
import type { NameWriter } from "./names.ts";
import { createSealedWriter } from "./sealed-writer.ts";

/** As columns of `shed`. */
export const shedReasons = ["withheld", "deleted", "expired"] as const;
const WITHHELD = 0;
const DELETED = 1;
const EXPIRED = 2;

/** A text that the index holds for this message gives way to another; null: to none. */
export type ChangeWords = (arrival: number, before: string, text: string | null) => void;

export interface ActWriter {
  putAct(reader: GroupReader): void;
  putBare(reader: GroupReader): void;
  fill(reader: GroupReader): void;
  putExpiring(reader: GroupReader): void;
  expire(reader: GroupReader): void;
  putSealed(reader: GroupReader): void;
  /** Whether bodies that were kept have gone since this was last asked. */
  takeForgotten(): boolean;
  isExpired(id: Buffer): boolean;
  /** Its row was written as it was posted. */
  noteMessage(id: Buffer): void;
  /** Acts of events beyond a place, given as the values of scope, device and seq. */
  withdraw(place: readonly unknown[]): void;
  /** Settles what was touched since. */
  settle(): void;
  /** Forgets what was touched, after a rollback. */
  forget(): void;
}

interface Columns {
  readonly kind: ActKind;
  readonly event: Buffer;
  readonly scope: number;
  readonly author: number;
  readonly admin: number;
  readonly time_ms: number;
  readonly time_count: number;
  readonly text: string | null;
}
interface Place {
  readonly scope: number;
  readonly author: number;
}
interface Shown {
  readonly arrival: number;
  readonly scope: number;
  readonly author: number;
  readonly text: string;
  readonly original: string | null;
  readonly gone: number;
}

export function createActWriter(database: Database, names: NameWriter, changeWords: ChangeWords): ActWriter {
  const addAct = database.prepare(
    `INSERT INTO acts (message, kind, event, scope, author, admin, time_ms, time_count, text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const actsOn = database.prepare("SELECT * FROM acts WHERE message = ?");
  const anyAct = database
    .prepare("SELECT 1 WHERE EXISTS (SELECT 1 FROM acts) OR EXISTS (SELECT 1 FROM shed)")
    .pluck();
  const dropActs = database.prepare("DELETE FROM acts WHERE message = ?");
  const dropReactions = database.prepare("DELETE FROM reactions WHERE message = ?");
  const addExpiring = database.prepare(
    "INSERT INTO expiring (id, scope, author, expires_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const dropExpiring = database.prepare("DELETE FROM expiring WHERE id = ?");
  const beyond = "event IN (SELECT id FROM events WHERE scope = ? AND device = ? AND seq > ?)";
  const messagesBeyond = database.prepare(`SELECT DISTINCT message FROM acts WHERE ${beyond}`).pluck();
  const dropBeyond = database.prepare(`DELETE FROM acts WHERE ${beyond}`);
  const emptyEdits = database.prepare(
    "UPDATE acts SET text = '' WHERE message = ? AND kind = 'edit' AND author = ? AND scope = ?",
  );
  const shown = database.prepare(
    `SELECT m.arrival, m.scope, m.author, m.text, m.original, m.gone FROM events e JOIN messages m ON m.arrival = e.arrival
     WHERE e.id = ?`,
  );
  const show = database.prepare(
    "UPDATE messages SET text = ?, original = ?, edited_ms = ?, gone = ? WHERE arrival = ?",
  );
  const dropMessage = database.prepare("DELETE FROM messages WHERE arrival = ?");
  const bytesOf = database.prepare("SELECT bytes FROM events WHERE id = ?").pluck();
  const putBytes = database.prepare("UPDATE events SET bytes = ? WHERE id = ?");
  const bareOf = database.prepare("SELECT scope, author, why FROM shed WHERE id = ?");
  const putShed = database.prepare(
    "INSERT INTO shed (id, scope, author, why) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET why = excluded.why",
  );
  const targetsOf = database.prepare("SELECT message FROM acts WHERE event = ?").pluck();
  const sealed = createSealedWriter(database);
  const dropShed = database.prepare("DELETE FROM shed WHERE id = ?");
  /** Most stores hold none for long, nor anything shed: then a new message needs no look. */
  let hasActs = anyAct.get() !== undefined;
  const touched = new Map<string, Buffer>();
  const touch = (id: Buffer): void => void touched.set(id.toString("latin1"), id);
  /** What was known of events while they were here without their bodies, which have just come back. */
  const filled = new Map<string, Place>();

  function shed(id: Buffer, { scope, author }: Place, why: number): void {
    const bytes = bytesOf.get(id) as Buffer | undefined;
    if (bytes === undefined) return;
    if (!isShed(bytes)) putBytes.run(shedOuter(bytes), id);
    putShed.run(id, scope, author, why);
    sealed.drop(id);
  }

  function shedEdits(columns: readonly Columns[], place: Place, why: number): void {
    for (const act of columns)
      if (act.kind === "edit" && act.author === place.author && act.scope === place.scope)
        shed(act.event, place, why);
  }

  /** Nothing is left but the events, without what they said. */
  function dropAll(id: Buffer, place: Place, row: Shown | undefined): void {
    shedEdits(actsOn.all(id) as Columns[], place, EXPIRED);
    dropActs.run(id);
    dropReactions.run(id);
    dropExpiring.run(id);
    if (row === undefined) return;
    if (row.text !== "") changeWords(row.arrival, row.text, null);
    dropMessage.run(row.arrival);
  }

  function settleOne(id: Buffer): void {
    const row = shown.get(id) as Shown | undefined;
    const bare = bareOf.get(id) as (Place & { why: number }) | undefined;
    if (bare?.why === EXPIRED) return dropAll(id, bare, row);
    const message = row ?? bare ?? filled.get(id.toString("latin1"));
    if (message === undefined) return;
    const columns = actsOn.all(id) as Columns[];
    const place = { scope: String(message.scope), author: String(message.author) };
    const { deleted, edit } = settleActs(
      place as unknown as Parameters<typeof settleActs>[0],
      columns.map(toAct),
    );
    if (deleted) {
      shed(id, message, DELETED);
      shedEdits(columns, message, DELETED);
      emptyEdits.run(id, message.author, message.scope);
      if (row === undefined) return;
      if (row.text !== "") changeWords(row.arrival, row.text, "");
      show.run("", null, null, 1, row.arrival);
      return;
    }
    if (bare !== undefined) {
      // What took the body does not count any more: the text is not here, and is asked for.
      putShed.run(id, bare.scope, bare.author, WITHHELD);
      if (row !== undefined) {
        if (row.text !== "") changeWords(row.arrival, row.text, null);
        dropMessage.run(row.arrival);
      }
      return;
    }
    if (row === undefined) return;
    const original = row.original ?? row.text;
    const text = edit?.text ?? original;
    if (text !== row.text) changeWords(row.arrival, row.text, text);
    show.run(text, edit === null ? null : original, edit?.timeMs ?? null, 0, row.arrival);
  }

  return {
    putAct(reader) {
      const message = reader.id().bytes;
      const kind = reader.word();
      const event = reader.id().bytes;
      const scope = names.number(reader.id());
      const author = names.number(reader.id());
      const [admin, timeMs, timeCount] = [reader.number(), reader.number(), reader.number()];
      addAct.run(message, kind, event, scope, author, admin, timeMs, timeCount, reader.textOrNull());
      hasActs = true;
      touch(message);
    },
    putBare(reader) {
      const id = reader.id().bytes;
      putShed.run(id, names.number(reader.id()), names.number(reader.id()), WITHHELD);
      sealed.drop(id);
      touch(id);
    },
    fill(reader) {
      const id = reader.id().bytes;
      const outer = reader.blob();
      const bare = bareOf.get(id) as (Place & { why: number }) | undefined;
      if (outer === null || bare === undefined || bare.why === EXPIRED) return;
      putBytes.run(outer, id);
      dropShed.run(id);
      // What took the body may still count, and no view need follow where it cannot be read here.
      filled.set(id.toString("latin1"), bare);
      const targets = targetsOf.all(id) as Buffer[];
      for (const message of targets.length > 0 ? targets : [id]) touch(message);
    },
    putExpiring(reader) {
      const id = reader.id().bytes;
      const [scope, author] = [names.number(reader.id()), names.number(reader.id())];
      const expiresMs = reader.number();
      if (!this.isExpired(id)) addExpiring.run(id, scope, author, expiresMs);
    },
    expire(reader) {
      const id = reader.id().bytes;
      shed(id, { scope: names.number(reader.id()), author: names.number(reader.id()) }, EXPIRED);
      dropExpiring.run(id);
      hasActs = true;
      touch(id);
    },
    putSealed(reader) {
      const id = reader.id().bytes;
      const scope = names.number(reader.id());
      const body = reader.blob();
      if (bareOf.get(id) === undefined) sealed.put(id, scope, body);
    },
    takeForgotten: sealed.takeForgotten,
    isExpired: (id) => (bareOf.get(id) as { why: number } | undefined)?.why === EXPIRED,
    noteMessage(id) {
      if (hasActs) touch(id);
    },
    withdraw(place) {
      if (!hasActs) return;
      for (const message of messagesBeyond.all(...place)) touch(message as Buffer);
      dropBeyond.run(...place);
    },
    settle() {
      if (touched.size === 0) return;
      for (const id of touched.values()) settleOne(id);
      this.forget();
    },
    forget() {
      touched.clear();
      filled.clear();
    },
  };
}

/** Names by their numbers here: the rule compares them and nothing more. */
function toAct(columns: Columns): ActRow {
  const { kind, event, scope, author, admin, time_ms: timeMs, time_count: timeCount, text } = columns;
  const words = { scope: String(scope), author: String(author), event: event.toString("hex") };
  return { ...words, kind, admin: admin === 1, timeMs, timeCount, text, target: "" } as unknown as ActRow;
}
