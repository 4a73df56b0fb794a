/**
 * Proofs of shared keys: HMAC(key, role | exporter)[0..16], one for each key, shuffled and filled with
 * noise to one length. Owns the list; whoever lacks a key sees random bytes and no count. spec/handshake HS4-HS8.
 */
import { hmacSha256, labelled, labels } from "../crypto/index.ts";
import type { InviteId, SpaceId } from "../ids.ts";
import type { LinkRole, Random } from "../ports/index.ts";
import { PROOF_BYTES, PROOFS_MAX } from "./limits.ts";

export interface ProofKey {
  readonly kind: "space" | "invite" | "nearby" | "linking";
  /** 32 bytes: the discovery key of an epoch, of an invite, a nearby key, or that of linking a device. */
  readonly key: Uint8Array;
  /** The space of an epoch or invite; null for others. */
  readonly space: SpaceId | null;
  readonly invite: InviteId | null;
  /** Among keys of one space and kind: greater is newer. */
  readonly order: number;
}

export function proofOf(key: Uint8Array, role: LinkRole, exporter: Uint8Array): Uint8Array {
  const roleByte = Uint8Array.of(role === "dialer" ? 1 : 2);
  return hmacSha256(key, labelled(labels.handshakeProof, roleByte, exporter)).subarray(0, PROOF_BYTES);
}

/**
 * At most PROOFS_MAX keys: what a join needs, the newest epoch of every space, the newest invite of each, nearby
 * keys, and only then any second newest. Many epochs or invites of one space thus never hide another space.
 */
export function chooseProofKeys(keys: readonly ProofKey[]): readonly ProofKey[] {
  if (keys.length <= PROOFS_MAX) return keys;
  const spaces = new Set(keys.filter(({ kind }) => kind === "space").map(({ space }) => space));
  const groups = new Map<string, ProofKey[]>();
  for (const key of keys) {
    const name = `${key.kind} ${key.space ?? Buffer.from(key.key).toString("hex")}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [key]);
    else group.push(key);
  }
  const ranked: { key: ProofKey; rank: number; place: number }[] = [];
  for (const group of groups.values()) {
    group
      .sort((a, b) => b.order - a.order)
      .forEach((key, rank) => ranked.push({ key, rank, place: placeOf(key, spaces) }));
  }
  ranked.sort((a, b) => a.rank - b.rank || a.place - b.place);
  return ranked.slice(0, PROOFS_MAX).map(({ key }) => key);
}

/** Among keys of one rank. An invite of a space that we hold no key of is a join under way: a person waits for it. */
function placeOf({ kind, space }: ProofKey, spaces: ReadonlySet<SpaceId | null>): number {
  if (kind === "linking") return 0;
  if (kind === "invite") return spaces.has(space) ? 2 : 0;
  return kind === "space" ? 1 : 3;
}

/** PROOFS_MAX entries; the place of each is random, as is what fills the rest. */
export function buildProofs(
  keys: readonly ProofKey[],
  role: LinkRole,
  exporter: Uint8Array,
  random: Random,
): Uint8Array {
  const proofs = random.bytes(PROOFS_MAX * PROOF_BYTES);
  const places = shuffledPlaces(random);
  keys.slice(0, PROOFS_MAX).forEach((key, index) => {
    proofs.set(proofOf(key.key, role, exporter), (places[index] as number) * PROOF_BYTES);
  });
  return proofs;
}

/** Those of our keys for which the list holds the peer's proof. */
export function findShared(
  keys: readonly ProofKey[],
  proofs: Uint8Array,
  peerRole: LinkRole,
  exporter: Uint8Array,
): ProofKey[] {
  const entries = proofSet(proofs);
  return keys.filter(({ key }) => entries.has(hex(proofOf(key, peerRole, exporter))));
}

/** True when any entry of one list is in the other: honest lists never meet, for roles and noise differ. */
export function shareEntry(a: Uint8Array, b: Uint8Array): boolean {
  const entries = proofSet(a);
  for (const entry of proofSet(b)) if (entries.has(entry)) return true;
  return false;
}

// A set lookup is not constant in time; entries are per connection and one-way, so there is nothing to learn.
function proofSet(proofs: Uint8Array): Set<string> {
  const entries = new Set<string>();
  for (let at = 0; at < proofs.length; at += PROOF_BYTES)
    entries.add(hex(proofs.subarray(at, at + PROOF_BYTES)));
  return entries;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Fisher-Yates over the places, with 32 random bits a step: the bias of the modulus is below 2^-24. */
function shuffledPlaces(random: Random): number[] {
  const places = Array.from({ length: PROOFS_MAX }, (_, index) => index);
  const draws = random.bytes(PROOFS_MAX * 4);
  const view = new DataView(draws.buffer, draws.byteOffset, draws.byteLength);
  for (let last = PROOFS_MAX - 1; last > 0; last -= 1) {
    const other = view.getUint32(last * 4) % (last + 1);
    const kept = places[last] as number;
    places[last] = places[other] as number;
    places[other] = kept;
  }
  return places;
}
