import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSeededBox } from "../crypto/box-noble.ts";
import { encodeCbor, labelled, labels, sha256, sign, signingKeyFromSeed, verify } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { DeviceId, PersonId, PrekeyId } from "../ids.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import {
  CERTIFICATE_BYTES_MAX,
  certificateValue,
  certifyDevice,
  createDeviceKeys,
  createPersonRoot,
  createPrekey,
  decodeCertificate,
  decodePrekey,
  deviceKeysFromSeed,
  encodeCertificate,
  encodePrekey,
  personRootFromSeed,
  PREKEY_BYTES_MAX,
  prekeyValue,
  verifyCertificate,
  verifyIdentity,
  verifyPrekey,
} from "./index.ts";
import type { DeviceCertificate, PrekeyBundle } from "./index.ts";

const random = createSeededRandom("identity");
const box = createSeededBox(random);
const issuedMs = 1_750_000_000_000;
const expiresMs = issuedMs + 30 * 86_400_000;

function person() {
  const root = createPersonRoot(random);
  const device = createDeviceKeys(random);
  const certificate = certifyDevice(root.seed, { device: device.device, issuedMs });
  const prekey = createPrekey({ person: root.person, device, box, random, expiresMs });
  return { root, device, certificate, prekey };
}
const ann = person();
const bob = person();
const malformed = expect.objectContaining({ code: "MALFORMED" }) as Error;
const refusal = expect.objectContaining({
  code: expect.stringMatching(/^(CBOR_[A-Z]+|MALFORMED)$/) as string,
}) as Error;

describe("persons and devices", () => {
  test("[ID1] a person is the public key of the root, and the seed alone gives the person back", () => {
    expect(ann.root.person).toBe(toId<PersonId>(signingKeyFromSeed(ann.root.seed).publicKey));
    expect(personRootFromSeed(ann.root.seed.slice()).person).toBe(ann.root.person);
    expect(createPersonRoot(random).person).not.toBe(ann.root.person);
  });

  test("[ID2] a device is its public key, and its stored seed gives the same keys", () => {
    const again = deviceKeysFromSeed(ann.device.seed.slice());
    expect(again).toEqual(ann.device);
    const signature = sign(labels.prekey, Uint8Array.of(1), again.secretKey);
    expect(verify(labels.prekey, Uint8Array.of(1), signature, idBytes(ann.device.device))).toBe(true);
  });

  test("[ID2] two devices of one person share no key", () => {
    expect(createDeviceKeys(random).device).not.toBe(createDeviceKeys(random).device);
  });
});

describe("device certificates", () => {
  test("[ID3] a certificate is five fields, and the root signs the first four under its label", () => {
    const { person: who, device, depth, signature } = ann.certificate;
    const facts: CborValue[] = [idBytes(who), idBytes(device), depth, issuedMs];
    expect(encodeCertificate(ann.certificate)).toEqual(encodeCbor([...facts, signature]));
    expect(verify(labels.deviceCertificate, encodeCbor(facts), signature, idBytes(who))).toBe(true);
  });

  test("[ID3] a certificate survives encoding, alone and within another value", () => {
    expect(decodeCertificate(encodeCertificate(ann.certificate))).toEqual(ann.certificate);
    expect(decodeCertificate(certificateValue(ann.certificate))).toEqual(ann.certificate);
    expect(verifyCertificate(decodeCertificate(encodeCertificate(ann.certificate)))).toBe(true);
    expect(
      encodeCertificate({ ...ann.certificate, issuedMs: Number.MAX_SAFE_INTEGER }).length,
    ).toBeLessThanOrEqual(CERTIFICATE_BYTES_MAX);
  });

  test("[ID4] attack 12: a certificate moved to another person or another device is refused", () => {
    expect(verifyCertificate({ ...ann.certificate, person: bob.root.person })).toBe(false);
    expect(verifyCertificate({ ...ann.certificate, device: bob.device.device })).toBe(false);
    expect(verifyCertificate({ ...ann.certificate, issuedMs: issuedMs + 1 })).toBe(false);
    expect(verifyCertificate({ ...ann.certificate, signature: bob.certificate.signature })).toBe(false);
  });

  test("[ID4] attack 12: nobody certifies a device in the name of another person's root", () => {
    const forged = certifyDevice(bob.root.seed, { device: bob.device.device, issuedMs });
    expect(forged.person).toBe(bob.root.person);
    expect(verifyCertificate({ ...forged, person: ann.root.person })).toBe(false);
  });

  test("[ID4] a root that is its own device is refused, when made and when met", () => {
    const device = ann.root.person as string as DeviceId;
    expect(() => certifyDevice(ann.root.seed, { device, issuedMs })).toThrow(
      expect.objectContaining({ code: "CERTIFICATE_SELF" }) as Error,
    );
    const { secretKey } = signingKeyFromSeed(ann.root.seed);
    const facts: CborValue[] = [idBytes(ann.root.person), idBytes(device), 1, issuedMs];
    const self: DeviceCertificate = {
      ...ann.certificate,
      device,
      signature: sign(labels.deviceCertificate, encodeCbor(facts), secretKey),
    };
    expect(verifyCertificate(self)).toBe(false);
  });

  test("[ID4] attack 20: the root's signature under another label is no certificate", () => {
    const { secretKey } = signingKeyFromSeed(ann.root.seed);
    const [who, device, depth, issued] = certificateValue(ann.certificate);
    const signature = sign(
      labels.prekey,
      encodeCbor([who ?? null, device ?? null, depth ?? null, issued ?? null]),
      secretKey,
    );
    expect(verifyCertificate({ ...ann.certificate, signature })).toBe(false);
  });

  test("[ID8] a certificate of another depth, length or type of field is refused", () => {
    const value = certificateValue(ann.certificate);
    for (let at = 0; at < value.length; at += 1) {
      for (const odd of [null, -1, 2, "text", new Uint8Array(31), []] as CborValue[]) {
        if (at === 3 && odd === 2) continue;
        expect(() => decodeCertificate(value.with(at, odd))).toThrow(malformed);
      }
    }
    expect(() => decodeCertificate(value.slice(1))).toThrow(malformed);
    expect(() => decodeCertificate([...value, 0])).toThrow(malformed);
    expect(() => decodeCertificate(undefined)).toThrow(malformed);
  });
});

