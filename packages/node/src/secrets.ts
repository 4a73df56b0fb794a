/** Epoch secrets in the encrypted store: one value an epoch, named by space and scope. spec/epoch. */
import { controlScope, epochKeysOf, epochParts, isId32, publicScope } from "@kith/core";
import type { EpochId, EpochKeys, EventStore, ScopeId, SpaceId } from "@kith/core";

const PREFIX = "epoch/";
const SECRET_BYTES = 32;

/** The values to commit before anything is written under these secrets. */
export function secretsMeta(keys: EpochKeys): { key: string; value: Uint8Array } {
  const { space, scope } = keys.secrets;
  const parts = epochParts(keys.secrets);
  const value = new Uint8Array(parts.length * SECRET_BYTES);
  for (const [at, part] of parts.entries()) value.set(part, at * SECRET_BYTES);
  return { key: `${PREFIX}${space}/${scope}/${keys.epoch}`, value };
}

/** Every epoch this device holds. Throws when a stored secret does not hash to the epoch it is named by. */
export function readSecrets(store: EventStore): EpochKeys[] {
  return store.metaKeys(PREFIX).map((key) => {
    const [space, scope, epoch] = key.slice(PREFIX.length).split("/");
    const value = store.meta(key);
    if (
      !space ||
      !scope ||
      !epoch ||
      !isId32(space) ||
      !isId32(scope) ||
      (value?.byteLength !== 2 * SECRET_BYTES && value?.byteLength !== 3 * SECRET_BYTES)
    ) {
      throw new Error(
        `SECRETS_DAMAGED: the stored key ${key} has the wrong shape; restore the data directory from a backup`,
      );
    }
    const place = { space: space as SpaceId, scope: scope as ScopeId, epoch: epoch as EpochId };
    const part = (at: number): Uint8Array => value.slice(at * SECRET_BYTES, (at + 1) * SECRET_BYTES);
    const isDestroyed = value.byteLength === 3 * SECRET_BYTES;
    const keys = epochKeysOf(place, isDestroyed ? [part(0), part(1), part(2)] : [part(0), part(1)]);
    if (keys === null) {
      throw new Error(
        `SECRETS_DAMAGED: the stored key ${key} is not the one it is named by; restore the data directory from a backup`,
      );
    }
    return keys;
  });
}

/** Private channels of the space that this device holds a key of. */
export function scopesWithKeys(store: EventStore, space: SpaceId): ScopeId[] {
  const known = new Set<ScopeId>([controlScope(space), publicScope(space)]);
  const scopes = store
    .metaKeys(`${PREFIX}${space}/`)
    .map((key) => key.slice(PREFIX.length).split("/")[1] as ScopeId);
  return [...new Set(scopes)].filter((scope) => !known.has(scope));
}
