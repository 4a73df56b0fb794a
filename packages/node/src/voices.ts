/**
 * Which keys a device speaks under, listens for and proves, and in which order where there are more than fit:
 * no number of invites or old epochs in one space may crowd out another space. spec/discovery DI7, spec/handshake HS6.
 */
import type { BeaconDigest, InviteFacts, ProofKey, ScopeId } from "@kith/core";
import type { Author } from "./author.ts";
import type { BeaconVoice } from "./beacon.ts";
import type { Ledger } from "./ledger.ts";
import { formerKeys, keysByAge } from "./key-order.ts";
import type { Tellings } from "./key-order.ts";
import { SPOKEN_CHANNELS_MAX } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";
import type { Replica } from "./replica.ts";

/**
 * What is spoken of in turn: each scope under the epoch it is written in, and last control under earlier ones for who may know no
 * newer. rootOf, digestOf: null while not known.
 */
export function scopeVoices(
  author: Author,
  ledger: Ledger,
  rootOf: (scope: ScopeId) => Uint8Array | null,
  digestOf: (scope: ScopeId) => BeaconDigest | null,
  tellings: () => Tellings,
): BeaconVoice[] {
  const former: BeaconVoice[] = [];
  const control: BeaconVoice[] = [];
  const content: BeaconVoice[] = [];
  const own: BeaconVoice[] = [];
  for (const replica of ledger.replicas.values()) {
    for (const scope of [replica.control, replica.content, ...spokenChannels(replica)]) {
      const keys = author.beaconKeys(scope);
      if (!keys) continue;
      (scope === replica.control ? control : scope === replica.content ? content : own).push({
        topic: { kind: "scope", space: replica.space, scope },
        key: keys.discoveryKey,
        root: () => rootOf(scope)?.subarray(0, 16) ?? null,
        digest: () => digestOf(scope),
      });
      if (scope !== replica.control) continue;
      // It says that this device is there, and nothing of what it holds.
      for (const each of formerKeys(replica, keys, ledger.keys, tellings()))
        former.push({
          topic: { kind: "scope", space: replica.space, scope },
          key: each.discoveryKey,
          root: () => null,
          digest: null,
        });
    }
  }
  // Control scopes first: the first beat has only a few places, and one beacon a space is enough to be found.
  return [...control, ...content, ...own, ...former];
}

/** The private channels founded last: links see to the others, and any number of them must not keep a space from its turn. */
function spokenChannels({ rosters }: Replica): ScopeId[] {
  return [...rosters.values()]
    .toSorted((a, b) => (b.facts?.createdMs ?? 0) - (a.facts?.createdMs ?? 0))
    .slice(0, SPOKEN_CHANNELS_MAX)
    .map(({ scope }) => scope);
}

/**
 * What is heard and answered but not spoken of: open invites, and epochs under which a member speaks that has
 * not heard of the newest. The spaces take turns, the newest of each first.
 */
export function quietVoices(ledger: Ledger, nowMs: number): BeaconVoice[] {
  const groups: BeaconVoice[][] = [];
  for (const replica of ledger.replicas.values()) {
    const { space, control, content, rosters, membership } = replica;
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
    const epochsOf = (scope: ScopeId): BeaconVoice[] =>
      keysByAge(replica, scope, ledger.keys)
        .toReversed()
        .map((keys) => ({
          topic: { kind: "scope", space, scope },
          key: keys.discoveryKey,
          root: () => null,
          digest: null,
        }));
    // All private channels of a space together: one space with many crowds out no other.
    groups.push(epochsOf(control), epochsOf(content), inTurn([...rosters.keys()].map(epochsOf)));
  }
  return inTurn(groups);
}

/** Keys of spaces and of invites, ended ones too: their joiner is told so rather than met with silence. */
export function spaceProofs(ledger: Ledger, nowMs: number): ProofKey[] {
  const proofs: ProofKey[] = [];
  for (const replica of ledger.replicas.values()) {
    const { space, control, membership } = replica;
    for (const [order, keys] of keysByAge(replica, control, ledger.keys).entries()) {
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
export function provesNewest(ledger: Ledger, replica: Replica, shared: readonly ProofKey[]): boolean {
  const { space, control } = replica;
  const newest = keysByAge(replica, control, ledger.keys).at(-1);
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

/**
 * A device of a member that the member's root has certified, and that proved any key of the space: restored from a backup, it
 * knows no newer one, and what it has to say for itself lies in the control scope. spec/identity ID51.
 */
export function isOfRoot(
  { space, membership }: Pick<Replica, "space" | "membership">,
  { device, person, peer }: Pick<PeerSession, "device" | "person" | "peer">,
): boolean {
  const { members, removedDevices } = membership.state();
  return (
    peer.certificate.depth === 1 &&
    members.has(person) &&
    !removedDevices.has(device) &&
    peer.shared.some((key) => key.kind === "space" && key.space === space)
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
