/**
 * What the store keeps beside the events and derives from them: heads, counts, views, the log of changes. Each
 * is compared with what the events themselves say, so that nothing is shown or left out which they do not
 * bear out. spec/store ST10.
 */
import type {
  EventId,
  EventStore,
  Header,
  Membership,
  MessageRow,
  PersonId,
  ReactionRow,
  Roster,
  ScopeId,
  SpaceId,
} from "@kith/core";
import { checkKept } from "@kith/core";
import { isHeard, judgeWriting } from "./fences.ts";
import type { Judges } from "./fences.ts";

/** What is kept for sync is not what the events say; subject is the scope. A node makes it anew. */
export const SYNC_INDEX_ALTERED = "SYNC_INDEX_ALTERED";
/** Rows read at a time. */
const PAGE_ROWS = 1_000;

export interface ReactionFacts extends Pick<Header, "space" | "scope" | "device" | "seq" | "auth"> {
  readonly row: Omit<ReactionRow, "author">;
}

/** What the walk over the events found. */
export interface Found {
  readonly store: EventStore;
  /** Number of the newest event that was looked at. */
  readonly newest: number;
  readonly damaged: ReadonlySet<EventId>;
  readonly anyUnreadable: boolean;
  readonly missing: ReadonlySet<EventId>;
  /** Sound events that another sound one follows. */
  readonly followed: ReadonlySet<EventId>;
  readonly idsByScope: ReadonlyMap<ScopeId, readonly EventId[]>;
  /** Events by scope and bucket. */
  readonly counts: ReadonlyMap<ScopeId, ReadonlyMap<number, number>>;
  /** Sound ones. */
  readonly messages: ReadonlySet<EventId>;
  readonly reactions: readonly ReactionFacts[];
  readonly memberships: ReadonlyMap<SpaceId, Membership>;
  readonly rosters: ReadonlyMap<ScopeId, Roster>;
  readonly forkOf: Judges["forkOf"];
  noteIfGone(id: EventId, detail: string): void;
  /** Goes on to the next comparison where a damaged page ends this one. */
  readOr(read: () => void): void;
  note(subject: string, code: string, detail: string): void;
}

/**
 * On a node that stores more meanwhile, what describes the whole has moved on and is compared another time; what
 * belongs to single events is compared always.
 */
export function checkDerived(found: Found): void {
  const scopes = [...found.counts.keys()];
  found.readOr(() => checkLog(found));
  found.readOr(() => checkMessageList(found));
  found.readOr(() => {
    for (const scope of scopes)
      for (const id of found.store.heads(scope)) found.noteIfGone(id, "it was the newest of its branch");
  });
  for (const scope of scopes) {
    // What cannot be read, is altered or gone has been named, and no structure could be compared with it.
    if (found.anyUnreadable || found.damaged.size > 0 || found.missing.size > 0) break;
    found.readOr(() => {
      for (const detail of checkKept(found.store, scope)) found.note(scope, SYNC_INDEX_ALTERED, detail);
    });
  }
  const problems: [subject: string, code: string, detail: string][] = [];
  const gathered: Found = { ...found, note: (...problem) => problems.push(problem) };
  for (const scope of scopes) {
    found.readOr(() => checkHeads(gathered, scope));
    found.readOr(() => checkCounts(gathered, scope));
  }
  found.readOr(() => checkNames(gathered));
  found.readOr(() => checkReactions(gathered));
  // Asked last: had it grown before any of these reads, it has grown now.
  if (found.store.stats().events > found.newest) return;
  for (const problem of problems) found.note(...problem);
}

function checkHeads({ store, damaged, missing, followed, idsByScope, note }: Found, scope: ScopeId): void {
  const stored = new Set(store.heads(scope));
  for (const id of stored)
    if (followed.has(id)) note(id, "HEADS_ALTERED", "it is kept as a head, and others follow it");
  // What follows an event may be one that is damaged or gone: that has been named, and no longer says what it followed.
  if (damaged.size > 0 || missing.size > 0) return;
  for (const id of idsByScope.get(scope) ?? []) {
    if (!stored.has(id) && !followed.has(id))
      note(id, "HEADS_ALTERED", "nothing follows it, and it is not kept as a head");
  }
}

function checkCounts(found: Found, scope: ScopeId): void {
  // Rows that cannot be read are counted nowhere; they have been named.
  if (found.anyUnreadable) return;
  const counted = found.counts.get(scope);
  const stored = new Map(found.store.buckets(scope).map(({ bucket, count }) => [bucket, count]));
  for (const bucket of new Set([...stored.keys(), ...(counted?.keys() ?? [])])) {
    const [kept, here] = [stored.get(bucket) ?? 0, counted?.get(bucket) ?? 0];
    if (kept === here) continue;
    found.note(
      "database",
      "COUNT_ALTERED",
      `bucket ${bucket} of scope ${scope.slice(0, 8)} counts ${kept}, here are ${here}`,
    );
  }
}

