/**
 * The keys of one epoch, all derived from its two secrets. Owns the derivation and its caches; refuses
 * secrets of a wrong length. The salt of every derivation is the epoch id, which commits to both secrets,
 * so a tag names one epoch and no other secrets can bear it. spec/event EV7-EV9.
 */
import {
  concatBytes,
  coreError,
  hkdfSha256,
  hkdfSha3,
  hmacSha256,
  labelled,
  labels,
  sha256,
  utf8,
} from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { DeviceId, EpochId, ScopeId, SpaceId } from "../ids.ts";

export interface EpochSecrets {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  /** 32 bytes: opens headers, finds and names events. Kept even where contents are forgotten. */
  readonly headerSecret: Uint8Array;
  /** 32 bytes: opens bodies. */
  readonly contentSecret: Uint8Array;
}

export interface EpochKeys {
  readonly epoch: EpochId;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly secrets: EpochSecrets;
  readonly headerKey: Uint8Array;
  readonly tagKey: Uint8Array;
  readonly nonceKey: Uint8Array;
  readonly discoveryKey: Uint8Array;
  readonly topicKey: Uint8Array;
  /** 32 bytes, cached. HKDF-SHA3-512 of the content secret for one author device. */
  contentKeyOf(device: DeviceId): Uint8Array;
  /** 32 bytes, cached: HMAC-SHA-256(tag key, bucket). */
  tagOf(bucket: number): Uint8Array;
}

const SECRET_BYTES = 32;
/** Any holder of an epoch can name devices that do not exist: the cache must not grow with them. */
const CONTENT_KEYS_MAX = 1_024;
/** New events lie in one bucket or two; history is read bucket by bucket. */
const TAGS_MAX = 16;

/** Throws EPOCH_SECRETS unless both secrets are 32 bytes. */
export function deriveEpochKeys(secrets: EpochSecrets): EpochKeys {
  if (secrets.headerSecret.length !== SECRET_BYTES || secrets.contentSecret.length !== SECRET_BYTES) {
    throw coreError("EPOCH_SECRETS", "an epoch has two secrets of 32 bytes; fetch its box again");
  }
  const epochBytes = sha256(
    labelled(
      labels.epochId,
      idBytes(secrets.space),
      idBytes(secrets.scope),
      secrets.headerSecret,
      secrets.contentSecret,
    ),
  );
  const derive = (label: string) =>
    hkdfSha256(secrets.headerSecret, { salt: epochBytes, info: utf8(label), length: 32 });
  const tagKey = derive(labels.epochTagKey);
  const contentKeys = createCache<DeviceId, Uint8Array>(CONTENT_KEYS_MAX);
  const tags = createCache<number, Uint8Array>(TAGS_MAX);
  const contentLabel = utf8(labels.epochContentKey);

  return {
    epoch: toId<EpochId>(epochBytes),
    space: secrets.space,
    scope: secrets.scope,
    secrets,
    headerKey: derive(labels.epochHeaderKey),
    tagKey,
    nonceKey: derive(labels.epochNonceKey),
    discoveryKey: derive(labels.epochDiscoveryKey),
    topicKey: derive(labels.epochTopicKey),
    contentKeyOf: (device) =>
      contentKeys.get(device, () =>
        hkdfSha3(secrets.contentSecret, {
          salt: epochBytes,
          info: concatBytes(contentLabel, idBytes(device)),
          length: 32,
        }),
      ),
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
