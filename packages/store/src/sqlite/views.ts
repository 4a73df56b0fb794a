/** Writes the views that people read: spaces, channels, people, messages, reactions; takes back what is shown no more. */
import type { Database } from "better-sqlite3";
import { createActWriter } from "./acts.ts";
import type { GroupReader, Id } from "./group.ts";
import type { NameWriter } from "./names.ts";
import type { WordIndex } from "./word-index.ts";

/** The event whose views are being written; a lookup is saved for its own message. */
export interface CurrentEvent {
  readonly id: Id;
  readonly arrival: number;
}

export interface ViewWriter {
  /** Reads a count and as many changes. */
  apply(reader: GroupReader, current: CurrentEvent | null): void;
  /** Indexes the words of messages that the index has passed already; the last step before COMMIT. */
  indexLateWords(): void;
  /** How many such messages there are. */
  mark(): number;
  /** Forgets those beyond the mark, after a rollback. */
  rewind(mark: number): void;
  /** Whether bodies that were kept have gone since this was last asked. */
  takeForgotten(): boolean;
}

export function createViewWriter(database: Database, names: NameWriter, index: WordIndex): ViewWriter {
  const putSpace = database.prepare(
    "INSERT OR REPLACE INTO spaces (id, name, kind, created_ms) VALUES (?, ?, ?, ?)",
  );
  const putChannel = database.prepare(
    "INSERT OR REPLACE INTO channels (id, space, scope, name, created_ms) VALUES (?, ?, ?, ?, ?)",
  );
  const putPerson = database.prepare("INSERT OR REPLACE INTO people (id, name) VALUES (?, ?)");
  const arrivalOf = database.prepare("SELECT arrival FROM events WHERE id = ?").pluck();
  const addMessage = database.prepare(
    `INSERT INTO messages (arrival, space, channel, scope, author, device, seq, time_ms, time_count, reply_to, client_id, text, expires_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (arrival) DO NOTHING`,
  );
  const textOf = database.prepare("SELECT text FROM messages WHERE arrival = ?").pluck();
  const replaceMessage = database.prepare(
    `UPDATE messages SET space = ?, channel = ?, scope = ?, author = ?, device = ?, seq = ?, time_ms = ?, time_count = ?,
     reply_to = ?, client_id = ?, text = ?, expires_ms = ?, original = NULL, edited_ms = NULL, gone = 0 WHERE arrival = ?`,
  );
  const addReaction = database.prepare(
    `INSERT INTO reactions (message, emoji, author, present, time_ms, time_count, event) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET present = excluded.present, time_ms = excluded.time_ms,
       time_count = excluded.time_count, event = excluded.event
     WHERE (excluded.time_ms, excluded.time_count, excluded.event) > (time_ms, time_count, event)`,
  );
  const messagesBeyond = database.prepare(
    `SELECT m.arrival AS arrival, m.text AS text FROM events e JOIN messages m ON m.arrival = e.arrival
     WHERE e.scope = ? AND e.device = ? AND e.seq > ?`,
  );
  const dropMessage = database.prepare("DELETE FROM messages WHERE arrival = ?");
  const dropReactions = database.prepare(
    "DELETE FROM reactions WHERE event IN (SELECT id FROM events WHERE scope = ? AND device = ? AND seq > ?)",
  );
  let late: Words[] = [];
  const acts = createActWriter(database, names, (arrival, before, text) => {
    if (index.covers(arrival)) late.push({ arrival, before, text });
  });

  function putMessage(reader: GroupReader, current: CurrentEvent | null): void {
    const id = reader.id();
    const arrival = current?.id === id ? current.arrival : (arrivalOf.get(id.bytes) as number | undefined);
    if (arrival === undefined) throw new TypeError(`the event of message ${id.text} is not here`);
    const space = names.number(reader.id());
    const channel = names.number(reader.id());
    const scope = names.number(reader.id());
    const author = names.number(reader.id());
    const device = names.number(reader.id());
    const replyTo = reader.idOrNull()?.bytes ?? null;
    const seq = reader.number();
    const timeMs = reader.number();
    const timeCount = reader.number();
    const clientId = reader.textOrNull();
    const text = reader.text();
    const expiresMs = reader.numberOrNull();
    const added = addMessage.run(
      arrival,
      space,
      channel,
      scope,
      author,
      device,
      seq,
      timeMs,
      timeCount,
      replyTo,
      clientId,
      text,
      expiresMs,
    );
    let before: string | null = null;
    if (added.changes === 0) {
      before = textOf.get(arrival) as string;
      replaceMessage.run(
        space,
        channel,
        scope,
        author,
        device,
        seq,
        timeMs,
        timeCount,
        replyTo,
        clientId,
        text,
        expiresMs,
        arrival,
      );
    }
    if (index.covers(arrival)) late.push({ arrival, before, text });
    acts.noteMessage(id.bytes);
  }

  function putReaction(reader: GroupReader): void {
    const message = reader.id().bytes;
    const emoji = reader.word();
    const author = names.number(reader.id());
    const event = reader.id().bytes;
    const [present, timeMs, timeCount] = [reader.number(), reader.number(), reader.number()];
    if (!acts.isExpired(message)) addReaction.run(message, emoji, author, present, timeMs, timeCount, event);
  }

  function withdraw(reader: GroupReader): void {
    const place = [names.number(reader.id()), names.number(reader.id()), reader.number()];
    for (const { arrival, text } of messagesBeyond.all(...place) as { arrival: number; text: string }[]) {
      dropMessage.run(arrival);
      if (index.covers(arrival)) late.push({ arrival, before: text, text: null });
    }
    dropReactions.run(...place);
    acts.withdraw(place);
  }

  function applyOne(reader: GroupReader, current: CurrentEvent | null): void {
    const op = reader.word();
    switch (op) {
      case "space":
        putSpace.run(reader.id().bytes, reader.text(), reader.text(), reader.number());
        break;
      case "channel":
        putChannel.run(
          reader.id().bytes,
          names.number(reader.id()),
          names.number(reader.id()),
          reader.text(),
          reader.number(),
        );
        break;
      case "person":
        putPerson.run(reader.id().bytes, reader.text());
        break;
      case "message":
        putMessage(reader, current);
        break;
      case "reaction":
        putReaction(reader);
        break;
      case "act":
        acts.putAct(reader);
        break;
      case "bare":
        acts.putBare(reader);
        break;
      case "fill":
        acts.fill(reader);
        break;
      case "expiring":
        acts.putExpiring(reader);
        break;
      case "expire":
        acts.expire(reader);
        break;
      case "sealed":
        acts.putSealed(reader);
        break;
      case "withdraw":
        withdraw(reader);
        break;
      default:
        throw new TypeError(`unknown view change "${op}"`);
    }
  }

  return {
    apply(reader, current) {
      for (let left = reader.number(); left > 0; left -= 1) applyOne(reader, current);
      acts.settle();
    },
    indexLateWords() {
      for (const { arrival, before, text } of late) index.put(arrival, before, text);
      late = [];
    },
    mark: () => late.length,
    rewind(mark) {
      late.length = mark;
      acts.forget();
    },
    takeForgotten: acts.takeForgotten,
  };
}

interface Words {
  readonly arrival: number;
  /** The text that the message had, where this one replaces it. */
  readonly before: string | null;
  /** null: the message is shown no more. */
  readonly text: string | null;
}
