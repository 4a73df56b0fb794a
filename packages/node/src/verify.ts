/**
 * Reads everything the store holds and checks it as if a stranger had sent it: bytes, ids, signatures, chains,
 * membership, and that the views say what the events say. Works on any store, with or without a running node.
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
  OpenedEvent,
  ScopeId,
  SignatureVerifier,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import { readSecrets } from "./secrets.ts";
import type { VerifyProblem, VerifyReport } from "./service.ts";

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
}

interface Work {
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
  readonly problems: VerifyProblem[];
  events: number;
  messages: number;
}

export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const { store, signal } = options;
  const work: Work = {
    options,
    keys: createKeyTable(),
    memberships: new Map(),
    control: [],
    sound: [],
    tips: new Map(),
    problems: [],
    events: 0,
    messages: 0,
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
      work.events += 1;
      if (!row.ok) note(work, row.id ?? "database", "UNREADABLE", row.error);
      else {
        const event = openRow(work, row.event);
        if (event) opened.push({ row: row.event, event });
      }
    }
    const valid = await options.verifier.verify(opened.map(({ event }) => event.check));
    for (const [index, { row, event }] of opened.entries()) {
      if (valid[index] !== true)
        note(work, row.id, "EVENT_SIGNATURE", "the signature is not the named device's");
      else keepSound(work, row, event);
    }
  }
  signal?.throwIfAborted();
  checkControl(work);
  checkOrder(work);
  checkTips(work);
  return {
    ok: work.problems.length === 0,
    events: work.events,
    messages: work.messages,
    problems: work.problems.slice(0, PROBLEMS_LISTED_MAX),
    roots: roots(work),
  };
}

function openRow(work: Work, row: StoredEvent): OpenedEvent | null {
  try {
    const outer = decodeOuter(row.outer);
    if (outer.id !== row.id) {
      note(work, row.id, "EVENT_ID", `its bytes hash to ${outer.id}`);
      return null;
    }
    const keys = work.keys.find(outer.tag, outer.bucket);
    if (!keys) {
      note(work, row.id, "EVENT_KEY", "no key of this device opens it");
      return null;
    }
    const opened = openEvent(outer, keys);
    const { arrival: _, outer: __, ...columns } = row;
    const { outer: ___, ...expected } = toRecord(opened);
    for (const [name, value] of Object.entries(expected)) {
      if (JSON.stringify(value) === JSON.stringify(columns[name as keyof typeof columns])) continue;
      note(work, row.id, "COLUMN_ALTERED", `the stored ${name} is not the one that was signed`);
      return null;
    }
    return opened;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    note(work, row.id, String(error.code), error.message);
    return null;
  }
}

/** The medium is read in order of ids; order, authority and membership are judged when all of it is here. */
function keepSound(work: Work, row: StoredEvent, event: OpenedEvent): void {
  const { id, header } = event;
  const body = bodyOf(event);
  const { space, scope, device, seq, prev, parents, auth } = header;
  work.sound.push({ id, arrival: row.arrival, space, scope, device, seq, prev, parents, auth });
  if (scope === controlScope(space)) work.control.push({ id, arrival: row.arrival, header, body });
  else if (body?.type === "message.post") checkMessage(work, row, body.text);
}

function checkControl(work: Work): void {
  work.control.sort((a, b) => a.arrival - b.arrival);
  for (const event of work.control) {
    const { header } = event;
    const membership = membershipOf(work, header.space);
    if (membership.missing(header.prev ? [header.prev, ...header.parents] : header.parents).length > 0) {
      note(work, event.id, "PARENT_MISSING", "an event that it follows is not here");
    } else {
      membership.add(event);
    }
  }
}

function checkOrder(work: Work): void {
  work.sound.sort((a, b) => a.arrival - b.arrival);
  for (const event of work.sound) {
    const chain = `${event.scope}${event.device}`;
    const tip = work.tips.get(chain);
    if (event.seq !== (tip?.seq ?? 0) + 1 || event.prev !== (tip?.id ?? null)) {
      note(
        work,
        event.id,
        "CHAIN_BROKEN",
        `number ${event.seq} of its device does not follow number ${tip?.seq ?? 0}`,
      );
    }
    work.tips.set(chain, { seq: event.seq, id: event.id });
    if (event.scope === controlScope(event.space)) continue;
    const right = membershipOf(work, event.space).mayAct(event.device, "write", event.auth);
    if (!right.ok) note(work, event.id, right.code, right.detail);
  }
}

function checkMessage(work: Work, row: StoredEvent, text: string): void {
  work.messages += 1;
  const view = work.options.store.message(row.id);
  if (!view) note(work, row.id, "VIEW_MISSING", "the message is not in the list of messages");
  else if (view.text !== text)
    note(work, row.id, "VIEW_ALTERED", "the text shown is not the one that was signed");
}

/** What lies last in a chain can only be missed by the record of how long the chain was. */
function checkTips(work: Work): void {
  for (const scope of scopesOf(work)) {
    for (const tip of work.options.store.chainTips(scope)) {
      const found = work.tips.get(`${scope}${tip.device}`);
      if (found?.id === tip.id) continue;
      note(
        work,
        tip.id,
        "EVENT_MISSING",
        `number ${tip.seq} of device ${short(tip.device)} was stored and is not here any more`,
      );
    }
  }
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function short(device: DeviceId): string {
  return device.slice(0, 8);
}
