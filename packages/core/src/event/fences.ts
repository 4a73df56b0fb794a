/**
 * How far a removed person's devices are heard in the scopes that a removal closes to them: 102 bytes each, packed.
 * Owns the one order. spec/event EV27.
 */
import { concatBytes, coreError, readBytes } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { DeviceId, EventId, ScopeId } from "../ids.ts";
import { FENCES_MAX, SEQ_MAX } from "./limits.ts";

/** The last event of a device in a scope that the remover had seen. */
export interface Fence {
  readonly scope: ScopeId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly id: EventId;
}

const SCOPE_END = 32;
const DEVICE_END = 64;
const SEQ_END = 70;
const FENCE_BYTES = 102;
const SEQ_BYTES = SEQ_END - DEVICE_END;

/** Throws FENCES_INVALID for more than FENCES_MAX, or one device of one scope twice. */
export function writeFences(fences: readonly Fence[]): Uint8Array {
  if (fences.length > FENCES_MAX)
    throw refuse(`${fences.length} are too many; a removal holds at most ${FENCES_MAX}`);
  const sorted = fences.toSorted(compareFences);
  checkFences(sorted);
  return concatBytes(
    ...sorted.flatMap(({ scope, device, seq, id }) => {
      const bytes = Buffer.alloc(SEQ_BYTES);
      bytes.writeUIntBE(seq, 0, SEQ_BYTES);
      return [idBytes(scope), idBytes(device), bytes, idBytes(id)];
    }),
  );
}

/** Throws FENCES_INVALID, MALFORMED. */
export function readFences(value: CborValue | undefined): Fence[] {
  const packed = readBytes(value, { max: FENCES_MAX * FENCE_BYTES }, "fences");
  if (packed.length % FENCE_BYTES !== 0) throw refuse(`their bytes are no multiple of ${FENCE_BYTES}`);
  const fences: Fence[] = [];
  for (let at = 0; at < packed.length; at += FENCE_BYTES) {
    const seq = packed.subarray(at + DEVICE_END, at + SEQ_END);
    fences.push({
      scope: toId<ScopeId>(packed.subarray(at, at + SCOPE_END)),
      device: toId<DeviceId>(packed.subarray(at + SCOPE_END, at + DEVICE_END)),
      seq: Buffer.from(seq.buffer, seq.byteOffset, SEQ_BYTES).readUIntBE(0, SEQ_BYTES),
      id: toId<EventId>(packed.subarray(at + SEQ_END, at + FENCE_BYTES)),
    });
  }
  checkFences(fences);
  return fences;
}

function checkFences(fences: readonly Fence[]): void {
  fences.forEach((fence, i) => {
    if (!Number.isInteger(fence.seq) || fence.seq < 1 || fence.seq > SEQ_MAX)
      throw refuse("one names no place in a chain");
    const before = fences[i - 1];
    if (before !== undefined && compareFences(before, fence) >= 0)
      throw refuse("they are not in strictly ascending order of scope and device");
  });
}

function compareFences(a: Fence, b: Fence): number {
  if (a.scope !== b.scope) return a.scope < b.scope ? -1 : 1;
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  return 0;
}

function refuse(why: string): Error {
  return coreError("FENCES_INVALID", `the fences of a removal are refused: ${why}`);
}
