/** What every group of routes is given, and how a route says what it is and who may call it. */
import { errorBody } from "@kith/contract";
import type { Clock } from "@kith/core";
import type { KithService } from "@kith/node";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { Auth, CallScope, Claims, SignInCode } from "./auth.ts";
import type { Gate } from "./gate.ts";
import type { LogFeed } from "./log-feed.ts";
import type { Vault } from "./vault.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Scope a caller needs; null lets everyone in. A route without it is refused when it is registered. */
    scope?: CallScope | null;
  }
  interface FastifyRequest {
    /** Who calls, once the gate has let them in; null where everyone is. */
    claims: Claims | null;
  }
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface RouteContext {
  readonly service: KithService;
  readonly feed: LogFeed;
  readonly auth: Auth;
  readonly gate: Gate;
  readonly clock: Clock;
  /** Called once the answer to `POST /api/reset` is out; what it is given the node that begins takes once, from who asked. */
  readonly onReset: (signIn: SignInCode | null) => void;
  readonly vault: Vault;
  /** Base address of this server, for links. */
  readonly url: () => string;
}

type Responses = Record<number, z.ZodType>;

/** Responses of a route with the errors that any of them may answer. */
export function answers<R extends Responses>(
  responses: R,
): R & { "4xx": typeof errorBody; "5xx": typeof errorBody } {
  return { ...responses, "4xx": errorBody, "5xx": errorBody };
}
