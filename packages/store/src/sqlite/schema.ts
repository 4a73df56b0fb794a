/**
 * The tables, as numbered steps. A step that has ever been released is never edited: a change is a new
 * step at the end. `PRAGMA user_version` is the number of steps taken. docs/decisions/0002-store.
 *
 * 32-byte ids of spaces, scopes, devices, channels and persons repeat in every row, so rows carry a
 * small number from `names` instead; ids of events stay bytes, because they sort and are looked up.
 */

const first = /* sql */ `
CREATE TABLE names (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);

CREATE TABLE events (
  arrival INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  space INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  bucket INTEGER NOT NULL,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  prev BLOB,
  parents BLOB NOT NULL,
  time_ms INTEGER NOT NULL,
  time_count INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX events_id ON events (id);
CREATE UNIQUE INDEX events_chain ON events (scope, device, seq);
CREATE INDEX events_bucket ON events (scope, bucket, id);
CREATE INDEX events_scope ON events (scope);

CREATE TABLE buckets (
  scope INTEGER NOT NULL, bucket INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (scope, bucket)
) WITHOUT ROWID;

CREATE TABLE heads (scope INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (scope, id)) WITHOUT ROWID;
-- Events that something here follows and that have not come yet: they will not become heads.
CREATE TABLE awaited (scope INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (scope, id)) WITHOUT ROWID;

CREATE TABLE spaces (id BLOB PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, created_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE channels (
  id BLOB PRIMARY KEY, space INTEGER NOT NULL, scope INTEGER NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE people (id BLOB PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;

-- A message has the number of its event, so that finding it by id needs no second index of random keys.
CREATE TABLE messages (
  arrival INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  author INTEGER NOT NULL,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  time_count INTEGER NOT NULL,
  reply_to BLOB,
  client_id TEXT,
  text TEXT NOT NULL
);
CREATE UNIQUE INDEX messages_client ON messages (client_id) WHERE client_id IS NOT NULL;
-- Ties beyond the time are rare and are sorted when read.
CREATE INDEX messages_channel ON messages (channel, time_ms, time_count);
CREATE INDEX messages_space ON messages (space, time_ms, time_count);
-- Holds the words of messages up to the arrival noted in words_done; the writer catches up when it is idle.
CREATE VIRTUAL TABLE message_words USING fts5 (text, content='', tokenize='unicode61', prefix='2 3');
CREATE TABLE words_done (arrival INTEGER NOT NULL);
INSERT INTO words_done VALUES (0);

CREATE TABLE reactions (
  message BLOB NOT NULL, emoji TEXT NOT NULL, author INTEGER NOT NULL,
  present INTEGER NOT NULL, time_ms INTEGER NOT NULL, time_count INTEGER NOT NULL, event BLOB NOT NULL,
  PRIMARY KEY (message, emoji, author)
) WITHOUT ROWID;

CREATE TABLE log (cursor INTEGER PRIMARY KEY, type TEXT NOT NULL, at_ms INTEGER NOT NULL, data TEXT, ref BLOB);
CREATE TABLE heights (
  scope INTEGER NOT NULL, holder INTEGER NOT NULL, device INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (scope, holder, device)
) WITHOUT ROWID;
CREATE TABLE boxes (name BLOB PRIMARY KEY, blob BLOB NOT NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
`;

const syncStructures = /* sql */ `
-- Of the bucket's ids as they are now (spec/sync SY7); NULL once the bucket has changed.
ALTER TABLE buckets ADD COLUMN root BLOB;
-- start: eight bytes of time and an id, empty for the first of a scope; sum: of the ids. See range-leaves.
CREATE TABLE range_leaves (
  scope INTEGER NOT NULL, start BLOB NOT NULL, leaf INTEGER NOT NULL, count INTEGER NOT NULL, sum BLOB NOT NULL,
  PRIMARY KEY (scope, start)
) WITHOUT ROWID;
CREATE TABLE range_items (leaf INTEGER PRIMARY KEY, items BLOB NOT NULL);
-- Holds a row while the leaves of events that were here before are still being made: those up to this arrival are.
CREATE TABLE range_fill (arrival INTEGER NOT NULL);
INSERT INTO range_fill SELECT 0 WHERE EXISTS (SELECT 1 FROM events);
CREATE TABLE set_cells (
  scope INTEGER PRIMARY KEY, day INTEGER NOT NULL, arrival INTEGER NOT NULL, size INTEGER NOT NULL, words BLOB NOT NULL
);
`;

/** A device may sign two events with one number: both are kept. spec/event EV29. */
const branches = /* sql */ `
DROP INDEX events_chain;
CREATE INDEX events_chain ON events (scope, device, seq);
`;

const acts = /* sql */ `
-- What was done to messages, before or after they came; of which some has no effect.
CREATE TABLE acts (
  message BLOB NOT NULL, kind TEXT NOT NULL, event BLOB NOT NULL, scope INTEGER NOT NULL, author INTEGER NOT NULL,
  admin INTEGER NOT NULL, time_ms INTEGER NOT NULL, time_count INTEGER NOT NULL, text TEXT,
  PRIMARY KEY (message, event)
) WITHOUT ROWID;
CREATE INDEX acts_event ON acts (event);
-- Events whose body is not here; why: 0 for no reason known, 1 the message was deleted.
CREATE TABLE shed (id BLOB PRIMARY KEY, scope INTEGER NOT NULL, author INTEGER NOT NULL, why INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX shed_why ON shed (scope, why, id);
ALTER TABLE messages ADD COLUMN original TEXT;
ALTER TABLE messages ADD COLUMN edited_ms INTEGER;
ALTER TABLE messages ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
-- Else words that were taken out stay on their pages until these are merged.
INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1);
`;

const pins = /* sql */ `
CREATE INDEX acts_pinned ON acts (message) WHERE kind = 'pin';
`;

/**
 * In the order of arrival, so that what is appended goes to one page of each bucket: in the order of ids, which are random,
 * every event of a burst changed a page of its own. Whoever needs the ids in order sorts them.
 */
const bucketsByArrival = /* sql */ `
DROP INDEX events_bucket;
CREATE INDEX events_bucket ON events (scope, bucket, arrival, id);
`;

/** Messages that are kept for a time: when it is over, whether they are shown or not, and with a body or without. */
const expiring = /* sql */ `
ALTER TABLE messages ADD COLUMN expires_ms INTEGER;
CREATE TABLE expiring (
  id BLOB PRIMARY KEY, scope INTEGER NOT NULL, author INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX expiring_due ON expiring (expires_ms, id);
`;

/** Bodies that open once, as they were opened; NULL: it did not open here. An event that is in `shed` has none. */
const sealed = /* sql */ `
CREATE TABLE sealed (
  id BLOB PRIMARY KEY, scope INTEGER NOT NULL, opened INTEGER NOT NULL, body BLOB, CHECK (opened = (body IS NOT NULL))
) WITHOUT ROWID;
-- Holds all that a list or a count looks at: an index of those whose body is NULL, or is not, would have each body read for that.
CREATE INDEX sealed_opened ON sealed (scope, opened, id);
`;

/** Index 0 brings an empty file to version 1, and so on. */
export const migrations: readonly string[] = [
  first,
  syncStructures,
  branches,
  acts,
  pins,
  bucketsByArrival,
  expiring,
  sealed,
];
