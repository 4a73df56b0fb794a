/** Names of places by id, for commands that print messages. */
import type { KithClient } from "@kith/client";
import type { Message, Space } from "@kith/contract";
import { plain } from "../cli/terminal.ts";

/** Asked for again when an unknown one turns up. */
export async function createNames(client: KithClient) {
  let spaces: readonly Space[] = (await client.spaces()).items;
  const look = ({ space, channel }: Message): string | null => {
    const found = spaces.find(({ id }) => id === space);
    const name = found?.channels.find(({ id }) => id === channel)?.name;
    return found === undefined || name === undefined ? null : `${plain(found.name)}/${plain(name)}`;
  };
  return {
    async place(message: Message): Promise<string> {
      const known = look(message);
      if (known !== null) return known;
      spaces = (await client.spaces()).items;
      return look(message) ?? `${message.space.slice(0, 8)}/${message.channel.slice(0, 8)}`;
    },
  };
}
