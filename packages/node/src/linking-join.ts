/**
 * The side of the new device: takes a link, shows its digits, and becomes a device of the person when it is let in.
 * Shows nobody but that person's device anything before that. spec/identity ID28-ID32.
 */
import {
  commitToLinking,
  decodeLinkingLink,
  encodeLinkingStep,
  LINKING_NONCE_BYTES,
  linkingDigits,
  linkingKey,
  normalizeName,
  verifyCertificate,
} from "@kith/core";
import type {
  Box,
  Clock,
  EventStore,
  Identity,
  LinkingLink,
  LinkingStep,
  Log,
  PeerAddress,
  Prekey,
  ProofKey,
  Random,
  SpaceId,
} from "@kith/core";
import { identityMeta, newPrekey } from "./identity-store.ts";
import type { MetaWrite } from "./kept.ts";
import type { Ledger } from "./ledger.ts";
import type { PeerSession } from "./peer-session.ts";
import { ServiceError } from "./service.ts";
import type { LinkingProgress, LinkingStepName } from "./service.ts";

export interface LinkingJoinOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: EventStore;
  readonly box: Box;
  readonly ledger: Ledger;
  readonly identity: () => Identity;
  readonly setIdentity: (identity: Identity) => void;
  /** What keeps a prekey's secret beside a newer one. */
  readonly keepPrekey: (prekey: Prekey) => readonly MetaWrite[];
  /** Whether this device joins a space. */
  readonly isJoining: () => boolean;
  readonly want: (addresses: readonly PeerAddress[]) => void;
  readonly doneWith: (addresses: readonly PeerAddress[]) => void;
  readonly onKeysChanged: () => void;
}

interface Linking {
  readonly link: LinkingLink;
  readonly key: Uint8Array;
  readonly name: string;
  readonly nonce: Uint8Array;
  readonly prekey: Prekey;
  step: LinkingStepName;
  detail: string;
  session: PeerSession | null;
  digits: string | null;
  spaces: readonly SpaceId[] | null;
  /** Of those in step with another device. */
  readonly arrived: Set<SpaceId>;
  readonly watchers: Set<() => void>;
}

export class LinkingJoin {
  readonly #options: LinkingJoinOptions;
  #linking: Linking | null = null;
  /** Taking the grant writes; what follows on the link waits for it. */
  #granting: Promise<void> = Promise.resolve();

  constructor(options: LinkingJoinOptions) {
    this.#options = options;
  }

  get info(): LinkingProgress | null {
    return this.#linking && describe(this.#linking);
  }

  /**
   * Begins, or goes on with the same link; resolves when there are digits to show that were not asked for before, when it
   * is over, or after waitMs. Throws LINK_INVALID, NOT_EMPTY.
   */
  async take(
    text: string,
    { waitMs, shown, name, signal }: { waitMs: number; shown?: boolean; name?: string; signal?: AbortSignal },
  ): Promise<LinkingProgress> {
    const link = readLink(text);
    const key = linkingKey(link.seed);
    let linking = this.#linking;
    if (linking === null || !sameBytes(linking.key, key)) linking = this.#begin(link, key, name);
    await this.#settled(linking, { waitMs, shown: shown ?? false, ...(signal && { signal }) });
    return describe(linking);
  }

  proofKeys(): ProofKey[] {
    const linking = this.#linking;
    if (linking === null || linking.spaces !== null || isOver(linking)) return [];
    return [{ kind: "linking", key: linking.key, space: null, invite: null, order: 0 }];
  }

  hints(): readonly PeerAddress[] {
    return this.#linking && !isOver(this.#linking) ? this.#linking.link.hints : [];
  }

  /** Boxes of spaces that are not known here come from the device that granted. */
  takesKeysFrom(session: PeerSession, space: SpaceId): boolean {
    return this.#linking?.session === session && this.#linking.spaces?.includes(space) === true;
  }

  /** What was granted on this link is stored. */
  granted(): Promise<void> {
    return this.#granting;
  }

