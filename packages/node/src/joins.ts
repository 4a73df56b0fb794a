/**
 * Joining a space over an invite link, from the joiner's side: find an inviter, ask, receive keys, then
 * members, then messages. Survives a restart at any point; says at each what it waits for. spec/invite.
 */
import {
  controlScope,
  createJoinRequest,
  decodeInviteLink,
  inviteKeys,
  openBox,
  publicScope,
  readUtf8,
  utf8,
} from "@kith/core";
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
  ProofKey,
  SpaceId,
} from "@kith/core";
import type { BeaconVoice } from "./beacon.ts";
import type { Ledger } from "./ledger.ts";
import { EPOCHS_PER_SCOPE_MAX, JOINS_MAX } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";
import { secretsMeta } from "./secrets.ts";
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
  /** Being ended: what arrives meanwhile changes nothing any more. */
  ending: boolean;
  failure: { code: ServiceErrorCode; next: string } | null;
  readonly watchers: Set<() => void>;
}

const META_PREFIX = "join/";
/** A member that could not admit just now is asked again after this. */
const ASK_AGAIN_MS = 5_000;

/** What an inviter's refusal means to the person who asked. */
const refusals: Readonly<Record<string, { code: ServiceErrorCode; next: string }>> = {
  INVITE_EXPIRED: { code: "INVITE_EXPIRED", next: "Ask for a new invite." },
  INVITE_USED_UP: {
    code: "INVITE_USED_UP",
    next: "Ask for a new invite; this one has let in as many as it may.",
  },
  INVITE_REVOKED: { code: "INVITE_REVOKED", next: "Ask for a new invite; this one was withdrawn." },
  INVITE_UNKNOWN: { code: "INVITE_INVALID", next: "Ask for a new invite." },
  DEVICE_TAKEN: { code: "INVITE_INVALID", next: "Join from a device of your own." },
  REQUEST_FORGED: { code: "INVITE_INVALID", next: "Ask for a new invite; this link is damaged." },
};

export class Joins {
  readonly #options: JoinsOptions;
  readonly #joins = new Map<InviteId, Join>();

  constructor(options: JoinsOptions) {
    this.#options = options;
    for (const key of options.store.metaKeys(META_PREFIX)) {
      const value = options.store.meta(key);
      if (value) this.#begin(readUtf8(value));
    }
  }