function checkLog({ store, noteIfGone }: Found): void {
  for (let after = 0; ;) {
    const rows = store.logAfter(after, PAGE_ROWS);
    for (const { cursor, ref } of rows) {
      after = cursor;
      if (ref !== null) noteIfGone(ref, `entry ${cursor} of the log tells of it`);
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

function checkNames({ store, memberships, rosters, note }: Found): void {
  const spaces = new Map(store.spaces().map((row) => [row.id, row]));
  const people = new Map(store.people().map((row) => [row.id, row.name]));
  const names = new Map<PersonId, Set<string>>();
  for (const [space, membership] of memberships) {
    const { info, channels, members } = membership.state();
    const row = spaces.get(space);
    if (info && (row?.name !== info.name || row.kind !== info.kind || row.createdMs !== info.createdMs)) {
      note(space, "VIEW_ALTERED", "the space is not shown as it was founded");
    }
    const shown = new Map(store.channels(space).map((channel) => [channel.id, channel]));
    const privates = [...rosters.values()].flatMap((roster) =>
      roster.space === space && roster.facts ? [roster.facts] : [],
    );
    const opened = new Map([...channels.values(), ...privates].map((facts) => [facts.id, facts]));
    for (const { id, name, scope } of opened.values()) {
      const channel = shown.get(id);
      if (channel?.name !== name || channel.scope !== scope)
        note(id, "VIEW_ALTERED", "the channel is not shown as it was opened");
    }
    for (const id of shown.keys())
      if (!opened.has(id)) note(id, "VIEW_EXTRA", "no event opened this channel");
    for (const { person, name } of members.values()) {
      const of = names.get(person);
      if (of) of.add(name);
      else names.set(person, new Set([name]));
    }
  }
  for (const [person, of] of names) {
    if (!of.has(people.get(person) ?? ""))
      note(person, "VIEW_ALTERED", "the person's name is not the one that was signed");
  }
}

/** Their fields were compared one by one; here, whether there are any more of them. */
function checkMessageList({ store, newest, messages, note }: Found): void {
  const listed = store.stats().messages;
  const ids = new Set<EventId>();
  for (const { id: space } of store.spaces()) {
    for (let before: EventId | undefined; ;) {
      const page: MessageRow[] = store.messages({ space, limit: PAGE_ROWS, ...(before && { before }) });
      for (const { id } of page) ids.add(id);
      before = page[0]?.id;
      if (page.length < PAGE_ROWS) break;
    }
  }
  for (const id of ids) {
    if (messages.has(id) || (store.event(id)?.arrival ?? 0) > newest) continue;
    note(id, "VIEW_EXTRA", "it is listed as a message, and no sound event says so");
  }
  const orphans = listed - ids.size;
  if (orphans > 0)
    note("database", "VIEW_EXTRA", `rows of messages that belong to no event or space: ${orphans}`);
}

function checkReactions(found: Found): void {
  const { store, messages, reactions, memberships, rosters, forkOf, note } = found;
  const latest = new Map<string, ReactionRow>();
  for (const reaction of reactions) {
    const { row, space } = reaction;
    const membership = memberships.get(space);
    // Nothing of a message whose time is over is shown, whatever was done to it.
    if (!membership || found.store.shedReason(row.message) === "expired") continue;
    const judges = { membership, rosters, forkOf };
    const right = judgeWriting({ ...reaction, id: row.event }, judges);
    if (!right.ok || !isHeard(reaction, judges)) continue;
    const key = `${row.message}${right.person}${row.emoji}`;
    const before = latest.get(key);
    if (!before || isLater(row, before)) latest.set(key, { ...row, author: right.person });
  }
  const expected = new Map([...latest].filter(([, { present }]) => present));
  const targets = new Set([...messages, ...reactions.map(({ row }) => row.message)]);
  for (const { message, author, emoji, event } of store.reactions([...targets])) {
    const key = `${message}${author}${emoji}`;
    if (expected.get(key)?.event !== event)
      note(event, "VIEW_EXTRA", "this reaction is shown, and no sound event says so");
    expected.delete(key);
  }
  for (const { event } of expected.values()) note(event, "VIEW_MISSING", "this reaction is not shown");
}

function isLater(a: Omit<ReactionRow, "author">, b: ReactionRow): boolean {
  const order = a.timeMs - b.timeMs || a.timeCount - b.timeCount;
  return order > 0 || (order === 0 && a.event > b.event);
}