describe("prekeys", () => {
  const { bundle, secretSeed } = ann.prekey;

  test("[ID5] a prekey is seven fields, the device signs the first six, and the id hashes the public key", () => {
    const facts: CborValue[] = [
      idBytes(bundle.person),
      idBytes(bundle.device),
      1,
      idBytes(bundle.id),
      bundle.publicKey,
      expiresMs,
    ];
    expect(encodePrekey(bundle)).toEqual(encodeCbor([...facts, bundle.signature]));
    expect(verify(labels.prekey, encodeCbor(facts), bundle.signature, idBytes(bundle.device))).toBe(true);
    expect(bundle.id).toBe(
      toId<PrekeyId>(sha256(labelled(labels.prekeyId, bundle.publicKey)).subarray(0, 16)),
    );
  });

  test("[ID5] a prekey survives encoding, and its secret opens what is sealed to it", () => {
    expect(decodePrekey(encodePrekey(bundle))).toEqual(bundle);
    expect(decodePrekey(prekeyValue(bundle))).toEqual(bundle);
    expect(verifyPrekey(decodePrekey(encodePrekey(bundle)))).toBe(true);
    const none = new Uint8Array(0);
    const sealed = box.seal(bundle.publicKey, none, none, Uint8Array.of(7));
    expect(box.open(secretSeed, none, none, sealed)).toEqual(Uint8Array.of(7));
    expect(encodePrekey({ ...bundle, expiresMs: Number.MAX_SAFE_INTEGER }).length).toBeLessThanOrEqual(
      PREKEY_BYTES_MAX,
    );
  });

  test("[ID6] attack 12: a prekey with any field of another's is refused", () => {
    const other = bob.prekey.bundle;
    const swaps: Partial<PrekeyBundle>[] = [
      { person: other.person },
      { device: other.device },
      { id: other.id },
      { publicKey: other.publicKey },
      { id: other.id, publicKey: other.publicKey },
      { expiresMs: expiresMs + 1 },
      { signature: other.signature },
    ];
    for (const swap of swaps) expect(verifyPrekey({ ...bundle, ...swap })).toBe(false);
  });

  test("[ID6] attack 12: a device may not sign a prekey under an id that is not the key's", () => {
    const facts: CborValue[] = [
      idBytes(bundle.person),
      idBytes(bundle.device),
      1,
      idBytes(bob.prekey.bundle.id),
      bundle.publicKey,
      expiresMs,
    ];
    const signature = sign(labels.prekey, encodeCbor(facts), ann.device.secretKey);
    expect(verifyPrekey({ ...bundle, id: bob.prekey.bundle.id, signature })).toBe(false);
  });

  test("[ID8] a prekey of another suite, length or type of field is refused", () => {
    const value = prekeyValue(bundle);
    for (let at = 0; at < value.length; at += 1) {
      for (const odd of [null, -1, 2, "text", new Uint8Array(1215), []] as CborValue[]) {
        if (at === 5 && odd === 2) continue;
        expect(() => decodePrekey(value.with(at, odd))).toThrow(malformed);
      }
    }
    expect(() => decodePrekey(value.slice(1))).toThrow(malformed);
    expect(() => decodePrekey([...value, 0])).toThrow(malformed);
  });
});