  list(): JoinProgress[] {
    return [...this.#joins.values()].map((join) => this.#describe(join));
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

  /** Begins or resumes; resolves when done or failed, or after waitMs with the step reached. */
  async join(text: string, options: { waitMs: number; signal?: AbortSignal }): Promise<JoinProgress> {
    const link = readLink(text);
    const { invite } = inviteKeys(link.seed);
    const known = this.#joins.get(invite);
    const info = this.#options.spaceInfo(link.space);
    if (info?.state === "ready" && !known) {
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
            ...floorMeta(this.#options, join.link.space, this.#options.historyDays),
          ],
        });
      } catch (error) {
        // Asked again, it begins anew instead of waiting for what was never begun.
        this.#joins.delete(invite);
        throw error;
      }
      this.#options.onKeysChanged();
      this.#options.want(join.link.hints);
    }
    await this.#settled(join, options);
    return this.#progress(join);
  }

  /**
   * Stops looking and forgets it, on disk when it resolves. One that was let in is a membership already and
   * only receives: ALREADY_MEMBER. Unknown: UNKNOWN_INVITE.
   */
  async giveUp(invite: string): Promise<void> {
    const join = this.#joins.get(invite as InviteId);
    if (!join) {
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

  /** A session has opened over an invite's proof: ask to be let in. */
  onSession(session: PeerSession): void {
    for (const key of session.shared) {
      const join = key.kind === "invite" && key.invite ? this.#joins.get(key.invite) : undefined;
      if (!join || !isUnderWay(join)) continue;
      // Asked again on a second link, a join that has come further stays where it is.
      if (!isAdmitted(join)) this.#move(join, "asking", "An inviter was found; waiting for its answer.");
      const request = createJoinRequest({ link: join.link, identity: this.#options.identity() });
      session.send({ type: "joinRequest", request }, "control");
    }
  }

  /** A link to an inviter is gone. */
  onSessionClosed(session: PeerSession): void {
    for (const key of session.lastPeer?.shared ?? []) {
      const join = key.kind === "invite" && key.invite ? this.#joins.get(key.invite) : undefined;
      if (join?.step !== "asking") continue;
      this.#move(join, "looking-for-inviter", "The inviter went away; looking for it or another member.");
    }
  }

  /** Keys of a scope, boxed to this device. Throws a CoreError for a box that is not what it says. */
  async onBox(frame: Extract<Frame, { type: "box" }>): Promise<EpochKeys | null> {
    const { identity, ledger, box, log } = this.#options;
    if (ledger.keys.get(frame.epoch)) return null;
    if (!this.isJoining(frame.space) && !ledger.replicas.has(frame.space)) return null;
    if (frame.scope !== controlScope(frame.space) && frame.scope !== publicScope(frame.space)) return null;
    if (ledger.keys.ofScope(frame.scope).length >= EPOCHS_PER_SCOPE_MAX) {
      log.warn("box:too-many-epochs", { space: frame.space, scope: frame.scope });
      return null;
    }
    const { device, prekey } = identity();
    const keys = openBox({
      blob: frame.blob,
      space: frame.space,
      scope: frame.scope,
      epoch: frame.epoch,
      device: device.device,
      prekey: prekey.bundle.id,
      secretSeed: prekey.secretSeed,
      box,
    });
    await ledger.commit(ledger.gather(null), { meta: [secretsMeta(keys)] });
    ledger.addSecrets(keys);
    ledger.openSpace(frame.space);
    this.#options.onKeysChanged();
    return keys;
  }

  onResult(session: PeerSession, frame: Extract<Frame, { type: "joinResult" }>): void {
    for (const key of session.shared) {
      const join = key.kind === "invite" && key.invite ? this.#joins.get(key.invite) : undefined;
      if (!join || !isUnderWay(join)) continue;
      if (frame.ok) {
        if (!isAdmitted(join))
          this.#move(join, "receiving-members", "Let in; receiving the list of members.");
        // All of it may be here already, from before a restart: then no event comes that would tell.
        this.onMembersChanged(join.link.space);
        this.#options.onAdmitted(session, join.link.space);
      } else if (refusals[frame.code]) {
        void this.#fail(join, frame.code, frame.detail);
      } else {
        this.#options.clock.after(ASK_AGAIN_MS, () => {
          if (session.isOpen) this.onSession(session);
        });
        // The inviter's trouble (a full disk, a missing key) passes: another member or a later link may do.
        this.#move(join, "looking-for-inviter", `The member asked could not let us in: ${frame.detail}`);
      }
    }
  }

  /** The control log of a space has grown. */
  onMembersChanged(space: SpaceId): void {
    for (const join of this.#underWay()) {
      if (join.link.space !== space || join.step === "receiving-messages") continue;
      const membership = this.#options.ledger.replicas.get(space)?.membership;
      if (!membership?.state().members.has(this.#options.identity().person)) continue;
      if (!membership.has(join.link.head)) continue;
      this.#move(join, "receiving-messages", "Receiving messages.");
    }
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
      failure: null,
      watchers: new Set(),
      detail: "Looking for the inviter or another member on the network.",
    };
    this.#joins.set(invite, join);
    return join;
  }

  async #finish(join: Join): Promise<void> {
    join.ending = true;
    await this.#forget(join);
    this.#move(join, "done", "You are in.");
  }

  async #fail(join: Join, code: string, detail: string): Promise<void> {
    join.ending = true;
    join.failure = refusals[code] ?? null;
    await this.#forget(join);
    this.#move(join, "failed", detail);
  }

  /** Rejects when it cannot be forgotten, and then the join goes on: it would after the next start anyhow. */
  async #abandon(join: Join): Promise<void> {
    const { ledger } = this.#options;
    join.ending = true;
    try {
      await ledger.commit(ledger.gather(null), { meta: [{ key: META_PREFIX + join.invite, value: null }] });
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

  async #forget(join: Join): Promise<void> {
    const { ledger, log } = this.#options;
    try {
      await ledger.commit(ledger.gather(null), { meta: [{ key: META_PREFIX + join.invite, value: null }] });
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

function isAdmitted(join: Join): boolean {
  return join.step === "receiving-members" || join.step === "receiving-messages";
}

function readLink(text: string): InviteLink {
  try {
    return decodeInviteLink(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError(
      "INVITE_INVALID",
      `This is not a Kith invite: ${detail}`,
      "Copy the whole link, from kith://join# to its end.",
      { cause },
    );
  }
}
