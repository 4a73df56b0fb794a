/**
 * Whether anything may be posted where somebody reads whose identity has changed, and what one has let be. spec/identity ID66.
 */
import { KithApiError } from "@kith/client";
import type { Verification } from "@kith/contract";
import type { Conversation, ConversationRef, Member } from "@kith/react";
import { client } from "../client.ts";

export type Doubts = Verification["doubts"];

/** What was let be, for as long as the page is open: a browser keeps nobody's id. Nothing of a direct conversation ever is. */
export const letBeHere = new Set<string>();

export const keyOf = ({ reason, device, other }: Doubts[number]): string => `${reason} ${device ?? other}`;

/** Somebody with all that happened to them, where they read. */
export function markOf(
  { space, channel, private: isPrivate }: Pick<Conversation, "space" | "channel" | "private">,
  person: string,
  doubts: Doubts,
): string {
  // Who is in a space reads all of its open channels.
  return `${isPrivate ? channel : space} ${person} ${doubts.map(keyOf).sort().join(" ")}`;
}

/** Asks the node itself: what a screen shows may be from before. `listed` is null while the page does not know the conversation. */
export async function mayPost(
  to: ConversationRef,
  listed: Conversation | null,
  signal: AbortSignal,
): Promise<boolean> {
  const conversation = listed ?? (await findConversation(to, signal));
  if (conversation === null) return false;
  const { items } = await client.channelMembers(to.space, to.channel, { signal });
  const people = new Set(items.filter(isChanged).map(({ person }) => person));
  // Who is only asked is no member yet, and sees how one begins.
  if (conversation.direct) people.add(conversation.direct.person);
  const found = await Promise.all([...people].map((person) => findVerification(person, signal)));
  return found.every(
    (one) => one?.state !== "changed" || letBeHere.has(markOf(conversation, one.person, one.doubts)),
  );
}

async function findConversation(
  { channel }: ConversationRef,
  signal: AbortSignal,
): Promise<Conversation | null> {
  const { items } = await client.conversations({ signal });
  return items.find((one) => one.channel === channel) ?? null;
}

/** null of those with whom one shares no space: they are nobody whom one could have verified. */
export async function findVerification(person: string, signal?: AbortSignal): Promise<Verification | null> {
  try {
    return await client.verification(person, signal && { signal });
  } catch (error) {
    if (error instanceof KithApiError && error.code === "UNKNOWN_PERSON") return null;
    throw error;
  }
}

export const isChanged = ({ verification }: Pick<Member, "verification">): boolean =>
  verification === "changed";
