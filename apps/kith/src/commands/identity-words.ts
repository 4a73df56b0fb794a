/** Who was verified and has changed since, in words: told before something is said to them, and nothing is held back. ID63, ID66. */
import { KithApiError } from "@kith/client";
import type { KithClient } from "@kith/client";
import type { Member, Verification } from "@kith/contract";
import { plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import { dayOf } from "./times.ts";

export const doubtWords: Readonly<Record<Verification["doubts"][number]["reason"], string>> = {
  "another-root": "Somebody else of that name was verified; this is not the same person.",
  "device-suspended": "A device of theirs was used in two places at once, and was ended.",
  restored:
    "Their recovery words have let in a further device. If that was not them, somebody has the words.",
};

/** Of a member, in a list. */
export const verificationWords: Readonly<Record<Verification["state"], string>> = {
  self: "",
  unverified: "not verified",
  verified: "verified",
  changed: "identity changed",
};

/** "6 of 7 verified", of the others; null where there is nobody else. */
export function countVerified(members: readonly Member[]): string | null {
  const others = members.filter(({ self }) => !self);
  const verified = others.filter(({ verification }) => verification === "verified").length;
  return others.length === 0 ? null : `${verified} of ${others.length} verified`;
}

/** By the id: who has changed may be called as somebody else is. */
export function changedWords({
  name,
  person,
  doubts,
}: Pick<Verification, "name" | "person" | "doubts">): string {
  const why = doubts.map(({ reason, at }) => `${doubtWords[reason]} (${dayOf(at)})`).join(" ");
  return `The identity of ${plain(name)} has changed. ${why} Compare before you write more to them: kith verify ${person}`;
}

/** Those who read there and have changed. */
export const tellOfReaders = (
  client: KithClient,
  terminal: Terminal,
  { space, channel }: { readonly space: string; readonly channel: string },
): Promise<void> =>
  tell(terminal, async () => {
    const { items } = await client.channelMembers(space, channel);
    const changed = items.filter(({ verification }) => verification === "changed");
    return Promise.all(changed.map(({ person }) => client.verification(person)));
  });

/** The one who is written to; a name may be several people's, which what is asked next refuses. */
export const tellOfPerson = (client: KithClient, terminal: Terminal, person: string): Promise<void> =>
  tell(terminal, async () => {
    const known = await client.verification(person);
    return known.state === "changed" ? [known] : [];
  });

async function tell(terminal: Terminal, find: () => Promise<readonly Verification[]>): Promise<void> {
  try {
    for (const known of await find()) terminal.note(changedWords(known));
  } catch (error) {
    // Of nobody's name, or of somebody who is only nearby, nothing is known: the call that this goes before says what is wrong, or does its work.
    if (!(error instanceof KithApiError)) throw error;
  }
}
