/** `kith profile`: what others see of you besides your name. */
import { readFileSync, statSync } from "node:fs";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

/** The node takes less; what is far larger is not so much as read. */
const FILE_BYTES_MAX = 1_048_576;

export const profile: Command = async ({ values, paths, terminal }) => {
  const [status, picture] = [values.text("status"), values.text("picture")];
  const change = {
    ...(status !== null && { status: status === "" ? null : status }),
    ...(picture !== null && { avatar: picture === "" ? null : readPicture(picture) }),
  };
  const { client } = await requireNode(paths);
  const me = Object.keys(change).length === 0 ? await client.me() : await client.changeMe(change);
  if (terminal.json) terminal.object(me);
  else {
    terminal.line(terminal.bold(plain(me.name)));
    terminal.line(me.status === null ? "No status." : plain(me.status));
    terminal.line(me.avatar === null ? "No picture." : "A picture.");
  }
  return exitCodes.done;
};

function readPicture(path: string): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX)
      throw new Error("the file is far larger than the 16 KiB that fit");
    return readFileSync(path).toString("base64");
  } catch (error) {
    throw new CommandError(
      "FILE_UNREADABLE",
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
      "Choose another file.",
    );
  }
}
