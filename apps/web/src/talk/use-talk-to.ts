/** Opens the direct conversation with somebody; whoever was never written to is asked with the first message. */
import { usePeople } from "@kith/react";
import { go } from "../routes.ts";

export function useTalkTo(): (person: string, text?: string) => Promise<void> {
  const { talkTo } = usePeople();
  return async (person, text) => {
    const [channel] = (await talkTo(person, text)).channels;
    if (channel) go({ at: "channel", channel: channel.id });
  };
}
