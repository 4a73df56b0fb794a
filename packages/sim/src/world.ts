/**
 * A world of devices and one network on virtual time, spoken to in the words of a scenario: somebody writes, a
 * lid is closed, a cable is pulled. Owns what was promised to people (the answered messages), which the
 * witness holds against what the devices keep.
 */
import { ServiceError } from "@kith/node";
import type { Message, SpaceInfo } from "@kith/node";
import type { Log } from "@kith/core";
import { createMemoryNetwork } from "@kith/transports/memory";
import type { Conditions, MemoryNetwork } from "@kith/transports/memory";
import { Circles } from "./circles.ts";
import type { Circle } from "./circles.ts";
import type { Circumstances } from "./circumstances.ts";
import { Device } from "./device.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { createRememberingVerifier } from "./verifier.ts";
import { createTimeline } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { Weather } from "./weather.ts";
import { Rounds } from "./rounds.ts";
import { Wire } from "./wire.ts";
import { createWitness } from "./witness.ts";
import type { Witness } from "./witness.ts";

export type History = SpaceInfo["history"];

export interface WorldOptions {
  readonly random: SeededRandom;
  /** Hears everything that nodes log; nothing by default. */
  readonly log?: (device: string) => Log;
  readonly circumstances?: Circumstances;
}

const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** After the last fault all devices must hold the same within this time: a disk that was full is tried again after 15 s at most... */
const CONVERGE_MS_MAX = 20_000;
/** ...and so much longer where no beacon tells that an address answers again: the longest pause between two calls to it. */
const REDIAL_MS_MAX = 30_000;

/** Virtual time that founding or joining a space may take before the run is called broken. */
const JOIN_MS_MAX = 60_000;

export class World {
  readonly timeline: Timeline = createTimeline();
  readonly random: SeededRandom;
  readonly network: MemoryNetwork;
  readonly weather: Weather;
  readonly wire: Wire;
  /** Between the faults, once every device has had a moment to find the others again. */
  #isCalm = false;
  readonly devices: Device[] = [];
  readonly witness: Witness;
  readonly circles = new Circles(this);
  #space: string | null = null;
  #posts = 0;
  /** What has passed beside the timeline, on all clocks. */
  #daysMs = 0;
  faults = 0;
  readonly #log: (device: string) => Log;
  readonly #circumstances: Circumstances;
  readonly #verifier = createRememberingVerifier();

