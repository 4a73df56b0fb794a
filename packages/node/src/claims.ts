/** What the other end of one link says to hold: a hint of how much is still to come, kept before the scope may be known here. */
import type { ChainTip, DeviceId, ScopeId } from "@kith/core";
import { CLAIMS_MAX } from "./limits.ts";

/** Events here, and those there would be. */
export interface Outlook {
  readonly have: number;
  readonly of: number;
}

export class Claims {
  readonly #scopes = new Map<ScopeId, Map<DeviceId, number>>();
  #count = 0;

  /** How far it keeps each chain. Kept before the scope may be known here. */
  note(scope: ScopeId, heights: readonly { readonly device: DeviceId; readonly seq: number }[]): void {
    const claims = this.#scopes.get(scope) ?? new Map<DeviceId, number>();
    this.#scopes.set(scope, claims);
    for (const { device, seq } of heights) {
      if (!claims.has(device) && ++this.#count > CLAIMS_MAX) return;
      claims.set(device, Math.max(seq, claims.get(device) ?? 0));
    }
  }

  /** As it has said so far. */
  heightsOf(scope: ScopeId): [DeviceId, number][] {
    return [...(this.#scopes.get(scope) ?? [])];
  }

  has(scope: ScopeId): boolean {
    return this.#scopes.has(scope);
  }

  /** null: it has nothing that is not here. */
  outlook(scope: ScopeId, tips: ReadonlyMap<DeviceId, ChainTip>): Outlook | null {
    const claims = this.#scopes.get(scope);
    if (claims === undefined) return null;
    const have = [...tips.values()].reduce((sum, { seq }) => sum + seq, 0);
    const lacking = [...claims].reduce(
      (sum, [device, seq]) => sum + Math.max(0, seq - (tips.get(device)?.seq ?? 0)),
      0,
    );
    return lacking === 0 ? null : { have, of: have + lacking };
  }
}

/** Of several devices that hold the same scope the one that holds most says how much there is. */
export function sumOutlooks(outlooks: Iterable<readonly [ScopeId, Outlook]>): Outlook | null {
  const scopes = new Map<ScopeId, Outlook>();
  for (const [scope, outlook] of outlooks)
    if (outlook.of > (scopes.get(scope)?.of ?? 0)) scopes.set(scope, outlook);
  if (scopes.size === 0) return null;
  return [...scopes.values()].reduce((sum, one) => ({ have: sum.have + one.have, of: sum.of + one.of }));
}
