/**
 * Which keys a device speaks under, listens for and proves, and in which order where there are more than fit:
 * no number of invites or old epochs in one space may crowd out another space. spec/discovery DI7, spec/handshake HS6.
 */
import type { BeaconDigest, InviteFacts, ProofKey, ScopeId } from "@kith/core";
import type { Author } from "./author.ts";
import type { BeaconVoice } from "./beacon.ts";
import type { Ledger } from "./ledger.ts";
import type { Replica } from "./replica.ts";

/** What is spoken of in turn: each scope under the epoch it is written in. rootOf, digestOf: null while not known. */
export function scopeVoices(
  author: Author,
  ledger: Ledger,
  rootOf: (scope: ScopeId) => Uint8Array | null,
  digestOf: (scope: ScopeId) => BeaconDigest | null,
): BeaconVoice[] {
  const control: BeaconVoice[] = [];
  const content: BeaconVoice[] = [];
  for (const replica of ledger.replicas.values()) {
    for (const scope of [replica.control, replica.content]) {
      const keys = author.beaconKeys(scope);
      if (!keys) continue;
      (scope === replica.control ? control : content).push({
        topic: { kind: "scope", space: replica.space, scope },
        key: keys.discoveryKey,
        root: () => rootOf(scope)?.subarray(0, 16) ?? null,
        digest: () => digestOf(scope),
      });
    }
  }
  // Control scopes first: the first beat has only a few places, and one beacon a space is enough to be found.
  return [...control, ...content];
}

/**
 * What is heard and answered but not spoken of: open invites, and epochs under which a member speaks that has
 * not heard of the newest. The spaces take turns, the newest of each first.
 */
export function quietVoices(ledger: Ledger, nowMs: number): BeaconVoice[] {
  const groups: BeaconVoice[][] = [];
  for (const { space, control, content, membership } of ledger.replicas.values()) {
    groups.push(
      byUse([...membership.state().invites.values()], nowMs)
        .filter((invite) => !invite.revoked)
        .map((invite) => ({
          topic: { kind: "invite", invite: invite.id, space },
          key: invite.discoveryKey,
          root: () => null,
          digest: null,
        })),
    );
    for (const scope of [control, content]) {
      groups.push(
        ledger.keys
          .ofScope(scope)
          .toReversed()
          .map((keys) => ({
            topic: { kind: "scope", space, scope },
            key: keys.discoveryKey,
            root: () => null,
            digest: null,
          })),
      );
    }
  }
  return inTurn(groups);
}

/** Keys of spaces and of invites, ended ones too: their joiner is told so rather than met with silence. */
export function spaceProofs(ledger: Ledger, nowMs: number): ProofKey[] {
  const proofs: ProofKey[] = [];
  for (const { space, control, membership } of ledger.replicas.values()) {
    for (const [order, keys] of ledger.keys.ofScope(control).entries()) {
      proofs.push({ kind: "space", key: keys.discoveryKey, space, invite: null, order: order + 1 });
    }
    const invites = byUse([...membership.state().invites.values()], nowMs);
    for (const [index, invite] of invites.entries()) {
      const order = invites.length - index;
      proofs.push({ kind: "invite", key: invite.discoveryKey, space, invite: invite.id, order });
    }
  }
  return proofs;
}

/** The newest control key held here is among the keys that a handshake proved. */
export function provesNewest(
  ledger: Ledger,
  { space, control }: Pick<Replica, "space" | "control">,
  shared: readonly ProofKey[],
): boolean {
  const newest = ledger.keys.ofScope(control).at(-1);
  return (
    newest !== undefined &&
    shared.some(
      (key) =>
        key.kind === "space" &&
        key.space === space &&
        Buffer.from(key.key).equals(Buffer.from(newest.discoveryKey)),
    )
  );
}

/** Invites that still admit before those that have ended, the newest first. */
function byUse(invites: readonly InviteFacts[], nowMs: number): InviteFacts[] {
  const newest = invites.toReversed();
  const admits = ({ revoked, used, usesMax, expiresMs }: InviteFacts): boolean =>
    !revoked && used < usesMax && (expiresMs === null || nowMs < expiresMs);
  return [...newest.filter(admits), ...newest.filter((invite) => !admits(invite))];
}

/** The first of each group, then the second of each, and so on. */
function inTurn<Item>(groups: readonly (readonly Item[])[]): Item[] {
  const longest = groups.reduce((length, group) => Math.max(length, group.length), 0);
  return Array.from({ length: longest }, (_, at) =>
    groups.flatMap((group) => group.slice(at, at + 1)),
  ).flat();
}
