/**
 * The certificate of a link: self-signed, made anew at each start, naming nobody. Nobody verifies it
 * either: TLS 1.3 merely insists on one (RFC 8446 §4.4.2), and who is at the other end is proven inside,
 * over the exporter. Every byte save serial, key and signature is the same on every device.
 * spec/link LK4. DER by hand: the form is fixed and nothing here ever parses it (docs/decisions/0003).
 */
import { generateKeyPairSync, sign } from "node:crypto";
import type { Random } from "@kith/core/ports";

export interface LinkCertificate {
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
}

/** 128 bits: unlinkable across starts, and within the 20 octets of RFC 5280 §4.1.2.2. */
const SERIAL_BYTES = 16;

const TAG_INTEGER = 0x02;
const TAG_BIT_STRING = 0x03;
const TAG_UTF8_STRING = 0x0c;
const TAG_UTC_TIME = 0x17;
const TAG_GENERALIZED_TIME = 0x18;
const TAG_SEQUENCE = 0x30;
const TAG_SET = 0x31;
const TAG_VERSION = 0xa0;

/** ecdsa-with-SHA256, RFC 5758 §3.2. */
const OID_ECDSA_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
/** id-at-commonName, RFC 5280 appendix A.1. */
const OID_COMMON_NAME = Buffer.from("0603550403", "hex");

/** A fresh P-256 key and its self-signed certificate. RFC 5280 §4.1. */
export function createLinkCertificate(random: Random): LinkCertificate {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(TAG_SEQUENCE, OID_ECDSA_SHA256);
  // What self-signed certificates most often say: a scanner learns no more from ours than from those.
  const commonName = der(TAG_SEQUENCE, OID_COMMON_NAME, der(TAG_UTF8_STRING, Buffer.from("localhost")));
  const name = der(TAG_SEQUENCE, der(TAG_SET, commonName));
  // Fixed bounds (the second is RFC 5280's "no expiry"): a validity from now would tell this device's clock.
  const validity = der(
    TAG_SEQUENCE,
    der(TAG_UTC_TIME, Buffer.from("700101000000Z")),
    der(TAG_GENERALIZED_TIME, Buffer.from("99991231235959Z")),
  );
  const body = der(
    TAG_SEQUENCE,
    der(TAG_VERSION, der(TAG_INTEGER, Buffer.of(2))),
    der(TAG_INTEGER, serialOf(random)),
    algorithm,
    name,
    validity,
    name,
    pair.publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", body, pair.privateKey);
  const certificate = der(TAG_SEQUENCE, body, algorithm, der(TAG_BIT_STRING, Buffer.of(0), signature));
  return {
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

/** Positive and without a leading zero octet, whatever the generator says: DER allows nothing else. */
function serialOf(random: Random): Buffer {
  const serial = Buffer.from(random.bytes(SERIAL_BYTES));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** One DER value, definite length. X.690 §8.1. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
