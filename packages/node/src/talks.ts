/**
 * Direct conversations and groups: founding them, asking people in, entering what others ask into, and settling on one where
 * two people founded one each. Joins the requests of both sides to spaces. spec/space SP100-SP104, spec/invite IN23-IN29.
 */
import {
  cutFirstText,
  deriveEpochKeys,
  foundSpace,
  inviteIdOf,
  LIFETIME_S_MIN,
  planInvite,
  planRevocation,
} from "@kith/core";
import type {
  Box,
  Clock,
  ConversationRequest,
  EventId,
  EventStore,
  Identity,
  Log,
  LogDraft,
  MessageRow,
  PeerAddress,
  PersonId,
  Profile,
  Random,
  SpaceId,
} from "@kith/core";
import type { Author, LocalWrite } from "./author.ts";
import type { Joins } from "./joins.ts";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import type { Ledger } from "./ledger.ts";
import { MESSAGE_BATCH_MAX, PAGE_ROWS_MAX } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";
import { messageOf } from "./poster.ts";
import type { Queries } from "./queries.ts";
import { QuietList } from "./quiet-list.ts";
import type { Replica } from "./replica.ts";
import { Requests } from "./requests.ts";
import type { IncomingRequest, RequestVerdict, SentRequest } from "./requests.ts";
import { secretsMeta } from "./secrets.ts";
import { ServiceError } from "./service.ts";
import type { JoinProgress } from "./service.ts";

export interface TalksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: EventStore;
  readonly box: Box;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly joins: () => Joins;
  readonly queries: () => Queries;
  readonly identity: () => Identity;
  readonly sessions: () => PeerSession[];
  readonly hints: () => readonly PeerAddress[];
  readonly onKeysChanged: () => void;
  readonly record: (drafts: readonly LogDraft[]) => void;
}

interface Direct {
  /** Both are in it. The lowest id first, as everywhere below. */
  readonly paired: readonly Replica[];
  /** Founded by this person and never entered by the other. */
  readonly lone: readonly Replica[];
}

export class Talks {
  readonly requests: Requests;
  readonly quiet: QuietList;
  readonly #options: TalksOptions;
  /** Direct conversations that gave way to another: into which. */
  readonly #away: Kept<{ readonly into: SpaceId | null; readonly moved: boolean }>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: TalksOptions) {
    this.#options = options;
    const { clock, log, store, ledger } = options;
    const save = (meta: readonly MetaWrite[]) => ledger.commit(ledger.gather(null), { meta });
    this.quiet = new QuietList({ store, save });
    this.#away = new Kept({ store, prefix: "away/", save });
    this.requests = new Requests({
      clock,
      log,
      store,
      save,
      self: () => options.identity().person,
      hints: options.hints,
      nameOf: (session) => options.queries().nameOf(session.person),
      isBlocked: (person) => this.quiet.isBlocked(person),
      isMember: (space, person) =>
        ledger.replicas.get(space)?.membership.state().members.has(person) ?? false,
      sharesSpace: (person) =>
        [...ledger.replicas.values()].some(({ membership }) => membership.state().members.has(person)),
      judge: (request, person) => this.#judge(request, person),
      enter: (request) => void this.accept(request, { waitMs: 0 }).catch(this.#onError),
      onChanged: () => this.#tell({ change: "requests" }),
    });
  }

