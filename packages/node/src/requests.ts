/**
 * Requests to talk, both ways: those that wait for this person's word, and those that wait until a device of the person
 * they are for is met. Owns their bounds and what is kept of them; what accepting means is talks'. spec/invite IN23-IN29.
 */
import {
  encodeConversationRequest,
  inviteKeys,
  isRequestOf,
  linkOfRequest,
  readConversationRequest,
} from "@kith/core";
import type {
  Clock,
  ConversationRequest,
  DeviceId,
  EventId,
  EventStore,
  InviteId,
  Log,
  PeerAddress,
  PersonId,
  Profile,
  SpaceId,
} from "@kith/core";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import {
  REQUEST_DECLINED_MS,
  REQUESTS_MAX,
  REQUESTS_OF_STRANGERS_MAX,
  REQUESTS_PER_LINK_MAX,
  REQUESTS_PER_PERSON_MAX,
  REQUESTS_SENT_MAX,
} from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";
import { ServiceError } from "./service.ts";

export interface IncomingRequest {
  readonly id: InviteId;
  readonly person: PersonId;
  /** What they called themselves then. */
  readonly name: string;
  readonly space: SpaceId;
  readonly kind: "direct" | "group";
  /** Of a group. */
  readonly title: string | null;
  readonly text: string | null;
  readonly atMs: number;
  readonly link: string;
  readonly isStranger: boolean;
  readonly state: "waiting" | "accepted" | "declined";
}

export interface SentRequest {
  readonly person: PersonId;
  readonly name: string;
  readonly space: SpaceId;
  readonly head: EventId;
  readonly invite: InviteId;
  /** Hex of 16 bytes. */
  readonly seed: string;
  readonly about:
    | { readonly kind: "direct"; readonly device: DeviceId; readonly salt: string; readonly profile: Profile }
    | { readonly kind: "group"; readonly name: string };
  readonly text: string | null;
}

/** drop: it says nothing new or nothing wanted. enter: both sides want it. */
export type RequestVerdict = "keep" | "drop" | "enter";

export interface RequestsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: EventStore;
  readonly save: (writes: readonly MetaWrite[]) => Promise<unknown>;
  readonly self: () => PersonId;
  readonly hints: () => readonly PeerAddress[];
  readonly nameOf: (session: PeerSession) => string;
  readonly isBlocked: (person: PersonId) => boolean;
  /** Somebody is of the space now. */
  readonly isMember: (space: SpaceId, person: PersonId) => boolean;
  readonly sharesSpace: (person: PersonId) => boolean;
  readonly judge: (request: ConversationRequest, person: PersonId) => RequestVerdict;
  readonly enter: (request: IncomingRequest) => void;
  /** What waits has changed. */
  readonly onChanged: () => void;
}

export class Requests {
  readonly #options: RequestsOptions;
  readonly #incoming: Kept<IncomingRequest>;
  readonly #sent: Kept<SentRequest>;
  /** Handed over on this link already. */
  readonly #told = new WeakMap<PeerSession, Set<string>>();
  readonly #heard = new WeakMap<PeerSession, number>();

  constructor(options: RequestsOptions) {
    this.#options = options;
    const { store, save } = options;
    this.#incoming = new Kept({ store, prefix: "request/in/", save });
    this.#sent = new Kept({ store, prefix: "request/out/", save });
  }

