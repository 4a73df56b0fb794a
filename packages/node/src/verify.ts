/**
 * Reads everything the store holds and checks it as if a stranger had sent it: bytes, ids, signatures, chains,
 * membership, and that the views say what the events say. Works on any store, with or without a running node.
 * Names what was altered and what is gone, as far as anything left still names it. spec/store ST10.
 */
import {
  controlScope,
  createKeyTable,
  createMembership,
  createRootIndex,
  createRoster,
  decodeBody,
  decodeOuter,
  expiryMs,
  isMessageKind,
  openEvent,
  publicScope,
  StoreError,
  toRecord,
  withSealedSource,
} from "@kith/core";
import type {
  Body,
  EventId,
  EventStore,
  Header,
  Membership,
  MessageRow,
  OpenedEvent,
  PersonId,
  Roster,
  ScopeId,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import { isHeard, judgeWriting } from "./fences.ts";
import type { Judges } from "./fences.ts";
import { readFloor, storedCauses, toCause } from "./floors.ts";
import { readSecrets, scopesWithKeys } from "./secrets.ts";
import type { VerifyReport } from "./service.ts";
import { checkTexts } from "./verify-acts.ts";
import { checkDerived } from "./verify-derived.ts";
import type { Found } from "./verify-derived.ts";
import { note, noteDamaged, noteIfGone, readOr, short } from "./verify-work.ts";
import type { Sound, Tip, VerifyOptions, Work } from "./verify-work.ts";

export type { VerifyOptions } from "./verify-work.ts";

/** More are counted but not listed: a store whose key is wrong would else list every event. */
const PROBLEMS_LISTED_MAX = 1_000;

export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const { store, signal } = options;
  const work: Work = {
    newest: newestOf(store),
    options,
    keys: createKeyTable(),
    memberships: new Map(),
    rosters: new Map(),
    control: [],
    people: [],
    sound: [],
    tips: new Map(),
    forks: new Map(),
    causes: new Map(),
    counts: new Map(),
    present: new Set(),
    damaged: new Set(),
    missing: new Set(),
    messages: new Set(),
    texts: new Map(),
    acts: [],
    reactions: [],
    problems: [],
    events: 0,
  };
  for (const detail of store.checkIntegrity()) note(work, "database", "MEDIUM_DAMAGED", detail);
  try {
    const sealed = { bodyOf: (id: EventId) => store.sealedBody(id), keyOf: () => null };
    for (const keys of readSecrets(store)) work.keys.add(withSealedSource(keys, sealed));
  } catch (error) {
    note(work, "database", "SECRETS_DAMAGED", messageOf(error));
  }
  for (const rows of store.scan()) {
    signal?.throwIfAborted();
    const opened: { row: StoredEvent; event: OpenedEvent }[] = [];
    for (const row of rows) {
      if (row.ok && row.event.arrival > work.newest) continue;
      work.events += 1;
      if (!row.ok) {
        if (row.id) noteDamaged(work, row.id, "UNREADABLE", row.error);
        else note(work, "database", "UNREADABLE", row.error);
      } else {
        const event = openRow(work, row.event);
        if (event) opened.push({ row: row.event, event });
      }
    }
    const valid = await options.verifier.verify(opened.map(({ event }) => event.check));
    for (const [index, { row, event }] of opened.entries()) {
      if (valid[index] !== true)
        noteDamaged(work, row.id, "EVENT_SIGNATURE", "the signature is not the named device's");
      else keepSound(work, row, event);
    }
  }
  signal?.throwIfAborted();
  readOr(work, undefined, () => readCauses(work));
  checkControl(work);
  checkPeople(work);
  checkOrder(work);
  readOr(work, undefined, () => checkTips(work));
  readOr(work, undefined, () =>
    checkTexts({
      store,
      texts: work.texts,
      acts: work.acts,
      judgesOf: ({ space }) => judgesIn(work, space),
      note: (...problem) => note(work, ...problem),
    }),
  );
  readOr(work, undefined, () => checkDerived(toFound(work)));
  return {
    ok: work.problems.length === 0,
    events: work.events,
    messages: work.messages.size,
    problems: work.problems.slice(0, PROBLEMS_LISTED_MAX),
    roots: readOr(work, [], () => roots(work)),
  };
}

