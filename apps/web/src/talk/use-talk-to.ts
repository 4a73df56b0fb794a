/**
 * Opens the direct conversation with somebody; whoever was never written to is asked with the first message. To somebody whose
 * identity has changed it is not sent: it waits there as the draft. spec/identity ID66.
 */
import { useKith, usePeople } from "@kith/react";
import type { KithStore } from "@kith/react";
import { go } from "../routes.ts";
import { findVerification } from "./let-be.ts";

export function useTalkTo(): (person: string, text?: string) => Promise<void> {
  const store = useKith();
  const { talkTo } = usePeople();
  return async (person, text) => {
    const isHeld = text !== undefined && (await findVerification(person))?.state === "changed";
    const [channel] = (await talkTo(person, isHeld ? undefined : text)).channels;
    if (!channel) return;
    if (isHeld) keepAsDraft(store, channel.id, text);
    go({ at: "channel", channel: channel.id });
  };
}

/** Behind what was begun there before. */
function keepAsDraft(store: KithStore, channel: string, text: string): void {
  const draft = store.draft(channel).get();
  draft.setText(draft.text === "" ? text : `${draft.text}\n${text}`);
  draft.flush();
}
