/**
 * The side of the device that is there: shows a link, lets the first device that takes it ask, and makes it a device of
 * its person when the person has entered that device's digits here. Of one link at a time, in memory. spec/identity ID28-ID31.
 */
import {
  commitToLinking,
  encodeLinkingLink,
  encodeLinkingStep,
  linkDevice,
  LINKING_NONCE_BYTES,
  LINKING_SEED_BYTES,
  linkingDigits,
  linkingKey,
  LINK_DEPTH_MAX,
  verifyPrekey,
} from "@kith/core";
import type {
  Clock,
  Identity,
  LinkingRefusal,
  LinkingStep,
  Log,
  PeerAddress,
  PrekeyBundle,
  ProofKey,
  Random,
  SpaceId,
} from "@kith/core";
import { LINKING_OFFER_MS, LINKING_TRIES_MAX } from "./limits.ts";
import type { OwnDevices } from "./own-devices.ts";
import type { PeerSession } from "./peer-session.ts";
import { ServiceError } from "./service.ts";
import type { DeviceOfferInfo } from "./service.ts";

export interface LinkingOfferOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: () => Identity;
  readonly own: OwnDevices;
  readonly hints: () => readonly PeerAddress[];
  readonly onKeysChanged: () => void;
  /** Sends the boxes of these spaces over the session, after which `done` is sent. */
  readonly handKeys: (session: PeerSession, spaces: readonly SpaceId[]) => void;
}

interface Asked {
  readonly session: PeerSession;
  readonly name: string;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  revealed: { readonly prekey: PrekeyBundle; readonly digits: string } | null;
}

interface Offer {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly link: string;
  readonly expiresMs: number;
  readonly cancelExpiry: () => void;
  asked: Asked | null;
  wrong: number;
  confirming: boolean;
}

export class LinkingOffer {
  readonly #options: LinkingOfferOptions;
  #offer: Offer | null = null;

  constructor(options: LinkingOfferOptions) {
    this.#options = options;
  }

