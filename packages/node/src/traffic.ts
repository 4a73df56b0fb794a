/** What one link, or all of them together, have carried. */
import type { Frame } from "@kith/core";

export interface Flow {
  readonly frames: number;
  readonly bytes: number;
  readonly events: number;
}

type Counted = { -readonly [Key in keyof Flow]: Flow[Key] };

export class Traffic {
  readonly #sent: Counted = { frames: 0, bytes: 0, events: 0 };
  readonly #received: Counted = { frames: 0, bytes: 0, events: 0 };
  readonly #total: Traffic | null;
  #rounds = 0;

  /** total: counts as well. */
  constructor(total: Traffic | null = null) {
    this.#total = total;
  }

  get sent(): Flow {
    return { ...this.#sent };
  }

  get received(): Flow {
    return { ...this.#received };
  }

  /** Reconciliations that either side began. */
  get rounds(): number {
    return this.#rounds;
  }

  /** bytes: of the payload. */
  noteSent(frame: Frame, bytes: number): void {
    this.#note(this.#sent, frame, bytes);
    this.#total?.noteSent(frame, bytes);
  }

  noteReceived(frame: Frame, bytes: number): void {
    this.#note(this.#received, frame, bytes);
    this.#total?.noteReceived(frame, bytes);
  }

  #note(flow: Counted, frame: Frame, bytes: number): void {
    flow.frames += 1;
    flow.bytes += bytes;
    if (frame.type === "events") flow.events += frame.outers.length;
    if (frame.type === "syncRoot") this.#rounds += 1;
  }
}
