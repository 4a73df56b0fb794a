/** `kith delivery MESSAGE|SPACE/CHANNEL`: where a message is, device by device; of a channel the last that one wrote there. */
import type { KithClient } from "@kith/client";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { columns, plain } from "../cli/terminal.ts";
import { readPlace } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { deliveryWords } from "./delivery-words.ts";
import { requireNode } from "./running-node.ts";

/** Among so many of the newest of a channel one's own is looked for. */
const LOOKED_THROUGH = 200;

export const delivery: Command = async ({ operands: [target = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const id = target.includes("/") ? await lastOwn(client, target) : target;
  const where = await client.deliveryOf(id);
  if (terminal.json) terminal.object(where);
  else if (where.items.length === 0) terminal.line("It is for no other device yet.");
  else {
    const rows = where.items.map((one) => [
      plain(one.name),
      plain(one.deviceName ?? `device ${one.device.slice(0, 8)}`),
      deliveryWords(one),
    ]);
    for (const line of columns(rows)) terminal.line(line);
  }
  return exitCodes.done;
};

async function lastOwn(client: KithClient, target: string): Promise<string> {
  const [{ person }, { items }] = await Promise.all([
    client.me(),
    client.messages({ ...readPlace(target), limit: LOOKED_THROUGH }),
  ]);
  const last = items.findLast(({ author }) => author === person);
  if (last !== undefined) return last.id;
  throw new CommandError(
    "UNKNOWN_MESSAGE",
    `You have written nothing of late in ${plain(target)}`,
    "Give a message's id: `kith tail --json` shows it.",
  );
}
