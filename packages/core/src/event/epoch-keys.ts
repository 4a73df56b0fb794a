/**
 * The keys of one epoch, all derived from its two secrets. Owns the derivation and its caches; refuses
 * secrets of a wrong length. The salt of every derivation is the epoch id, which commits to both secrets,
 * so a tag names one epoch and no other secrets can bear it. spec/event EV7-EV9.
 */
import {
  concatBytes,
  coreError,
  equalBytes,
  hkdfSha256,
  hkdfSha3,
  hmacSha256,
  labelled,
  labels,
  sha256,
  utf8,
} from "../crypto/index.ts";
import { isStateKind, SHEDDABLE_KIND_MIN } from "./kinds.ts";
import type { Profile } from "./profile.ts";
import { createChains } from "./ratchet.ts";
import type { SealedSource } from "./ratchet.ts";
import { idBytes, toId } from "../ids.ts";
import type { DeviceId, EpochId, ScopeId, SpaceId } from "../ids.ts";

export interface EpochSecrets {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  /** 32 bytes: opens headers, finds and names events. Kept even where contents are forgotten. */
  readonly headerSecret: Uint8Array;
  /** 32 bytes: opens bodies. null: what a join-only scope says under this epoch is not for this device. */
  readonly contentSecret: Uint8Array | null;
  /** 32 bytes, of a join-only or sealed scope's epoch: commits to the content secret, which so can be kept back. */
  readonly commitment?: Uint8Array;
  /**
   * Of a sealed scope's epoch. readerKey: 32 bytes, of the content secret; it names whole boxes when that is destroyed.
   * null: the headers alone came here.
   */
  readonly sealed?: { readonly readerKey: Uint8Array | null };
}

export interface EpochKeys {
  readonly epoch: EpochId;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  /** Of its scope, as the epoch's id commits to it. */
  readonly profile: Profile;
  readonly secrets: EpochSecrets;
  readonly headerKey: Uint8Array;
  readonly tagKey: Uint8Array;
  readonly nonceKey: Uint8Array;
  readonly discoveryKey: Uint8Array;
  readonly topicKey: Uint8Array;
  /**
   * 32 bytes, cached, for one author device and a kind of event (left out: what may be shed). HKDF-SHA3-512 of the content secret; in a
   * join-only or sealed scope of the header secret for kinds that carry rights and keys. ratchet: the body's number in the device's
   * chain; exactly where isRatcheted(kind). null: this device has no key for it.
   */
  contentKeyOf(device: DeviceId, kind?: number, ratchet?: number | null): Uint8Array | null;
  /** A body of this kind lies under a key of its device's chain. */
  isRatcheted(kind: number): boolean;
  /** In a sealed scope: the event's body as it was opened here, with salt and padding; null: not kept. */
  readonly bodyOf?: SealedSource["bodyOf"];
  /** 32 bytes, cached: HMAC-SHA-256(tag key, bucket). */
  tagOf(bucket: number): Uint8Array;
}

/**
 * Header secret; content secret, or the commitment to that; and of a sealed scope's epoch whose content secret is destroyed, what
 * names its whole boxes.
 */
export type EpochParts = readonly [Uint8Array, Uint8Array] | readonly [Uint8Array, Uint8Array, Uint8Array];

const SECRET_BYTES = 32;
/** Any holder of an epoch can name devices that do not exist: the cache must not grow with them. */
const CONTENT_KEYS_MAX = 1_024;
/** New events lie in one bucket or two; history is read bucket by bucket. */
const TAGS_MAX = 16;

/** What a join-only scope's epoch says of its content secret. */
export function commitToContent(contentSecret: Uint8Array): Uint8Array {
  return sha256(labelled(labels.epochCommitment, contentSecret));
}

/**
 * The epoch of that id, of parts of 32 bytes as they lie in boxes and in the store. null: they are another epoch's.
 */
export function epochKeysOf(
  { space, scope, epoch }: { readonly space: SpaceId; readonly scope: ScopeId; readonly epoch: EpochId },
  [headerSecret, second, readerKey]: EpochParts,
): EpochKeys | null {
  const of = { space, scope, headerSecret };
  const forms: readonly (() => EpochSecrets)[] = [
    () => ({ ...of, contentSecret: second }),
    () => ({ ...of, contentSecret: second, commitment: commitToContent(second) }),
    () => ({ ...of, contentSecret: null, commitment: second }),
    () => sealedSecrets({ ...of, contentSecret: second }),
    () => ({ ...of, contentSecret: null, commitment: second, sealed: { readerKey: readerKey ?? null } }),
  ];
  for (const form of forms) {
    const secrets = form();
    if (toId<EpochId>(epochIdBytes(secrets)) === epoch) return deriveEpochKeys(secrets);
  }
  return null;
}

/** See epochKeysOf. */
export function epochParts({ headerSecret, contentSecret, commitment, sealed }: EpochSecrets): EpochParts {
  const second = contentSecret ?? commitment;
  if (!second) throw new Error("EPOCH_INVARIANT: an archive's epoch has a content secret");
  const isDestroyed = contentSecret === null && sealed?.readerKey;
  return isDestroyed ? [headerSecret, second, isDestroyed] : [headerSecret, second];
}

