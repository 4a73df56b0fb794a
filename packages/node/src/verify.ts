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
  decodeBody,
  decodeOuter,
  openEvent,
  publicScope,
  StoreError,
  toRecord,
} from "@kith/core";
import type {
  Body,
  DeviceId,
  EventId,
  EventStore,
  Header,
  KeyTable,
  Membership,
  MessageRow,
  OpenedEvent,
  PersonId,
  ScopeId,
  SignatureVerifier,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import { isHeard } from "./fences.ts";
import { readFloor, storedCauses, toCause } from "./floors.ts";
import type { Cause } from "./floors.ts";
import { readSecrets } from "./secrets.ts";
import type { VerifyProblem, VerifyReport } from "./service.ts";
import { checkDerived } from "./verify-derived.ts";
import type { Found, ReactionFacts } from "./verify-derived.ts";

export interface VerifyOptions {
  readonly store: EventStore;
  readonly verifier: SignatureVerifier;
  readonly signal?: AbortSignal;
}

/** More are counted but not listed: a store whose key is wrong would else list every event. */
const PROBLEMS_LISTED_MAX = 1_000;

interface Tip {
  readonly seq: number;
  readonly id: EventId;
}

/** What the second pass needs of an event whose own bytes and signature hold. */
interface Sound {
  readonly id: EventId;
  readonly arrival: number;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly prev: EventId | null;
  readonly parents: readonly EventId[];
  readonly auth: readonly EventId[];
  /** Of a message: whom the view names as its author. */
  readonly shownAuthor: PersonId | null;
}

interface Work {
  /** The newest event when the check began: what a running node stores meanwhile is not judged. */
  readonly newest: number;
  readonly options: VerifyOptions;
  readonly keys: KeyTable;
  readonly memberships: Map<SpaceId, Membership>;
  readonly control: {
    readonly arrival: number;
    readonly header: Header;
    readonly body: Body | null;
    readonly id: EventId;
  }[];
  readonly sound: Sound[];
  readonly tips: Map<string, Tip>;
  /** Below the floors of scopes, as far as they hold: what events here may follow. */
  readonly causes: Map<EventId, Cause>;
  readonly counts: Map<ScopeId, Map<number, number>>;
  readonly present: Set<EventId>;
  readonly damaged: Set<EventId>;
  readonly missing: Set<EventId>;
  readonly messages: Set<EventId>;
  readonly reactions: ReactionFacts[];
  readonly problems: VerifyProblem[];
  events: number;
}

export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const { store, signal } = options;
  const work: Work = {
    newest: newestOf(store),
    options,
    keys: createKeyTable(),
    memberships: new Map(),
    control: [],
    sound: [],
    tips: new Map(),
    causes: new Map(),
    counts: new Map(),
    present: new Set(),
    damaged: new Set(),
    missing: new Set(),
    messages: new Set(),
    reactions: [],
    problems: [],
    events: 0,
  };
  for (const detail of store.checkIntegrity()) note(work, "database", "MEDIUM_DAMAGED", detail);
  try {
    for (const keys of readSecrets(store)) work.keys.add(keys);
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
  checkOrder(work);
  readOr(work, undefined, () => checkTips(work));
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

/** What lies on a damaged page cannot be compared: that is said, and the rest is looked at. */
function readOr<T>(work: Work, otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "STORE_CORRUPT") throw error;
    const said = work.problems.some(({ subject, code }) => subject === "database" && code === "UNREADABLE");
    if (!said) note(work, "database", "UNREADABLE", error.message);
    return otherwise;
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
  if (scope === controlScope(space)) {
    work.control.push({ id, arrival: row.arrival, header, body });
  } else if (body?.type === "message.post") {
    const { channel, text, replyTo } = body;
    const at = { timeMs: time.ms, timeCount: time.count };
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

function checkOrder(work: Work): void {
  work.sound.sort((a, b) => a.arrival - b.arrival);
  for (const event of work.sound) {
    checkChain(work, event);
    for (const id of event.parents) noteIfGone(work, id, `${short(event.id)} follows it`);
    if (event.scope === controlScope(event.space)) continue;
    const membership = membershipOf(work, event.space);
    const right = membership.mayAct(event.device, "write", event.auth);
    const isShown = event.shownAuthor !== null;
    if (!right.ok) note(work, event.id, right.code, right.detail);
    else if (!isHeard(event, membership)) {
      work.messages.delete(event.id);
      if (isShown) note(work, event.id, "VIEW_EXTRA", "it is shown, and its author's removal closed it");
    } else if (work.messages.has(event.id) && !isShown)
      note(work, event.id, "VIEW_MISSING", "the message is not in the list of messages");
    else if (event.shownAuthor !== null && event.shownAuthor !== right.person)
      note(work, event.id, "VIEW_ALTERED", "the author shown is not the one who signed it");
  }
}

function checkChain(work: Work, event: Sound): void {
  const { prev, seq, id } = event;
  const chain = `${event.scope}${event.device}`;
  const tip = work.tips.get(chain) ?? causeOf(work, event);
  work.tips.set(chain, { seq, id });
  if (seq === (tip?.seq ?? 0) + 1 && prev === (tip?.id ?? null)) return;
  if (prev !== null) noteIfGone(work, prev, `${short(id)} follows it`);
  // The event before it is what was altered, and has been named; this one is as it was signed.
  if (prev !== null && (work.missing.has(prev) || work.damaged.has(prev))) return;
  const detail = `number ${seq} of its device does not follow number ${tip?.seq ?? 0}`;
  note(work, id, "CHAIN_BROKEN", detail);
}

/** What the first event of a chain follows where older ones are not kept. */
function causeOf(work: Work, { prev, device }: Sound): Tip | undefined {
  const cause = prev === null ? undefined : work.causes.get(prev);
  return cause?.device === device ? cause : undefined;
}

/** Returns the author whom the view names; null when there is no row. */
function checkMessage(work: Work, signed: Omit<MessageRow, "author" | "clientId">): PersonId | null {
  work.messages.add(signed.id);
  const view = readOr(work, null, () => work.options.store.message(signed.id));
  // Whether it should be there only the whole log of members says.
  if (!view) return null;
  for (const [name, value] of Object.entries(signed)) {
    if (view[name as keyof typeof signed] === value) continue;
    note(work, signed.id, "VIEW_ALTERED", `the ${name} shown is not the one that was signed`);
  }
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
  const { damaged, counts, messages, reactions, memberships } = work;
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
  return work.options.store.spaces().flatMap(({ id }) => [controlScope(id), publicScope(id)]);
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

function note(work: Work, subject: string, code: string, detail: string): void {
  work.problems.push({ subject, code, detail });
}

function noteDamaged(work: Work, id: EventId, code: string, detail: string): void {
  work.present.add(id);
  work.damaged.add(id);
  note(work, id, code, detail);
}

/** Once for each id. What has come since the check began is here, though the walk did not meet it. */
function noteIfGone(work: Work, id: EventId, detail: string): void {
  if (work.present.has(id) || work.causes.has(id) || work.missing.has(id)) return;
  if (readOr(work, false, () => work.options.store.hasEvent(id))) return;
  work.missing.add(id);
  note(work, id, "EVENT_MISSING", `it is not here any more: ${detail}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function short(id: string): string {
  return id.slice(0, 8);
}
