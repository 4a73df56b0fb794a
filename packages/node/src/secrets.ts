/** Epoch secrets in the encrypted store: one value an epoch, named by space and scope. spec/epoch. */
import { controlScope, deriveEpochKeys, idBytes, isId32, publicScope } from "@kith/core";
import type { EpochKeys, EpochSecrets, EventStore, ScopeId, SpaceId } from "@kith/core";

const PREFIX = "epoch/";
const SECRET_BYTES = 32;

/** The values to commit before anything is written under these secrets. */
export function secretsMeta(keys: EpochKeys): { key: string; value: Uint8Array } {
  const { space, scope, headerSecret, contentSecret } = keys.secrets;
  const value = new Uint8Array(2 * SECRET_BYTES);
  value.set(headerSecret, 0);
  value.set(contentSecret, SECRET_BYTES);
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
      value?.byteLength !== 2 * SECRET_BYTES
    ) {
      throw new Error(
        `SECRETS_DAMAGED: the stored key ${key} has the wrong shape; restore the data directory from a backup`,
      );
    }
    const secrets: EpochSecrets = {
      space: space as SpaceId,
      scope: scope as ScopeId,
      headerSecret: value.slice(0, SECRET_BYTES),
      contentSecret: value.slice(SECRET_BYTES),
    };
    const keys = deriveEpochKeys(secrets);
    if (!Buffer.from(idBytes(keys.epoch)).equals(Buffer.from(epoch, "hex"))) {
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
