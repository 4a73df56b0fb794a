/** What a framed link needs of the network under it: an ordered stream of bytes both ways. */
export interface Wire {
  /** Hands bytes over; `taken` is called once the network has taken them, later and never at once. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** Begins and stops the calls of `received`. A wire begins paused. */
  resume(): void;
  pause(): void;
  /** Delivers what was handed over, then closes; whatever still comes in is thrown away. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  exporter(label: string): Uint8Array;
  /** Calls back once the current work is done, before the event loop goes on. */
  defer(call: () => void): void;
}

/** The wire's calls to its link. */
export interface WireEnd {
  received(bytes: Uint8Array): void;
  /** The network is gone; called once at most. */
  closed(reason: string): void;
}
