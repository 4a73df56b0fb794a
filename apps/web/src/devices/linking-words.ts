/** What linking a device is told in: the steps of the new one, and how a link of the old one ended. Pure. */
import type { LinkingProgress, OfferOutcome } from "@kith/react";
import { ADVISE_AFTER_MS, TELL_AFTER_MS } from "../join/steps.ts";

export type LinkingStep = LinkingProgress["step"];

const order: readonly LinkingStep[] = ["looking", "asking", "confirming", "receiving", "done"];

export const linkingWords: Readonly<Record<LinkingStep, string>> = {
  looking: "Looking for your other device",
  asking: "Found; agreeing on six digits with it",
  confirming: "Enter these digits on your other device",
  receiving: "Let in; receiving your spaces",
  done: "This device is linked",
  failed: "It did not work",
};

export const LINKING_STEPS = order.length - 1;

/** How many steps are behind. */
export const linkingStepsDone = (step: LinkingStep): number => (step === "failed" ? 0 : order.indexOf(step));

export const isLinkingOver = ({ step }: Pick<LinkingProgress, "step">): boolean =>
  step === "done" || step === "failed";

/** Why it waits, and what to do when that lasts. Null: nothing that the step does not say. */
export function describeLinkingWait(step: LinkingStep, waitedMs: number): string | null {
  switch (step) {
    case "confirming":
      return "They show that nobody stands between the two: a device that read the link over your shoulder would show others. Where they do not agree, end the link there.";
    case "receiving":
      return waitedMs < ADVISE_AFTER_MS
        ? "Keep the other device on until your conversations are here."
        : "The other device must be on and reachable. What is missing comes as soon as it is; you may leave this page.";
    case "looking":
    case "asking":
      if (waitedMs < TELL_AFTER_MS) return null;
      return waitedMs < ADVISE_AFTER_MS
        ? "This takes longer than usual. It goes on by itself."
        : "The other device cannot be reached. Start Kith on it, on the same network as this one. Its link is good for ten minutes: after that make a new one there.";
    case "done":
    case "failed":
      return null;
    default:
      return step satisfies never;
  }
}

/** What became of a link that linked nobody. */
export function describeOutcome(how: Exclude<OfferOutcome["how"], "linked">): string {
  switch (how) {
    case "expired":
      return "Nobody came while the link was good. It is over now.";
    case "ended":
      return "The link was taken back, on another page or by a command.";
    case "gone":
      return "The device that had taken the link went away before it was let in. The link is used up: make a new one.";
    case "wrong-codes":
      return "Three times these were not the digits that the new device shows, so the link has ended. See that nobody else reads the next one.";
    default:
      return how satisfies never;
  }
}

/** The link in what was pasted or scanned, or what is wrong with it. */
export function readDeviceLink(text: string): { readonly link: string } | { readonly fault: string } {
  const link = /kith:\/\/link#\S+/.exec(text)?.[0];
  if (link !== undefined) return { link };
  return {
    fault: /kith:\/\/join#/.test(text)
      ? "This is an invitation into a space, not the link of a device of yours. Go back and choose “I have an invitation”."
      : "This is no link of a device: it begins with kith://link#. Copy the whole of it.",
  };
}

/** The day, and within one the time. */
export function describeSeen(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const isNear = nowMs - atMs < 86_400_000;
  return at.toLocaleString(
    undefined,
    isNear ? { dateStyle: "medium", timeStyle: "short" } : { dateStyle: "long" },
  );
}

/** What a device is to be called until its person says otherwise: by what its browser says of the machine. */
export function guessDeviceName(userAgent: string): string {
  const known = [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android phone"],
    [/Windows/, "Windows computer"],
    [/Macintosh|Mac OS X/, "Mac"],
    [/CrOS/, "Chromebook"],
    [/Linux/, "Linux computer"],
  ] as const;
  return known.find(([sign]) => sign.test(userAgent))?.[1] ?? "My device";
}
