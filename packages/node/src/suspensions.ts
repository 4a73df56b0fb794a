/**
 * Acts on proofs that a device signed two events for one place: whoever holds one and may, suspends the device, the next in
 * rank first. By itself, since a proof leaves nothing to judge and the space's people are heard differently until
 * somebody acts. spec/space SP83-SP89.
 */
import { planSuspension, turnToSuspend } from "@kith/core";
import type { Clock, DeviceId, Log, ScopeId } from "@kith/core";
import type { Author } from "./author.ts";
import { fencesAt } from "./fences.ts";
import { forkKey } from "./forks.ts";
import type { Ledger } from "./ledger.ts";
import { FENCE_TURN_MS } from "./limits.ts";
import type { Replica } from "./replica.ts";

export interface SuspensionsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly device: DeviceId;
  readonly proofAt: (key: string) => Uint8Array | null;
  readonly onKeysChanged: () => void;
}

export class Suspensions {
  readonly #options: SuspensionsOptions;
  readonly #turns = new Map<string, () => void>();
  #closed = false;

  constructor(options: SuspensionsOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#turns.values()) cancel();
    this.#turns.clear();
  }

  /** A chain of the space parted, or its members changed. */
  suspendInTurn(replica: Replica): void {
    const { clock, log, device: self, ledger } = this.#options;
    for (const { scope, device } of provenIn(replica)) {
      const turn = turnToSuspend(replica.membership, { self, device });
      const key = `${replica.space}/${device}`;
      if (this.#closed || turn === null || this.#turns.has(key)) continue;
      const fraction = Number.parseInt(self.slice(0, 4), 16) / 65_536;
      const cancel = clock.after(FENCE_TURN_MS * (turn + fraction), () => {
        this.#turns.delete(key);
        // Read anew: somebody else may have done it meanwhile.
        const current = ledger.replicas.get(replica.space);
        if (!current || this.#closed) return;
        this.#suspend(current, scope, device).catch((error: unknown) =>
          log.warn("device:not-suspended", { space: replica.space, device, error: String(error) }),
        );
      });
      this.#turns.set(key, cancel);
    }
  }

  async #suspend(replica: Replica, scope: ScopeId, device: DeviceId): Promise<void> {
    const { ledger, author, device: self, proofAt, log, onKeysChanged } = this.#options;
    const { space, control, content } = replica;
    const proof = proofAt(forkKey(scope, device));
    if (!proof || turnToSuspend(replica.membership, { self, device }) === null) return;
    const { epoch } = await author.ensureKeys(control);
    const fences = fencesAt(ledger.scopeState(content)?.tips, content, [device]);
    await author.write([planSuspension({ space, device, proof, fences, controlEpoch: epoch })]);
    for (const each of [control, content]) await author.ensureKeys(each);
    log.warn("device:suspended", { space, device });
    onKeysChanged();
  }
}

/** Of control and the open channels: a proof from a private channel would tell the whole space that there is one. */
function* provenIn({ scopes, control, content }: Replica): Generator<{ scope: ScopeId; device: DeviceId }> {
  for (const scope of [control, content])
    for (const device of scopes.get(scope)?.forks.keys() ?? []) yield { scope, device };
}