/** Opened and verified like events; one that does not hold is not here. */
function readCauses(work: Work): void {
  for (const scope of scopesOf(work)) {
    const floor = readFloor(work.options.store, scope);
    for (const event of storedCauses(work.options.store, scope, work.keys))
      if (event.bucket < floor) work.causes.set(event.id, toCause(event));
  }
}

/** Damage may hide even that; then there is no bound, and what comes meanwhile is judged as well. */
function newestOf(store: EventStore): number {
  try {
    return store.stats().events;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return Number.MAX_SAFE_INTEGER;
  }
}

function openRow(work: Work, row: StoredEvent): OpenedEvent | null {
  work.present.add(row.id);
  countRow(work, row);
  try {
    const outer = decodeOuter(row.outer);
    if (outer.id !== row.id) {
      noteDamaged(work, row.id, "EVENT_ID", `its bytes hash to ${outer.id}`);
      return null;
    }
    const keys = work.keys.find(outer.tag, outer.bucket);
    if (!keys) {
      noteDamaged(work, row.id, "EVENT_KEY", "no key of this device opens it");
      return null;
    }
    const opened = openEvent(outer, keys);
    const { arrival: _, outer: __, ...columns } = row;
    const { outer: ___, ...expected } = toRecord(opened);
    for (const [name, value] of Object.entries(expected)) {
      if (JSON.stringify(value) === JSON.stringify(columns[name as keyof typeof columns])) continue;
      noteDamaged(work, row.id, "COLUMN_ALTERED", `the stored ${name} is not the one that was signed`);
      return null;
    }
    return opened;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    noteDamaged(work, row.id, String(error.code), error.message);
    return null;
  }
}

/** As it is stored, altered or not: the counts are of rows. */
function countRow(work: Work, { scope, bucket }: StoredEvent): void {
  let counts = work.counts.get(scope);
  if (!counts) work.counts.set(scope, (counts = new Map()));
  counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
}

/** The medium is read in order of ids; order, authority and membership are judged when all of it is here. */
function keepSound(work: Work, row: StoredEvent, event: OpenedEvent): void {
  const { id, header } = event;
  const body = bodyOf(event);
  const { space, scope, device, seq, prev, parents, auth, time } = header;
  let shownAuthor: PersonId | null = null;
  if (body?.type === "message.edit" || body?.type === "message.delete") work.acts.push({ id, header, body });
  if (scope === controlScope(space)) {
    work.control.push({ id, arrival: row.arrival, header, body });
  } else if (event.isClosed && work.options.store.shedReason(id) === null) {
    // From before this person came, or its key is destroyed: kept for others, shown to nobody here.
  } else if (event.body === null && isMessageKind(header.kind)) {
    shownAuthor = checkBare(work, id);
  } else if (scope !== publicScope(space) && !isMessageKind(header.kind) && body?.type !== "reaction.set") {
    work.people.push({ id, arrival: row.arrival, header, body });
  } else if (body?.type === "message.post" || body?.type === "message.expire") {
    const { channel, text, replyTo } = body;
    const expiresMs = expiryMs(header);
    const at = { timeMs: time.ms, timeCount: time.count, ...(expiresMs !== null && { expiresMs }) };
    shownAuthor = checkMessage(work, { id, space, scope, device, seq, channel, text, replyTo, ...at });
  } else if (body?.type === "reaction.set") {
    const { message, emoji, present } = body;
    const reaction = { message, emoji, present, timeMs: time.ms, timeCount: time.count, event: id };
    work.reactions.push({ space, scope, device, seq, auth, row: reaction });
  }
  work.sound.push({ id, arrival: row.arrival, space, scope, device, seq, prev, parents, auth, shownAuthor });
}

