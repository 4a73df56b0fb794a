/** What does not open yet, and for whose key it waits; and what never will, for a terminal. Pure. */
import type { Waiting } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { plain } from "../cli/terminal.ts";

export function waitingWords({
  events,
  name,
  deviceName,
}: Pick<Waiting, "events" | "name" | "deviceName">): string {
  const from = name === null ? "a member" : deviceName === null ? name : `${name} (${deviceName})`;
  return `${countOf(events, "entry", "entries")} cannot be read yet: waiting for a key from ${plain(from)}`;
}

export function closedWords(closed: number): string {
  return closed === 1
    ? "1 entry cannot be read on this device: its key was destroyed before it came here"
    : `${closed} entries cannot be read on this device: their keys were destroyed before they came here`;
}
