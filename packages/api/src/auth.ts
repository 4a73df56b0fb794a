/**
 * Who may call: bearer tokens and browser cookies as JWTs under keys derived from the data directory's
 * secret, and one-time sign-in codes. Bearer and cookie have a key each, so that neither passes for the
 * other; both name this node as audience. Refuses by returning null, never by telling why.
 * Spec: http, HT3-HT5.
 */
import { createHash, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock, Random } from "@kith/core";
// Not the whole of jose: encryption and fetching of keys would be loaded too.
import { JOSEError } from "jose/errors";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
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
  readonly scope: Scope;
  readonly expiresMs: number;
}

export interface Auth {
  readonly nodeId: string;
  /** Carries the node's id: cookies ignore ports, and several nodes may share one host. */
  readonly cookieName: string;
  /** A fresh admin token for the file that only the owner of the data directory can read. */
  ownerToken(): Promise<string>;
  issueToken(options: { scope: Scope; ttlMs: number }): Promise<string>;
  verifyToken(token: string): Promise<Claims | null>;
  /** A code that `redeemSignIn` takes once within ten minutes. */
  issueSignIn(): { readonly code: string; readonly expiresMs: number };
  redeemSignIn(code: string): boolean;
  /** Value of a Set-Cookie header that signs a browser in. */
  issueCookie(): Promise<string>;
  /** Looks for this node's cookie in a Cookie header. */
  verifyCookie(cookieHeader: string): Promise<Claims | null>;
}

const issuer = "kith";
const scopes: readonly string[] = ["admin", "manage", "read", "send"] satisfies readonly Scope[];

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
  const key = new Uint8Array(hkdfSync("sha256", options.secret, "", `kith http ${options.use} v1`, 32));
  // Found by digest: how long a look-up takes says nothing about a token that the caller does not have.
  const checked = new Map<string, Claims>();

  async function check(token: string): Promise<Claims | null> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ["HS256"],
        audience: nodeId,
        issuer,
        requiredClaims: ["exp", "jti", "scope"],
        currentDate: new Date(clock.nowMs()),
      });
      const { exp, jti, scope } = payload;
      if (exp === undefined || jti === undefined || typeof scope !== "string" || !scopes.includes(scope))
        return null;
      return { tokenId: jti, scope: scope as Scope, expiresMs: exp * 1_000 };
    } catch (error) {
      if (error instanceof JOSEError) return null;
      throw error;
    }
  }

  return {
    async issue(scope: Scope, ttlMs: number): Promise<string> {
      const nowS = Math.floor(clock.nowMs() / 1_000);
      return new SignJWT({ scope })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(nodeId)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + Math.floor(ttlMs / 1_000))
        .setJti(Buffer.from(random.bytes(16)).toString("base64url"))
        .sign(key);
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
}): Auth {
  const { clock, nodeId, random } = options;
  const bearer = createTokens({ ...options, use: "bearer" });
  const cookie = createTokens({ ...options, use: "cookie" });
  const cookieName = `kith-${nodeId.slice(0, 16)}`;
  let signIns: { readonly digest: Buffer; readonly expiresMs: number }[] = [];

  return {
    nodeId,
    cookieName,
    ownerToken: () => bearer.issue("admin", OWNER_TOKEN_MS),
    issueToken: ({ scope, ttlMs }) => bearer.issue(scope, ttlMs),
    verifyToken: (token) => bearer.verify(token),
    issueSignIn() {
      const code = Buffer.from(random.bytes(SIGN_IN_BYTES)).toString("base64url");
      const expiresMs = clock.nowMs() + SIGN_IN_MS;
      signIns = [...signIns, { digest: sha256(code), expiresMs }].slice(-SIGN_INS_MAX);
      return { code, expiresMs };
    },
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
      const token = await cookie.issue("admin", COOKIE_MS);
      return `${cookieName}=${token}; Path=/; Max-Age=${COOKIE_MS / 1_000}; HttpOnly; SameSite=Strict`;
    },
    async verifyCookie(cookieHeader) {
      const token = findCookie(cookieHeader, cookieName);
      return token === null ? null : cookie.verify(token);
    },
  };
}
