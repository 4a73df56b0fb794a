/**
 * Devices with which no space is shared any more, as one of the two sides says, and which come back all the same: who was removed
 * and cannot read the event that says so meets members again and again. Says how long each is left alone. spec/epoch EP94.
 */
import type { Clock, DeviceId, HandshakeResult, Log } from "@kith/core";
import { trimOldest } from "./bounded.ts";
import { PART_REST_FIRST_MS, PART_REST_MAX_MS, REPUTATIONS_MAX } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";

/** An error frame's code, in words that need no key: the link ends with it. */
export const NO_SHARED_SPACE = "NO_SHARED_SPACE";

export interface PartingsOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Pick<Log, "info">;
  /** Of a space that this device is in as well, as far as it has heard. */
  readonly isMember: (device: DeviceId) => boolean;
  readonly nameOf: (peer: HandshakeResult) => string;
}

interface Parting {
  /** The other device said so, of which this one thinks otherwise; null: it did not. */
  readonly toldBy: string | null;
  readonly count: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export class Partings {
  readonly #options: PartingsOptions;
  readonly #devices = new Map<DeviceId, Parting>();

  constructor(options: PartingsOptions) {
    this.#options = options;
  }

  /** No space is shared with it, and it may take itself for a member. */
  part(session: Pick<PeerSession, "device" | "send">): void {
    session.send(
      { type: "error", code: NO_SHARED_SPACE, detail: "no space is shared with this device" },
      "control",
    );
    this.#note(session.device, null);
  }

  /** Believed without proof: a member that lies keeps us from itself alone. */
  hear(
    session: Pick<PeerSession, "device" | "peer" | "close">,
    { code, detail }: { readonly code: string; readonly detail: string },
  ): void {
    const { log, isMember, nameOf } = this.#options;
    const { device } = session;
    log.info("peer:error", { device, code, detail });
    if (code !== NO_SHARED_SPACE) return;
    this.#note(device, isMember(device) ? nameOf(session.peer) : null);
    session.close("no-shared-space");
  }

  /** How long it is not called; one that is a member here by now is, unless it has said itself that it shares nothing. */
  restMs(device: DeviceId): number {
    const known = this.#devices.get(device);
    if (!known || (known.toldBy === null && this.#options.isMember(device))) return 0;
    return Math.max(0, known.untilMs - this.#nowMs);
  }

  /** It was parted from a moment ago: within half of the rest, so that who keeps to all of it is heard again. */
  isFresh(device: DeviceId): boolean {
    const known = this.#devices.get(device);
    return known !== undefined && this.#nowMs < (known.sinceMs + known.untilMs) / 2;
  }

  /** It holds what this device holds of a space again: what it said before is over. How often it was parted from stays. */
  agreed(device: DeviceId): void {
    const known = this.#devices.get(device);
    if (known && known.toldBy !== null) this.#devices.set(device, { ...known, toldBy: null });
  }

  /** Names of those who said so and are not long gone; isIn: of these devices alone. */
  tellers(isIn: (device: DeviceId) => boolean = this.#options.isMember): string[] {
    const names = [...this.#devices].flatMap(([device, { toldBy, untilMs }]) =>
      toldBy !== null && isIn(device) && this.#nowMs < untilMs + PART_REST_MAX_MS ? toldBy : [],
    );
    return [...new Set(names)];
  }

  /** Each time the rest is twice as long. What comes while it lasts does not count. */
  #note(device: DeviceId, toldBy: string | null): void {
    const nowMs = this.#nowMs;
    const known = this.#devices.get(device);
    if (known && nowMs < known.untilMs) return;
    // Long after the last rest it is as if nothing had been.
    const isRecent = known && nowMs < known.untilMs + PART_REST_MAX_MS;
    const count = isRecent ? known.count + 1 : 0;
    const untilMs = nowMs + Math.min(PART_REST_MAX_MS, PART_REST_FIRST_MS * 2 ** count);
    this.#devices.delete(device);
    this.#devices.set(device, { toldBy, count, sinceMs: nowMs, untilMs });
    trimOldest(this.#devices, REPUTATIONS_MAX);
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
