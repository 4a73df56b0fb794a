/**
 * How this person shows itself: name, status and picture, the same in every space and on every device of theirs.
 * spec/space SP151-SP153.
 */
import {
  AVATAR_BYTES_MAX,
  decodeCbor,
  encodeCbor,
  normalizeName,
  normalizeStatus,
  planProfile,
  readArray,
  readBytes,
  readNullable,
  readText,
  STATUS_CHARS_MAX,
} from "@kith/core";
import type { EventStore, Identity, Log, PlannedWrite, SpaceId } from "@kith/core";
import type { Author } from "./author.ts";
import { checked } from "./checked.ts";
import { nameMeta } from "./identity-store.ts";
import { imageTypeOf } from "./image-type.ts";
import type { Ledger } from "./ledger.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";

export interface Profile {
  readonly status: string | null;
  readonly avatar: Uint8Array | null;
}

export interface ProfileChange {
  readonly name?: string;
  /** null, or blanks alone: none. */
  readonly status?: string | null;
  /** At most AVATAR_BYTES_MAX of a PNG, JPEG or WebP image; null: none. */
  readonly avatar?: Uint8Array | null;
}

export interface ProfilesOptions {
  readonly store: EventStore;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly identity: () => Identity;
  readonly setIdentity: (identity: Identity) => void;
}

const OWN = "profile/own";
const SHOWN_PREFIX = "profile/shown/";
const NONE: Profile = { status: null, avatar: null };

export class Profiles {
  readonly #options: ProfilesOptions;
  #own: Profile;
  #last: Promise<void> = Promise.resolve();

  constructor(options: ProfilesOptions) {
    this.#options = options;
    const kept = options.store.meta(OWN);
    this.#own = kept ? decodeProfile(kept) : NONE;
  }

  get own(): Profile {
    return this.#own;
  }

  /** Resolves when it is written in every space. Throws BAD_INPUT. */
  async change(change: ProfileChange): Promise<void> {
    const { author, ledger, setIdentity } = this.#options;
    const identity = this.#options.identity();
    const name = change.name === undefined ? identity.name : checked(() => normalizeName(change.name ?? ""));
    const status = change.status === undefined ? this.#own.status : lineOf(change.status);
    const avatar = change.avatar === undefined ? this.#own.avatar : imageOf(change.avatar);
    const writes: PlannedWrite[] = [];
    for (const replica of ledger.replicas.values())
      if (this.#factsIn(replica)) writes.push(await this.#planFor(replica, { name, status, avatar }));
    const meta = [nameMeta(name), { key: OWN, value: encodeProfile({ status, avatar }) }];
    await (writes.length === 0
      ? ledger.commit(ledger.gather(null), { meta })
      : author.write(writes, { meta: [...meta, ...this.#shown(writes.map(({ scope }) => scope))] }));
    this.#own = { status, avatar };
    setIdentity({ ...this.#options.identity(), name });
  }

  /** Something is new about who is in a space: another device of this person's may have changed the profile, or it is not told there. */
  look(space: SpaceId): void {
    this.#last = this.#last
      .then(() => this.#look(space))
      .catch((error: unknown) => this.#options.log.warn("profile:not-told", { space, error: String(error) }));
  }

  /** Resolves when nothing is being written any more. */
  close(): Promise<void> {
    return this.#last;
  }

  async #look(space: SpaceId): Promise<void> {
    const { ledger, author, store, identity, setIdentity } = this.#options;
    const news = this.#agreed();
    if (news !== null) {
      const { name, status, avatar } = news;
      const meta = [nameMeta(name), { key: OWN, value: encodeProfile({ status, avatar }) }];
      await ledger.commit(ledger.gather(null), { meta });
      this.#own = { status, avatar };
      setIdentity({ ...identity(), name });
    }
    const replica = ledger.replicas.get(space);
    const facts = replica && this.#factsIn(replica);
    if (!replica || !facts || isNone(this.#own) || store.meta(SHOWN_PREFIX + replica.control)) return;
    // What is said of the person there already is not this device's to replace.
    if (!isNone(facts)) return;
    const write = await this.#planFor(replica, { name: identity().name, ...this.#own });
    await author.write([write], { meta: this.#shown([replica.control]) });
  }

  /** What all spaces say alike of this person, where it is another thing than what is kept here. */
  #agreed(): (Profile & { readonly name: string }) | null {
    const all = [...this.#options.ledger.replicas.values()].flatMap(
      (replica) => this.#factsIn(replica) ?? [],
    );
    const [first] = all;
    if (!first || !all.every((facts) => facts.name === first.name && areSame(facts, first))) return null;
    const isTold = this.#options.store.metaKeys(SHOWN_PREFIX).length > 0 || isNone(this.#own);
    const isNews = first.name !== this.#options.identity().name || !areSame(first, this.#own);
    // A profile that no space has heard of is not taken back by those that say nothing.
    if (!isNews || (isNone(first) && !isTold)) return null;
    return { name: first.name, status: first.status, avatar: first.avatar };
  }

  #factsIn({ membership }: Replica) {
    return membership.state().members.get(this.#options.identity().person) ?? null;
  }

  async #planFor(replica: Replica, profile: Profile & { readonly name: string }): Promise<PlannedWrite> {
    const { epoch } = await this.#options.author.ensureKeys(replica.control);
    return planProfile({ space: replica.space, ...profile, controlEpoch: epoch });
  }

  #shown(scopes: readonly string[]) {
    return scopes.map((scope) => ({ key: SHOWN_PREFIX + scope, value: Uint8Array.of(1) }));
  }
}

const isNone = ({ status, avatar }: Profile): boolean => status === null && avatar === null;

function areSame(a: Profile, b: Profile): boolean {
  return a.status === b.status && Buffer.compare(a.avatar ?? NO_BYTES, b.avatar ?? NO_BYTES) === 0;
}
const NO_BYTES = new Uint8Array(0);

function lineOf(status: string | null): string | null {
  if (status === null || status.trim() === "") return null;
  return checked(() => normalizeStatus(status));
}

function imageOf(avatar: Uint8Array | null): Uint8Array | null {
  if (avatar === null) return null;
  if (avatar.length > AVATAR_BYTES_MAX)
    throw new ServiceError(
      "BAD_INPUT",
      `A picture has at most ${AVATAR_BYTES_MAX} bytes.`,
      "Make it smaller: a square of 128 pixels is enough.",
    );
  if (imageTypeOf(avatar) === null)
    throw new ServiceError("BAD_INPUT", "That is no PNG, JPEG or WebP image.", "Choose another picture.");
  return avatar;
}

const encodeProfile = ({ status, avatar }: Profile): Uint8Array => encodeCbor([status, avatar]);

function decodeProfile(bytes: Uint8Array): Profile {
  const [status, avatar] = readArray(decodeCbor(bytes, { bytesMax: 2 * AVATAR_BYTES_MAX }), 2, "profile");
  return {
    status: readNullable(status, (text) => readText(text, { bytesMax: 4 * STATUS_CHARS_MAX }, "status")),
    avatar: readNullable(avatar, (image) => readBytes(image, { min: 1, max: AVATAR_BYTES_MAX }, "picture")),
  };
}