  onSession(session: PeerSession): void {
    const linking = this.#linking;
    if (linking === null || linking.spaces !== null || isOver(linking) || linking.session?.isOpen) return;
    if (!session.shared.some(({ kind, key }) => kind === "linking" && sameBytes(key, linking.key))) return;
    // Whoever else holds the link is not the one that it names.
    if (session.person !== linking.link.person) {
      this.#options.log.warn("linking:another-person", { device: session.device });
      return;
    }
    linking.session = session;
    const commitment = commitToLinking(linking.nonce, linking.prekey.bundle);
    send(session, { step: "ask", commitment, name: linking.name });
    this.#move(linking, "asking", "The other device was found.");
  }

  onClosed(session: PeerSession): void {
    const linking = this.#linking;
    if (linking?.session !== session || linking.spaces !== null || isOver(linking)) return;
    this.#fail(linking, "The other device went away before it let this one in.");
  }

  onStep(session: PeerSession, step: LinkingStep): void {
    const linking = this.#linking;
    if (linking?.session !== session || isOver(linking)) return;
    switch (step.step) {
      case "nonce":
        if (linking.digits === null) this.#onNonce(linking, session, step.nonce);
        return;
      case "grant":
        if (linking.digits !== null && linking.spaces === null)
          this.#granting = this.#onGrant(linking, session, step);
        return;
      case "done":
        void this.#granting.then(() => this.#onDone(linking, session));
        return;
      case "refuse":
        if (linking.spaces === null) this.#fail(linking, refusals[step.reason]);
        return;
      default:
    }
  }

  /** Every scope of the space agrees with another device. */
  onSpaceInSync(space: SpaceId): void {
    const linking = this.#linking;
    if (!linking?.spaces?.includes(space) || isOver(linking)) return;
    linking.arrived.add(space);
    this.#finishIfAll(linking);
  }

  #begin(link: LinkingLink, key: Uint8Array, name: string | undefined): Linking {
    const { random, clock, box, identity } = this.#options;
    const { device, name: ownName, prekey: before } = identity();
    if (!this.#mayBecomeOf(link))
      throw new ServiceError(
        "NOT_EMPTY",
        "This device is in spaces of its own.",
        "Link a new device, or reset this one first: what it holds is lost then.",
      );
    if (this.#linking !== null && !isOver(this.#linking))
      this.#fail(this.#linking, "Another link was taken.");
    const linking: Linking = {
      link,
      key,
      name: normalizeName(name ?? ownName),
      nonce: random.bytes(LINKING_NONCE_BYTES),
      prekey: newPrekey({ random, clock, box }, { person: link.person, device }, before.bundle.expiresMs),
      step: "looking",
      detail: "Looking for the other device.",
      session: null,
      digits: null,
      spaces: null,
      arrived: new Set(),
      watchers: new Set(),
    };
    this.#linking = linking;
    this.#options.onKeysChanged();
    this.#options.want(link.hints);
    return linking;
  }

  /** It is in no space, and on its way into none, or it is a device of that person already. */
  #mayBecomeOf({ person }: LinkingLink): boolean {
    const { ledger, identity, isJoining } = this.#options;
    return (ledger.replicas.size === 0 && !isJoining()) || identity().person === person;
  }

