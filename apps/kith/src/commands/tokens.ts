/** `kith token create|list|revoke`: tokens for programs, each with a scope and an end. */
import { exitCodes, UsageError } from "../cli/failure.ts";
import { columns, plain } from "../cli/terminal.ts";
import { readExpiry } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";
import { dayOf } from "./times.ts";

const scopes: readonly string[] = ["read", "send", "manage", "admin"];

export const createToken: Command = async ({ values, paths, terminal }) => {
  const asked = values.text("scope");
  const parts = asked?.split(/[\s,]+/u) ?? [];
  const wrong = parts.find((part) => !scopes.includes(part));
  if (parts.length === 0 || wrong !== undefined)
    throw new UsageError(
      wrong === undefined ? "a token needs a scope" : `"${wrong}" is no scope`,
      `Give --scope and one of ${scopes.join(", ")}, or several: --scope read,send.`,
    );
  const scope = parts.join(" ");
  const ttl = readExpiry(values, "ttl", "30d");
  if (ttl === null)
    throw new UsageError("a token without an end", "Give --ttl a time of at most a year: 365d.");
  const name = values.text("name");
  const { client } = await requireNode(paths);
  const made = await client.createToken({ scope, ttl, ...(name !== null && { name }) });
  if (terminal.json) terminal.object(made);
  else {
    terminal.line(made.token);
    terminal.note(
      `Shown once. Until ${dayOf(made.expires)} it may do what "${scope}" says. Take it back: kith token revoke ${made.id}`,
    );
  }
  return exitCodes.done;
};

export const listTokens: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const tokens = await client.tokens();
  if (terminal.json) terminal.object(tokens);
  else if (tokens.items.length === 0) terminal.line("No tokens for programs: kith token create --scope send");
  else {
    const rows = tokens.items.map(({ id, name, scope, expires, revoked }) => [
      id,
      plain(name ?? ""),
      scope,
      revoked ? "revoked" : `until ${dayOf(expires)}`,
    ]);
    for (const line of columns(rows)) terminal.line(line);
  }
  return exitCodes.done;
};

export const revokeToken: Command = async ({ operands: [id = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  await client.revokeToken(id);
  if (terminal.json) terminal.object({ revoked: true });
  else terminal.line("Revoked: it opens nothing any more.");
  return exitCodes.done;
};