function checkControl(work: Work): void {
  work.control.sort((a, b) => a.arrival - b.arrival);
  for (const event of work.control) {
    const { header } = event;
    const membership = membershipOf(work, header.space);
    const follows = header.prev ? [header.prev, ...header.parents] : header.parents;
    if (membership.missing(follows).length > 0) {
      for (const id of follows) noteIfGone(work, id, `${short(event.id)} follows it`);
      note(work, event.id, "PARENT_MISSING", "an event that it follows is not here, or not as it was signed");
    } else {
      membership.add(event);
    }
  }
}

/** Who is in each private channel, by its own events. */
function checkPeople(work: Work): void {
  work.people.sort((a, b) => a.arrival - b.arrival);
  for (const event of work.people) {
    const roster = rosterOf(work, event.header);
    const uncited = roster.missing(event.header.auth);
    for (const id of uncited) noteIfGone(work, id, `${short(event.id)} cites it`);
    if (uncited.length === 0) roster.add(event);
  }
}

function rosterOf(work: Work, { space, scope }: Pick<Header, "space" | "scope">): Roster {
  const known = work.rosters.get(scope);
  if (known) return known;
  const roster = createRoster({ space, scope }, () => membershipOf(work, space));
  work.rosters.set(scope, roster);
  return roster;
}

function checkOrder(work: Work): void {
  work.sound.sort((a, b) => a.arrival - b.arrival);
  findForks(work);
  for (const event of work.sound) {
    checkChain(work, event);
    for (const id of event.parents) noteIfGone(work, id, `${short(event.id)} follows it`);
    if (event.scope === controlScope(event.space)) continue;
    if (event.scope !== publicScope(event.space)) rosterOf(work, event);
    const judges = judgesIn(work, event.space);
    const right = judgeWriting(event, judges);
    const isShown = event.shownAuthor !== null;
    if (!right.ok) note(work, event.id, right.code, right.detail);
    else if (!isHeard(event, judges)) {
      work.messages.delete(event.id);
      if (isShown) note(work, event.id, "VIEW_EXTRA", "it is shown, and its author's removal closed it");
    } else if (work.messages.has(event.id) && !isShown)
      note(work, event.id, "VIEW_MISSING", "the message is not in the list of messages");
    else if (event.shownAuthor !== null && event.shownAuthor !== right.person)
      note(work, event.id, "VIEW_ALTERED", "the author shown is not the one who signed it");
  }
}

function judgesIn(work: Work, space: SpaceId): Judges {
  return { membership: membershipOf(work, space), rosters: work.rosters, forkOf: forkOf(work) };
}

function forkOf({ forks }: Work): Judges["forkOf"] {
  return (scope, device) => forks.get(`${scope}${device}`);
}

/** In order of arrival a number that is not above all before it stands twice: causes come first. */
function findForks({ sound, forks }: Work): void {
  const highest = new Map<string, number>();
  for (const { scope, device, seq } of sound) {
    const chain = `${scope}${device}`;
    const before = highest.get(chain) ?? 0;
    if (seq <= before) forks.set(chain, Math.min(seq, forks.get(chain) ?? Infinity));
    else highest.set(chain, seq);
  }
}

function checkChain(work: Work, event: Sound): void {
  const { prev, seq, id } = event;
  const chain = `${event.scope}${event.device}`;
  const tip = work.tips.get(chain) ?? causeOf(work, event);
  work.tips.set(chain, { seq, id });
  const fork = work.forks.get(chain);
  if (fork !== undefined && seq >= fork) return checkBranch(work, event);
  if (seq === (tip?.seq ?? 0) + 1 && prev === (tip?.id ?? null)) return;
  if (prev !== null) noteIfGone(work, prev, `${short(id)} follows it`);
  // The event before it is what was altered, and has been named; this one is as it was signed.
  if (prev !== null && (work.missing.has(prev) || work.damaged.has(prev))) return;
  const detail = `number ${seq} of its device does not follow number ${tip?.seq ?? 0}`;
  note(work, id, "CHAIN_BROKEN", detail);
}

