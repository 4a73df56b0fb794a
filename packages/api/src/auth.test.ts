import { createHmac, createPrivateKey, createPublicKey, hkdfSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import * as nodeCrypto from "node:crypto";
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { createAuth } from "./auth.ts";
import type { SignInCode } from "./auth.ts";
import type { TokenShelf } from "./token-book.ts";
import { COOKIE_MS, OWNER_TOKEN_MS, SIGN_IN_MS, SIGN_INS_MAX, TOKENS_MAX } from "./limits.ts";
import { createTestClock, issueToken, testRandom } from "./testing/index.ts";

vi.mock("node:crypto", async (importOriginal) => {
  const original = await importOriginal<typeof nodeCrypto>();
  return { ...original, timingSafeEqual: vi.fn(original.timingSafeEqual) };
});

const nodeId = "d".repeat(64);
const secret = new Uint8Array(32).fill(7);
const clock = createTestClock();
const create = (
  options: { secret?: Uint8Array; nodeId?: string; shelf?: TokenShelf; signIn?: SignInCode } = {},
) => createAuth({ secret, nodeId, clock, random: testRandom, ...options });

beforeEach(() => {
  vi.mocked(nodeCrypto.timingSafeEqual).mockClear();
});

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const keyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
const bearerKey = keyOf(new Uint8Array(hkdfSync("sha256", secret, "", "kith http bearer v2", 32)));

function forge(header: unknown, claims: Record<string, unknown>, key = bearerKey): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

/** The classic confusion: the public key, which is no secret, taken as the secret of an HMAC. */
function confuse(): string {
  const signed = `${base64url({ alg: "HS256" })}.${base64url(claims())}`;
  const der = createPublicKey(bearerKey).export({ format: "der", type: "spki" });
  return `${signed}.${createHmac("sha256", der).update(signed).digest("base64url")}`;
}

const nowS = (): number => Math.floor(clock.nowMs() / 1_000);
const claims = () => ({ iss: "kith", aud: nodeId, jti: "x", scope: "admin", iat: nowS(), exp: nowS() + 60 });

test("[HT3] the owner's token is good here, again and again, and lasts for years", async () => {
  const auth = create();
  const token = await auth.ownerToken();
  const first = await auth.verifyToken(token);
  expect(first).toMatchObject({ scope: "admin" });
  expect(await auth.verifyToken(token)).toEqual(first);
  expect(first?.expiresMs).toBeGreaterThan(clock.nowMs() + OWNER_TOKEN_MS - 2_000);
  expect(await auth.ownerToken()).not.toBe(token);
});

test("[HT3] a token made by hand with every claim in place is accepted, so that the refusals below mean something", async () => {
  expect(await create().verifyToken(forge({ alg: "EdDSA" }, claims()))).toMatchObject({ tokenId: "x" });
});

test.each([
  ["unsigned, with the algorithm none", () => `${base64url({ alg: "none" })}.${base64url(claims())}.`],
  ["signed by the public key as if it were a secret", confuse],
  ["signed under another algorithm's name", () => forge({ alg: "HS512" }, claims())],
  ["signed with another key", () => forge({ alg: "EdDSA" }, claims(), keyOf(new Uint8Array(32)))],
  ["for another node", () => forge({ alg: "EdDSA" }, { ...claims(), aud: "e".repeat(64) })],
  ["of another issuer", () => forge({ alg: "EdDSA" }, { ...claims(), iss: "someone" })],
  ["expired", () => forge({ alg: "EdDSA" }, { ...claims(), exp: nowS() - 1 })],
  ["without an expiry", () => forge({ alg: "EdDSA" }, { ...claims(), exp: undefined })],
  ["without an id", () => forge({ alg: "EdDSA" }, { ...claims(), jti: undefined })],
  ["with an unknown scope", () => forge({ alg: "EdDSA" }, { ...claims(), scope: "root" })],
  [
    "with a critical header we do not know",
    () => forge({ alg: "EdDSA", crit: ["b64"], b64: false }, claims()),
  ],
  ["empty", () => ""],
  ["of a megabyte", () => "a".repeat(1_048_576)],
])("[HT3] a token %s is refused", async (_name, make) => {
  expect(await create().verifyToken(make())).toBeNull();
});

test("[HT3] a token of another data directory is refused", async () => {
  const other = create({ secret: new Uint8Array(32).fill(8) });
  expect(await create().verifyToken(await other.ownerToken())).toBeNull();
});

test("[HT3] a token that was good is refused once it expires, though it was remembered", async () => {
  const auth = create();
  const token = await issueToken(auth, { scope: "send", ttlMs: 60_000 });
  expect(await auth.verifyToken(token)).toMatchObject({ scope: "send" });
  clock.advance(61_000);
  expect(await auth.verifyToken(token)).toBeNull();
});

test("[HT3] no altered token and no random text is a token", async () => {
  const auth = create();
  const token = await auth.ownerToken();
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_."), async (at, character) => {
      const altered = token.slice(0, at) + character + token.slice(at + 1);
      // The last character of a base64url text may hold bits that are not part of the bytes.
      if (altered === token || at === token.length - 1) return;
      expect(await auth.verifyToken(altered)).toBeNull();
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 200 }), async (text) => {
      expect(await auth.verifyToken(text)).toBeNull();
      expect(await auth.verifyCookie(text)).toBeNull();
    }),
    { numRuns: 300 },
  );
});