  /** Once the node knows names: of strangers nobody else keeps them. */
  start(): void {
    const queries = this.#options.queries();
    for (const { person, name } of [...this.requests.names(), ...this.quiet.blocked()])
      if (queries.nameOf(person) !== name) queries.learnStranger(person, name);
    for (const { space } of this.#options.ledger.replicas.values()) this.onMembersChanged(space);
  }

  /** It gave way to another conversation with the same person. */
  isAway(space: SpaceId): boolean {
    return this.#away.get(space) !== null;
  }

  onSession(session: PeerSession): void {
    this.requests.onSession(session);
  }

  onMembersChanged(space: SpaceId): void {
    this.requests.settle(space).catch(this.#onError);
    const other = this.companion(space);
    if (other !== null) this.settle(other);
  }

  /** The other person of a direct conversation; null for any other space. */
  companion(space: SpaceId): PersonId | null {
    const info = this.#options.ledger.replicas.get(space)?.membership.state().info;
    if (info?.kind !== "direct") return null;
    const self = this.#options.identity().person;
    return info.founder === self ? (info.name as PersonId) : info.founder;
  }

  /** The one to talk in: that of both, else that which waits for the other; null: there is none. */
  directOf(person: PersonId): Replica | null {
    const { paired, lone } = this.#directs(person);
    return paired[0] ?? lone[0] ?? null;
  }

  /** Whom a direct conversation or group waits for, as this device asked them. */
  askedFor(space: SpaceId): readonly SentRequest[] {
    return this.requests.sentOf(space);
  }

  /** The one with this person; founded where there is none. They are asked once something is said in it. */
  direct(person: PersonId): Promise<Replica> {
    return this.#inTurn(
      async () => this.directOf(person) ?? (await this.#found({ kind: "direct", name: person })),
    );
  }

  /** Something was said: whoever has not come in yet is asked. Resolves when the request is kept. */
  async said(space: SpaceId): Promise<void> {
    const person = this.companion(space);
    const replica = this.#options.ledger.replicas.get(space);
    if (person === null || !replica || this.#hasMember(replica, person)) return;
    await this.#inTurn(() => this.#settle(person));
  }

  /** Asks people into a group. Throws NOT_ALLOWED for who may invite nobody. */
  askInto(
    replica: Replica,
    people: readonly { readonly person: PersonId; readonly name: string }[],
  ): Promise<void> {
    const isNew = ({ person }: { readonly person: PersonId }): boolean =>
      !this.#hasMember(replica, person) &&
      this.requests.sentOf(replica.space).every((sent) => sent.person !== person);
    return this.#inTurn(() => this.#ask(replica, people.filter(isNew), null));
  }

  async found(name: string, kind: "community" | "group", profile: Profile): Promise<Replica> {
    return this.#found({ kind, name, profile });
  }

  /** Enters what somebody asks into: over a link to them that is open, else as with an invite's link. */
  async accept(
    request: IncomingRequest,
    wait: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<JoinProgress> {
    await this.requests.mark(request.id, "accepted");
    const sessions = this.#options.sessions().filter(({ person }) => person === request.person);
    try {
      return await this.#options.joins().join(request.link, { ...wait, sessions });
    } catch (error) {
      await this.requests.mark(request.id, null);
      throw error;
    }
  }

  async block(person: PersonId, name: string): Promise<void> {
    await this.quiet.block(person, { name, atMs: this.#options.clock.nowMs() });
    await this.requests.dropOf(person);
    this.#tell({ change: "blocked", person });
  }

  async unblock(person: PersonId): Promise<void> {
    await this.quiet.unblock(person);
    // What was held back meanwhile.
    for (const session of this.#options.sessions()) this.requests.onSession(session);
    this.#tell({ change: "unblocked", person });
  }

  /** Puts a conversation away that the other never entered. */
  async withdraw(replica: Replica): Promise<void> {
    const { author } = this.#options;
    const { invites } = replica.membership.state();
    const open = this.requests
      .sentOf(replica.space)
      .filter(({ invite }) => invites.get(invite)?.revoked === false);
    // Who has the request already would wait for an answer that never comes.
    if (open.length > 0) {
      const { epoch } = await author.ensureKeys(replica.control);
      await author.write(
        open.map(({ invite }) => planRevocation({ space: replica.space, invite, controlEpoch: epoch })),
      );
    }
    await this.requests.withdraw(replica.space);
    await this.#away.set(replica.space, { into: null, moved: true });
    this.#tell({ space: replica.space, change: "settled", into: null });
  }

  /** One conversation with this person: enters theirs, or moves what was written alone into the one of both. */
  settle(person: PersonId): void {
    this.#inTurn(() => this.#settle(person)).catch(this.#onError);
  }

  async #settle(person: PersonId): Promise<void> {
    const { paired, lone } = this.#directs(person, { withAway: true });
    const [into] = paired.filter(({ space }) => !this.isAway(space));
    if (into) {
      for (const replica of lone) await this.#move(replica, into, person);
      return;
    }
    const [own] = this.#wished(lone);
    const [first] = own === undefined ? [] : this.#ownRows(own);
    if (own && first && this.requests.sentOf(own.space).length === 0)
      await this.#ask(
        own,
        [{ person, name: this.#options.queries().nameOf(person) }],
        cutFirstText(first.text),
      );
    for (const request of this.requests.waiting()) {
      if (request.person !== person || request.kind !== "direct") continue;
      const verdict = this.#choose(request.space, person);
      if (verdict === "enter") await this.accept(request, { waitMs: 0 });
      else if (verdict === "drop") await this.requests.mark(request.id, null);
    }
  }

  /** What comes in while the same is asked the other way, or has been settled already. */
  #judge(request: ConversationRequest, person: PersonId): RequestVerdict {
    return request.kind === "group" ? "keep" : this.#choose(request.space, person);
  }

  #choose(theirs: SpaceId, person: PersonId): RequestVerdict {
    const { paired, lone } = this.#directs(person);
    if (paired.length > 0) return "drop";
    const [own] = this.#wished(lone);
    // Both asked: the lower id is kept, by both alike.
    return own === undefined ? "keep" : theirs < own.space ? "enter" : "drop";
  }

  /** Those in which something was said: to have opened one asks nobody for anything. */
  #wished(lone: readonly Replica[]): Replica[] {
    const isSaid = ({ space }: Replica): boolean =>
      this.requests.sentOf(space).length > 0 || this.#options.store.messages({ space, limit: 1 }).length > 0;
    return lone.filter(isSaid);
  }

  #directs(person: PersonId, { withAway = false } = {}): Direct {
    const self = this.#options.identity().person;
    const paired: Replica[] = [];
    const lone: Replica[] = [];
    for (const replica of this.#options.ledger.replicas.values()) {
      if (this.companion(replica.space) !== person) continue;
      const away = this.#away.get(replica.space);
      if (away !== null && !(withAway && !away.moved)) continue;
      const { members, info, removed } = replica.membership.state();
      if (!members.has(self)) continue;
      if (members.has(person)) paired.push(replica);
      else if (info?.founder === self && !removed.has(person)) lone.push(replica);
    }
    return { paired: inOrder(paired), lone: inOrder(lone) };
  }

  /** What this device wrote in one is written again in the other, once each; then the one is put away. */
  async #move(from: Replica, into: Replica, person: PersonId): Promise<void> {
    const { author, clock, ledger, log, queries } = this.#options;
    const [channel] = queries().channels(into);
    // The keys may come a moment after the members do: then it is tried again.
    if (!channel || ledger.keys.ofScope(into.content).length === 0) return;
    if (!this.isAway(from.space)) await this.#away.set(from.space, { into: into.space, moved: false });
    const ids = new Map<EventId, EventId>();
    let batch: { readonly row: MessageRow; readonly write: LocalWrite }[] = [];
    const write = async (): Promise<void> => {
      if (batch.length === 0) return;
      const written = await author.write(batch.map((each) => each.write));
      for (const [index, { row }] of batch.entries()) ids.set(row.id, written.ids[index] as EventId);
      batch = [];
    };
    for (const row of this.#ownRows(from)) {
      const clientId = `moved-${row.id}`;
      const known = this.#options.store.messageByClientId(clientId);
      if (known) {
        ids.set(row.id, known.id);
        continue;
      }
      const answersBatch = batch.some((each) => each.row.id === row.replyTo);
      if (answersBatch || batch.length >= MESSAGE_BATCH_MAX) await write();
      const replyTo = row.replyTo === null ? null : (ids.get(row.replyTo) ?? null);
      const { epoch } = await author.ensureKeys(into.content);
      // What was for a time is for what is left of it.
      const leftS = row.expiresMs === undefined ? null : Math.ceil((row.expiresMs - clock.nowMs()) / 1_000);
      const message = messageOf(
        { channel: channel.id, text: row.text, replyTo },
        leftS && Math.max(LIFETIME_S_MIN, leftS),
      );
      batch.push({ row, write: { scope: into.content, epoch, ...message, clientId } });
    }
    await write();
    await this.requests.withdraw(from.space);
    await this.#away.set(from.space, { into: into.space, moved: true });
    log.info("direct:settled", { space: into.space, from: from.space, person });
    this.#tell({ space: from.space, change: "settled", into: into.space });
  }

  /** Oldest first. */
  #ownRows({ space }: Replica): MessageRow[] {
    const self = this.#options.identity().device.device;
    const rows: MessageRow[] = [];
    for (;;) {
      const before = rows[0]?.id;
      const page = this.#options.store.messages({ space, limit: PAGE_ROWS_MAX, ...(before && { before }) });
      rows.unshift(...page);
      if (page.length < PAGE_ROWS_MAX) return rows.filter(({ device }) => device === self);
    }
  }

  async #found(
    what:
      | { kind: "community" | "group"; name: string; profile: Profile }
      | { kind: "direct"; name: PersonId },
  ) {
    const { identity, box, random, ledger, author, onKeysChanged } = this.#options;
    const founded = foundSpace({ identity: identity(), ...what, box, random });
    const keys = founded.secrets.map(deriveEpochKeys);
    for (const each of keys) ledger.addSecrets(each);
    ledger.openSpace(founded.space);
    try {
      await author.write(founded.writes, { meta: keys.map(secretsMeta), boxes: founded.boxes });
    } catch (error) {
      ledger.closeSpace(founded.space);
      throw error;
    }
    onKeysChanged();
    const replica = ledger.replicas.get(founded.space);
    if (!replica) throw new Error("TALK_INVARIANT: a space that was founded is not there");
    return replica;
  }

