/** Tokens that the owner makes for programs, and takes back. */
import { z } from "zod";
import { TOKEN_TTL_DEFAULT } from "./limits.ts";
import { parseDuration } from "./spaces.ts";
import { listOf, personName, reference, time } from "./text.ts";

const scopes = ["admin", "manage", "read", "send"] as const;

/** One or several of them with a space between, as in RFC 6749 §3.3. */
export const tokenScopes = z
  .string()
  .regex(new RegExp(`^(${scopes.join("|")})( (${scopes.join("|")})){0,${scopes.length - 1}}$`), {
    error: `is not ${scopes.join(", ")} or several of them with a space between`,
  })
  .meta({
    description: "What it may do: one scope, or several with a space between.",
    examples: ["read send"],
  });

export const token = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    scope: tokenScopes,
    created: time,
    expires: time,
    revoked: z.boolean(),
  })
  .meta({ id: "Token" });

export const tokenList = listOf(token);

export const createToken = z.object({
  scope: tokenScopes,
  ttl: z
    .string()
    .refine((text) => parseDuration(text) !== null, {
      error: "is not a time from a minute to a year such as 30m, 24h or 30d",
    })
    .default(TOKEN_TTL_DEFAULT),
  name: personName.exactOptional().meta({ description: "What it is for, in the list." }),
});

export const tokenCreated = token
  .extend({ token: z.string().meta({ description: "Shown once: the node does not keep it." }) })
  .meta({ id: "TokenCreated" });

export const tokenParams = z.object({ id: reference });

export type Token = z.infer<typeof token>;
export type CreateToken = z.input<typeof createToken>;
export type TokenCreated = z.infer<typeof tokenCreated>;
