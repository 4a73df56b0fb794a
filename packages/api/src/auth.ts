/**
 * Who may call: bearer tokens and browser cookies as JWTs signed by Ed25519 keys derived from the data directory's
 * secret, and one-time sign-in codes. Bearer and cookie have a key each, so that neither passes for the
 * other; both name this node as audience. Refuses by returning null, never by telling why.
 * Spec: http, HT3-HT5, HT65.
 */
import { createHash, createPrivateKey, createPublicKey, hkdfSync, timingSafeEqual } from "node:crypto";
import { tokenScopes } from "@kith/contract";
import type { Clock, Random } from "@kith/core";
// Not the whole of jose: encryption and fetching of keys would be loaded too.
import { JOSEError } from "jose/errors";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import { createMemoryShelf, createTokenBook } from "./token-book.ts";
import type { TokenRecord, TokenShelf } from "./token-book.ts";
import { createTokenWatch } from "./token-watch.ts";
import {
  CHECKED_TOKENS_MAX,
  COOKIE_MS,
  OWNER_TOKEN_MS,
  SIGN_IN_BYTES,
  SIGN_IN_MS,
  SIGN_INS_MAX,
  TOKEN_CHARS_MAX,
} from "./limits.ts";

/** admin may do everything; read, send and manage (spaces, members, invitations, joining) only what their names say. */
export type Scope = "admin" | "manage" | "read" | "send";

/** What a call needs; any: a token of whatever scope, the call looks further itself. */
export type CallScope = Scope | "any";

export interface Claims {
  readonly tokenId: string;
  /** One or several with a space between. */
  readonly scope: string;
  readonly expiresMs: number;
}

/** What signs a browser in once, until then. */
export interface SignInCode {
  readonly code: string;
  readonly expiresMs: number;
}

export interface Auth {
  readonly nodeId: string;
  /** Carries the node's id: cookies ignore ports, and several nodes may share one host. */
  readonly cookieName: string;
  /** A fresh admin token for the file that only the owner of the data directory can read. */
  ownerToken(): Promise<string>;
  /** A token for a program; it is listed from then on. Rejects with TOO_MANY. */
  createToken(options: {
    /** One or several with a space between; each is kept once. */
    scope: string;
    ttlMs: number;
    name: string | null;
  }): Promise<{ readonly token: string; readonly record: TokenRecord }>;
  /** Oldest first, without those that have expired. */
  tokens(): readonly TokenRecord[];
  /** On disk when it returns; the token is refused from then on. Throws UNKNOWN_TOKEN. */
  revokeToken(id: string): void;
  /** Of a caller who was let in before: expired or revoked since. */
  isOver(claims: Claims): boolean;
  /** Calls once, as soon as a caller who was let in is so no more; returns the end of it. */
  watch(claims: Claims, onOver: () => void): () => void;
  verifyToken(token: string): Promise<Claims | null>;
  /** A code that `redeemSignIn` takes once within ten minutes. */
  issueSignIn(): SignInCode;
  /** A code for the node that this one becomes when it begins anew. Here it is worth nothing. */
  drawSignIn(): SignInCode;
  redeemSignIn(code: string): boolean;
  /** Value of a Set-Cookie header that signs a browser in. */
  issueCookie(): Promise<string>;
  /** Looks for this node's cookie in a Cookie header. */
  verifyCookie(cookieHeader: string): Promise<Claims | null>;
}

