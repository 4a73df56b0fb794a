/**
 * What is left of joinings that have ended: the links of spaces that were entered, for a device that turns out to have come
 * one too many asks again over its link; and who was refused, until the person has seen it. Both outlive a restart.
 */
import { decodeInviteLink } from "@kith/core";
import type { EventStore, InviteId, InviteLink, SpaceId } from "@kith/core";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import { REFUSALS_KEPT_MAX } from "./limits.ts";
import { ServiceError } from "./service.ts";
import type { ServiceErrorCode } from "./service.ts";

export interface Refusal {
  readonly invite: InviteId;
  readonly space: SpaceId;
  /** Who refused, in words. */
  readonly detail: string;
}

export class JoinOutcomes {
  readonly #links: Kept<string>;
  readonly #refusals: Kept<Omit<Refusal, "invite">>;

  constructor(store: EventStore, save: (writes: readonly MetaWrite[]) => Promise<unknown>) {
    this.#links = new Kept({ store, prefix: "joined/", save });
    this.#refusals = new Kept({ store, prefix: "refused/", save });
  }

  linkOf(space: SpaceId): string | null {
    return this.#links.get(space);
  }

  refusals(): Refusal[] {
    return [...this.#refusals.entries()].map(([invite, one]) => ({ ...one, invite: invite as InviteId }));
  }

  /** Of a space that was entered. */
  noteEntered(space: SpaceId, text: string): MetaWrite[] {
    const over = this.refusals().filter((one) => one.space === space);
    return [
      this.#links.change(space, text),
      ...over.map(({ invite }) => this.#refusals.change(invite, null)),
    ];
  }

  noteRefused({ invite, space, detail }: Refusal): MetaWrite[] {
    const old = this.refusals().slice(0, Math.max(0, this.refusals().length + 1 - REFUSALS_KEPT_MAX));
    return [
      this.#links.change(space, null),
      ...old.map((one) => this.#refusals.change(one.invite, null)),
      this.#refusals.change(invite, { space, detail }),
    ];
  }

  /** Seen, or asked anew: nothing where it was not refused. */
  forget(invite: InviteId): MetaWrite[] {
    return this.#refusals.get(invite) === null ? [] : [this.#refusals.change(invite, null)];
  }
}

/** What a member's answer means to the person who asked; anything else passes, and is asked again. */
export const finalAnswers: Readonly<Record<string, { code: ServiceErrorCode; next: string }>> = {
  INVITE_EXPIRED: { code: "INVITE_EXPIRED", next: "Ask for a new invite." },
  INVITE_USED_UP: {
    code: "INVITE_USED_UP",
    next: "Ask for a new invite; this one has let in as many as it may.",
  },
  INVITE_REVOKED: { code: "INVITE_REVOKED", next: "Ask for a new invite; this one was withdrawn." },
  INVITE_UNKNOWN: { code: "INVITE_INVALID", next: "Ask for a new invite." },
  DEVICE_TAKEN: { code: "INVITE_INVALID", next: "Join from a device of your own." },
  REQUEST_FORGED: { code: "INVITE_INVALID", next: "Ask for a new invite; this link is damaged." },
  ADMISSION_REFUSED: { code: "JOIN_REFUSED", next: "Talk to them; a new invite lets you in." },
};

/** Throws INVITE_INVALID. */
export function readLink(text: string): InviteLink {
  try {
    return decodeInviteLink(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError(
      "INVITE_INVALID",
      `This is not a Kith invite: ${detail}`,
      "Copy the whole link, from kith://join# to its end.",
      { cause },
    );
  }
}
