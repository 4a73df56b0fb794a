/** The newest messages of each channel of a scope, for who asks for them before their history. spec/sync SY66, spec/space SP146. */
import { EARLY_BYTES_MAX, EARLY_EVENTS_MAX, compareTimes } from "@kith/core";
import type { ChannelId, EventId, EventStore, MessageRow, ScopeId, StoredEvent } from "@kith/core";
import { settleActs } from "@kith/core/acts";
import { EVENTS_FRAME_BYTES } from "../limits.ts";
import type { Replica } from "../replica.ts";

/** Newest first, and in frames. `floor`: the first bucket that the asker keeps. */
export function earlyFrames(
  store: Pick<EventStore, "messages" | "eventsById" | "acts">,
  replica: Replica,
  { scope, each, floor }: { readonly scope: ScopeId; readonly each: number; readonly floor: number },
): Uint8Array[][] {
  const channels = channelsOf(replica, scope);
  // What is busy must not keep the quiet ones out.
  const limit = Math.min(each, Math.max(1, Math.floor(EARLY_EVENTS_MAX / Math.max(1, channels.length))));
  const rows: MessageRow[] =
    limit === 0
      ? []
      : channels
          .slice(0, EARLY_EVENTS_MAX)
          .flatMap((channel) =>
            store.messages({ space: replica.space, channel, limit }).filter((row) => row.scope === scope),
          );
  const events = store
    .eventsById(rows.flatMap((row) => tellingOf(store, row)))
    .filter(({ bucket }) => bucket >= floor);
  return inFrames(events.sort((a, b) => compareTimes(timeOf(b), timeOf(a))));
}

/** The message with the edit that is shown; of a deleted one, what says so. */
function tellingOf(store: Pick<EventStore, "acts">, row: MessageRow): EventId[] {
  if (row.deleted !== true && row.editedMs === undefined) return [row.id];
  const acts = store.acts(row.id);
  const deletion = acts.find((act) => settleActs(row, [act]).deleted);
  if (deletion) return [deletion.event];
  const { edit } = settleActs(row, acts);
  return edit === null ? [row.id] : [row.id, edit.event];
}

function channelsOf({ content, membership, rosters }: Replica, scope: ScopeId): ChannelId[] {
  if (scope === content) return [...membership.state().channels.keys()];
  const facts = rosters.get(scope)?.facts;
  return facts ? [facts.id] : [];
}

function inFrames(events: readonly StoredEvent[]): Uint8Array[][] {
  const frames: Uint8Array[][] = [];
  let [frameBytes, bytes] = [Infinity, 0];
  for (const { outer } of events.slice(0, EARLY_EVENTS_MAX)) {
    bytes += outer.byteLength;
    if (bytes > EARLY_BYTES_MAX) break;
    if (frameBytes + outer.byteLength + 4 > EVENTS_FRAME_BYTES) {
      frames.push([]);
      frameBytes = 0;
    }
    frames.at(-1)?.push(outer);
    frameBytes += outer.byteLength + 4;
  }
  return frames;
}

function timeOf({ timeMs, timeCount }: StoredEvent): { ms: number; count: number } {
  return { ms: timeMs, count: timeCount };
}