const issuer = "kith";
/** What stands before the 32 bytes of a private key in PKCS #8. RFC 8410 §7. */
const ed25519Pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Issues and checks tokens of one use ("bearer" or "cookie") under that use's own key. */
function createTokens(options: {
  secret: Uint8Array;
  use: string;
  nodeId: string;
  clock: Clock;
  random: Random;
}) {
  const { clock, nodeId, random } = options;
  const seed = Buffer.from(hkdfSync("sha256", options.secret, "", `kith http ${options.use} v2`, 32));
  const key = createPrivateKey({ key: Buffer.concat([ed25519Pkcs8, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key);
  // Found by digest: how long a look-up takes says nothing about a token that the caller does not have.
  const checked = new Map<string, Claims>();

  async function check(token: string): Promise<Claims | null> {
    try {
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: ["EdDSA"],
        audience: nodeId,
        issuer,
        requiredClaims: ["exp", "jti", "scope"],
        currentDate: new Date(clock.nowMs()),
      });
      const { exp, jti, scope } = payload;
      const checkedScope = tokenScopes.safeParse(scope);
      if (exp === undefined || jti === undefined || !checkedScope.success) return null;
      return { tokenId: jti, scope: checkedScope.data, expiresMs: exp * 1_000 };
    } catch (error) {
      if (error instanceof JOSEError) return null;
      throw error;
    }
  }

  return {
    async issue(scope: string, ttlMs: number): Promise<{ token: string; claims: Claims; issuedMs: number }> {
      const nowS = Math.floor(clock.nowMs() / 1_000);
      const expiresS = nowS + Math.floor(ttlMs / 1_000);
      const tokenId = Buffer.from(random.bytes(16)).toString("base64url");
      const token = await new SignJWT({ scope })
        .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(nodeId)
        .setIssuedAt(nowS)
        .setExpirationTime(expiresS)
        .setJti(tokenId)
        .sign(key);
      return { token, claims: { tokenId, scope, expiresMs: expiresS * 1_000 }, issuedMs: nowS * 1_000 };
    },
    async verify(token: string): Promise<Claims | null> {
      if (token.length > TOKEN_CHARS_MAX) return null;
      const digest = sha256(token).toString("base64");
      const known = checked.get(digest);
      const claims = known ?? (await check(token));
      if (claims === null) return null;
      if (claims.expiresMs <= clock.nowMs()) {
        checked.delete(digest);
        return null;
      }
      if (known === undefined) {
        const oldest = checked.size >= CHECKED_TOKENS_MAX ? checked.keys().next().value : undefined;
        if (oldest !== undefined) checked.delete(oldest);
        checked.set(digest, claims);
      }
      return claims;
    },
  };
}

function findCookie(header: string, name: string): string | null {
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

export function createAuth(options: {
  secret: Uint8Array;
  nodeId: string;
  clock: Clock;
  random: Random;
  /** Where the list of tokens lies; default: in memory. */
  shelf?: TokenShelf;
  /** Drawn by the node that was here before, for who had it begin anew. */
  signIn?: SignInCode | null;
}): Auth {
  const { clock, nodeId, random } = options;
  const book = createTokenBook({ clock, shelf: options.shelf ?? createMemoryShelf() });
  const bearer = createTokens({ ...options, use: "bearer" });
  const cookie = createTokens({ ...options, use: "cookie" });
  const cookieName = `kith-${nodeId.slice(0, 16)}`;
  const isOver = (claims: Claims): boolean =>
    claims.expiresMs <= clock.nowMs() || book.isRevoked(claims.tokenId);
  const watch = createTokenWatch({ clock, isOver });
  let signIns: { readonly digest: Buffer; readonly expiresMs: number }[] = [];

  function drawSignIn(): SignInCode {
    const code = Buffer.from(random.bytes(SIGN_IN_BYTES)).toString("base64url");
    return { code, expiresMs: clock.nowMs() + SIGN_IN_MS };
  }

  function expect({ code, expiresMs }: SignInCode): void {
    signIns = [...signIns, { digest: sha256(code), expiresMs }].slice(-SIGN_INS_MAX);
  }

  if (options.signIn) expect(options.signIn);

  return {
    nodeId,
    cookieName,
    ownerToken: async () => (await bearer.issue("admin", OWNER_TOKEN_MS)).token,
    async createToken({ scope, ttlMs, name }) {
      const once = [...new Set(scope.split(" "))].join(" ");
      const { token, claims, issuedMs } = await bearer.issue(once, ttlMs);
      const { tokenId: id, expiresMs } = claims;
      const record = { id, name, scope: once, createdMs: issuedMs, expiresMs, revoked: false };
      book.add(record);
      return { token, record };
    },
    tokens: () => book.list(),
    revokeToken(id) {
      book.revoke(id);
      watch.look();
    },
    isOver,
    watch: (claims, onOver) => watch.watch(claims, onOver),
    async verifyToken(token) {
      const claims = await bearer.verify(token);
      // Asked each time: a token that is remembered as checked may have been taken back since.
      return claims === null || book.isRevoked(claims.tokenId) ? null : claims;
    },
    issueSignIn() {
      const drawn = drawSignIn();
      expect(drawn);
      return drawn;
    },
    drawSignIn,
    redeemSignIn(code) {
      const digest = sha256(code);
      const nowMs = clock.nowMs();
      let found = false;
      // Every outstanding code is compared, whatever was found before: time tells nothing about them.
      signIns = signIns.filter((signIn) => {
        const same = timingSafeEqual(signIn.digest, digest);
        const alive = signIn.expiresMs > nowMs;
        found ||= same && alive;
        return !same && alive;
      });
      return found;
    },
    async issueCookie() {
      const { token } = await cookie.issue("admin", COOKIE_MS);
      return `${cookieName}=${token}; Path=/; Max-Age=${COOKIE_MS / 1_000}; HttpOnly; SameSite=Strict`;
    },
    async verifyCookie(cookieHeader) {
      const token = findCookie(cookieHeader, cookieName);
      return token === null ? null : cookie.verify(token);
    },
  };
}
