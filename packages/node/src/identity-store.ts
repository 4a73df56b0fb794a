/**
 * Who this device is, kept in the encrypted store: made once, read at each start. The person's root lies
 * here until its owner has written it down; SECURITY.md says what that means. spec/identity.
 */
import {
  certifyDevice,
  createDeviceKeys,
  createPersonRoot,
  createPrekey,
  decodeCertificate,
  decodePrekey,
  deviceKeysFromSeed,
  encodeCertificate,
  encodePrekey,
  readUtf8,
  utf8,
  verifyCertificate,
  verifyPrekey,
} from "@kith/core";
import type { Box, Clock, EventStore, Identity, Prekey, Random } from "@kith/core";

const metaKey = {
  root: "identity/root",
  device: "identity/device",
  certificate: "identity/certificate",
  prekeyBundle: "identity/prekey/bundle",
  prekeySecret: "identity/prekey/secret",
  name: "identity/name",
} as const;

/** Prekeys are replaced yearly until rotation by the week lands with the full membership rules. */
const PREKEY_LIFETIME_MS = 366 * 24 * 3_600_000;

export interface IdentityDeps {
  readonly store: EventStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly box: Box;
}

/** Reads the identity or makes one under this name. Rejects with IDENTITY_DAMAGED when what is stored does not verify. */
export async function loadIdentity(deps: IdentityDeps, nameWhenNew: string): Promise<Identity> {
  return readIdentity(deps.store) ?? (await createIdentity(deps, nameWhenNew));
}

/** The stored identity; null on a new store. */
export function readIdentity(store: EventStore): Identity | null {
  const seed = store.meta(metaKey.device);
  const certificateBytes = store.meta(metaKey.certificate);
  const bundleBytes = store.meta(metaKey.prekeyBundle);
  const secretSeed = store.meta(metaKey.prekeySecret);
  const name = store.meta(metaKey.name);
  if (!seed || !certificateBytes || !bundleBytes || !secretSeed || !name) return null;
  const device = deviceKeysFromSeed(seed);
  const certificate = decodeCertificate(certificateBytes);
  const bundle = decodePrekey(bundleBytes);
  if (certificate.device !== device.device || !verifyCertificate(certificate) || !verifyPrekey(bundle)) {
    throw Object.assign(
      new Error(
        "IDENTITY_DAMAGED: the stored identity does not verify; restore the data directory from a backup",
      ),
      { code: "IDENTITY_DAMAGED" },
    );
  }
  return {
    person: certificate.person,
    name: readUtf8(name),
    certificate,
    device,
    prekey: { bundle, secretSeed },
  };
}

async function createIdentity(deps: IdentityDeps, name: string): Promise<Identity> {
  const { store, random, clock, box } = deps;
  const root = createPersonRoot(random);
  const device = createDeviceKeys(random);
  const certificate = certifyDevice(root.seed, { device: device.device, issuedMs: clock.nowMs() });
  const prekey = newPrekey({ random, clock, box }, { person: root.person, device });
  await store.commit({
    meta: [
      { key: metaKey.root, value: root.seed },
      { key: metaKey.device, value: device.seed },
      { key: metaKey.certificate, value: encodeCertificate(certificate) },
      { key: metaKey.prekeyBundle, value: encodePrekey(prekey.bundle) },
      { key: metaKey.prekeySecret, value: prekey.secretSeed },
      { key: metaKey.name, value: utf8(name) },
    ],
    views: [{ op: "person", row: { id: root.person, name } }],
  });
  return { person: root.person, name, certificate, device, prekey };
}

/** The root's seed, where it lies on this device. */
export function readRoot(store: EventStore): Uint8Array | null {
  return store.meta(metaKey.root);
}

/** A prekey of this device for a person. */
export function newPrekey(
  { random, clock, box }: Omit<IdentityDeps, "store">,
  { person, device }: Pick<Identity, "person" | "device">,
): Prekey {
  return createPrekey({ person, device, box, random, expiresMs: clock.nowMs() + PREKEY_LIFETIME_MS });
}

/** What a device writes that becomes a device of this person. The root that it had is forgotten. spec/identity ID32. */
export function identityMeta({
  name,
  certificate,
  prekey,
}: Identity): { readonly key: string; readonly value: Uint8Array | null }[] {
  return [
    { key: metaKey.root, value: null },
    { key: metaKey.certificate, value: encodeCertificate(certificate) },
    { key: metaKey.prekeyBundle, value: encodePrekey(prekey.bundle) },
    { key: metaKey.prekeySecret, value: prekey.secretSeed },
    nameMeta(name),
  ];
}

/** What a new name writes. */
export function nameMeta(name: string): { key: string; value: Uint8Array } {
  return { key: metaKey.name, value: utf8(name) };
}
