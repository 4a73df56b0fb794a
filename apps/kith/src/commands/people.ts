/** `kith verify PERSON [NUMBER]`: whether somebody is who one thinks. */
import type { Verification } from "@kith/contract";
import { exitCodes, UsageError } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { doubtWords } from "./identity-words.ts";
import { requireNode } from "./running-node.ts";
import { dayOf } from "./times.ts";

/** Six groups, and six words, fit a narrow terminal. */
const A_LINE = 6;

export const verifyPerson: Command = async ({ operands: [person = "", given], values, paths, terminal }) => {
  const [confirms, withdraws] = [values.flag("confirm"), values.flag("withdraw")];
  if ([confirms, withdraws, given !== undefined].filter(Boolean).length > 1)
    throw new UsageError("NUMBER, --confirm and --withdraw exclude each other", "Give one of them.");
  const { client } = await requireNode(paths);
  if (withdraws) {
    const known = await client.withdrawVerification(person);
    if (terminal.json) terminal.object(known);
    else terminal.line(`${terminal.bold(plain(known.name))} counts as not verified.`);
  } else if (confirms || given !== undefined) {
    const known = await client.verifyPerson(person, given);
    if (terminal.json) terminal.object({ ...known, agrees: true });
    else
      terminal.line(
        given === undefined
          ? `${terminal.bold(plain(known.name))} counts as verified on this device.`
          : `It agrees: this is ${terminal.bold(plain(known.name))}, and nobody stands between you.`,
      );
  } else show(terminal, await client.verification(person));
  return exitCodes.done;
};

const states: Readonly<Record<Verification["state"], string>> = {
  self: "This is you.",
  unverified: "Not compared yet.",
  verified: "Compared, and it agreed.",
  changed:
    "Something has happened since, which only they can explain: compare again before you write to them.",
};

function show(terminal: Terminal, known: Verification): void {
  if (terminal.json) {
    terminal.object(known);
    return;
  }
  const name = plain(known.name);
  terminal.note(`With ${name}. Both of you see the same, on every device, or somebody stands between you:`);
  for (let at = 0; at < known.groups.length; at += A_LINE)
    terminal.line(known.groups.slice(at, at + A_LINE).join(" "));
  terminal.note("The same in words:");
  for (let at = 0; at < known.words.length; at += A_LINE)
    terminal.line(known.words.slice(at, at + A_LINE).join(" "));
  for (const { reason, at } of known.doubts) terminal.note(`${doubtWords[reason]} (${dayOf(at)})`);
  terminal.note(states[known.state]);
  if (known.state !== "verified") terminal.note(`When it agrees: kith verify '${name}' --confirm`);
}
