/** What an invite's seed yields. spec/invite IN1, IN2. */
import { coreError, hkdfSha256, labels, signingKeyFromSeed, utf8 } from "../crypto/index.ts";
import type { InviteId } from "../ids.ts";
import { inviteIdOf } from "../membership/index.ts";

/** 128 bits cannot be guessed, and keep the link short enough to be read out or shown as a small QR code. */
export const INVITE_SEED_BYTES = 16;

export interface InviteKeys {
  readonly invite: InviteId;
  /** 32 bytes: in the invite's event. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: signs join requests. */
  readonly secretKey: Uint8Array;
  /** 32 bytes: in the invite's event too; the joiner proves it, and inviters' beacons are found by it. */
  readonly discoveryKey: Uint8Array;
}

/** Throws INVITE_SEED unless the seed has 16 bytes. */
export function inviteKeys(seed: Uint8Array): InviteKeys {
  if (seed.length !== INVITE_SEED_BYTES)
    throw coreError("INVITE_SEED", `an invite's seed has ${INVITE_SEED_BYTES} bytes`);
  const signingSeed = hkdfSha256(seed, { info: utf8(labels.inviteKey), length: 32 });
  const discoveryKey = hkdfSha256(seed, { info: utf8(labels.inviteDiscoveryKey), length: 32 });
  const { publicKey, secretKey } = signingKeyFromSeed(signingSeed);
  return { invite: inviteIdOf(publicKey), publicKey, secretKey, discoveryKey };
}
