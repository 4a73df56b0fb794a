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
import type { MetaWrite } from "./kept.ts";
import { PREKEY_KEPT_MS, PREKEY_ROTATION_MS } from "./limits.ts";

const metaKey = {
  root: "identity/root",
  device: "identity/device",
  certificate: "identity/certificate",
  prekeyBundle: "identity/prekey/bundle",
  prekeySecret: "identity/prekey/secret",
  prekeyMade: "identity/prekey/made",
  name: "identity/name",
} as const;

/** Until when the secret is kept at least: a device is sealed to beyond it all the same. */
const PREKEY_LIFETIME_MS = PREKEY_ROTATION_MS + PREKEY_KEPT_MS;

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
      { key: metaKey.prekeyMade, value: utf8(String(clock.nowMs())) },
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

/** A prekey of this device for a person, that counts as newer than those which expire until then. spec/epoch EP81. */
export function newPrekey(
  { random, clock, box }: Omit<IdentityDeps, "store">,
  { person, device }: Pick<Identity, "person" | "device">,
  afterMs = 0,
): Prekey {
  const expiresMs = Math.max(clock.nowMs() + PREKEY_LIFETIME_MS, afterMs + 1);
  return createPrekey({ person, device, box, random, expiresMs });
}

/** What a new prekey writes. */
export function prekeyMeta(prekey: Prekey, madeMs: number): MetaWrite[] {
  return [
    { key: metaKey.prekeyBundle, value: encodePrekey(prekey.bundle) },
    { key: metaKey.prekeySecret, value: prekey.secretSeed },
    { key: metaKey.prekeyMade, value: utf8(String(madeMs)) },
  ];
}

/** When this device made its newest prekey; null for one of a store that did not say. */
export function readPrekeyMade(store: EventStore): number | null {
  const made = store.meta(metaKey.prekeyMade);
  return made && Number(readUtf8(made));
}

/** What a device writes that becomes a device of this person. The root that it had is forgotten. spec/identity ID32. */
export function identityMeta({ name, certificate, prekey }: Identity, nowMs: number): MetaWrite[] {
  return [
    { key: metaKey.root, value: null },
    { key: metaKey.certificate, value: encodeCertificate(certificate) },
    ...prekeyMeta(prekey, nowMs),
    nameMeta(name),
  ];
}

/** What a device writes that its person's root has certified anew. spec/identity ID52. */
export function restoredMeta(
  identity: Identity,
  { rootSeed, nowMs }: { readonly rootSeed: Uint8Array; readonly nowMs: number },
): MetaWrite[] {
  return [
    ...identityMeta(identity, nowMs).filter(({ key }) => key !== metaKey.root),
    { key: metaKey.device, value: identity.device.seed },
    ...rootMeta(rootSeed),
  ];
}

/** null: it leaves this device. */
export function rootMeta(seed: Uint8Array | null): MetaWrite[] {
  return [{ key: metaKey.root, value: seed }];
}

/** What a new name writes. */
export function nameMeta(name: string): { key: string; value: Uint8Array } {
  return { key: metaKey.name, value: utf8(name) };
}
