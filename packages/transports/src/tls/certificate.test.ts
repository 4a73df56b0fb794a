import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { systemRandom } from "../testing/system.ts";
import { createLinkCertificate } from "./certificate.ts";

test("[LK4] attack 16: certificates differ in nothing but serial, key and signature", () => {
  const [one, two] = [createLinkCertificate(systemRandom), createLinkCertificate(systemRandom)].map(
    ({ cert }) => new X509Certificate(cert),
  );
  for (const cert of [one!, two!]) {
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(cert.subject).toBe("CN=localhost");
    expect(cert.issuer).toBe(cert.subject);
    expect(cert.subjectAltName).toBeUndefined();
    expect(cert.validFromDate.getTime()).toBe(0);
    expect(cert.validToDate.getUTCFullYear()).toBe(9999);
    expect(cert.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  }
  expect(one!.serialNumber).not.toBe(two!.serialNumber);
  expect(one!.fingerprint256).not.toBe(two!.fingerprint256);
  // Serial and key lie where they lie in both; the lengths tell no device from another.
  expect(one!.serialNumber.length).toBe(32);
});

test("[LK4] any serial the generator gives is a valid one", () => {
  for (const byte of [0, 0x7f, 0x80, 0xff]) {
    const { cert } = createLinkCertificate({ bytes: (length) => new Uint8Array(length).fill(byte) });
    const parsed = new X509Certificate(cert);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  }
});
