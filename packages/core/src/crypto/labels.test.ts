import { expect, test } from "vitest";
import { createSeededRandom } from "../testing/seeded-random.ts";
import {
  aeadOpen,
  aeadSeal,
  labelled,
  labels,
  sha256,
  sign,
  signingKeyFromSeed,
  utf8,
  verify,
} from "./index.ts";

const all = Object.values(labels);

test("[CR1] every label is used under one name only and carries the protocol's version", () => {
  expect(new Set(all).size).toBe(all.length);
  for (const label of all) expect(label).toMatch(/^kith\/v1\/[a-z0-9.-]+(\/[a-z0-9.-]+)*$/);
});

test("[CR1] no encoded label is the beginning of another", () => {
  const encoded = all.map((label) => Buffer.from(labelled(label)).toString("latin1"));
  for (const a of encoded) {
    for (const b of encoded) expect(a === b || !b.startsWith(a)).toBe(true);
  }
});

test("[CR1] a labelled message is length, label and parts", () => {
  const label = labels.prekeyId;
  expect(labelled(label, Uint8Array.of(1), Uint8Array.of(2, 3))).toEqual(
    Uint8Array.of(label.length, ...utf8(label), 1, 2, 3),
  );
});

test("[CR1] attack 20: bytes moved between label and message give another hash", () => {
  expect(sha256(labelled(labels.prekey, utf8("-id"), utf8("x")))).not.toEqual(
    sha256(labelled(labels.prekeyId, utf8("x"))),
  );
});

test("[CR1] attack 20: a signature made for one purpose is refused for every other", () => {
  const key = signingKeyFromSeed(createSeededRandom("labels").bytes(32));
  const message = utf8("the same bytes");
  for (const made of all) {
    const signature = sign(made, message, key.secretKey);
    for (const asked of all) expect(verify(asked, message, signature, key.publicKey)).toBe(asked === made);
  }
});

test("[CR1] attack 20: what is sealed under one label as aad does not open under another", () => {
  const random = createSeededRandom("aad");
  const key = random.bytes(32);
  const nonce = random.bytes(24);
  const sealed = aeadSeal(key, nonce, utf8("text"), labelled(labels.eventBody));
  expect(aeadOpen(key, nonce, sealed, labelled(labels.eventBody))).toEqual(utf8("text"));
  expect(aeadOpen(key, nonce, sealed, labelled(labels.epochBox))).toBeNull();
});