/** Of a chain that parts each event follows its own predecessor, wherever that came. */
function checkBranch(work: Work, { id, seq, prev, scope, device }: Sound): void {
  if (prev === null && seq === 1) return;
  if (prev !== null) noteIfGone(work, prev, `${short(id)} follows it`);
  const before = prev === null ? null : readOr(work, null, () => work.options.store.event(prev));
  if (!before || (before.scope === scope && before.device === device && before.seq === seq - 1)) return;
  note(work, id, "CHAIN_BROKEN", `number ${seq} of its device follows none before it`);
}

/** What the first event of a chain follows where older ones are not kept. */
function causeOf(work: Work, { prev, device }: Sound): Tip | undefined {
  const cause = prev === null ? undefined : work.causes.get(prev);
  return cause?.device === device ? cause : undefined;
}

/** Returns the author whom the view names; null when there is no row. */
function checkMessage(work: Work, signed: Omit<MessageRow, "author" | "clientId">): PersonId | null {
  work.messages.add(signed.id);
  work.texts.set(signed.id, signed.text);
  const view = readOr(work, null, () => work.options.store.message(signed.id));
  // Whether it should be there only the whole log of members says.
  if (!view) return null;
  for (const [name, value] of Object.entries({ expiresMs: undefined, ...signed })) {
    // What it says now may be an edit: compared when all edits have been read.
    if (name === "text" || view[name as keyof typeof signed] === value) continue;
    note(work, signed.id, "VIEW_ALTERED", `the ${name} shown is not the one that was signed`);
  }
  return view.author;
}

/** A message without its body shows nothing, or that it was deleted. */
function checkBare(work: Work, id: EventId): PersonId | null {
  const view = readOr(work, null, () => work.options.store.message(id));
  if (!view) return null;
  work.messages.add(id);
  work.texts.set(id, null);
  return view.author;
}

/** What lies last in a chain and the scan did not meet, while another way to it still does. */
function checkTips(work: Work): void {
  for (const scope of scopesOf(work)) {
    for (const { device, id, seq } of work.options.store.chainTips(scope)) {
      noteIfGone(work, id, `number ${seq} of device ${short(device)} was stored`);
    }
  }
}

function toFound(work: Work): Found {
  const idsByScope = new Map<ScopeId, EventId[]>([...work.counts.keys()].map((scope) => [scope, []]));
  const followed = new Set<EventId>();
  for (const { id, scope, prev, parents } of work.sound) {
    idsByScope.get(scope)?.push(id);
    if (prev) followed.add(prev);
    for (const parent of parents) followed.add(parent);
  }
  const { damaged, counts, messages, reactions, memberships, rosters } = work;
  return {
    store: work.options.store,
    damaged,
    missing: work.missing,
    anyUnreadable: work.problems.some(({ code }) => code === "UNREADABLE"),
    followed,
    idsByScope,
    readOr: (read) => readOr(work, undefined, read),
    counts,
    messages,
    reactions,
    memberships,
    rosters,
    forkOf: forkOf(work),
    newest: work.newest,
    noteIfGone: (id, detail) => noteIfGone(work, id, detail),
    note: (subject, code, detail) => note(work, subject, code, detail),
  };
}

function roots(work: Work): VerifyReport["roots"] {
  const index = createRootIndex(work.options.store);
  return scopesOf(work).map((scope) => ({
    space: work.keys.ofScope(scope)[0]?.space ?? ("" as SpaceId),
    scope,
    root: Buffer.from(index.root(scope)).toString("hex"),
    events: work.options.store.buckets(scope).reduce((sum, { count }) => sum + count, 0),
  }));
}

function scopesOf(work: Work): ScopeId[] {
  const { store } = work.options;
  return store
    .spaces()
    .flatMap(({ id }) => [controlScope(id), publicScope(id), ...scopesWithKeys(store, id)]);
}

function membershipOf(work: Work, space: SpaceId): Membership {
  const known = work.memberships.get(space);
  if (known) return known;
  const membership = createMembership(space);
  work.memberships.set(space, membership);
  return membership;
}

function bodyOf(event: OpenedEvent): Body | null {
  try {
    return event.body === null ? null : decodeBody(event.header.kind, event.body);
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