describe("the chain from person to prekey", () => {
  const whole = { certificate: ann.certificate, prekey: ann.prekey.bundle };

  test("[ID7] root, device and prekey of one person hold together", () => {
    expect(verifyIdentity(whole)).toBe(true);
    expect(verifyIdentity({ ...whole, person: ann.root.person, device: ann.device.device })).toBe(true);
  });

  test("[ID7] attack 12: valid pieces of two people do not pass for one", () => {
    expect(verifyIdentity({ ...whole, prekey: bob.prekey.bundle })).toBe(false);
    expect(verifyIdentity({ ...whole, certificate: bob.certificate })).toBe(false);
  });

  test("[ID7] attack 12: another's whole identity does not pass where a known one is expected", () => {
    const bobs = { certificate: bob.certificate, prekey: bob.prekey.bundle };
    expect(verifyIdentity({ ...bobs, person: ann.root.person })).toBe(false);
    expect(verifyIdentity({ ...bobs, device: ann.device.device })).toBe(false);
  });

  test("[ID7] attack 12: bob's device cannot publish a prekey in ann's name", () => {
    const forged = createPrekey({
      person: ann.root.person,
      device: bob.device,
      box,
      random,
      expiresMs,
    }).bundle;
    expect(verifyPrekey(forged)).toBe(true);
    expect(verifyIdentity({ certificate: ann.certificate, prekey: forged })).toBe(false);
    expect(verifyIdentity({ certificate: bob.certificate, prekey: forged })).toBe(false);
  });

  test("[ID7] one bad signature in the chain is enough", () => {
    expect(verifyIdentity({ ...whole, certificate: { ...ann.certificate, issuedMs: 0 } })).toBe(false);
    expect(verifyIdentity({ ...whole, prekey: { ...ann.prekey.bundle, expiresMs: 0 } })).toBe(false);
  });
});

describe("hostile bytes", () => {
  const decoders = [
    ["certificate", decodeCertificate, encodeCertificate(ann.certificate)],
    ["prekey", decodePrekey, encodePrekey(ann.prekey.bundle)],
  ] as const;

  test.each(decoders)("[ID8] a %s of arbitrary bytes is refused with a code", (_, decode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(() => decode(bytes)).toThrow(refusal);
      }),
      { numRuns: 500 },
    );
  });

  test.each(decoders)(
    "[ID8] a %s with a byte altered, cut or added is refused or not valid",
    (_, decode, encoded) => {
      fc.assert(
        fc.property(fc.nat(encoded.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const altered = encoded.slice();
          altered[at] = (altered[at] ?? 0) ^ change;
          let read: DeviceCertificate | PrekeyBundle;
          try {
            read = decode(altered);
          } catch (error) {
            expect(error).toEqual(refusal);
            return;
          }
          expect("suite" in read ? verifyPrekey(read) : verifyCertificate(read)).toBe(false);
        }),
        { numRuns: 300 },
      );
      fc.assert(
        fc.property(fc.nat(encoded.length - 1), (length) => {
          expect(() => decode(encoded.slice(0, length))).toThrow(refusal);
        }),
        { numRuns: 50 },
      );
      expect(() => decode(Uint8Array.of(...encoded, 0))).toThrow(refusal);
      expect(() => decode(new Uint8Array(1_000_000))).toThrow(
        expect.objectContaining({ code: "CBOR_SIZE" }) as Error,
      );
    },
  );
});

test("[ID9] the vectors of spec/vectors/identity.json hold", () => {
  const file = new URL("../../../../spec/vectors/identity.json", import.meta.url);
  const vector = JSON.parse(readFileSync(file, "utf8")) as Record<string, string> & {
    issuedMs: number;
    expiresMs: number;
  };
  const raw = (name: string): Uint8Array => new Uint8Array(Buffer.from(vector[name] ?? "", "hex"));
  const root = personRootFromSeed(raw("rootSeed"));
  const device = deviceKeysFromSeed(raw("deviceSeed"));
  expect(root.person).toBe(vector["person"]);
  expect(device.device).toBe(vector["device"]);
  const certificate = certifyDevice(root.seed, { device: device.device, issuedMs: vector.issuedMs });
  expect(Buffer.from(encodeCertificate(certificate)).toString("hex")).toBe(vector["certificate"]);
  const given = { bytes: () => raw("prekeySeed") };
  const { bundle } = createPrekey({
    person: root.person,
    device,
    box,
    random: given,
    expiresMs: vector.expiresMs,
  });
  expect(bundle.id).toBe(vector["prekeyId"]);
  expect(Buffer.from(encodePrekey(bundle)).toString("hex")).toBe(vector["prekey"]);
  expect(
    verifyIdentity({
      certificate: decodeCertificate(raw("certificate")),
      prekey: decodePrekey(raw("prekey")),
    }),
  ).toBe(true);
});