test("[HT4] the cookie is named after the node, kept from scripts and other sites, and lasts 90 days", async () => {
  const auth = create();
  const cookie = await auth.issueCookie();
  expect(cookie).toMatch(
    new RegExp(`^kith-${"d".repeat(16)}=[\\w.-]+; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict$`),
  );
  const pair = cookie.split(";")[0] ?? "";
  expect(await auth.verifyCookie(`a=b; ${pair}; c=d`)).toMatchObject({ scope: "admin" });
  expect(await create({ nodeId: "e".repeat(64) }).verifyCookie(pair)).toBeNull();
  clock.advance(COOKIE_MS + 1_000);
  expect(await auth.verifyCookie(pair)).toBeNull();
});

test("[HT4] a cookie is no bearer token and a bearer token is no cookie", async () => {
  const auth = create();
  const cookie = (await auth.issueCookie()).split(";")[0] ?? "";
  expect(await auth.verifyToken(cookie.slice(cookie.indexOf("=") + 1))).toBeNull();
  expect(await auth.verifyCookie(`${auth.cookieName}=${await auth.ownerToken()}`)).toBeNull();
});

test("[HT5] a sign-in code works once and not after ten minutes", () => {
  const auth = create();
  const { code, expiresMs } = auth.issueSignIn();
  expect(expiresMs - clock.nowMs()).toBeGreaterThan(SIGN_IN_MS - 1_000);
  expect(auth.redeemSignIn(`${code}x`)).toBe(false);
  expect(auth.redeemSignIn(code)).toBe(true);
  expect(auth.redeemSignIn(code)).toBe(false);
  const late = auth.issueSignIn();
  clock.advance(SIGN_IN_MS + 1);
  expect(auth.redeemSignIn(late.code)).toBe(false);
});

test("[HT5] at most sixteen sign-in codes wait, and the oldest makes room", () => {
  const auth = create();
  const codes = Array.from({ length: SIGN_INS_MAX + 1 }, () => auth.issueSignIn().code);
  expect(auth.redeemSignIn(codes[0] ?? "")).toBe(false);
  for (const code of codes.slice(1)) expect(auth.redeemSignIn(code)).toBe(true);
});

test("[HT5] attack 9: a sign-in code is compared in constant time with every code that waits, found or not", () => {
  const auth = create();
  const codes = Array.from({ length: 5 }, () => auth.issueSignIn().code);
  auth.redeemSignIn("wrong");
  expect(nodeCrypto.timingSafeEqual).toHaveBeenCalledTimes(5);
  auth.redeemSignIn(codes[0] ?? "");
  expect(nodeCrypto.timingSafeEqual).toHaveBeenCalledTimes(10);
});

test("[HT65] a token that was made is listed and works; revoked it is refused, though it was remembered as checked", async () => {
  const auth = create();
  const { token, record } = await auth.createToken({ scope: "send", ttlMs: 60_000, name: "Bot" });
  const claims = await auth.verifyToken(token);
  expect(claims).toMatchObject({ tokenId: record.id, scope: "send" });
  expect(auth.tokens()).toEqual([{ ...record, name: "Bot", revoked: false }]);
  auth.revokeToken(record.id);
  expect(await auth.verifyToken(token)).toBeNull();
  expect(claims !== null && auth.isOver(claims)).toBe(true);
  expect(auth.tokens()).toMatchObject([{ id: record.id, revoked: true }]);
  expect(() => auth.revokeToken("nothing")).toThrow(/no token of that id/);
  clock.advance(61_000);
  expect(auth.tokens()).toEqual([]);
});

test("[HT65] a revocation is on disk before it is answered, and holds for a node that starts anew", async () => {
  let text: string | null = null;
  const shelf = { read: () => text, write: (next: string) => void (text = next) };
  const auth = create({ shelf });
  const { token, record } = await auth.createToken({ scope: "admin", ttlMs: 60_000, name: null });
  expect(text).not.toContain(token);
  auth.revokeToken(record.id);
  expect(await create({ shelf }).verifyToken(token)).toBeNull();
  // What cannot be written is not revoked, and says so.
  const other = await auth.createToken({ scope: "read", ttlMs: 60_000, name: null });
  shelf.write = () => {
    throw new Error("disk full");
  };
  expect(() => auth.revokeToken(other.record.id)).toThrow("disk full");
  expect(await auth.verifyToken(other.token)).not.toBeNull();
  text = "{";
  expect(() => create({ shelf })).toThrow(/cannot be read/);
});

test("[HT65] so many tokens are alive at a time and no more", async () => {
  const auth = create();
  for (let n = 0; n < TOKENS_MAX; n += 1)
    await auth.createToken({ scope: "read", ttlMs: 60_000, name: null });
  await expect(auth.createToken({ scope: "read", ttlMs: 60_000, name: null })).rejects.toMatchObject({
    code: "TOO_MANY",
  });
});

test("[HT118] a code that was drawn for the node to come works there, once, and not where it was drawn", () => {
  const old = create();
  const drawn = old.drawSignIn();
  expect(old.redeemSignIn(drawn.code)).toBe(false);
  const options = { secret: new Uint8Array(32).fill(8), nodeId: "e".repeat(64) };
  const next = create({ ...options, signIn: drawn });
  expect(next.redeemSignIn(drawn.code)).toBe(true);
  expect(next.redeemSignIn(drawn.code)).toBe(false);
  const late = create({ ...options, signIn: drawn });
  clock.advance(SIGN_IN_MS);
  expect(late.redeemSignIn(drawn.code)).toBe(false);
});
