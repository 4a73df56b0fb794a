/** `kith invite SPACE`: a link by which others may join, with what it grants said beside it. */
import { exitCodes } from "../cli/failure.ts";
import { readChoice, readCount, readExpiry } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

const EXPIRES_DEFAULT = "7d";
/** The node's own bound (contract INVITE_USES_MAX), so that a slip is told before anything is asked. */
const USES_MAX = 1_000;

export const invite: Command = async ({ operands: [space = ""], values, paths, terminal }) => {
  const role = readChoice(values, "role", ["member", "reader"], "member");
  const expires = readExpiry(values, "expires", EXPIRES_DEFAULT);
  const uses = readCount(values, "uses", { fallback: 1, max: USES_MAX });
  const mode = readChoice(values, "mode", ["gated", "open"], "gated");
  const { client } = await requireNode(paths);
  const made = await client.createInvite(space, { role, expires, uses, mode });
  if (terminal.json) terminal.object(made);
  else {
    terminal.line(made.link);
    const until = made.expires === null ? "without end" : `until ${new Date(made.expires).toLocaleString()}`;
    terminal.note(
      `Lets ${made.uses === 1 ? "one person" : `${made.uses} people`} in as ${made.role}, ${until}. They run: kith join 'LINK'`,
    );
    if (made.mode === "open")
      terminal.note(
        "It is open: whoever has it will be able to read once a hub keeps its welcome; until then a member's device has to be met. Removing anybody revokes it.",
      );
  }
  return exitCodes.done;
};
