/** The steps of joining as they happen, and what to do when one lasts. */
import type { JoinProgress } from "@kith/react";

export type Step = JoinProgress["step"];

const order: readonly Step[] = [
  "looking-for-inviter",
  "connecting",
  "asking",
  "receiving-members",
  "receiving-messages",
  "done",
];

export const stepWords: Readonly<Record<Step, string>> = {
  "looking-for-inviter": "Looking for a device of the space",
  connecting: "Connecting to it",
  asking: "Asking to be let in",
  "receiving-members": "Receiving the members",
  "receiving-messages": "Receiving the messages",
  done: "You are in",
  failed: "It did not work",
};

export const STEPS = order.length - 1;

/** The invitation in what was pasted or scanned, or what is wrong with it. */
export function readInvitation(text: string): { readonly link: string } | { readonly fault: string } {
  const link = /kith:\/\/join#\S+/.exec(text)?.[0];
  if (link !== undefined) return { link };
  return {
    fault: /kith:\/\/link#/.test(text)
      ? "This is the link of a device, for a new device of its person’s alone. An invitation begins with kith://join#."
      : "This is no invitation: it begins with kith://join#. Copy the whole link.",
  };
}

/** How many steps are behind. */
export function stepsDone(step: Step): number {
  return step === "failed" ? 0 : order.indexOf(step);
}

export const isUnderWay = ({ step }: Pick<JoinProgress, "step">): boolean =>
  step !== "done" && step !== "failed";

/** Until the device was let in; from then on it is a member, and only receives. */
export const mayGiveUp = ({ step }: Pick<JoinProgress, "step">): boolean =>
  stepsDone(step) < stepsDone("receiving-members");

/** From here on a person is told that it lasts. */
export const TELL_AFTER_MS = 10_000;
/** And from here on what they can do: by now it will hardly end by itself. */
export const ADVISE_AFTER_MS = 30_000;

export function describeWait(step: Step, waitedMs: number): string | null {
  if (step === "done" || step === "failed" || waitedMs < TELL_AFTER_MS) return null;
  if (waitedMs < ADVISE_AFTER_MS)
    return "This takes longer than usual. It goes on by itself; you may leave this page.";
  if (step === "looking-for-inviter" || step === "connecting")
    return "No device of the space can be reached. Ask whoever invited you to start Kith on the same network, or use another link if theirs has moved. This device keeps looking until you give it up.";
  return "A device of the space was found and does not answer. Ask whoever invited you to look at their Kith; this device keeps trying.";
}
