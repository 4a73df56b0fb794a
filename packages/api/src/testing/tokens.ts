/** A token of a scope, as a program would be given. */
import type { Auth, Scope } from "../auth.ts";

export async function issueToken(
  auth: Auth,
  { scope, ttlMs }: { scope: Scope; ttlMs: number },
): Promise<string> {
  return (await auth.createToken({ scope, ttlMs, name: null })).token;
}
