/** Writes hpke.json and identity.json anew: `node spec/vectors/make-crypto.ts`. Only for a new version of the wire. */
import { writeFileSync } from "node:fs";
import { createSeededBox } from "../../packages/core/src/crypto/box-noble.ts";
import { utf8 } from "../../packages/core/src/crypto/index.ts";
import { certifyDevice, createPrekey, deviceKeysFromSeed, encodeCertificate, encodePrekey, personRootFromSeed } from "../../packages/core/src/identity/index.ts";
import { createSeededRandom } from "../../packages/core/src/testing/seeded-random.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const random = createSeededRandom("vectors");

function write(name: string, content: unknown): void {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(content, null, 2)}\n`);
}

const vectors = ["", "a", "The box holds two secrets of an epoch."].map((plaintext, at) => {
  const seed = random.bytes(32);
  const coins = random.bytes(64);
  const info = utf8(`info ${at}`);
  const aad = utf8(at === 0 ? "" : `aad ${at}`);
  const box = createSeededBox({ bytes: () => coins });
  const { publicKey } = box.generateKeyPair({ bytes: () => seed });
  const sealed = box.seal(publicKey, info, aad, utf8(plaintext));
  return {
    seed: hex(seed), coins: hex(coins), info: hex(info), aad: hex(aad), plaintext: hex(utf8(plaintext)),
    publicKey: hex(publicKey), sealed: hex(sealed),
  };
});
write("hpke.json", { suite: "HPKE base, KEM 0x647a, KDF 0x0001, AEAD 0x0002; coins are 32 bytes for ML-KEM-768, then 32 for X25519", vectors });

const issuedMs = 1_750_000_000_000;
const expiresMs = 1_760_000_000_000;
const root = personRootFromSeed(random.bytes(32));
const device = deviceKeysFromSeed(random.bytes(32));
const prekeySeed = random.bytes(32);
const certificate = certifyDevice(root.seed, { device: device.device, issuedMs });
const { bundle } = createPrekey({
  person: root.person, device, box: createSeededBox(random), random: { bytes: () => prekeySeed }, expiresMs,
});
write("identity.json", {
  rootSeed: hex(root.seed), person: root.person, deviceSeed: hex(device.seed), device: device.device, issuedMs,
  certificate: hex(encodeCertificate(certificate)), prekeySeed: hex(prekeySeed), expiresMs, prekeyId: bundle.id,
  prekey: hex(encodePrekey(bundle)),
});