  #onNonce(linking: Linking, session: PeerSession, oldNonce: Uint8Array): void {
    const { link, nonce, prekey } = linking;
    linking.digits = linkingDigits({
      seed: link.seed,
      person: link.person,
      oldDevice: session.device,
      newDevice: this.#options.identity().device.device,
      oldNonce,
      newNonce: nonce,
      prekey: prekey.bundle,
    });
    send(session, { step: "reveal", nonce, prekey: prekey.bundle });
    this.#move(linking, "confirming", "Enter these digits on the other device.");
  }

  async #onGrant(
    linking: Linking,
    session: PeerSession,
    { certificate, personName, spaces }: Extract<LinkingStep, { step: "grant" }>,
  ): Promise<void> {
    const { ledger, log, clock, identity, setIdentity } = this.#options;
    const { device } = identity();
    const { link, prekey } = linking;
    const holds =
      certificate.person === link.person &&
      certificate.device === device.device &&
      certificate.issuer?.device === session.device &&
      verifyCertificate(certificate);
    // Its person may have founded a space, or joined one, while the digits were shown.
    if (!this.#mayBecomeOf(link)) {
      this.#fail(
        linking,
        "This device has a space of its own by now. Reset it and link again; what it holds is lost then.",
      );
      return;
    }
    if (!holds) {
      log.warn("linking:grant-forged", { device: session.device });
      this.#fail(linking, "The other device sent what does not fit the link.");
      return;
    }
    const next: Identity = { person: link.person, name: personName, certificate, device, prekey };
    try {
      await ledger.commit(ledger.gather(null), {
        meta: [...identityMeta(next, clock.nowMs()), ...this.#options.keepPrekey(identity().prekey)],
      });
    } catch (error) {
      log.error("linking:not-stored", { error: String(error) });
      this.#fail(
        linking,
        "This device could not store what it was given; make room on the disk and link again.",
      );
      return;
    }
    setIdentity(next);
    linking.spaces = [...new Set(spaces)];
    this.#options.onKeysChanged();
    this.#move(linking, "receiving", "Let in; receiving your spaces.");
  }

  /** The keys are here: as a device of the person it calls again, with a certificate that says so. */
  #onDone(linking: Linking, session: PeerSession): void {
    if (linking.spaces === null) return;
    session.close("linked");
    this.#options.want(linking.link.hints);
    this.#finishIfAll(linking);
  }

  #finishIfAll(linking: Linking): void {
    if (linking.spaces?.every((space) => linking.arrived.has(space)) !== true) return;
    this.#options.doneWith(linking.link.hints);
    this.#move(linking, "done", "This device is linked.");
  }

  #fail(linking: Linking, detail: string): void {
    this.#options.doneWith(linking.link.hints);
    this.#move(linking, "failed", detail);
    this.#options.onKeysChanged();
  }

  #move(linking: Linking, step: LinkingStepName, detail: string): void {
    linking.step = step;
    linking.detail = detail;
    this.#options.log.info("linking:step", { step });
    for (const watcher of linking.watchers) watcher();
  }

  #settled(
    linking: Linking,
    options: { waitMs: number; shown: boolean; signal?: AbortSignal },
  ): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        linking.watchers.delete(watch);
        options.signal?.removeEventListener("abort", end);
        resolve();
      };
      const watch = (): void => {
        if (isOver(linking) || (!options.shown && linking.digits !== null)) end();
      };
      const cancel = this.#options.clock.after(options.waitMs, end);
      linking.watchers.add(watch);
      options.signal?.addEventListener("abort", end);
      watch();
    });
  }
}

const refusals = {
  ended: "The link has ended or was used; make a new one on the other device.",
  cancelled: "The linking was cancelled on the other device.",
  failed: "The other device did not accept what this one said; make a new link.",
} as const;

function describe({ step, detail, digits, spaces, arrived }: Linking): LinkingProgress {
  return {
    step,
    detail,
    code: step === "confirming" ? digits : null,
    spaces: spaces?.length ?? null,
    arrived: arrived.size,
  };
}

function isOver({ step }: Linking): boolean {
  return step === "done" || step === "failed";
}

function send(session: PeerSession, step: LinkingStep): void {
  if (session.isOpen) session.send({ type: "linking", step: encodeLinkingStep(step) }, "control");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(Buffer.from(b));
}

function readLink(text: string): LinkingLink {
  try {
    return decodeLinkingLink(text);
  } catch (cause) {
    throw new ServiceError(
      "LINK_INVALID",
      "This is not a link of a device.",
      "Copy the whole of it, from kith://link# to its end.",
      { cause },
    );
  }
}
