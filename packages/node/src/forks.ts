/**
 * Chains that have parted: a device signed two events for one place. Both are kept, since others hold either, and the proof
 * with them. What follows from it is a suspension's. spec/event EV25, EV29, spec/space SP83.
 */
import {
  decodeEquivocation,
  decodeOuter,
  encodeEquivocation,
  openEvent,
  proveEquivocation,
  verifyEquivocation,
} from "@kith/core";
import type {
  DeviceId,
  EventId,
  EventStore,
  Header,
  HybridTime,
  KeyTable,
  ScopeId,
  SignedHeader,
} from "@kith/core";

const FORK_PREFIX = "fork/";

/** One for each device and scope: more would let a device that forks at every number fill the disk. */
export function forkKey(scope: ScopeId, device: DeviceId): string {
  return `${FORK_PREFIX}${scope}/${device}`;
}

/** Of each device whose chain in the scope has parted: the first number that it used twice. */
export function storedForks(
  store: Pick<EventStore, "meta" | "metaKeys">,
  scope: ScopeId,
): Map<DeviceId, number> {
  const forks = new Map<DeviceId, number>();
  for (const key of store.metaKeys(`${FORK_PREFIX}${scope}/`)) {
    const bytes = store.meta(key);
    if (!bytes) continue;
    const { device, seq } = verifyEquivocation(decodeEquivocation(bytes));
    forks.set(device, seq);
  }
  return forks;
}

/** The encoded proof; null where one of the two does not open here. */
export function proveFork(
  first: Uint8Array | null,
  second: SignedHeader | undefined,
  keys: KeyTable,
): Uint8Array | null {
  if (!first || !second) return null;
  const outer = decodeOuter(first);
  const epoch = keys.find(outer.tag, outer.bucket);
  return epoch && encodeEquivocation(proveEquivocation(openEvent(outer, epoch).signedHeader, second));
}

/** What an event follows in its own chain. first: nothing. missing: it is not here. broken: it is of another place. */
export type Predecessor =
  | { readonly is: "here"; readonly time: HybridTime }
  | { readonly is: "first" | "missing" | "broken" };

export function predecessorOf(
  { device, scope, seq, prev }: Pick<Header, "device" | "scope" | "seq" | "prev">,
  find: (id: EventId) => {
    readonly device: DeviceId;
    readonly scope: ScopeId;
    readonly seq: number;
    readonly timeMs: number;
    readonly timeCount: number;
  } | null,
): Predecessor {
  if (prev === null) return { is: "first" };
  const before = find(prev);
  if (!before) return { is: "missing" };
  if (before.device !== device || before.scope !== scope || before.seq !== seq - 1) return { is: "broken" };
  return { is: "here", time: { ms: before.timeMs, count: before.timeCount } };
}
