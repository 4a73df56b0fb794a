/**
 * Keys that one link brings, and asking for those that it does not: of an epoch that was boxed for a prekey whose secret is
 * gone, and of events that came over the link and do not open. spec/epoch EP11, EP83, EP84.
 */
import { BOX_WANTS_MAX, CoreError } from "@kith/core";
import type { EpochId, Frame, ScopeId, SpaceId } from "@kith/core";
import type { ExchangeHost } from "./exchange-host.ts";
import { KEY_ASK_AFTER_MS, KEY_ASK_AGAIN_MS } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";

export interface KeyIntakeOptions {
  readonly host: Pick<
    ExchangeHost,
    "joins" | "linking" | "ingest" | "ledger" | "log" | "ownPrekey" | "onWaiting"
  >;
  readonly session: PeerSession;
  /** The link is about this space. */
  readonly isOfLink: (space: SpaceId) => boolean;
  /** All of the space is served to the other device. */
  readonly isFull: (space: SpaceId) => boolean;
  /** The scope goes over this link. */
  readonly maySpeakOf: (scope: ScopeId) => boolean;
  readonly send: (frame: Frame) => void;
  readonly later: (delayMs: number, call: () => void) => void;
  /** A key of a scope came; isNew: it was not held before. */
  readonly onKey: (space: SpaceId, scope: ScopeId, isNew: boolean) => void;
  /** One's own person's device has brought the first key of a space. */
  readonly onGiven: (space: SpaceId) => void;
  /** The scope can be compared now. */
  readonly onOpened: (space: SpaceId) => void;
  readonly onFault: (code: string) => void;
}

/** Boxes of one link's opening come within this time. */
const GATHER_MS = 50;

type BoxFrame = Extract<Frame, { type: "box" }>;

export class KeyIntake {
  readonly #options: KeyIntakeOptions;
  readonly #gone = new Map<SpaceId, Set<EpochId>>();
  #isAsking = false;

  constructor(options: KeyIntakeOptions) {
    this.#options = options;
  }

  async take(frame: BoxFrame): Promise<void> {
    const { host, session, isOfLink } = this.#options;
    const { joins, linking, ingest, log } = host;
    try {
      const isGiven = await linking.takesKeys(session, frame.space);
      if ((!isGiven && !isOfLink(frame.space)) || !this.#mayHearOf(frame)) return;
      if (joins.isForGone(frame)) {
        this.#askAnew(frame);
        return;
      }
      const keys = await joins.onBox(frame, { isGiven });
      this.#options.onKey(frame.space, frame.scope, keys !== null);
      if (!keys) return;
      if (isGiven && linking.isOwn(session)) this.#options.onGiven(frame.space);
      // The answer to a join may be read before the keys are stored and the space can be opened: asked now, not at the next beacon.
      this.#options.onOpened(frame.space);
      await ingest.retryLocked(keys.scope);
      host.onWaiting(frame.space);
    } catch (error) {
      // Our disk's trouble, not the sender's doing: the box comes again with the next link.
      if (!(error instanceof CoreError))
        return log.error("box:not-stored", { space: frame.space, error: String(error) });
      log.warn("box:refused", { device: session.device, code: error.code });
      this.#options.onFault(error.code);
    }
  }

  /** For the newest prekey. Boxes of several epochs come one after another, and are asked for together. */
  #askAnew({ space, epoch }: BoxFrame): void {
    const { host, send, later } = this.#options;
    const known = this.#gone.get(space);
    if (known && known.size < BOX_WANTS_MAX) known.add(epoch);
    if (known) return;
    const epochs = new Set([epoch]);
    this.#gone.set(space, epochs);
    later(GATHER_MS, () => {
      this.#gone.delete(space);
      const prekey = host.ownPrekey();
      send({
        type: "boxWant",
        space,
        wants: [...epochs].map((each) => ({ epoch: each, prekey })),
        locked: [],
      });
    });
  }

  /** Keys of private channels are taken from members alone. */
  #mayHearOf({ space, scope }: BoxFrame): boolean {
    const { control, content } = this.#options.host.ledger.replicas.get(space) ?? { control: scope };
    return scope === control || scope === content || this.#options.isFull(space);
  }

  /** Events came. Whoever brought some that do not open had their keys, and is asked for them if they do not come by themselves. */
  askLater(delayMs = KEY_ASK_AFTER_MS): void {
    const { host, session, send, later, maySpeakOf } = this.#options;
    if (this.#isAsking || !host.ingest.hasLockedFrom(session.device)) return;
    this.#isAsking = true;
    later(delayMs, () => {
      this.#isAsking = false;
      const overdue = host.ingest.overdueFrom(session.device, maySpeakOf);
      const bySpace = Map.groupBy(overdue, ({ scope }) => this.#spaceOf(scope));
      for (const [space, locked] of bySpace) {
        if (!space) continue;
        host.onWaiting(space);
        send({ type: "boxWant", space, wants: [], locked });
      }
      this.askLater(KEY_ASK_AGAIN_MS);
    });
  }

  #spaceOf(scope: ScopeId): SpaceId | undefined {
    return this.#options.host.ledger.replicaOfScope(scope)?.space;
  }
}
