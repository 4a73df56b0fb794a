/**
 * Secrets of other epochs in an event that lies under one: whoever holds that one holds these as well. 128 bytes each,
 * packed. Owns the one order. Of archives alone: what a join-only scope keeps from those who come later must lie under no
 * key that they get. spec/event EV33, EV34.
 */
import { concatBytes, coreError, readBytes } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { EpochId, ScopeId, SpaceId } from "../ids.ts";
import { deriveEpochKeys, epochIdBytes } from "./epoch-keys.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { LINKS_MAX } from "./limits.ts";

export interface EpochLink {
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  /** 32 bytes each. */
  readonly headerSecret: Uint8Array;
  readonly contentSecret: Uint8Array;
}

const PART_BYTES = 32;
const LINK_BYTES = 4 * PART_BYTES;

/** null for an epoch of a join-only scope. */
export function linkOf({ scope, epoch, secrets }: EpochKeys): EpochLink | null {
  const { headerSecret, contentSecret, commitment } = secrets;
  return commitment || !contentSecret ? null : { scope, epoch, headerSecret, contentSecret };
}

/** The secrets are those of the archive's epoch that is named. */
export function isOfEpoch(space: SpaceId, { scope, epoch, headerSecret, contentSecret }: EpochLink): boolean {
  return toId<EpochId>(epochIdBytes({ space, scope, headerSecret, contentSecret })) === epoch;
}

/** null: they are not the named epoch's. */
export function linkedKeys(space: SpaceId, link: EpochLink): EpochKeys | null {
  const { scope, headerSecret, contentSecret } = link;
  return isOfEpoch(space, link) ? deriveEpochKeys({ space, scope, headerSecret, contentSecret }) : null;
}

/** Throws LINKS_INVALID for none, more than LINKS_MAX, or one epoch twice. */
export function writeLinks(links: readonly EpochLink[]): Uint8Array {
  if (links.length === 0 || links.length > LINKS_MAX)
    throw refuse(`there are ${links.length}; one event holds 1 to ${LINKS_MAX}`);
  const sorted = links.toSorted(compareLinks);
  checkOrder(sorted);
  return concatBytes(
    ...sorted.flatMap(({ scope, epoch, headerSecret, contentSecret }) => [
      idBytes(scope),
      idBytes(epoch),
      headerSecret,
      contentSecret,
    ]),
  );
}

/** Throws LINKS_INVALID, MALFORMED. */
export function readLinks(value: CborValue | undefined): EpochLink[] {
  const packed = readBytes(value, { min: LINK_BYTES, max: LINKS_MAX * LINK_BYTES }, "linked epochs");
  if (packed.length % LINK_BYTES !== 0) throw refuse(`their bytes are no multiple of ${LINK_BYTES}`);
  const links: EpochLink[] = [];
  for (let at = 0; at < packed.length; at += LINK_BYTES) {
    const part = (index: number): Uint8Array =>
      packed.slice(at + index * PART_BYTES, at + (index + 1) * PART_BYTES);
    links.push({
      scope: toId<ScopeId>(part(0)),
      epoch: toId<EpochId>(part(1)),
      headerSecret: part(2),
      contentSecret: part(3),
    });
  }
  checkOrder(links);
  return links;
}

function checkOrder(links: readonly EpochLink[]): void {
  links.forEach((link, i) => {
    const before = links[i - 1];
    if (before !== undefined && compareLinks(before, link) >= 0)
      throw refuse("they are not in strictly ascending order of scope and epoch");
  });
}

function compareLinks(a: EpochLink, b: EpochLink): number {
  if (a.scope !== b.scope) return a.scope < b.scope ? -1 : 1;
  return a.epoch < b.epoch ? -1 : a.epoch > b.epoch ? 1 : 0;
}

function refuse(why: string): Error {
  return coreError("LINKS_INVALID", `linked epochs are refused: ${why}`);
}
