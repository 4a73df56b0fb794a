/** `kith invite SPACE`: a link by which others may join, with what it grants said beside it; `kith invites SPACE`: those there are. */
import { exitCodes } from "../cli/failure.ts";
import { columns, plain } from "../cli/terminal.ts";
import { readChoice, readCount, readExpiry } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { inviteState, meantInvite } from "./invite-words.ts";
import { requireNode } from "./running-node.ts";
import { minuteOf } from "./times.ts";

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
    const until = made.expires === null ? "without end" : `until ${minuteOf(made.expires)}`;
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

export const invites: Command = async ({ operands: [space = ""], values, paths, terminal }) => {
  const revoked = values.text("revoke");
  const { client } = await requireNode(paths);
  const list = await client.invites(space);
  if (revoked !== null) {
    const { id } = meantInvite(list.items, revoked, ({ id: of }) => of, "`kith invites SPACE` shows it.");
    await client.revokeInvite(space, id);
    if (terminal.json) terminal.object({ revoked: true, id });
    else terminal.line("Revoked: nobody comes in by it any more. Who came in by it stays.");
    return exitCodes.done;
  }
  if (terminal.json) terminal.object(list);
  else if (list.items.length === 0) terminal.line(`No invitations yet: kith invite ${plain(space)}`);
  else
    for (const line of columns(
      list.items.map((each) => [
        each.id.slice(0, 8),
        each.role,
        each.mode,
        `${each.used} of ${each.uses} used`,
        inviteState(each, Date.now()),
      ]),
    ))
      terminal.line(line);
  return exitCodes.done;
};
