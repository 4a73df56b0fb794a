/**
 * Which epochs were announced, by the events that are here, and which events may lie under one before it was. Without this, who
 * was given a key that nobody announced would keep what others can never open. spec/epoch EP91, EP92.
 */
import { kinds, spaceIdOf } from "@kith/core";
import type { Body, EventId, Header } from "@kith/core";
import type { Replica } from "./replica.ts";

/** An event that says who holds which epoch. body: null where it is closed to this device, or cannot be read. */
export function noteKeys(
  { book, announced }: Pick<Replica, "book" | "announced">,
  { id, header, body }: { readonly id: EventId; readonly header: Header; readonly body: Body | null },
): void {
  if (header.kind === kinds["epoch.create"]) announced.add(header.epoch);
  if (body) book.note({ id, header, body });
}

/** What the event lies under was announced by an event here, or by itself, or is what comes before the first announcement. */
export function isAnnounced(
  event: { readonly header: Header; readonly body: Body | null },
  replica: Pick<Replica, "announced" | "rosters">,
): boolean {
  const { kind, epoch } = event.header;
  return kind === kinds["epoch.create"] || replica.announced.has(epoch) || isFounding(event, replica);
}

/** Nobody but the device that the space's or the channel's id commits to can write such. */
function isFounding(
  { header, body }: { readonly header: Header; readonly body: Body | null },
  { rosters }: Pick<Replica, "rosters">,
): boolean {
  const { space, scope, device, seq, parents } = header;
  if (parents.length > 0) return false;
  switch (body?.type) {
    case "space.create": {
      const { person, salt, name, spaceKind: kind, profile } = body;
      return seq === 1 && spaceIdOf({ person, device, salt, kind, name, profile }) === space;
    }
    case "channel.found":
      // The roster refuses any but the one that its scope commits to.
      return seq === 1;
    case "channel.add":
      return seq === 2 && rosters.get(scope)?.facts?.device === device;
    default:
      return false;
  }
}
