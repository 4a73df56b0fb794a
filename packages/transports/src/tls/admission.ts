/**
 * Counts inbound connections and says which may stay, so that a flood costs a bounded amount of memory
 * and one address cannot take every place. spec/link LK15-LK16.
 */
import {
  ACCEPTED_MAX,
  ACCEPTED_PER_ADDRESS_MAX,
  HALF_OPEN_MAX,
  HALF_OPEN_PER_ADDRESS_MAX,
} from "./limits.ts";

/** One admitted connection. Both calls count once, however often they are made. */
export interface Admitted {
  /** The handshake is finished. */
  secured(): void;
  closed(): void;
}

export interface Admission {
  /** Null: no room, hang up. */
  admit(host: string): Admitted | null;
  readonly accepted: number;
  readonly halfOpen: number;
}

interface AddressCount {
  accepted: number;
  halfOpen: number;
}

export function createAdmission(): Admission {
  const addresses = new Map<string, AddressCount>();
  let accepted = 0;
  let halfOpen = 0;

  return {
    admit(host) {
      if (accepted >= ACCEPTED_MAX || halfOpen >= HALF_OPEN_MAX) return null;
      const count = addresses.get(host) ?? { accepted: 0, halfOpen: 0 };
      if (count.accepted >= ACCEPTED_PER_ADDRESS_MAX || count.halfOpen >= HALF_OPEN_PER_ADDRESS_MAX)
        return null;
      addresses.set(host, count);
      let state: "half-open" | "secured" | "closed" = "half-open";
      accepted += 1;
      count.accepted += 1;
      halfOpen += 1;
      count.halfOpen += 1;

      function leaveHalfOpen(): void {
        if (state !== "half-open") return;
        halfOpen -= 1;
        count.halfOpen -= 1;
      }
      return {
        secured() {
          leaveHalfOpen();
          if (state === "half-open") state = "secured";
        },
        closed() {
          if (state === "closed") return;
          leaveHalfOpen();
          state = "closed";
          accepted -= 1;
          count.accepted -= 1;
          if (count.accepted === 0) addresses.delete(host);
        },
      };
    },
    get accepted() {
      return accepted;
    },
    get halfOpen() {
      return halfOpen;
    },
  };
}
