/** `kith device list|rename|remove|link` and, on the new device, `kith link CODE`. */
import { createInterface } from "node:readline";
import { countOf } from "../cli/count-words.ts";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { meaning } from "../cli/meaning.ts";
import { isMeantHere } from "../cli/question.ts";
import { columns, plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";
import { minuteOf } from "./times.ts";

/** How often it is asked whether somebody took the link. */
const LOOK_MS = 400;
/** How long one question to the node waits while the digits are being entered elsewhere. */
const STEP_WAIT_MS = 20_000;

export const listDevices: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const devices = await client.devices();
  if (terminal.json) terminal.object(devices);
  else {
    const rows = devices.items.map(({ id, name, self, connected, linked, lastSeen, spaces }) => [
      plain(name ?? "(no name)"),
      id.slice(0, 8),
      self
        ? "this device"
        : connected
          ? "connected"
          : lastSeen === null
            ? "never met by this device"
            : `last seen ${minuteOf(lastSeen)}`,
      countOf(spaces, "space"),
      `since ${linked.slice(0, 10)}`,
    ]);
    for (const line of columns(rows)) terminal.line(line);
  }
  return exitCodes.done;
};

export const renameDevice: Command = async ({ operands: [device = "", name = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const renamed = await client.renameDevice(device, { name });
  if (terminal.json) terminal.object(renamed);
  else terminal.line(`It is called ${terminal.bold(plain(renamed.name ?? name))} now.`);
  return exitCodes.done;
};

export const removeDevice: Command = async ({ operands: [device = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const warning = [`Remove your device ${plain(device)}?`, ...meaning.removeDevice].join("\n");
  if (!(await isMeantHere(terminal, values, { word: "remove", warning }))) return exitCodes.failed;
  await client.removeDevice(device);
  if (terminal.json) terminal.object({ removed: true });
  else
    terminal.line(
      `Removed ${terminal.bold(plain(device))}. The keys are new: what is written from now on it cannot read. What it holds it keeps. It cannot be undone.`,
    );
  return exitCodes.done;
};

export const offerDevice: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const made = await client.offerDevice();
  if (terminal.json) terminal.object(made);
  else {
    terminal.line(made.link);
    terminal.note(
      "Run on the new device, within ten minutes: kith link 'LINK'. It shows six digits, which are entered here. Show the link to nobody else.",
    );
  }
  // Whoever ends the command takes the link back.
  process.once("SIGINT", () => {
    void client.endDeviceOffer().finally(() => process.exit(exitCodes.failed));
  });
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  try {
    for (;;) {
      const [offer] = (await client.deviceOffers()).items;
      if (offer?.link !== made.link)
        throw new CommandError("UNKNOWN_LINK", "The link has ended.", "Make a new one: kith device link");
      if (offer.state === "confirm") {
        terminal.note(
          `${plain(offer.name ?? "A device")} shows six digits. Enter them here; if it shows none, end this with Ctrl+C.`,
        );
        const device = await confirm(client, terminal, await lines.next());
        if (device !== null) {
          if (terminal.json) terminal.object(device);
          else terminal.line(`Linked ${terminal.bold(plain(device.name ?? device.id))}.`);
          return exitCodes.done;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    input.close();
  }
};

type Client = Awaited<ReturnType<typeof requireNode>>["client"];

/** null: the digits were not those; the link may still stand. */
async function confirm(client: Client, terminal: Terminal, entered: IteratorResult<string, unknown>) {
  if (entered.done === true) {
    await client.endDeviceOffer();
    throw new CommandError("UNKNOWN_LINK", "Nothing was entered.", "Make a new link: kith device link");
  }
  try {
    return await client.confirmDevice(entered.value);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "LINK_CODE_WRONG") throw error;
    terminal.note(error.message);
    return null;
  }
}

const steps: Readonly<Record<string, string>> = {
  looking: "Looking for the other device",
  asking: "Asking",
  confirming: "Waiting for the digits to be entered on the other device",
  receiving: "Receiving your spaces",
};

export const link: Command = async ({ operands: [code = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const name = values.text("name");
  let told = "";
  let shown = false;
  for (;;) {
    const progress = await client.takeLink({
      link: code,
      shown,
      waitMs: shown ? STEP_WAIT_MS : LOOK_MS,
      ...(name !== null && { name }),
    });
    if (progress.step === "failed")
      throw new CommandError("LINK_FAILED", progress.detail, "Make a new link there: kith device link");
    if (progress.step === "done") {
      if (terminal.json) terminal.object(progress);
      else terminal.line("This device is linked.");
      return exitCodes.done;
    }
    if (progress.code !== null && !shown) {
      shown = true;
      if (terminal.json) terminal.object({ code: progress.code });
      else
        terminal.line(
          `Enter on the other device: ${terminal.bold(`${progress.code.slice(0, 3)} ${progress.code.slice(3)}`)}`,
        );
    }
    const line = `${steps[progress.step] ?? progress.step}: ${plain(progress.detail)}`;
    if (line !== told) terminal.note(line);
    told = line;
  }
};
