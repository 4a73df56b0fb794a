import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeCbor, labels, sha256, sign, verify } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, SpaceId } from "../ids.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import {
  CERTIFICATE_BYTES_MAX,
  certificateValue,
  certifyDevice,
  chainOf,
  decodeCertificate,
  encodeCertificate,
  LINK_DEPTH_MAX,
  linkDevice,
  verifyCertificate,
} from "./certificate.ts";
import type { DeviceCertificate } from "./certificate.ts";
import { createDeviceKeys } from "./device.ts";
import { signDeviceRemoval, verifyDeviceRemoval } from "./device-removal.ts";
import { createPersonRoot } from "./person.ts";

const random = createSeededRandom("linking");
const issuedMs = Number.MAX_SAFE_INTEGER;
const [root, other] = [createPersonRoot(random), createPersonRoot(random)];

/** Devices of one person, each signed by the one before. */
function createChain(length: number, seed = root.seed) {
  const first = createDeviceKeys(random);
  const chain = [{ device: first, certificate: certifyDevice(seed, { device: first.device, issuedMs }) }];
  for (let at = 1; at < length; at += 1) {
    const [by, device] = [chain.at(-1), createDeviceKeys(random)];
    if (!by) throw new Error("out of range");
    chain.push({ device, certificate: linkDevice(by, { device: device.device, issuedMs }) });
  }
  return chain;
}

const chain = createChain(LINK_DEPTH_MAX);
const last = chain.at(-1);
if (!last) throw new Error("out of range");
const refusal = expect.objectContaining({
  code: expect.stringMatching(/^(CBOR_|MALFORMED)/) as string,
}) as Error;

