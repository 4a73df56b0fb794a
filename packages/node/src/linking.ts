/** Both sides of linking, and what devices of one person do for each other, as one link sees them. spec/identity ID26-ID34. */
import { CoreError, decodeLinkingStep } from "@kith/core";
import type { LinkingStep, ProofKey, SpaceId } from "@kith/core";
import type { LinkingJoin } from "./linking-join.ts";
import type { LinkingOffer } from "./linking-offer.ts";
import type { OwnDevices } from "./own-devices.ts";
import type { PeerSession } from "./peer-session.ts";

export interface Linking {
  proofKeys(): ProofKey[];
  onSession(session: PeerSession): void;
  onClosed(session: PeerSession): void;
  /** onFault: with the code of what no honest device sends. */
  onStep(session: PeerSession, bytes: Uint8Array, onFault: (code: string) => void): void;
  /** The other side is a device of this person's. */
  isOwn(session: PeerSession): boolean;
  /** Keys of a space that may be unknown here are taken from it. */
  takesKeys(session: PeerSession, space: SpaceId): Promise<boolean>;
}

export function createLinking({
  offer,
  join,
  own,
}: {
  readonly offer: LinkingOffer;
  readonly join: LinkingJoin;
  readonly own: OwnDevices;
}): Linking {
  return {
    proofKeys: () => [...offer.proofKeys(), ...join.proofKeys()],
    onSession: (session) => join.onSession(session),
    onClosed(session) {
      offer.onClosed(session);
      join.onClosed(session);
    },
    onStep(session, bytes, onFault) {
      const step = readStep(bytes);
      if (typeof step === "string") return onFault(step);
      if (isToOld(step)) offer.onStep(session, step);
      if (!isToOld(step) || step.step === "refuse") join.onStep(session, step);
    },
    isOwn: (session) => own.isOwn(session),
    async takesKeys(session, space) {
      await join.granted();
      return join.takesKeysFrom(session, space) || own.isOwn(session);
    },
  };
}

function readStep(bytes: Uint8Array): LinkingStep | string {
  try {
    return decodeLinkingStep(bytes);
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
}

function isToOld({ step }: LinkingStep): boolean {
  return step === "ask" || step === "reveal" || step === "refuse";
}
