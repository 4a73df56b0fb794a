/**
 * What an initiator learns: ids the peer lacks and ids we lack, each told once. A cut message makes ranges come
 * again that were settled long before, by either side's cut, so what was told is remembered. Owns the comparison
 * of lists. spec/sync-ranges RB13.
 */
import { concatBytes } from "../../crypto/bytes.ts";
import { RBSR_TOLD_IDS_MAX } from "../limits.ts";
import { ID_BYTES } from "./set/id-sum.ts";
import type { RangeSet } from "./set/range-set.ts";

export interface IdReport {
  /** Our items from `lower` to `upper` against the peer's ids of the same range, packed, in any order. */
  compare(own: { readonly lower: number; readonly upper: number }, theirs: Uint8Array): void;
  /** What was told since the last call. */
  take(): { have: Uint8Array; need: Uint8Array };
}

export function createIdReport(set: RangeSet): IdReport {
  let have: Uint8Array[] = [];
  let need: Uint8Array[] = [];
  const told = new Set<string>();

  /** True for an id that is told now for the first time. */
  function tell(key: string): boolean {
    if (told.has(key)) return false;
    if (told.size < RBSR_TOLD_IDS_MAX) told.add(key);
    return true;
  }

  return {
    compare({ lower, upper }, theirs) {
      const missing = new Set<string>();
      forEachId(theirs, (key) => missing.add(key));
      have.push(keepIds(set.packedIds(lower, upper), (key) => !missing.delete(key) && tell(key)));
      // A list that names an id twice does not make us need it twice.
      need.push(keepIds(theirs.slice(), (key) => missing.delete(key) && tell(key)));
    },
    take() {
      const taken = { have: concatBytes(...have), need: concatBytes(...need) };
      have = [];
      need = [];
      return taken;
    },
  };
}

/** Calls back with each id as a text of 32 characters. */
function forEachId(packed: Uint8Array, visit: (key: string, at: number) => void): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < packed.length; at += ID_BYTES) visit(bytes.toString("latin1", at, at + ID_BYTES), at);
}

/** The ids to keep, moved to the front of the same bytes. */
function keepIds(packed: Uint8Array, isKept: (key: string) => boolean): Uint8Array {
  let kept = 0;
  forEachId(packed, (key, at) => {
    if (!isKept(key)) return;
    packed.copyWithin(kept, at, at + ID_BYTES);
    kept += ID_BYTES;
  });
  return packed.subarray(0, kept);
}
