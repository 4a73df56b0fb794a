/** Whom this person has blocked, and which conversations and spaces are muted. Kept on this device and told to nobody. spec/http HT60, HT61. */
import type { EventStore, PersonId } from "@kith/core";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import { BLOCKED_PEOPLE_MAX } from "./limits.ts";
import { ServiceError } from "./service.ts";

interface Block {
  /** What they were called. */
  readonly name: string;
  readonly atMs: number;
}

export interface QuietListOptions {
  readonly store: EventStore;
  readonly save: (writes: readonly MetaWrite[]) => Promise<unknown>;
}

export class QuietList {
  readonly #blocks: Kept<Block>;
  readonly #mutes: Kept<true>;

  constructor({ store, save }: QuietListOptions) {
    this.#blocks = new Kept({ store, prefix: "block/", save });
    this.#mutes = new Kept({ store, prefix: "mute/", save });
  }

  isBlocked(person: PersonId): boolean {
    return this.#blocks.get(person) !== null;
  }

  /** Those blocked last first. */
  blocked(): { readonly person: PersonId; readonly name: string; readonly atMs: number }[] {
    return [...this.#blocks.entries()]
      .map(([person, block]) => ({ person: person as PersonId, ...block }))
      .sort((a, b) => b.atMs - a.atMs || (a.person < b.person ? -1 : 1));
  }

  /** Again for the same person changes nothing. Throws TOO_MANY. */
  async block(person: PersonId, block: Block): Promise<void> {
    if (this.isBlocked(person)) return;
    if (this.blocked().length >= BLOCKED_PEOPLE_MAX)
      throw new ServiceError(
        "TOO_MANY",
        `${BLOCKED_PEOPLE_MAX} people are blocked already.`,
        "Unblock somebody first.",
      );
    await this.#blocks.set(person, block);
  }

  async unblock(person: PersonId): Promise<void> {
    if (this.isBlocked(person)) await this.#blocks.set(person, null);
  }

  /** A space by its id, a conversation as it is named in the store; each by itself. */
  isMuted(place: string): boolean {
    return this.#mutes.get(place) !== null;
  }

  async mute(place: string, muted: boolean): Promise<void> {
    if (this.isMuted(place) !== muted) await this.#mutes.set(place, muted || null);
  }
}