  /** Oldest first. */
  waiting(): IncomingRequest[] {
    return [...this.#incoming.entries()]
      .map(([, request]) => request)
      .filter(({ state }) => state === "waiting")
      .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  }

  find(id: string): IncomingRequest | null {
    const request = this.#incoming.get(id);
    return request?.state === "waiting" ? request : null;
  }

  /** Everybody whom a request names, and what they were called. */
  *names(): Generator<{ readonly person: PersonId; readonly name: string }> {
    for (const [, request] of this.#incoming.entries()) yield request;
    for (const [, request] of this.#sent.entries()) yield request;
  }

  /** Accepted and not in yet: its invite may be asked over at any link to that person. */
  isAccepted(invite: InviteId, person: PersonId): boolean {
    const request = this.#incoming.get(invite);
    return request?.state === "accepted" && request.person === person;
  }

  async mark(id: InviteId, state: "accepted" | "declined" | null): Promise<void> {
    const request = this.#incoming.get(id);
    if (!request) return;
    // Of what was declined nothing is kept but whose it was.
    const declined = { title: null, text: null, link: "", atMs: this.#options.clock.nowMs() };
    const next = state === null ? null : { ...request, ...(state === "declined" ? declined : null), state };
    await this.#incoming.set(id, next);
    this.#options.onChanged();
  }

  /** Of somebody who is blocked now. */
  async dropOf(person: PersonId): Promise<void> {
    for (const { id, ...request } of this.waiting()) if (request.person === person) await this.mark(id, null);
  }

  sentOf(space: SpaceId): SentRequest[] {
    return [...this.#sent.entries()].map(([, request]) => request).filter((sent) => sent.space === space);
  }

  /** Keeps one until its person has come in, and hands it over where a device of theirs is linked. Throws TOO_MANY. */
  async send(requests: readonly SentRequest[], sessions: Iterable<PeerSession>): Promise<void> {
    const kept = [...this.#sent.entries()].length;
    if (kept + requests.length > REQUESTS_SENT_MAX)
      throw new ServiceError(
        "TOO_MANY",
        `${REQUESTS_SENT_MAX} requests wait for their people already.`,
        "Wait until some of them have answered.",
      );
    await this.#options.save(requests.map((request) => this.#sent.change(keyOf(request), request)));
    for (const session of sessions) this.onSession(session);
  }

  async withdraw(space: SpaceId): Promise<void> {
    await this.#options.save(this.sentOf(space).map((request) => this.#sent.change(keyOf(request), null)));
  }

  /** Whom an invite of a request is for; null for any other invite. */
  addresseeOf(invite: InviteId): PersonId | null {
    for (const [, sent] of this.#sent.entries()) if (sent.invite === invite) return sent.person;
    return null;
  }

  /** Hands over what waits for the person of this link, once on each. */
  onSession(session: PeerSession): void {
    if (this.#options.isBlocked(session.person)) return;
    for (const [key, sent] of this.#sent.entries()) {
      if (sent.person !== session.person) continue;
      const told = this.#told.get(session) ?? new Set();
      this.#told.set(session, told);
      if (told.has(key)) continue;
      told.add(key);
      session.send({ type: "talkRequest", request: this.#encode(sent) }, "control");
    }
  }

  /** Members came or went: what has come true is no request any more. */
  async settle(space: SpaceId): Promise<void> {
    const { isMember, self, save } = this.#options;
    const writes: MetaWrite[] = [];
    for (const [key, sent] of this.#sent.entries())
      if (sent.space === space && isMember(space, sent.person)) writes.push(this.#sent.change(key, null));
    for (const [id, request] of this.#incoming.entries())
      if (request.space === space && request.state !== "declined" && isMember(space, self()))
        writes.push(this.#incoming.change(id, null));
    if (writes.length === 0) return;
    await save(writes);
    this.#options.onChanged();
  }

  /** A request as it came over a link. onFault: with the code of what no honest device sends. */
  onRequest(session: PeerSession, bytes: Uint8Array, onFault: (code: string) => void): void {
    const { self, clock, log, isBlocked, isMember, nameOf, sharesSpace, judge, enter } = this.#options;
    const { person } = session;
    const heard = (this.#heard.get(session) ?? 0) + 1;
    this.#heard.set(session, heard);
    if (heard > REQUESTS_PER_LINK_MAX) return onFault("REQUESTS_TOO_MANY");
    const request = readConversationRequest(bytes);
    if (typeof request === "string") return onFault(request);
    if (!isRequestOf(request, { from: person, to: self() })) return onFault("REQUEST_FORGED");
    if (isBlocked(person)) return;
    const id = inviteKeys(request.seed).invite;
    if (this.#incoming.get(id) || isMember(request.space, self())) return;
    const verdict = judge(request, person);
    if (verdict === "drop") return;
    this.#forgetOld();
    const isStranger = !sharesSpace(person);
    const known = [...this.#incoming.entries()].map(([, one]) => one);
    const strangers = known.filter((one) => one.isStranger && one.state === "waiting").length;
    const isFull =
      known.filter((one) => one.person === person).length >= REQUESTS_PER_PERSON_MAX ||
      known.length >= REQUESTS_MAX ||
      (isStranger && strangers >= REQUESTS_OF_STRANGERS_MAX);
    if (isFull && verdict !== "enter") {
      log.info("request:dropped", { device: session.device });
      return;
    }
    const incoming: IncomingRequest = {
      id,
      person,
      name: nameOf(session),
      space: request.space,
      kind: request.kind,
      title: request.kind === "group" ? request.name : null,
      text: request.text,
      atMs: clock.nowMs(),
      link: linkOfRequest(request),
      isStranger,
      state: "waiting",
    };
    this.#incoming
      .set(id, incoming)
      .then(() => (verdict === "enter" ? enter(incoming) : this.#options.onChanged()))
      // It comes again with the next link.
      .catch((error: unknown) => log.error("request:not-stored", { error: String(error) }));
  }

  /** What was declined long ago counts no more, and makes room where all are kept. */
  #forgetOld(): void {
    const nowMs = this.#options.clock.nowMs();
    const old = [...this.#incoming.entries()].filter(
      ([, { state, atMs }]) => state === "declined" && nowMs - atMs >= REQUEST_DECLINED_MS,
    );
    if (old.length === 0) return;
    this.#options
      .save(old.map(([id]) => this.#incoming.change(id, null)))
      .catch((error: unknown) => this.#options.log.warn("request:not-forgotten", { error: String(error) }));
  }

  #encode({ seed, space, head, about, text }: SentRequest): Uint8Array {
    const shared = { seed: bytesOf(seed), space, head, hints: this.#options.hints(), text };
    return encodeConversationRequest(
      about.kind === "group"
        ? { ...shared, kind: "group", name: about.name }
        : {
            ...shared,
            kind: "direct",
            founding: { device: about.device, salt: bytesOf(about.salt), profile: about.profile },
          },
    );
  }
}

function keyOf({ space, person }: SentRequest): string {
  return `${space}/${person}`;
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
