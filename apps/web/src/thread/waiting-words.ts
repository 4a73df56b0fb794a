/** What does not open yet, and for whose key it waits; and what never will. Pure. */
import type { Space } from "@kith/react";

type Waiting = Space["waiting"][number];

/** Of what is waited for in a channel, the longest wait; null: everything here opens. */
export function waitingWords(
  waiting: readonly Waiting[],
  { channel, isPrivate }: { readonly channel: string; readonly isPrivate: boolean },
): string | null {
  const here = waiting.filter((one) => one.channel === channel || (one.channel === null && !isPrivate));
  const [first] = here;
  if (!first) return null;
  const events = here.reduce((sum, one) => sum + one.events, 0);
  const others = new Set(here.map(({ device }) => device)).size - 1;
  const by =
    first.name === null
      ? "a member"
      : first.deviceName === null
        ? first.name
        : `${first.name} (${first.deviceName})`;
  const whose = others > 0 ? `${by} and ${others} more` : by;
  return `${events === 1 ? "One entry" : `${events} entries`} cannot be read yet: waiting for a key from ${whose}.`;
}

/** Of open channels, what is here and whose keys are destroyed; null: nothing. */
export function closedWords(closed: number, { isPrivate }: { readonly isPrivate: boolean }): string | null {
  if (closed === 0 || isPrivate) return null;
  return closed === 1
    ? "One entry cannot be read on this device: its key was destroyed before it came here."
    : `${closed} entries cannot be read on this device: their keys were destroyed before they came here.`;
}
