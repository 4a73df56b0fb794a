/**
 * Keys that events bring: secrets of other epochs, under one that is held. They are taken as soon as such an event opens and
 * its signature holds, and not only when its causes are here, for these may lie under the very keys. spec/epoch EP74.
 */
import { kinds, linkedKeys, mayLink } from "@kith/core";
import type { EpochKeys, Log, OpenedEvent, ScopeId } from "@kith/core";
import type { Ledger } from "./ledger.ts";
import { EPOCHS_PER_SCOPE_MAX, EPOCHS_UNKNOWN_MAX } from "./limits.ts";
import { readBody } from "./reopen.ts";
import { secretsMeta } from "./secrets.ts";

/** The scopes of which keys came. Rejects with a ServiceError when they cannot be stored; then none was taken. */
export async function takeLinks(
  events: readonly OpenedEvent[],
  ledger: Ledger,
  log: Log,
): Promise<ReadonlySet<ScopeId>> {
  const found = new Map<string, EpochKeys>();
  /** Scopes whose epochs lie under another of the same: that one is newer. */
  const under = new Set<ScopeId>();
  for (const event of events) {
    if (event.header.kind !== kinds["epoch.link"]) continue;
    const { space } = event.header;
    const body = readBody(event, log);
    for (const link of body?.type === "epoch.link" ? body.links : []) {
      if (!mayLink(event.header, link.scope) || ledger.keys.get(link.epoch) || found.has(link.epoch))
        continue;
      if (isFull(ledger, link.scope, found)) {
        log.warn("link:too-many-epochs", { space, scope: link.scope, device: event.header.device });
        continue;
      }
      const keys = linkedKeys(space, link);
      if (!keys) continue;
      found.set(link.epoch, keys);
      if (link.scope === event.header.scope) under.add(link.scope);
    }
  }
  if (found.size === 0) return new Set();
  const taken = [...found.values()];
  await ledger.commit(ledger.gather(null), { meta: taken.map(secretsMeta) });
  for (const keys of taken) ledger.addSecrets(keys, under.has(keys.scope) ? "addOlder" : "add");
  return new Set(taken.map(({ scope }) => scope));
}

/** Whoever holds one epoch can make others up: of those that no event here announces fewer are taken. */
function isFull(ledger: Ledger, scope: ScopeId, found: ReadonlyMap<string, EpochKeys>): boolean {
  const book = ledger.replicaOfScope(scope)?.book;
  const held = [...ledger.keys.ofScope(scope), ...[...found.values()].filter((keys) => keys.scope === scope)];
  if (held.length >= EPOCHS_PER_SCOPE_MAX) return true;
  return held.filter(({ epoch }) => !book?.get(epoch)).length >= EPOCHS_UNKNOWN_MAX;
}
