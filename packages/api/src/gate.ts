/**
 * The one gate that requests and WebSocket upgrades pass: host, origin, credential, rate, scope, in this
 * order, before a byte of a body is read. Spec: http, HT1-HT5, HT7.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "@kith/core";
import type { Auth, CallScope, Claims, Scope } from "./auth.ts";
import { ApiFault } from "./fault.ts";
import type { HostRules } from "./hosts.ts";
import {
  BAD_CREDENTIAL_BURST,
  BAD_CREDENTIAL_PER_SECOND,
  TOKEN_BURST,
  TOKEN_PER_SECOND,
  TOKEN_RATES_MAX,
} from "./limits.ts";
import { createRateLimit } from "./rate.ts";
import type { RateLimit } from "./rate.ts";

export interface Call {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly localAddress: string | undefined;
  /** It came in by a Unix socket. */
  readonly isLocal: boolean;
  /** A token that came by another way than the Authorization header. */
  readonly token?: string | undefined;
}

export interface Gate {
  /** Throws HOST_NOT_ALLOWED or ORIGIN_NOT_ALLOWED. */
  checkPlace(call: Call): void;
  /** Throws TOKEN_MISSING, TOKEN_INVALID, TOO_FAST, ORIGIN_NOT_ALLOWED or SCOPE_TOO_SMALL. */
  checkCaller(call: Call, scope: CallScope): Promise<Claims>;
  /** One more call of a caller that was let in before; throws TOO_FAST. */
  countCall(claims: Claims): void;
  /** Of a caller who was let in before: expired or revoked since. */
  isOver(claims: Claims): boolean;
  /** Calls once, as soon as such a caller is so no more; returns the end of it. */
  watch(claims: Claims, onOver: () => void): () => void;
  /** Counts a wrong token or code; returns the fault to throw: the one given, or TOO_FAST. */
  countBad(fault: ApiFault): ApiFault;
}

const getToken = "use the token in the file api-token of the data directory, or run `kith open`";

function originFault(): ApiFault {
  return new ApiFault(
    "ORIGIN_NOT_ALLOWED",
    "a page of another origin may not call this node",
    "open the node's own page, or start it with --allow-origin for a page of your own",
  );
}

function isReading(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

export function hasScope(claims: Pick<Claims, "scope">, scope: Scope): boolean {
  const held = claims.scope.split(" ");
  return held.includes("admin") || held.includes(scope);
}

/** The one check of what a token may do, for every surface. Throws SCOPE_TOO_SMALL. Spec: http, HT3. */
export function checkScope(claims: Pick<Claims, "scope">, scope: Scope): void {
  if (hasScope(claims, scope)) return;
  throw new ApiFault(
    "SCOPE_TOO_SMALL",
    `this call needs the scope "${scope}"; the token has "${claims.scope}"`,
    "use a token with that scope; it may have several",
  );
}

/** Throws HOST_NOT_ALLOWED or ORIGIN_NOT_ALLOWED. */
export function checkPlace(hosts: HostRules, call: Call): void {
  const { host, origin } = call.headers;
  if (!hosts.isHostAllowed(host, call)) {
    throw new ApiFault(
      "HOST_NOT_ALLOWED",
      "the Host header does not name this server",
      "call it by the address and port it printed when it started",
    );
  }
  if (origin !== undefined && !hosts.isOriginAllowed(origin, host)) throw originFault();
}

export function createGate(options: { auth: Auth; hosts: HostRules; clock: Clock }): Gate {
  const { auth, clock, hosts } = options;
  const bad = createRateLimit({ clock, burst: BAD_CREDENTIAL_BURST, perSecond: BAD_CREDENTIAL_PER_SECOND });
  const rates = new Map<string, RateLimit>();

  function rateOf(tokenId: string): RateLimit {
    let rate = rates.get(tokenId);
    if (rate === undefined) {
      const oldest = rates.size >= TOKEN_RATES_MAX ? rates.keys().next().value : undefined;
      if (oldest !== undefined) rates.delete(oldest);
      rate = createRateLimit({ clock, burst: TOKEN_BURST, perSecond: TOKEN_PER_SECOND });
      rates.set(tokenId, rate);
    }
    return rate;
  }

  function countBad(fault: ApiFault): ApiFault {
    return bad.take()
      ? fault
      : new ApiFault(
          "TOO_FAST",
          "too many wrong tokens or codes in a short time",
          "wait a few seconds, then use a right one",
        );
  }

  /** The browser's cookie counts only for our own page: ports share cookies, so another local page could send it. */
  async function verifyBrowser(call: Call, cookie: string): Promise<Claims | null> {
    const claims = await auth.verifyCookie(cookie);
    if (claims === null) return null;
    const { origin, host } = call.headers;
    const site = call.headers["sec-fetch-site"];
    const own = origin !== undefined && hosts.isOwnOrigin(origin, host);
    if (origin !== undefined && !own) throw originFault();
    if (site !== undefined && site !== "same-origin" && site !== "none") throw originFault();
    if (!isReading(call.method) && !own && site !== "same-origin") throw originFault();
    return claims;
  }

  async function identify(call: Call): Promise<Claims> {
    const { authorization, cookie } = call.headers;
    const token = call.token ?? /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token !== undefined || authorization !== undefined) {
      const claims = token === undefined ? null : await auth.verifyToken(token);
      if (claims === null)
        throw countBad(
          new ApiFault("TOKEN_INVALID", "the token is not one of this node, or has expired", getToken),
        );
      return claims;
    }
    const claims = cookie === undefined ? null : await verifyBrowser(call, cookie);
    // Not counted: who sends nothing guesses nothing.
    if (claims === null)
      throw new ApiFault("TOKEN_MISSING", "this call needs a token or a signed-in browser", getToken);
    return claims;
  }

  function countCall(claims: Claims): void {
    if (rateOf(claims.tokenId).take()) return;
    throw new ApiFault(
      "TOO_FAST",
      "too many requests in a short time",
      "wait a second; send many messages through /api/messages/batch",
    );
  }

  return {
    countBad,
    countCall,
    isOver: (claims) => auth.isOver(claims),
    watch: (claims, onOver) => auth.watch(claims, onOver),
    checkPlace: (call) => checkPlace(hosts, call),
    async checkCaller(call, scope) {
      const claims = await identify(call);
      if (scope !== "any") checkScope(claims, scope);
      countCall(claims);
      return claims;
    },
  };
}