describe("devices that devices link", () => {
  test("[ID20] a device signs the certificate of another over its own, by hash, under a label of its own", () => {
    const [by, linked] = chain;
    if (!by || !linked) throw new Error("out of range");
    const { person, device, depth, signature } = linked.certificate;
    const facts: CborValue[] = [
      idBytes(person),
      idBytes(device),
      depth,
      issuedMs,
      sha256(encodeCertificate(by.certificate)),
    ];
    expect(depth).toBe(2);
    expect(verify(labels.deviceLink, encodeCbor(facts), signature, idBytes(by.device.device))).toBe(true);
    expect(certificateValue(linked.certificate)[4]).toEqual(certificateValue(by.certificate));
  });

  test("[ID21] every link is checked up to the root, and survives encoding within the bound", () => {
    for (const { certificate } of chain) {
      const encoded = encodeCertificate(certificate);
      expect(encoded.length).toBeLessThanOrEqual(CERTIFICATE_BYTES_MAX);
      expect(decodeCertificate(encoded)).toEqual(certificate);
      expect(verifyCertificate(decodeCertificate(encoded))).toBe(true);
    }
    expect(chainOf(last.certificate)).toEqual(chain.map(({ device }) => device.device).toReversed());
  });

  test("[ID22] a chain has at most four links and no device twice", () => {
    const device = createDeviceKeys(random);
    expect(() => linkDevice(last, { device: device.device, issuedMs })).toThrow(
      expect.objectContaining({ code: "LINK_DEPTH" }) as Error,
    );
    const [first, second] = chain;
    if (!first || !second) throw new Error("out of range");
    expect(() => linkDevice(second, { device: first.device.device, issuedMs })).toThrow(
      expect.objectContaining({ code: "CERTIFICATE_SELF" }) as Error,
    );
    const fifth = { ...last.certificate, depth: 5, issuer: last.certificate, device: device.device };
    expect(verifyCertificate(fifth)).toBe(false);
    expect(() => decodeCertificate(certificateValue(fifth))).toThrow(refusal);
  });

  test("[ID23] attack 12: a link by another's device, of another depth or above another issuer is refused", () => {
    const [first, second, third] = chain;
    const [theirs] = createChain(1, other.seed);
    if (!first || !second || !third || !theirs) throw new Error("out of range");
    const { certificate } = third;
    const forged = linkDevice(
      { device: theirs.device, certificate: second.certificate },
      { device: certificate.device, issuedMs },
    );
    const swaps = [
      forged,
      { ...certificate, person: other.person },
      { ...certificate, depth: 2 },
      { ...certificate, depth: 1, issuer: null },
      { ...certificate, issuer: first.certificate },
      { ...certificate, depth: 2, issuer: first.certificate },
      { ...certificate, issuer: theirs.certificate, depth: 2 },
      { ...certificate, issuer: { ...second.certificate, issuedMs: 1 } },
      { ...linkDevice(theirs, { device: certificate.device, issuedMs }), person: root.person },
    ];
    for (const swap of swaps) expect(verifyCertificate(swap)).toBe(false);
    // Signed by the issuer's device over exactly these fields: the chain itself is what does not hold.
    const forge = (
      by: typeof first,
      fields: Pick<DeviceCertificate, "person" | "depth">,
    ): DeviceCertificate => {
      const facts = { ...fields, device: certificate.device, issuedMs, issuer: by.certificate };
      const statement = [idBytes(facts.person), idBytes(facts.device), facts.depth, issuedMs];
      const message = encodeCbor([...statement, sha256(encodeCertificate(by.certificate))]);
      return { ...facts, signature: sign(labels.deviceLink, message, by.device.secretKey) };
    };
    const { person } = root;
    expect(verifyCertificate(forge(first, { person, depth: 2 }))).toBe(true);
    expect(verifyCertificate(forge(theirs, { person, depth: 2 }))).toBe(false);
    expect(verifyCertificate(forge(second, { person, depth: 2 }))).toBe(false);
    expect(verifyCertificate(forge(first, { person, depth: 3 }))).toBe(false);
    expect(verifyCertificate(forge(first, { person, depth: 1 }))).toBe(false);
    expect(verifyCertificate(certificate)).toBe(true);
    // The root's own label does not pass for a device's.
    const facts = [
      ...certificateValue(second.certificate).slice(0, 4),
      sha256(encodeCertificate(first.certificate)),
    ];
    const signature = sign(labels.deviceCertificate, encodeCbor(facts), first.device.secretKey);
    expect(verifyCertificate({ ...second.certificate, signature })).toBe(false);
  });

  test("[ID24] hostile bytes: a chain altered, cut or nested otherwise is refused or not valid", () => {
    const encoded = encodeCertificate(last.certificate);
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = encoded.slice();
        altered[at] = (altered[at] ?? 0) ^ change;
        let isValid = false;
        try {
          isValid = verifyCertificate(decodeCertificate(altered));
        } catch (error) {
          expect(error).toEqual(refusal);
        }
        expect(isValid).toBe(false);
        expect(() => decodeCertificate(encoded.subarray(0, at))).toThrow(refusal);
      }),
      { numRuns: 300 },
    );
    const value = certificateValue(last.certificate);
    const [first, second] = chain;
    if (!first || !second) throw new Error("out of range");
    for (const issuer of [
      null,
      [],
      certificateValue(first.certificate),
      encodeCertificate(second.certificate),
    ])
      expect(() => decodeCertificate(value.with(4, issuer))).toThrow(refusal);
    let nested: CborValue = [];
    for (let depth = 0; depth < 12; depth += 1) nested = [...value.slice(0, 4), nested, new Uint8Array(64)];
    expect(() => decodeCertificate(nested)).toThrow(refusal);
  });
});

test("[ID25] attack 6: the root's word that ends a device holds for one device in one space", () => {
  const [space, device] = ["aa".repeat(32) as SpaceId, "bb".repeat(32) as DeviceId];
  const signature = signDeviceRemoval(root.seed, { space, device });
  expect(verifyDeviceRemoval(root.person, { space, device }, signature)).toBe(true);
  expect(verifyDeviceRemoval(other.person, { space, device }, signature)).toBe(false);
  expect(verifyDeviceRemoval(root.person, { space: "cc".repeat(32) as SpaceId, device }, signature)).toBe(
    false,
  );
  expect(verifyDeviceRemoval(root.person, { space, device: "cc".repeat(32) as DeviceId }, signature)).toBe(
    false,
  );
});
