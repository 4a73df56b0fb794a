/** What has happened to a person's identity, and what it may mean. */
import type { Verification } from "@kith/contract";

export type Doubt = Verification["doubts"][number];

export function doubtWords({ reason }: Pick<Doubt, "reason">, name: string): string {
  switch (reason) {
    case "another-root":
      return `You have verified somebody else called ${name}. This is not the same person, or they began anew without their words.`;
    case "device-suspended":
      return `A device of ${name} was used in two places at once, and was ended. Somebody may have its data.`;
    case "restored":
      return `A new device of ${name} came in by their recovery words. If that was not them, somebody has the words.`;
    default:
      return reason satisfies never;
  }
}
