/**
 * Joining a space over an invite link, from the joiner's side: find an inviter, ask, receive keys, then
 * members, then messages. Survives a restart at any point; says at each what it waits for. spec/invite.
 */
import { createJoinRequest, inviteKeys, readUtf8, utf8 } from "@kith/core";
import type {
  Box,
  Clock,
  EpochKeys,
  EventStore,
  Frame,
  Identity,
  InviteId,
  InviteLink,
  Log,
  PeerAddress,
  PersonId,
  PrekeyId,
  ProofKey,
  SpaceId,
} from "@kith/core";
import type { BeaconVoice } from "./beacon.ts";
import { takeBox } from "./box-opening.ts";
import { finalAnswers, JoinOutcomes, readLink } from "./join-outcomes.ts";
import type { Ledger } from "./ledger.ts";
import type { MetaWrite } from "./kept.ts";
import { JOINS_MAX } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";
import { floorMeta } from "./floors.ts";
import { ServiceError } from "./service.ts";
import type { JoinProgress, JoinStep, ServiceErrorCode, SpaceInfo } from "./service.ts";

export interface JoinsOptions {
  readonly clock: Clock;
  /** Of a space that is joined so much is kept; null: all. */
  readonly historyDays: number | null;
  readonly log: Log;
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly box: Box;
  readonly identity: () => Identity;
  readonly spaceInfo: (space: SpaceId) => SpaceInfo | null;
  /** Dial these, for ever, until `doneWith`. */
  readonly want: (addresses: readonly PeerAddress[]) => void;
  /** Dial these as well; links that are open stay. */
  readonly dial: (addresses: readonly PeerAddress[]) => void;
  /** The invite came with a request of this person, so that it is asked over at any link to them. */
  readonly isOf: (invite: InviteId, person: PersonId) => boolean;
  /** Of a prekey of this device; null: it is not one, or destroyed. */
  readonly secretOf: (prekey: PrekeyId) => Uint8Array | null;
  /** Members' devices say that this one is in the space no more, whatever it has heard itself. */
  readonly isParted: (space: SpaceId) => boolean;
  readonly doneWith: (addresses: readonly PeerAddress[]) => void;
  /** Proof keys or beacon voices have changed. */
  readonly onKeysChanged: () => void;
  /** This device has the space's keys now and the session's device let it in. */
  readonly onAdmitted: (session: PeerSession, space: SpaceId) => void;
}

interface Join {
  readonly invite: InviteId;
  readonly link: InviteLink;
  readonly text: string;
  readonly discoveryKey: Uint8Array;
  step: JoinStep;
  detail: string;
  /** How often it was asked over links that had not proven it. */
  asks: number;
  /** Being ended: what arrives meanwhile changes nothing any more. */
  ending: boolean;
  failure: { code: ServiceErrorCode; next: string } | null;
  readonly watchers: Set<() => void>;
}

const META_PREFIX = "join/";
const WAITS = "More came over this invite than it lets in: an owner or admin of the space decides.";
/** A member that could not admit just now is asked again after this. */
const ASK_AGAIN_MS = 5_000;

export class Joins {
  readonly #options: JoinsOptions;
  readonly #joins = new Map<InviteId, Join>();
  readonly #outcomes: JoinOutcomes;
  /** What was asked over a link that had not proven it; the last of them waits for its answer. */
  readonly #asked = new WeakMap<PeerSession, readonly Join[]>();

  constructor(options: JoinsOptions) {
    this.#options = options;
    this.#outcomes = new JoinOutcomes(options.store, (meta) => this.#save(meta));
    for (const key of options.store.metaKeys(META_PREFIX)) {
      const value = options.store.meta(key);
      if (value) this.#begin(readUtf8(value));
    }
  }

  list(): JoinProgress[] {
    const refused = this.#outcomes.refusals().filter(({ invite }) => !this.#joins.has(invite));
    return [
      ...[...this.#joins.values()].map((join) => this.#describe(join)),
      ...refused.map((one): JoinProgress => {
        return { ...one, step: "failed", spaceInfo: this.#options.spaceInfo(one.space) };
      }),
    ];
  }

  /** It was asked for, and somebody refused. */
  isRefused(space: SpaceId): boolean {
    return this.#outcomes.refusals().some((one) => one.space === space) && !this.isJoining(space);
  }

  isJoining(space: SpaceId): boolean {
    for (const join of this.#joins.values()) if (join.link.space === space && isUnderWay(join)) return true;
    return false;
  }

  proofKeys(): ProofKey[] {
    return this.#underWay().map((join) => ({
      kind: "invite",
      key: join.discoveryKey,
      space: join.link.space,
      invite: join.invite,
      order: 0,
    }));
  }