  constructor({ random, log = () => SILENT, circumstances = {} }: WorldOptions) {
    this.random = random;
    this.#circumstances = circumstances;
    this.#log = log;
    this.weather = new Weather(() => this.network.conditionsChanged());
    const { timeline } = this;
    this.network = createMemoryNetwork({
      clock: { nowMs: () => timeline.nowMs, monotonicMs: () => timeline.nowMs, after: timeline.after },
      random: random.fork("network"),
      conditions: (from, to) => this.weather.at(from, to),
      ...(circumstances.queueBytes !== undefined && { highWaterBytes: circumstances.queueBytes }),
    });
    this.witness = createWitness(this);
    const rounds = new Rounds(
      (host, scope) => this.#at(host)?.disk.kept.scopes.get(scope)?.events.length ?? 0,
      (hosts, detail) => {
        const isTaking = hosts.every((host) => this.#at(host)?.disk.hasRefused === false);
        if (this.#isCalm && isTaking) this.witness.fail("rounds get on", detail);
      },
    );
    this.wire = new Wire(timeline, rounds);
  }

  #at(host: string): Device | undefined {
    return this.devices.find((device) => device.host === host);
  }

  get space(): string {
    if (this.#space === null) throw new Error("the world has no space yet; call settle first");
    return this.#space;
  }

  get hosts(): string[] {
    return this.devices.map(({ host }) => host);
  }

  async pass(ms: number): Promise<void> {
    await this.timeline.runUntil(this.timeline.nowMs + ms);
    this.witness.look();
  }

  /** New devices, all members of one space; the first is its owner. history: what those see who come later; left out: all. */
  async settle(names: readonly string[], history: History = "all"): Promise<void> {
    this.history = history;
    for (const name of names) await this.#add(name);
    const [owner, ...others] = this.devices.flatMap(({ service }) => service ?? []);
    if (owner === undefined) throw new Error("nobody to found a space; name at least one device");
    const { id } = await this.finish("the space", owner.createSpace({ name: "Harbour", history }));
    this.#space = id;
    const invite = await this.finish(
      "the invite",
      owner.createInvite(id, {
        role: "member",
        expiresInMs: null,
        uses: Math.max(1, others.length),
      }),
    );
    const joins = others.map((joiner) => joiner.join(invite.link ?? "", { waitMs: JOIN_MS_MAX }));
    for (const { step, detail } of await this.finish("the joins", Promise.all(joins))) {
      if (step !== "done") throw new Error(`a join ended with ${step}: ${detail}`);
    }
    await this.converge(JOIN_MS_MAX);
  }

  /** One more device, a member from now on. It holds what the others do when this resolves, or time has run out. */
  async welcome(
    name: string,
    {
      historyDays,
      whileItComes,
    }: { historyDays?: number; whileItComes?: (device: Device) => Promise<void> } = {},
  ): Promise<Device> {
    const [owner] = this.devices;
    const device = await this.#add(name, historyDays);
    if (!owner?.service || !device.service) throw new Error("nobody to invite, or to be invited");
    const options = { role: "member", expiresInMs: null, uses: 1 } as const;
    const { link } = await this.finish("the invite", owner.service.createInvite(this.space, options));
    const joining = device.service.join(link ?? "", { waitMs: JOIN_MS_MAX });
    await whileItComes?.(device);
    const { step, detail } = await this.finish("the join", joining);
    if (step !== "done") throw new Error(`a join ended with ${step}: ${detail}`);
    await this.converge(JOIN_MS_MAX);
    return device;
  }

  /** One more device, which is nobody's in the space yet. */
  arrive(name: string): Promise<Device> {
    this.hasOutsiders = true;
    return this.#add(name);
  }

  async #add(name: string, historyDays?: number): Promise<Device> {
    const host = `10.0.0.${this.devices.length + 1}`;
    const device = new Device({
      name,
      host,
      timeline: this.timeline,
      network: this.network,
      wire: this.wire,
      random: this.random.fork(`device ${name}`),
      verifier: this.#verifier,
      log: this.#log(name),
      circumstances: this.#circumstances,
      historyDays,
    });
    this.devices.push(device);
    await this.finish(`${name}'s start`, device.start());
    this.witness.follow(device);
    return device;
  }

  /** Lets time pass until the promise is settled. */
  async finish<Result>(what: string, promise: Promise<Result>, msMax = JOIN_MS_MAX): Promise<Result> {
    let outcome: { ok: true; value: Result } | { ok: false; error: unknown } | null = null;
    promise.then(
      (value) => (outcome = { ok: true, value }),
      (error: unknown) => (outcome = { ok: false, error }),
    );
    const untilMs = this.timeline.nowMs + msMax;
    for (;;) {
      await this.timeline.runUntil(this.timeline.nowMs + 1);
      const ended = outcome as { ok: true; value: Result } | { ok: false; error: unknown } | null;
      if (ended?.ok === true) return ended.value;
      if (ended?.ok === false) throw ended.error;
      if (this.timeline.nowMs >= untilMs)
        throw new Error(`${what} took longer than ${msMax} ms of virtual time`);
    }
  }

  /** Somebody writes. What the node answers is remembered; a refusal is fine, as it has promised nothing. */
  write(device: Device, count = 1, circle: Circle | null = null): void {
    if (device.state !== "running" || device.service === null) return;
    for (let index = 0; index < count; index += 1) {
      this.#posts += 1;
      this.post(device, `${device.name} ${this.#posts}`, circle).catch((error: unknown) =>
        this.witness.refused(device, error instanceof ServiceError ? error : null, error),
      );
    }
  }

  /** What the node answers is remembered before this resolves. Rejects when the device is off, or refuses. */
  async post(device: Device, text: string, circle: Circle | null = null): Promise<Message> {
    const { service, lives } = device;
    if (service === null) throw new Error(`${device.name} is off`);
    const outside = circle
      ? this.circles.outsideOf(device, circle)
      : this.hasOutsiders
        ? this.knownOutside(device)
        : [];
    const { space, channel } = circle ?? { space: this.space, channel: "general" };
    const message = await service.postMessage({ space, channel, text });
    this.witness.answered(device, lives, message, { outside, circle });
    return message;
  }

  /** Those who were invited again. */
  readonly returned = new Set<Device>();
  /** Somebody may be no member, from now on. */
  hasOutsiders = false;
  history: History = "all";

  /** Those whose membership has ended, as the owner has heard. They need not hold what the members hold. */
  get outside(): Device[] {
    const [owner] = this.devices;
    return !this.hasOutsiders || owner === undefined ? [] : this.knownOutside(owner);
  }

  get members(): Device[] {
    const outside = this.outside;
    return this.devices.filter((device) => !outside.includes(device));
  }

  /** Somebody ends another's membership: what is answered from then on by who knows is not for that one. */
  remove(by: Device, whom: Device): void {
    const { person } = whom;
    if (by.state !== "running" || by.service === null || person === null) return;
    this.hasOutsiders = true;
    by.service.removeMember(this.space, person).catch((error: unknown) => {
      this.witness.refused(by, error instanceof ServiceError ? error : null, error);
    });
  }

  changeRole(by: Device, whom: Device, role: "admin" | "member" | "reader"): void {
    const { person } = whom;
    if (by.state !== "running" || by.service === null || person === null) return;
    by.service.changeRole(this.space, person, role).catch((error: unknown) => {
      this.witness.refused(by, error instanceof ServiceError ? error : null, error);
    });
  }

  /** A new invitation for somebody who was removed, and its use. */
  async readmit(by: Device, whom: Device): Promise<void> {
    if (by.service === null || whom.service === null) return;
    try {
      const options = { role: "member", expiresInMs: null, uses: 1 } as const;
      const { link } = await by.service.createInvite(this.space, options);
      // From here on it may get keys, whatever a removal that nobody here has heard of makes of the admission.
      this.returned.add(whom);
      await whom.service.join(link ?? "", { waitMs: JOIN_MS_MAX });
    } catch (error) {
      this.witness.refused(by, error instanceof ServiceError ? error : null, error);
    }
  }

  /** Those who are outside, as this device has heard; nobody while it is off. */
  knownOutside({ service }: Device): Device[] {
    if (service === null) return [];
    const members = new Set<string>(service.members(this.space).flatMap(({ devices }) => devices));
    return this.devices.filter(({ id }) => id !== null && !members.has(id));
  }

  react(device: Device): void {
    const { service } = device;
    const target = this.witness.someMessage(device, this.random);
    if (device.state !== "running" || service === null || target === null) return;
    service.react(target, "👍").catch((error: unknown) => {
      this.witness.refused(device, error instanceof ServiceError ? error : null, error);
    });
  }

  /** What is said is said otherwise, taken back or held up; who may not is refused in words. */
  change(device: Device): void {
    const { service } = device;
    const target = this.witness.someMessage(device, this.random);
    if (device.state !== "running" || service === null || target === null) return;
    this.#posts += 1;
    const doing = this.random.pick([
      () => service.editMessage(target, `${device.name} meant ${this.#posts}`),
      () => service.deleteMessage(target),
      () => service.pin(target, true),
      () => service.pin(target, false),
    ]);
    // What it was may be refused at once.
    new Promise((resolve) => resolve(doing())).catch((error: unknown) => {
      this.witness.refused(device, error instanceof ServiceError ? error : null, error);
    });
  }

  crash(device: Device, options: { powerCut: boolean }): void {
    this.faults += 1;
    this.weather.setAsleep(device.host, false);
    device.crash(options);
    this.witness.crashed(device);
  }

  restart(device: Device): void {
    // Somebody else has started it meanwhile.
    if (device.state !== "off") return;
    device.start().then(
      () => this.witness.follow(device),
      (error: unknown) => this.witness.fail("starts", `${device.name} did not start: ${String(error)}`),
    );
  }

  suspend(device: Device): void {
    if (device.state !== "running") return;
    this.faults += 1;
    device.suspend();
    this.weather.setAsleep(device.host, true);
  }

  resume(device: Device): void {
    this.weather.setAsleep(device.host, false);
    device.resume();
  }

  skew(device: Device, skewMs: number): void {
    this.faults += 1;
    device.setSkew(this.#daysMs + skewMs);
  }

  /** All clocks go on by so much in which nothing happens: whoever is not off sleeps, and is started anew. */
  async passDays(days: number): Promise<void> {
    this.#daysMs += days * 86_400_000;
    const sleepers = this.devices.filter(({ state }) => state !== "off");
    for (const device of sleepers) this.crash(device, { powerCut: false });
    for (const device of this.devices) device.setSkew(this.#daysMs);
    for (const device of sleepers) this.restart(device);
    await this.pass(10_000);
  }

  /** What is on the disk now comes back later: the device has forgotten all that it did in between. */
  copyDisk(device: Device): () => void {
    const putBack = device.disk.copy();
    return () => {
      this.faults += 1;
      this.crash(device, { powerCut: false });
      putBack();
      this.witness.setBack(device);
      this.restart(device);
    };
  }

  fillDisk(device: Device, isFull: boolean): void {
    if (isFull) this.faults += 1;
    device.disk.isFull = isFull;
  }

  split(groups: readonly (readonly Device[])[]): void {
    this.faults += 1;
    this.weather.split(
      this.hosts,
      groups.map((group) => group.map(({ host }) => host)),
    );
  }

  cutWay(from: Device, to: Device): void {
    this.faults += 1;
    this.weather.cutWay(from.host, to.host);
  }

  become(conditions: Partial<Conditions>): void {
    this.faults += 1;
    this.weather.become(conditions);
  }

  /** Every fault ends: cables, clocks, disks, lids, and whoever is off is started. */
  heal(): void {
    this.weather.become({});
    this.weather.heal();
    this.wire.heal();
    for (const device of this.devices) {
      device.setSkew(this.#daysMs);
      device.disk.isFull = false;
      this.resume(device);
      if (device.state === "off") this.restart(device);
    }
  }

  /**
   * Lets time pass until all devices hold the same. False when that has not come in this time, or not so soon after
   * the devices were linked, over others or directly: who is linked need not wait for the comparison of each half minute.
   */
  async converge(msMax: number, linkedMsMax = msMax): Promise<boolean> {
    const untilMs = this.timeline.nowMs + msMax;
    let linkedMs: number | null = null;
    while (this.timeline.nowMs < untilMs) {
      await this.pass(250);
      if (this.witness.haveConverged()) return true;
      linkedMs = this.#areLinked() ? (linkedMs ?? this.timeline.nowMs) : null;
      if (linkedMs !== null && this.timeline.nowMs - linkedMs >= linkedMsMax) return false;
    }
    return false;
  }

  #areLinked(): boolean {
    const [first] = this.members;
    const reached = new Set(first ? [first] : []);
    for (const device of reached) {
      const peers = new Set<string>(device.service?.peers().map(({ id }) => id));
      for (const other of this.members) if (other.id !== null && peers.has(other.id)) reached.add(other);
    }
    return reached.size === this.members.length;
  }

  /** Every fault ends, and all devices come to hold the same. False, and told, when they do not. */
  async lull(): Promise<boolean> {
    this.heal();
    const healedMs = this.timeline.nowMs;
    const msMax = this.#circumstances.lan === false ? CONVERGE_MS_MAX + REDIAL_MS_MAX : CONVERGE_MS_MAX;
    this.#isCalm = true;
    const haveConverged = await this.converge(msMax, CONVERGE_MS_MAX);
    this.#isCalm = false;
    if (!haveConverged)
      this.witness.fail(
        "converges",
        `${(this.timeline.nowMs - healedMs) / 1_000} s after the last fault the devices hold ${this.devices
          .map(({ name, disk }) => `${name} ${disk.kept.events.size}`)
          .join(", ")} events`,
      );
    return haveConverged;
  }
}