/** Of a sealed scope's epoch: what hangs on its content secret. */
export function sealedSecrets(
  secrets: Omit<EpochSecrets, "contentSecret"> & { readonly contentSecret: Uint8Array },
): EpochSecrets {
  const { contentSecret } = secrets;
  const readerKey = hmacSha256(contentSecret, utf8(labels.epochReaderKey));
  return { ...secrets, commitment: commitToContent(contentSecret), sealed: { readerKey } };
}

/** Without the content secret: what is left of a sealed scope's epoch when that is destroyed. */
export function withoutContent(keys: EpochKeys): EpochKeys {
  return deriveEpochKeys({ ...keys.secrets, contentSecret: null });
}

/** The same keys, with what the device has kept of sealed bodies and chains. */
export function withSealedSource(keys: EpochKeys, source: SealedSource): EpochKeys {
  if (keys.profile !== "sealed") return keys;
  return {
    ...keys,
    bodyOf: (event) => source.bodyOf(event),
    contentKeyOf: (device, kind, ratchet = null) =>
      keys.contentKeyOf(device, kind, ratchet) ??
      (ratchet === null ? null : source.keyOf({ epoch: keys.epoch, device }, ratchet)),
  };
}

/** The epoch's id. */
export function epochIdBytes({
  space,
  scope,
  headerSecret,
  contentSecret,
  commitment,
  sealed,
}: EpochSecrets): Uint8Array {
  const place = [idBytes(space), idBytes(scope), headerSecret];
  if (commitment && sealed) return sha256(labelled(labels.epochSealedId, ...place, commitment));
  if (commitment) return sha256(labelled(labels.epochJoinOnlyId, ...place, commitment));
  return sha256(labelled(labels.epochId, ...place, contentSecret ?? new Uint8Array(0)));
}

/** Throws EPOCH_SECRETS unless the secrets are 32 bytes, and a commitment is that of the content secret. */
export function deriveEpochKeys(secrets: EpochSecrets): EpochKeys {
  const { headerSecret, contentSecret, commitment } = secrets;
  const isWhole = headerSecret.length === SECRET_BYTES && contentSecret?.length === SECRET_BYTES;
  const isHeadersOnly =
    headerSecret.length === SECRET_BYTES && contentSecret === null && commitment?.length === SECRET_BYTES;
  const isCommitted = !commitment || !contentSecret || equalBytes(commitment, commitToContent(contentSecret));
  if (!(isWhole || isHeadersOnly) || !isCommitted) {
    throw coreError("EPOCH_SECRETS", "an epoch has two secrets of 32 bytes; fetch its box again");
  }
  const epochBytes = epochIdBytes(secrets);
  const epoch = toId<EpochId>(epochBytes);
  const profile = secrets.sealed ? "sealed" : commitment ? "join-only" : "archive";
  const isRatcheted = (kind: number): boolean => profile === "sealed" && !isStateKind(kind);
  const chains =
    contentSecret && profile === "sealed" && createChains(contentSecret, epoch, CONTENT_KEYS_MAX);
  const derive = (label: string) =>
    hkdfSha256(secrets.headerSecret, { salt: epochBytes, info: utf8(label), length: 32 });
  const tagKey = derive(labels.epochTagKey);
  const contentKeys = createCache<DeviceId, Uint8Array>(CONTENT_KEYS_MAX);
  const tags = createCache<number, Uint8Array>(TAGS_MAX);
  const stateKeys = createCache<DeviceId, Uint8Array>(CONTENT_KEYS_MAX);
  const bodyKey = (secret: Uint8Array, label: string, device: DeviceId): Uint8Array =>
    hkdfSha3(secret, { salt: epochBytes, info: concatBytes(utf8(label), idBytes(device)), length: 32 });

  return {
    epoch,
    space: secrets.space,
    scope: secrets.scope,
    profile,
    secrets,
    headerKey: derive(labels.epochHeaderKey),
    tagKey,
    nonceKey: derive(labels.epochNonceKey),
    discoveryKey: derive(labels.epochDiscoveryKey),
    topicKey: derive(labels.epochTopicKey),
    isRatcheted,
    contentKeyOf(device, kind = SHEDDABLE_KIND_MIN, ratchet = null) {
      if (isRatcheted(kind)) return chains && ratchet !== null ? chains(device, ratchet) : null;
      if (commitment && isStateKind(kind))
        return stateKeys.get(device, () => bodyKey(headerSecret, labels.epochStateKey, device));
      if (contentSecret === null) return null;
      return contentKeys.get(device, () => bodyKey(contentSecret, labels.epochContentKey, device));
    },
    tagOf: (bucket) => tags.get(bucket, () => hmacSha256(tagKey, uint32Bytes(bucket))),
  };
}

/** Four bytes, big-endian. */
export function uint32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Forgets the entry made first when full: cheap, and enough where the working set is far below the bound. */
function createCache<Key, Value>(entriesMax: number) {
  const entries = new Map<Key, Value>();
  return {
    get(key: Key, make: () => Value): Value {
      const known = entries.get(key);
      if (known !== undefined) return known;
      const made = make();
      if (entries.size >= entriesMax) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      entries.set(key, made);
      return made;
    },
  };
}
