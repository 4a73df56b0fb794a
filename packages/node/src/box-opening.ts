/** Keys that come as a box for this device: opens it, keeps them, and takes up the scope that they are of. spec/epoch EP13. */
import { controlScope, isReader, openBox, publicScope } from "@kith/core";
import type { EpochKeys, Frame, ScopeId, SpaceId } from "@kith/core";
import type { JoinsOptions } from "./joins.ts";
import { EPOCHS_PER_SCOPE_MAX, PRIVATE_CHANNELS_MAX, SPACES_MAX } from "./limits.ts";
import { openClosed } from "./sealed-bodies.ts";
import { secretsMeta } from "./secrets.ts";

type BoxOptions = Pick<
  JoinsOptions,
  "identity" | "ledger" | "store" | "clock" | "box" | "log" | "secretOf" | "onKeysChanged"
>;

/** null: nothing new, or not for this device. Throws a CoreError for a box that is not what it says. */
export async function takeBox(
  options: BoxOptions,
  frame: Extract<Frame, { type: "box" }>,
  { isGiven, isJoining }: { readonly isGiven: boolean; readonly isJoining: boolean },
): Promise<EpochKeys | null> {
  const { identity, ledger, store, clock, box, log } = options;
  const held = ledger.keys.get(frame.epoch);
  // Of a sealed scope the headers may have come first, from who had destroyed the rest.
  if (held && (held.profile !== "sealed" || isReader(held))) return null;
  const isNew = !isJoining && !ledger.replicas.has(frame.space);
  if (isNew && (!isGiven || ledger.replicas.size >= SPACES_MAX)) return null;
  const isPrivate = frame.scope !== controlScope(frame.space) && frame.scope !== publicScope(frame.space);
  if (isPrivate && !mayOpen(options, frame.space, frame.scope)) return null;
  if (!held && ledger.keys.ofScope(frame.scope).length >= EPOCHS_PER_SCOPE_MAX) {
    log.warn("box:too-many-epochs", { space: frame.space, scope: frame.scope });
    return null;
  }
  const secretSeed = options.secretOf(frame.prekey);
  if (secretSeed === null) return null;
  const { device } = identity();
  const keys = openBox({
    blob: frame.blob,
    space: frame.space,
    scope: frame.scope,
    epoch: frame.epoch,
    device: device.device,
    prekey: frame.prekey,
    secretSeed,
    box,
  });
  if (held && !isReader(keys)) return null;
  await ledger.commit(ledger.gather(null), { meta: [secretsMeta(keys)] });
  const meanwhile = ledger.keys.get(frame.epoch);
  if (meanwhile && isReader(meanwhile)) {
    // All of it came while the headers were being stored: that is what stays.
    await ledger.commit(ledger.gather(null), { meta: [secretsMeta(meanwhile)] });
    return null;
  }
  ledger.addSecrets(keys, meanwhile ? "replace" : "add");
  if (held) await openClosed({ store, ledger, log, nowMs: () => clock.nowMs() }, keys);
  if (isPrivate) ledger.openPrivateScope(frame.space, frame.scope);
  else ledger.openSpace(frame.space);
  options.onKeysChanged();
  return keys;
}

/** A private channel's scope: what it is its own events say, once they are here. */
function mayOpen({ ledger, log }: BoxOptions, space: SpaceId, scope: ScopeId): boolean {
  const replica = ledger.replicas.get(space);
  if (!replica || replica.rosters.has(scope)) return replica !== undefined;
  if (replica.rosters.size < PRIVATE_CHANNELS_MAX) return true;
  log.warn("box:too-many-channels", { space });
  return false;
}
