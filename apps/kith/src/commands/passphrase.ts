/** `kith passphrase set|change|remove`: over a running node, or on the key file where none runs; `kith passphrase auto-lock`. */
import { existsSync } from "node:fs";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { readNewPassphrase, readPassphrase } from "../cli/secret.ts";
import type { Terminal } from "../cli/terminal.ts";
import { readMinutes } from "../cli/values.ts";
import type { DataPaths } from "../data-directory.ts";
import type { Command } from "./context.ts";
import { connectNode, requireNode } from "./running-node.ts";
import type { RunningNode } from "./running-node.ts";

export const setPassphrase: Command = async ({ paths, terminal, values }) => {
  const place = await openPlace(paths);
  if (place.isSet)
    throw new CommandError(
      "PASSPHRASE_SET",
      "this data directory has a passphrase already",
      "Run: kith passphrase change",
    );
  const option = values.text("passphrase-file") === null ? "new-passphrase-file" : "passphrase-file";
  terminal.note(
    "Without the passphrase nobody opens this data directory again, you neither. Keep a copy of it.",
  );
  await place.set(await readNewPassphrase(values, terminal, option), null);
  return tell(terminal, true, "Set. From the next start or lock on it takes the passphrase.");
};

export const changePassphrase: Command = async ({ paths, terminal, values }) => {
  const place = await openPlace(paths);
  if (!place.isSet) throw notSet();
  const current = await readPassphrase(values, terminal, { prompt: "Passphrase until now: " });
  await place.set(await readNewPassphrase(values, terminal, "new-passphrase-file"), current);
  return tell(terminal, true, "Changed.");
};

export const removePassphrase: Command = async ({ paths, terminal, values }) => {
  const place = await openPlace(paths);
  if (!place.isSet) throw notSet();
  await place.remove(await readPassphrase(values, terminal));
  return tell(
    terminal,
    false,
    "Removed. The key lies in its file as it is: who can read your files can read this.",
  );
};

/** The key goes into the system's keychain: the node opens by itself while its owner is logged in. */
export const rememberPassphrase: Command = async ({ paths, terminal, values }) => {
  const { client } = await requireNode(paths);
  if (!(await client.passphrase()).set) throw notSet();
  await client.changePassphrase({ keychain: true, current: await readPassphrase(values, terminal) });
  return tell(
    terminal,
    true,
    "Remembered. While you are logged in to this computer, Kith starts without asking; whoever uses your login can start it too. A lock still takes the passphrase.",
  );
};

export const forgetPassphrase: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  await client.changePassphrase({ keychain: false });
  return tell(terminal, (await client.passphrase()).set, "Forgotten: each start takes the passphrase again.");
};

/** Without a time it says what is set. */
export const autoLock: Command = async ({ operands: [time], paths, terminal }) => {
  const minutes = time === undefined ? undefined : readMinutes(time);
  const { client } = await requireNode(paths);
  const now =
    minutes === undefined
      ? await client.passphrase()
      : await client.changePassphrase({ autoLockMinutes: minutes });
  if (terminal.json) terminal.object(now);
  else if (now.autoLockMinutes === null) terminal.line("It does not lock itself.");
  else {
    const span = now.autoLockMinutes === 1 ? "a minute" : `${now.autoLockMinutes} minutes`;
    terminal.line(
      `It locks itself after ${span} without you: no command, and nobody at its page. Programs with a token of their own do not count.`,
    );
  }
  return exitCodes.done;
};

function tell(terminal: Terminal, isSet: boolean, words: string): number {
  if (terminal.json) terminal.object({ set: isSet });
  else terminal.line(words);
  return exitCodes.done;
}

function notSet(): CommandError {
  return new CommandError(
    "PASSPHRASE_NOT_SET",
    "this data directory has no passphrase",
    "Set one: kith passphrase set",
  );
}

interface Place {
  readonly isSet: boolean;
  set(passphrase: string, current: string | null): Promise<unknown>;
  remove(current: string): Promise<unknown>;
}

async function openPlace(paths: DataPaths): Promise<Place> {
  const running = paths.apiSocket === null ? await connectNode(paths) : await requireNode(paths);
  if (running !== null) return placeOf(running);
  if (!existsSync(paths.key))
    throw new CommandError(
      "DATA_MISSING",
      `there is no key in ${paths.directory}`,
      "Check --data, or make it with a passphrase: kith up --passphrase-file FILE",
    );
  const { openOffline } = await import("../offline/passphrase-place.ts");
  return openOffline(paths);
}

async function placeOf({ client }: RunningNode): Promise<Place> {
  return {
    isSet: (await client.passphrase()).set,
    set: (passphrase, current) =>
      client.changePassphrase({ passphrase, ...(current === null ? null : { current }) }),
    remove: (current) => client.removePassphrase(current),
  };
}
