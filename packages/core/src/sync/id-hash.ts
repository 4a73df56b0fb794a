/** SipHash of an event id under a key that changes by the day, the session or the round. spec/sync-cells CE1, BL2. */
import { coreError, sipHashInto } from "../crypto/index.ts";
import type { EventId } from "../ids.ts";

const ID_BYTES = 32;
// Used again within one synchronous call: a million ids are hashed in a row.
const input = Buffer.alloc(ID_BYTES);

/** Writes 8 bytes into `out`. Throws SYNC_ID for what is not 64 hex digits, SIPHASH_KEY. */
export function hashIdInto(out: Uint8Array, key: Uint8Array, id: EventId): void {
  // A write that is cut short would leave bytes of the id before.
  if (id.length !== ID_BYTES * 2 || input.write(id, 0, ID_BYTES, "hex") !== ID_BYTES)
    throw coreError(
      "SYNC_ID",
      `an event id has ${ID_BYTES * 2} hex digits, this has ${id.length} characters`,
    );
  sipHashInto(out, key, input);
}
