/** Writes the views that people read: spaces, channels, people, messages with their words, reactions. */
import type { Database } from "better-sqlite3";
import type { GroupReader } from "./group.ts";
import type { NameWriter } from "./names.ts";

export interface ViewMark {
  readonly words: number;
  readonly message: number;
}

export interface ViewWriter {
  /** Reads a count and as many changes. */
  apply(reader: GroupReader): void;
  /** Puts the words of the group's messages into the index; the last step before COMMIT. */
  indexWords(): void;
  mark(): ViewMark;
  /** Forgets what was done since the mark, after a rollback. */
  rewind(mark: ViewMark): void;
}

const hex = (text: string) => Buffer.from(text, "hex");

export function createViewWriter(database: Database, names: NameWriter): ViewWriter {
  const putSpace = database.prepare("INSERT OR REPLACE INTO spaces (id, name, kind, created_ms) VALUES (?, ?, ?, ?)");
  const putChannel = database.prepare("INSERT OR REPLACE INTO channels (id, space, scope, name, created_ms) VALUES (?, ?, ?, ?, ?)");
  const putPerson = database.prepare("INSERT OR REPLACE INTO people (id, name) VALUES (?, ?)");
  const addMessage = database.prepare(
    `INSERT INTO messages (n, id, space, channel, scope, author, device, seq, time_ms, time_count, reply_to, client_id, text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const replaceMessage = database
    .prepare(
      `UPDATE messages SET space = ?, channel = ?, scope = ?, author = ?, device = ?, seq = ?, time_ms = ?, time_count = ?,
       reply_to = ?, client_id = ?, text = ? WHERE id = ? RETURNING n`,
    )
    .pluck();
  const putReaction = database.prepare(
    `INSERT INTO reactions (message, emoji, author, present, time_ms, time_count, event) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET present = excluded.present, time_ms = excluded.time_ms,
       time_count = excluded.time_count, event = excluded.event
     WHERE (excluded.time_ms, excluded.time_count, excluded.event) > (time_ms, time_count, event)`,
  );
  const putWords = database.prepare("INSERT OR REPLACE INTO message_words (rowid, text) VALUES (?, ?)");

  let lastMessage = (database.prepare("SELECT max(n) FROM messages").pluck().get() as number | null) ?? 0;
  let words: { n: number; text: string }[] = [];

  function putMessage(reader: GroupReader): void {
    const id = hex(reader.text());
    const space = names.number(reader.text());
    const channel = names.number(reader.text());
    const scope = names.number(reader.text());
    const author = names.number(reader.text());
    const device = names.number(reader.text());
    const seq = reader.number();
    const timeMs = reader.number();
    const timeCount = reader.number();
    const reply = reader.textOrNull();
    const replyTo = reply === null ? null : hex(reply);
    const clientId = reader.textOrNull();
    const text = reader.text();
    let n = lastMessage + 1;
    const added = addMessage.run(n, id, space, channel, scope, author, device, seq, timeMs, timeCount, replyTo, clientId, text);
    if (added.changes > 0) lastMessage = n;
    else n = replaceMessage.get(space, channel, scope, author, device, seq, timeMs, timeCount, replyTo, clientId, text, id) as number;
    words.push({ n, text });
  }

  function applyOne(reader: GroupReader): void {
    const op = reader.text();
    switch (op) {
      case "space":
        putSpace.run(hex(reader.text()), reader.text(), reader.text(), reader.number());
        break;
      case "channel":
        putChannel.run(hex(reader.text()), names.number(reader.text()), names.number(reader.text()), reader.text(), reader.number());
        break;
      case "person":
        putPerson.run(hex(reader.text()), reader.text());
        break;
      case "message":
        putMessage(reader);
        break;
      case "reaction":
        putReaction.run(
          hex(reader.text()), reader.text(), names.number(reader.text()), reader.number(),
          reader.number(), reader.number(), hex(reader.text()),
        );
        break;
      default:
        throw new TypeError(`unknown view change "${op}"`);
    }
  }

  return {
    apply(reader) {
      for (let left = reader.number(); left > 0; left -= 1) applyOne(reader);
    },
    indexWords() {
      for (const { n, text } of words) putWords.run(n, text);
      words = [];
    },
    mark: () => ({ words: words.length, message: lastMessage }),
    rewind(mark) {
      words.length = mark.words;
      lastMessage = mark.message;
    },
  };
}
