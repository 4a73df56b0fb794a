/** `kith doctor` and `kith verify`: what is wrong, in plain words. Both end with 1 when something is. */
import type { VerifyReport } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { exitCodes, UsageError } from "../cli/failure.ts";
import { readPassphrase } from "../cli/secret.ts";
import { plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { DataPaths } from "../data-directory.ts";
import type { Command } from "./context.ts";
import { connectNode, requireNode } from "./running-node.ts";

const marks = { ok: "\u2713", warn: "!", bad: "\u2717" } as const;

export const doctor: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const report = await client.doctor();
  if (terminal.json) terminal.object(report);
  else {
    for (const { name, status, detail, next } of report.items) {
      terminal.line(
        `${terminal.tint(status, `${marks[status]} ${status.padEnd(4)}`)}  ${name}: ${plain(detail)}`,
      );
      if (next !== null) terminal.line(`         ${plain(next)}`);
    }
  }
  return report.ok ? exitCodes.done : exitCodes.failed;
};

export const verify: Command = async (context) => {
  const { operands, paths, terminal, values } = context;
  if (operands.length > 0) return (await import("./people.ts")).verifyPerson(context);
  if (values.flag("confirm") || values.flag("withdraw"))
    throw new UsageError(
      "--confirm and --withdraw are about a PERSON",
      "Name one: kith verify PERSON --confirm",
    );
  const running = await connectNode(paths);
  const report =
    running === null
      ? await verifyHere(paths, () => readPassphrase(values, terminal))
      : await running.client.verify();
  if (terminal.json) terminal.object(report);
  else tellReport(terminal, report);
  return report.ok ? exitCodes.done : exitCodes.failed;
};

async function verifyHere(paths: DataPaths, passphrase: () => Promise<string>): Promise<VerifyReport> {
  const { verifyDirectory } = await import("../offline/verify-directory.ts");
  return verifyDirectory(paths, passphrase);
}

function tellReport(terminal: Terminal, { ok, events, messages, problems, roots }: VerifyReport): void {
  if (ok) {
    terminal.line(
      `${terminal.tint("ok", marks.ok)} ${countOf(events, "event")} and ${countOf(messages, "message")}: every one is what its author signed.`,
    );
    for (const { space, scope, root, events: count } of roots) {
      terminal.line(
        terminal.dim(
          `  space ${space.slice(0, 8)} scope ${scope.slice(0, 8)}  ${countOf(count, "event")}, root ${root.slice(0, 16)}`,
        ),
      );
    }
    return;
  }
  terminal.line(
    `${terminal.tint("bad", marks.bad)} ${countOf(problems.length, "problem")} in ${countOf(events, "event")}:`,
  );
  for (const { subject, code, detail } of problems) terminal.line(`  ${code} ${subject}: ${plain(detail)}`);
  terminal.line(
    "What is damaged here may be whole elsewhere: start a new data directory and join again, or restore a backup.",
  );
}
