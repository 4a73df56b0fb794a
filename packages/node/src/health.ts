/** How the network looks from here, computed only from what was seen. */
import type { Clock, DeviceId } from "@kith/core";
import { trimOldest } from "./bounded.ts";
import {
  FAULT_COST,
  FAULT_RECOVERY_MS,
  HEALTH_INTERVAL_MS,
  LOSS_MEMORY_MS,
  REPUTATIONS_MAX,
} from "./limits.ts";
import type { NetworkHealth } from "./service.ts";

export interface LinkSight {
  readonly rttMs: number | null;
  readonly missedBeats: number;
}

export interface HealthSight {
  readonly online: boolean;
  readonly links: readonly LinkSight[];
  /** Links that died silently, and dials of members that failed, within the last minute. */
  readonly recentLosses: number;
}

/** Beyond it a conversation feels slow. */
const RTT_GOOD_MS = 250;
/** What a local network stays well below. */
const RTT_EXCELLENT_MS = 50;

/** Offline without any link; else the worst of round trips, missed heartbeats and recent losses decides. */
export function judgeHealth(sight: HealthSight): NetworkHealth {
  if (!sight.online || sight.links.length === 0) return "offline";
  const rtts = sight.links.map((link) => link.rttMs ?? 0).sort((a, b) => a - b);
  const medianMs = rtts[Math.floor(rtts.length / 2)] ?? 0;
  const missing = sight.links.filter((link) => link.missedBeats > 0).length;
  if (missing > sight.links.length / 2 || medianMs > RTT_GOOD_MS || sight.recentLosses > 3) return "poor";
  if (missing > 0 || medianMs > RTT_EXCELLENT_MS || sight.recentLosses > 0) return "good";
  return "excellent";
}

export interface HealthWatchOptions {
  readonly clock: Clock;
  readonly sight: () => Omit<HealthSight, "recentLosses">;
  readonly onChanged: (health: NetworkHealth) => void;
}

/** Judges when it is told to, and now and then in between. */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  #losses: number[] = [];
  #health: NetworkHealth = "offline";
  #cancel: (() => void) | null = null;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  get health(): NetworkHealth {
    return this.#health;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(HEALTH_INTERVAL_MS, () => {
      this.judge();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** A link has died without a word. */
  lost(): void {
    this.#losses.push(this.#options.clock.monotonicMs());
  }

  judge(): void {
    const { clock, sight, onChanged } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#losses = this.#losses.filter((atMs) => nowMs - atMs < LOSS_MEMORY_MS);
    const health = judgeHealth({ ...sight(), recentLosses: this.#losses.length });
    if (health === this.#health) return;
    this.#health = health;
    onChanged(health);
  }
}

/** Points of 100; falls with each fault, comes back slowly. */
export class Reputation {
  #points = 100;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  at(nowMs: number): number {
    return Math.floor(Math.min(100, this.#points + Math.max(0, nowMs - this.#atMs) / FAULT_RECOVERY_MS));
  }

  fault(nowMs: number, faults = 1): void {
    this.#points = Math.max(
      0,
      Math.min(100, this.#points + Math.max(0, nowMs - this.#atMs) / FAULT_RECOVERY_MS) - FAULT_COST * faults,
    );
    this.#atMs = nowMs;
  }
}

/** Reputations of devices met lately; a device not met for long starts anew. */
export class Standings {
  readonly #byDevice = new Map<DeviceId, Reputation>();

  at(device: DeviceId, nowMs: number): number {
    return this.#byDevice.get(device)?.at(nowMs) ?? 100;
  }

  fault(device: DeviceId, nowMs: number, faults: number): void {
    let reputation = this.#byDevice.get(device);
    if (!reputation) {
      reputation = new Reputation(nowMs);
      this.#byDevice.set(device, reputation);
      trimOldest(this.#byDevice, REPUTATIONS_MAX);
    }
    reputation.fault(nowMs, faults);
  }
}