  voices(): BeaconVoice[] {
    return this.#underWay().map((join) => ({
      topic: { kind: "invite", invite: join.invite, space: join.link.space },
      key: join.discoveryKey,
      root: () => null,
      digest: null,
    }));
  }

  hints(): PeerAddress[] {
    return this.#underWay().flatMap((join) => [...join.link.hints]);
  }

  /** sessions: links to whoever made the invite for this person, to ask over at once. Begins or resumes; resolves when done or failed, or after waitMs with the step reached. */
  async join(
    text: string,
    options: { waitMs: number; signal?: AbortSignal; sessions?: readonly PeerSession[] },
  ): Promise<JoinProgress> {
    const link = readLink(text);
    const { invite } = inviteKeys(link.seed);
    const known = this.#joins.get(invite);
    const info = this.#options.spaceInfo(link.space);
    if (info?.state === "ready" && !known && !this.#options.isParted(link.space)) {
      return {
        space: link.space,
        invite,
        step: "done",
        detail: "You are a member of this space already.",
        spaceInfo: info,
      };
    }
    if (known?.step === "failed") this.#joins.delete(invite);
    let join = this.#joins.get(invite);
    if (!join) {
      if (this.#underWay().length >= JOINS_MAX) {
        throw new ServiceError(
          "TOO_MANY",
          `${JOINS_MAX} joins are waiting already.`,
          "Wait until one of them has ended.",
        );
      }
      const { ledger } = this.#options;
      join = this.#begin(text);
      try {
        await ledger.commit(ledger.gather(null), {
          meta: [
            { key: META_PREFIX + invite, value: utf8(text) },
            ...this.#outcomes.forget(invite),
            ...floorMeta(this.#options, join.link.space, this.#options.historyDays),
          ],
        });
      } catch (error) {
        // Asked again, it begins anew instead of waiting for what was never begun.
        this.#joins.delete(invite);
        throw error;
      }
      this.#options.onKeysChanged();
      const sessions = options.sessions ?? [];
      if (sessions.length === 0) this.#options.want(join.link.hints);
      else this.#options.dial(join.link.hints);
      for (const session of sessions) this.onSession(session);
    }
    await this.#settled(join, options);
    return this.#progress(join);
  }

  /**
   * Stops looking and forgets it, on disk when it resolves. One that was let in is a membership already and
   * only receives: ALREADY_MEMBER. Unknown: UNKNOWN_INVITE.
   */
  async giveUp(invite: string): Promise<void> {
    const forgotten = this.#outcomes.forget(invite as InviteId);
    if (forgotten.length > 0) await this.#save(forgotten);
    const join = this.#joins.get(invite as InviteId);
    if (!join) {
      if (forgotten.length > 0) return;
      throw new ServiceError(
        "UNKNOWN_INVITE",
        `This device joins nothing by an invite ${invite.slice(0, 32)}.`,
        "It may have ended already; list the joins.",
      );
    }
    if (isUnderWay(join)) {
      if (isAdmitted(join)) {
        throw new ServiceError(
          "ALREADY_MEMBER",
          "This device was let in already and is receiving the space.",
          "Wait until it has come; it goes on by itself.",
        );
      }
      await this.#abandon(join);
    }
    this.#joins.delete(join.invite);
  }

  /** A session has opened over an invite's proof, or with whoever made it for this person: ask to be let in. */
  onSession(session: PeerSession): void {
    for (const join of this.#joinsOf(session)) if (provesInvite(session, join)) this.#ask(session, join);
    this.#asked.delete(session);
    this.#askRequested(session);
  }

  /** An answer names no invite: of those that this link has not proven one is asked for at a time, each in its turn. */
  #askRequested(session: PeerSession): void {
    const asked = this.#asked.get(session) ?? [];
    const open = this.#joinsOf(session).filter(
      (join) => !provesInvite(session, join) && !asked.includes(join),
    );
    const [next] = open.sort((a, b) => a.asks - b.asks);
    if (!next) return;
    this.#asked.set(session, [...asked, next]);
    next.asks += 1;
    this.#ask(session, next);
  }

  #ask(session: PeerSession, join: Join): void {
    // Asked again on a second link, a join that has come further stays where it is.
    if (!isAdmitted(join)) this.#move(join, "asking", "An inviter was found; waiting for its answer.");
    const request = createJoinRequest({ link: join.link, identity: this.#options.identity() });
    session.send({ type: "joinRequest", request }, "control");
  }

  /** Keys and scopes of this space may come over this link: it has proven the space, or an invite to it, or is asked for one. */
  isAbout(session: PeerSession, space: SpaceId): boolean {
    const isProven = session.shared.some((key) => key.space === space);
    return isProven || this.#joinsOf(session).some((join) => join.link.space === space);
  }

  /** Those that may be asked for on this link. */
  #joinsOf(session: PeerSession): Join[] {
    return this.#underWay().filter(
      (join) => provesInvite(session, join) || this.#options.isOf(join.invite, session.person),
    );
  }

  /** A link to an inviter is gone. */
  onSessionClosed(session: PeerSession): void {
    for (const join of session.lastPeer ? this.#joinsOf(session) : []) {
      if (join.step !== "asking") continue;
      this.#move(join, "looking-for-inviter", "The inviter went away; looking for it or another member.");
    }
  }

  /** The box is for a prekey of ours whose secret is destroyed, and of an epoch that is not here: it is asked for anew. */
  isForGone({ epoch, prekey }: Extract<Frame, { type: "box" }>): boolean {
    return this.#options.ledger.keys.get(epoch) === null && this.#options.secretOf(prekey) === null;
  }

  /** Keys of a scope, boxed to this device. Throws a CoreError for a box that is not what it says. */
  onBox(
    frame: Extract<Frame, { type: "box" }>,
    /** By a device of one's own person: then the space need not be known here. */
    { isGiven }: { readonly isGiven: boolean } = { isGiven: false },
  ): Promise<EpochKeys | null> {
    return takeBox(this.#options, frame, { isGiven, isJoining: this.isJoining(frame.space) });
  }

  onResult(session: PeerSession, frame: Extract<Frame, { type: "joinResult" }>): void {
    const asked = this.#asked.get(session)?.at(-1);
    for (const join of this.#joinsOf(session)) {
      if (join !== asked && !provesInvite(session, join)) continue;
      if (frame.ok) {
        if (!isAdmitted(join))
          this.#move(join, "receiving-members", "Let in; receiving the list of members.");
        // All of it may be here already, from before a restart: then no event comes that would tell.
        this.onMembersChanged(join.link.space);
        this.#options.onAdmitted(session, join.link.space);
      } else if (finalAnswers[frame.code] && !this.#knowsBetter(join, frame.code)) {
        void this.#fail(join, frame.code, frame.detail);
      } else {
        this.#options.clock.after(ASK_AGAIN_MS, () => {
          if (session.isOpen) this.onSession(session);
        });
        if (frame.code === "ADMISSION_PENDING" || this.#knowsBetter(join, frame.code))
          this.#move(join, "asking", WAITS);
        // The inviter's trouble (a full disk, a missing key) passes: another member or a later link may do.
        else this.#move(join, "looking-for-inviter", `The member asked could not let us in: ${frame.detail}`);
      }
    }
    if (asked && (frame.ok || finalAnswers[frame.code])) this.#askRequested(session);
  }

  /** Who says that the invite is used up has not heard of the admission that waits. */
  #knowsBetter({ invite, link }: Join, code: string): boolean {
    const { ledger, identity } = this.#options;
    const waits = ledger.replicas.get(link.space)?.membership.state().pending.get(identity().person);
    return code === "INVITE_USED_UP" && waits?.invite === invite;
  }

  /** The control log of a space has grown. */
  onMembersChanged(space: SpaceId): void {
    for (const join of this.#underWay()) {
      if (join.link.space !== space || join.step === "receiving-messages") continue;
      const membership = this.#options.ledger.replicas.get(space)?.membership;
      const { members, removed } = membership?.state() ?? {};
      const refusal = removed?.get(this.#options.identity().person);
      if (refusal?.refused === join.invite)
        void this.#fail(
          join,
          "ADMISSION_REFUSED",
          `${members?.get(refusal.by)?.name ?? "An admin"} refused.`,
        );
      if (!members?.has(this.#options.identity().person)) continue;
      if (!membership?.has(join.link.head)) continue;
      this.#move(join, "receiving-messages", "Receiving messages.");
    }
    this.#resumeWaiting(space);
  }

  /** It had entered, and has heard since that it came one too many: over its link it hears what is decided. */
  #resumeWaiting(space: SpaceId): void {
    const { ledger, log, identity, onKeysChanged, want } = this.#options;
    const waits = ledger.replicas.get(space)?.membership.state().pending.get(identity().person);
    const text = this.#outcomes.linkOf(space);
    const known = waits && this.#joins.get(waits.invite);
    if (!waits || text === null || this.isJoining(space) || (known && known.step !== "done")) return;
    const join = this.#begin(text);
    this.#move(join, "asking", WAITS);
    this.#save([{ key: META_PREFIX + join.invite, value: utf8(text) }]).catch((error: unknown) =>
      // It says the same after the next start, and is resumed then.
      log.warn("join:not-stored", { invite: join.invite, error: String(error) }),
    );
    onKeysChanged();
    want(join.link.hints);
  }

  /** Every scope of the space agrees with a member's device. */
  onSpaceInSync(space: SpaceId): void {
    for (const join of this.#underWay()) {
      if (join.link.space === space && join.step === "receiving-messages") void this.#finish(join);
    }
  }

  #begin(text: string): Join {
    const link = readLink(text);
    const { invite, discoveryKey } = inviteKeys(link.seed);
    const join: Join = {
      invite,
      link,
      text,
      discoveryKey,
      step: "looking-for-inviter",
      ending: false,
      asks: 0,
      failure: null,
      watchers: new Set(),
      detail: "Looking for the inviter or another member on the network.",
    };
    this.#joins.set(invite, join);
    return join;
  }

  async #finish(join: Join): Promise<void> {
    join.ending = true;
    await this.#forget(join, this.#outcomes.noteEntered(join.link.space, join.text));
    this.#move(join, "done", "You are in.");
  }

  async #fail(join: Join, code: string, detail: string): Promise<void> {
    join.ending = true;
    join.failure = finalAnswers[code] ?? null;
    const { invite, link } = join;
    const refusal = code === "ADMISSION_REFUSED" ? { invite, space: link.space, detail } : null;
    await this.#forget(join, refusal ? this.#outcomes.noteRefused(refusal) : []);
    this.#move(join, "failed", detail);
  }

  /** Rejects when it cannot be forgotten, and then the join goes on: it would after the next start anyhow. */
  async #abandon(join: Join): Promise<void> {
    join.ending = true;
    try {
      await this.#save([{ key: META_PREFIX + join.invite, value: null }]);
    } catch (error) {
      join.ending = false;
      throw error;
    }
    this.#options.doneWith(join.link.hints);
    // Another invite may lead to the same device.
    this.#options.want(this.hints());
    this.#options.onKeysChanged();
    this.#move(join, "failed", "Joining was given up on this device.");
  }

  async #save(meta: readonly MetaWrite[]): Promise<void> {
    const { ledger } = this.#options;
    await ledger.commit(ledger.gather(null), { meta: [...meta] });
  }

  async #forget(join: Join, besides: readonly MetaWrite[]): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#save([{ key: META_PREFIX + join.invite, value: null }, ...besides]);
    } catch (error) {
      // It stands in the store still and will end the same way after the next start.
      log.warn("join:not-forgotten", { invite: join.invite, error: String(error) });
    }
    this.#options.doneWith(join.link.hints);
    this.#options.onKeysChanged();
  }

  #move(join: Join, step: JoinStep, detail: string): void {
    join.step = step;
    join.detail = detail;
    this.#options.log.info("join:step", { invite: join.invite, step });
    for (const watcher of join.watchers) watcher();
  }

  #settled(join: Join, options: { waitMs: number; signal?: AbortSignal }): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        join.watchers.delete(watch);
        options.signal?.removeEventListener("abort", end);
        resolve();
      };
      const watch = (): void => {
        if (join.step === "done" || join.step === "failed") end();
      };
      const cancel = this.#options.clock.after(options.waitMs, end);
      join.watchers.add(watch);
      options.signal?.addEventListener("abort", end);
      watch();
    });
  }

  #underWay(): Join[] {
    return [...this.#joins.values()].filter(isUnderWay);
  }

  /** Throws the refusal of a join that failed. */
  #progress(join: Join): JoinProgress {
    if (join.failure) throw new ServiceError(join.failure.code, join.detail, join.failure.next);
    return this.#describe(join);
  }

  #describe(join: Join): JoinProgress {
    return {
      space: join.link.space,
      invite: join.invite,
      step: join.step,
      detail: join.detail,
      spaceInfo: this.#options.spaceInfo(join.link.space),
    };
  }
}

function isUnderWay(join: Join): boolean {
  return !join.ending && join.step !== "done" && join.step !== "failed";
}

function provesInvite({ shared }: PeerSession, { invite }: Join): boolean {
  return shared.some((key) => key.kind === "invite" && key.invite === invite);
}

function isAdmitted(join: Join): boolean {
  return join.step === "receiving-members" || join.step === "receiving-messages";
}
