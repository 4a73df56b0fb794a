/**
 * Which of the keys of a scope is newer, by what their events follow: a store gives them back in no order. And which earlier
 * one is spoken under as well, for those who may not have heard of the newest. spec/epoch EP78, EP79.
 */
import type { DeviceId, EpochKeys, EventId, KeyTable, ScopeId, StoredEvent } from "@kith/core";
import { FORMER_SPOKEN_MAX, FORMER_SPOKEN_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";

/** The newest last. Of which no event is here yet, it came last: a newcomer gets the newest first. */
export function keysByAge(
  { book, membership, rosters }: Replica,
  scope: ScopeId,
  keys: KeyTable,
): EpochKeys[] {
  const log = rosters.get(scope) ?? membership;
  const depthOf = ({ epoch }: EpochKeys): number => {
    const depths = book.get(epoch)?.announcements.map(({ cites }) => log.depthAfter(cites)) ?? [];
    return depths.length > 0 ? Math.min(...depths) : Number.MAX_SAFE_INTEGER;
  };
  const aged = keys.ofScope(scope).map((each) => ({ each, depth: depthOf(each) }));
  // Of two alike the one that is sent under last, as in EP14.
  const byId = (a: EpochKeys, b: EpochKeys): number => (a.epoch < b.epoch ? 1 : -1);
  const isKnown = ({ depth }: { readonly depth: number }): boolean => depth < Number.MAX_SAFE_INTEGER;
  return aged
    .toSorted((a, b) => a.depth - b.depth || (isKnown(a) ? byId(a.each, b.each) : 0))
    .map(({ each }) => each);
}

export interface Tellings {
  readonly self: DeviceId;
  readonly nowMs: number;
  readonly event: (id: EventId) => Pick<StoredEvent, "device" | "seq" | "timeMs"> | null;
  /** Up to which number a device has said that it keeps another's chain of the scope. */
  readonly heightOf: (scope: ScopeId, holder: DeviceId, device: DeviceId) => number;
}

/**
 * Keys of control that members were told of who have not said that they know of the present one: where two parts of a space
 * have changed keys apart, neither hears the other under its newest. Only for a time, for a removed member hears these as well.
 */
export function formerKeys(
  replica: Replica,
  now: EpochKeys,
  keys: KeyTable,
  { self, nowMs, event, heightOf }: Tellings,
): EpochKeys[] {
  const { book, control, membership } = replica;
  const eventsOf = ({ epoch }: EpochKeys) =>
    (book.get(epoch)?.announcements ?? []).flatMap(({ event: id }) => event(id) ?? []);
  const present = eventsOf(now);
  if (present.every(({ timeMs }) => nowMs - timeMs >= FORMER_SPOKEN_MS)) return [];
  const isTold = (device: DeviceId, announced: ReturnType<typeof eventsOf>): boolean =>
    announced.some((each) => each.device === device || heightOf(control, device, each.device) >= each.seq);
  const untold = [...membership.state().devices.keys()].filter(
    (device) => device !== self && !isTold(device, present),
  );
  if (untold.length === 0) return [];
  const earlier = keysByAge(replica, control, keys)
    .filter(({ epoch }) => epoch !== now.epoch && book.get(epoch) !== null)
    .toReversed()
    .map((each) => ({ each, announced: eventsOf(each) }));
  const chosen = new Set<EpochKeys>();
  for (const device of untold) {
    const told = earlier.find(({ announced }) => isTold(device, announced));
    const boxed = told ?? earlier.find(({ each }) => book.get(each.epoch)?.holders.has(device) === true);
    if (boxed) chosen.add(boxed.each);
    if (chosen.size >= FORMER_SPOKEN_MAX) break;
  }
  return [...chosen];
}