  /** A new link; an older one ends. */
  open(): DeviceOfferInfo {
    const { clock, random, identity } = this.#options;
    const { person, certificate } = identity();
    if (certificate.depth >= LINK_DEPTH_MAX)
      throw new ServiceError(
        "NOT_ALLOWED",
        "This device was linked by a device that was linked itself, too often in a row.",
        "Link the new device from an older device of yours.",
      );
    this.#end("ended");
    const seed = random.bytes(LINKING_SEED_BYTES);
    const offer: Offer = {
      seed,
      key: linkingKey(seed),
      link: encodeLinkingLink({ seed, person, hints: this.#options.hints() }),
      expiresMs: clock.nowMs() + LINKING_OFFER_MS,
      cancelExpiry: clock.after(LINKING_OFFER_MS, () => this.#end("ended")),
      asked: null,
      wrong: 0,
      confirming: false,
    };
    this.#offer = offer;
    this.#options.onKeysChanged();
    return describe(offer);
  }

  get info(): DeviceOfferInfo | null {
    return this.#offer && describe(this.#offer);
  }

  /** Makes the device that asked one of the person's. Throws UNKNOWN_LINK, LINK_CODE_WRONG, and what writing throws. */
  async confirm(code: string): Promise<string> {
    const { clock, identity, own, log } = this.#options;
    const offer = this.#offer;
    const asked = offer?.asked;
    if (!offer || !asked?.revealed || offer.confirming || !asked.session.isOpen) throw noLink();
    const { prekey, digits } = asked.revealed;
    if (code.replace(/\s/g, "") !== digits) {
      offer.wrong += 1;
      if (offer.wrong >= LINKING_TRIES_MAX) this.#end("cancelled");
      throw new ServiceError(
        "LINK_CODE_WRONG",
        "That is not what the new device shows.",
        offer.wrong >= LINKING_TRIES_MAX
          ? "The link has ended: make a new one, and see that nobody else reads it."
          : "Enter the six digits that the new device shows. If it shows none, somebody else took the link: cancel it.",
      );
    }
    offer.confirming = true;
    try {
      const { person, name: personName, certificate: by, device } = identity();
      const { device: newDevice } = asked.session;
      const certificate = linkDevice(
        { device, certificate: by },
        { device: newDevice, issuedMs: clock.nowMs() },
      );
      const spaces = await own.link({ certificate, prekey, name: asked.name });
      if (!asked.session.isOpen)
        throw new ServiceError(
          "PEER_UNREACHABLE",
          "The new device went away in that moment.",
          "Make a new link and take it there once more.",
        );
      this.#send(asked, { step: "grant", certificate, personName, spaces });
      this.#options.handKeys(asked.session, spaces);
      this.#send(asked, { step: "done" });
      log.info("linking:linked", { device: newDevice, person, spaces: spaces.length });
      this.#forget();
      return newDevice;
    } finally {
      offer.confirming = false;
      if (!asked.session.isOpen) this.#forget();
    }
  }

  cancel(): void {
    this.#end("cancelled");
  }

  proofKeys(): ProofKey[] {
    return this.#offer
      ? [{ kind: "linking", key: this.#offer.key, space: null, invite: null, order: 0 }]
      : [];
  }

  onStep(session: PeerSession, step: LinkingStep): void {
    const offer = this.#offer;
    const isOfLink = session.shared.some(({ kind, key }) => kind === "linking" && sameBytes(key, offer?.key));
    const isOthers = offer?.asked !== null && offer?.asked?.session !== session;
    if (!offer || !isOfLink || (isOthers && step.step !== "refuse")) {
      if (step.step === "ask")
        session.send(
          { type: "linking", step: encodeLinkingStep({ step: "refuse", reason: "ended" }) },
          "control",
        );
      return;
    }
    switch (step.step) {
      case "ask":
        if (offer.asked !== null) return;
        offer.asked = {
          session,
          name: step.name,
          commitment: step.commitment,
          nonce: this.#options.random.bytes(LINKING_NONCE_BYTES),
          revealed: null,
        };
        this.#send(offer.asked, { step: "nonce", nonce: offer.asked.nonce });
        return;
      case "reveal":
        if (offer.asked !== null && offer.asked.revealed === null) this.#onReveal(offer, offer.asked, step);
        return;
      case "refuse":
        if (!isOthers) this.#end("ended");
        return;
      default:
    }
  }

  /** The device that asked is gone. The link is used up all the same: another that came would not be told from it. */
  onClosed(session: PeerSession): void {
    if (this.#offer?.asked?.session === session && !this.#offer.confirming) this.#forget();
  }

  #onReveal(offer: Offer, asked: Asked, { nonce, prekey }: Extract<LinkingStep, { step: "reveal" }>): void {
    const { device, person } = this.#options.identity();
    const { device: newDevice } = asked.session;
    const holds =
      sameBytes(commitToLinking(nonce, prekey), asked.commitment) &&
      prekey.person === person &&
      prekey.device === newDevice &&
      verifyPrekey(prekey);
    if (!holds) {
      this.#options.log.warn("linking:forged", { device: newDevice });
      this.#end("failed");
      return;
    }
    const digits = linkingDigits({
      seed: offer.seed,
      person,
      oldDevice: device.device,
      newDevice,
      oldNonce: asked.nonce,
      newNonce: nonce,
      prekey,
    });
    asked.revealed = { prekey, digits };
  }

  #end(reason: LinkingRefusal): void {
    const asked = this.#offer?.asked;
    if (asked) this.#send(asked, { step: "refuse", reason });
    this.#forget();
  }

  #forget(): void {
    if (this.#offer === null) return;
    this.#offer.cancelExpiry();
    this.#offer = null;
    this.#options.onKeysChanged();
  }

  #send({ session }: Asked, step: LinkingStep): void {
    if (session.isOpen) session.send({ type: "linking", step: encodeLinkingStep(step) }, "control");
  }
}

function describe({ link, expiresMs, asked }: Offer): DeviceOfferInfo {
  const state = asked === null ? "open" : asked.revealed === null ? "asked" : "confirm";
  return { link, expiresMs, state, device: asked?.session.device ?? null, name: asked?.name ?? null };
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.from(a).equals(Buffer.from(b));
}

function noLink(): ServiceError {
  return new ServiceError(
    "UNKNOWN_LINK",
    "No device waits to be linked.",
    "Make a link with `kith device link` and take it on the new device.",
  );
}
