/** The state that the simulation service is asked about and told to change. Owns the time of all devices, who is enabled, and which links are cut. */
import type { KithClient } from "@kith/client";
import type { SeededRandom } from "../seeded-random.ts";
import type { Weather } from "../weather.ts";
import type { PacedClock } from "./paced-clock.ts";
import { createTraffic } from "./traffic.ts";
import type { Traffic, Writer } from "./traffic.ts";

/** A real node with its own API. */
export interface SimulatedDevice {
  readonly id: string;
  readonly name: string;
  /** On the simulated network. */
  readonly host: string;
  readonly url: string;
  readonly client: KithClient;
}

export interface SimulationState {
  readonly running: boolean;
  readonly speed: number;
  readonly messageRate: number;
  readonly attachmentPercent: number;
  readonly sent: number;
  readonly failed: number;
  readonly time: string;
  readonly space: string;
  readonly partition: readonly (readonly [string, string])[];
  readonly devices: readonly { id: string; name: string; url: string; enabled: boolean }[];
}

export interface Simulation {
  state(): SimulationState;
  start(): void;
  pause(): void;
  setSpeed(factor: number): void;
  setMessageRate(perSecond: number): void;
  /** Cuts exactly these links; none heals all. Throws UnknownDevice. */
  setPartition(links: readonly (readonly [string, string])[]): void;
  /** On or off the network. Throws UnknownDevice. */
  setEnabled(device: string, enabled: boolean): Promise<void>;
  stop(): void;
}

export class UnknownDevice extends Error {
  constructor(name: string) {
    super(`no device has the id or name "${name}"`);
    this.name = "UnknownDevice";
  }
}

export interface SimulationOptions {
  readonly clock: PacedClock;
  readonly weather: Weather;
  readonly random: SeededRandom;
  readonly devices: readonly SimulatedDevice[];
  /** Where they write. */
  readonly space: string;
  readonly channel: string;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const { clock, weather, random, devices, space, channel } = options;
  const disabled = new Set<string>();
  let speed = 1;
  let isRunning = true;
  let partition: readonly (readonly [string, string])[] = [];
  const traffic: Traffic = createTraffic({
    clock,
    random,
    writers: () => devices.map(writerOf),
  });

  function writerOf(device: SimulatedDevice): Writer {
    return {
      id: device.id,
      isEnabled: !disabled.has(device.id),
      write: async (text) => void (await device.client.post({ space, channel, text })),
    };
  }

  function find(idOrName: string): SimulatedDevice {
    const found = devices.find(({ id, name }) => id === idOrName || name === idOrName);
    if (found === undefined) throw new UnknownDevice(idOrName);
    return found;
  }

  return {
    state: () => ({
      running: isRunning,
      speed,
      messageRate: traffic.rate,
      attachmentPercent: 0,
      sent: traffic.sent,
      failed: traffic.failed,
      time: new Date(clock.nowMs()).toISOString(),
      space,
      partition,
      devices: devices.map(({ id, name, url }) => ({ id, name, url, enabled: !disabled.has(id) })),
    }),
    start() {
      isRunning = true;
      clock.setPace(speed);
    },
    pause() {
      isRunning = false;
      clock.setPace(0);
    },
    setSpeed(factor) {
      speed = factor;
      if (isRunning) clock.setPace(factor);
    },
    setMessageRate: (perSecond) => traffic.setRate(perSecond),
    setPartition(links) {
      const pairs = links.map(([one, other]) => [find(one), find(other)] as const);
      partition = pairs.map(([one, other]) => [one.id, other.id]);
      weather.cutLinks(pairs.map(([one, other]) => [one.host, other.host]));
    },
    async setEnabled(name, enabled) {
      const { id, client } = find(name);
      await client.setOnline(enabled);
      if (enabled) disabled.delete(id);
      else disabled.add(id);
    },
    stop: () => traffic.stop(),
  };
}