  /** An invite for each, registered in the space and kept until its person comes. */
  async #ask(
    replica: Replica,
    people: readonly { readonly person: PersonId; readonly name: string }[],
    text: string | null,
  ): Promise<void> {
    if (people.length === 0) return;
    const { author, random, identity } = this.#options;
    const { space, membership } = replica;
    const about = this.#aboutOf(replica);
    const { epoch } = await author.ensureKeys(replica.control);
    const plans = people.map(() =>
      planInvite({ space, role: "member", usesMax: 1, expiresMs: null, random, controlEpoch: epoch }),
    );
    const { ids } = await author.write(plans.map(({ write }) => write));
    const requests = people.map(({ person, name }, index): SentRequest => {
      const plan = plans[index];
      const head = ids[index];
      if (!plan || !head || !membership.state().invites.has(plan.invite))
        throw new ServiceError(
          "NOT_ALLOWED",
          "Only owners and admins ask people into it.",
          "Ask one of them.",
        );
      const seed = Buffer.from(plan.seed).toString("hex");
      return { person, name, space, head, invite: inviteIdOf(plan.publicKey), seed, about, text };
    });
    await this.requests.send(
      requests,
      this.#options.sessions().filter(({ person }) => person !== identity().person),
    );
    this.#options.onKeysChanged();
  }

  #aboutOf({ membership }: Replica): SentRequest["about"] {
    const { info } = membership.state();
    if (info?.kind !== "direct") return { kind: "group", name: info?.name ?? "" };
    const { device, salt, profile } = info.founding;
    return { kind: "direct", device, profile, salt: Buffer.from(salt).toString("hex") };
  }

  #hasMember({ membership }: Replica, person: PersonId): boolean {
    return membership.state().members.has(person);
  }

  /** One after another: what one finds to be settled the next must not found again. */
  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #tell(data: Record<string, unknown>): void {
    const atMs = this.#options.clock.nowMs();
    this.#options.record([{ type: "space", atMs, ref: null, data: JSON.stringify(data) }]);
  }

  /** What failed here is tried again with the next change or start. */
  readonly #onError = (error: unknown): void => {
    this.#options.log.warn("direct:not-settled", { error: String(error) });
  };
}

function inOrder(replicas: Replica[]): Replica[] {
  return replicas.sort((a, b) => (a.space < b.space ? -1 : 1));
}
