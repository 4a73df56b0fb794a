/**
 * The program: reads the command line, loads the one command that it names, and turns what that throws into
 * words and an exit code. CONTRACT, command line.
 */
import { readFileSync } from "node:fs";
import { describeFailure, exitCodes, UsageError } from "./cli/failure.ts";
import { helpOf, helpOfAll, helpOfGroup } from "./cli/help.ts";
import { findCommand, parseCommand } from "./cli/parse.ts";
import type { Values } from "./cli/parse.ts";
import { commands } from "./cli/table.ts";
import type { CommandName } from "./cli/table.ts";
import { describeToCome, meantWords } from "./cli/to-come.ts";
import { createTerminal } from "./cli/terminal.ts";
import type { Command } from "./commands/context.ts";
import { dataPaths, defaultDataDirectory } from "./data-directory.ts";

/** Loaded when named: a command that asks a question must not wait for the whole node to be read. */
const loaders: Readonly<Record<CommandName, () => Promise<Command>>> = {
  up: async () => (await import("./commands/up.ts")).up,
  open: async () => (await import("./commands/open.ts")).open,
  status: async () => (await import("./commands/status.ts")).status,
  peers: async () => (await import("./commands/status.ts")).peers,
  doctor: async () => (await import("./commands/checks.ts")).doctor,
  verify: async () => (await import("./commands/checks.ts")).verify,
  alias: async () => (await import("./commands/alias.ts")).alias,
  profile: async () => (await import("./commands/profile.ts")).profile,
  "space create": async () => (await import("./commands/spaces.ts")).createSpace,
  "space list": async () => (await import("./commands/spaces.ts")).listSpaces,
  "channel create": async () => (await import("./commands/channels.ts")).createChannel,
  "channel add": async () => (await import("./commands/channels.ts")).addToChannel,
  "channel expire": async () => (await import("./commands/channels.ts")).expireIn,
  "channel remove": async () => (await import("./commands/channels.ts")).removeFromChannel,
  "space ask": async () => (await import("./commands/spaces.ts")).askInto,
  "space rename": async () => (await import("./commands/spaces.ts")).renameSpace,
  "space leave": async () => (await import("./commands/spaces.ts")).leaveSpace,
  remove: async () => (await import("./commands/spaces.ts")).removeMember,
  role: async () => (await import("./commands/spaces.ts")).changeRole,
  members: async () => (await import("./commands/spaces.ts")).members,
  invite: async () => (await import("./commands/invite.ts")).invite,
  "verify-person": async () => (await import("./commands/people.ts")).verifyPerson,
  "device list": async () => (await import("./commands/devices.ts")).listDevices,
  "device link": async () => (await import("./commands/devices.ts")).offerDevice,
  "device rename": async () => (await import("./commands/devices.ts")).renameDevice,
  "device remove": async () => (await import("./commands/devices.ts")).removeDevice,
  link: async () => (await import("./commands/devices.ts")).link,
  join: async () => (await import("./commands/join.ts")).join,
  joins: async () => (await import("./commands/join.ts")).joins,
  send: async () => (await import("./commands/send.ts")).send,
  edit: async () => (await import("./commands/messages.ts")).editMessage,
  pin: async () => (await import("./commands/messages.ts")).pinMessage,
  pins: async () => (await import("./commands/messages.ts")).pins,
  history: async () => (await import("./commands/messages.ts")).history,
  delivery: async () => (await import("./commands/delivery.ts")).delivery,
  report: async () => (await import("./commands/reports.ts")).reportMessage,
  reports: async () => (await import("./commands/reports.ts")).reports,
  delete: async () => (await import("./commands/messages.ts")).deleteMessage,
  direct: async () => (await import("./commands/talk.ts")).direct,
  people: async () => (await import("./commands/talk.ts")).people,
  requests: async () => (await import("./commands/talk.ts")).requests,
  "requests accept": async () => (await import("./commands/talk.ts")).acceptRequest,
  approve: async () => (await import("./commands/join-requests.ts")).approve,
  refuse: async () => (await import("./commands/join-requests.ts")).refuse,
  "requests decline": async () => (await import("./commands/talk.ts")).declineRequest,
  block: async () => (await import("./commands/talk.ts")).block,
  unblock: async () => (await import("./commands/talk.ts")).unblock,
  tail: async () => (await import("./commands/tail.ts")).tail,
  search: async () => (await import("./commands/search.ts")).search,
  export: async () => (await import("./commands/export.ts")).exportAll,
  "sim run": async () => (await import("./commands/sim.ts")).simRun,
  "sim serve": async () => (await import("./commands/sim.ts")).simServe,
  "sim list": async () => (await import("./commands/sim.ts")).simList,
  "token create": async () => (await import("./commands/tokens.ts")).createToken,
  "token list": async () => (await import("./commands/tokens.ts")).listTokens,
  "token revoke": async () => (await import("./commands/tokens.ts")).revokeToken,
  recovery: async () => (await import("./commands/recovery.ts")).recovery,
  "recovery show": async () => (await import("./commands/recovery.ts")).showWords,
  "recovery check": async () => (await import("./commands/recovery.ts")).checkWords,
  "recovery forget": async () => (await import("./commands/recovery.ts")).forgetWords,
  backup: async () => (await import("./commands/backup.ts")).backup,
  "backup check": async () => (await import("./commands/backup.ts")).checkBackup,
  restore: async () => (await import("./commands/backup.ts")).restore,
  lock: async () => (await import("./commands/lock.ts")).lock,
  unlock: async () => (await import("./commands/lock.ts")).unlock,
  invites: async () => (await import("./commands/invite.ts")).invites,
  mute: async () => (await import("./commands/talk.ts")).mute,
  "passphrase set": async () => (await import("./commands/passphrase.ts")).setPassphrase,
  "passphrase change": async () => (await import("./commands/passphrase.ts")).changePassphrase,
  "passphrase remove": async () => (await import("./commands/passphrase.ts")).removePassphrase,
  "passphrase remember": async () => (await import("./commands/passphrase.ts")).rememberPassphrase,
  "passphrase forget": async () => (await import("./commands/passphrase.ts")).forgetPassphrase,
  "passphrase auto-lock": async () => (await import("./commands/passphrase.ts")).autoLock,
  reset: async () => (await import("./commands/reset.ts")).reset,
};

/** Resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = createTerminal({ json: argv.includes("--json") });
  endWithReader();
  try {
    return await run(argv);
  } catch (error) {
    terminal.fail(describeFailure(error));
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const version = readVersion();
  const found = findCommand(argv, commands);
  if (found === null) {
    const [word] = argv;
    if (word === "--version") return say(version);
    if (word === "--help" || word === "-h" || word === "help") return say(helpOfAll(commands, version));
    if (word === "bench") return (await import("./commands/bench.ts")).runBench(argv.slice(1));
    const meant = meantWords(argv);
    if (word === undefined || meant === "") throw new UsageError("kith needs a command");
    const group = commands.filter(({ name }) => name.startsWith(`${word} `));
    if (group.length > 0 && (argv.includes("--help") || argv.includes("-h"))) return say(helpOfGroup(group));
    if (group.length > 0)
      throw new UsageError(
        `kith ${word} needs to know what to do`,
        `Give one of: ${group.map(({ name }) => name.slice(word.length + 1)).join(", ")}. \`kith ${word} --help\` says what they do.`,
      );
    throw new UsageError(describeToCome(word) ?? `kith has no command "${meant}"`);
  }
  const { command, operands, values, wantsHelp } = parseCommand(found.command, found.rest);
  if (wantsHelp) return say(helpOf(command));
  const execute = await loaders[command.name as CommandName]();
  return execute({
    operands,
    values,
    version,
    terminal: createTerminal({ json: values.flag("json") }),
    paths: dataPaths(values.text("data") ?? defaultDataDirectory(), { apiSocket: readApiSocket(values) }),
  });
}

/** An empty variable is as good as none. */
function readApiSocket(values: Values): string | null {
  const named = process.env["KITH_SOCKET"] ?? "";
  return values.text("socket") ?? (named === "" ? null : named);
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return exitCodes.done;
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** `kith tail | head`: nobody reads on, so there is nothing left to do, and that is no failure. */
function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(exitCodes.done);
  });
}
