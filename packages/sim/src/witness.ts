/**
 * Sees what the devices promise and keep, and says what must never be: an answered message that is gone, an
 * event nobody wrote, a tick that was taken back, queues without bound, devices that stay different. Knows no
 * fault by name: it looks at results alone.
 */
import { decodeOuter, epochKeysOf } from "@kith/core";
import type { EpochId, EpochKeys, EventId, ScopeId, SpaceId } from "@kith/core";
import type { Message, ServiceError } from "@kith/node";
import type { Circle } from "./circles.ts";
import type { Device } from "./device.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { World } from "./world.ts";

export type Invariant =
  | "answered is kept"
  | "none forged"
  | "states never go back"
  | "ticks are true"
  | "memory is bounded"
  | "starts"
  | "refuses in words"
  | "converges"
  | "one order"
  | "says the same"
  | "deleted is gone"
  | "comes in time"
  | "crosses once"
  | "rounds get on"
  | "keys are for members"
  | "private stays private"
  | "used keys go"
  | "members as ruled"
  | "verifies";

export interface Breach {
  readonly invariant: Invariant;
  readonly atMs: number;
  readonly detail: string;
}

/** In whole milliseconds of virtual time; zeros when nothing came. */
export interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Witness {
  readonly breaches: readonly Breach[];
  readonly answeredCount: number;
  readonly refusals: ReadonlyMap<string, number>;
  latency(): Latency;
  /** A device's process has come up: its log is followed. */
  follow(device: Device): void;
  crashed(device: Device): void;
  /** Its disk is an older one: what it has promised since cannot be asked of it. */
  setBack(device: Device): void;
  /** outside: who was no member, or not in the circle, as its author knew when it was written. */
  answered(
    device: Device,
    life: number,
    message: Message,
    closed: { readonly outside: readonly Device[]; readonly circle: Circle | null },
  ): void;
  refused(device: Device, known: ServiceError | null, error: unknown): void;
  someMessage(device: Device, random: SeededRandom): string | null;
  fail(invariant: Invariant, detail: string): void;
  /** After each step: what can be seen cheaply. */
  look(): void;
  haveConverged(): boolean;
  /** At the end, when all is calm: everything. */
  finish(): Promise<void>;
}

/** Timers of one node: a few for each peer, and one for each thing that waits. */
const PENDING_CALLS_MAX = 2_000;
/** Of many breaches of one run the first tell the story. */
const BREACHES_MAX = 20;

/** Those by which a text can be read: of a join-only scope who came later has the headers' alone. */
function secretsOn(meta: ReadonlyMap<string, Uint8Array>): EpochKeys[] {
  return [...meta].flatMap(([key, value]) => {
    const [kind, space, scope, epoch] = key.split("/");
    if (kind !== "epoch") return [];
    const place = { space: space as SpaceId, scope: scope as ScopeId, epoch: epoch as EpochId };
    const keys = epochKeysOf(place, [value.slice(0, 32), value.slice(32)]);
    return keys === null || keys.secrets.contentSecret === null ? [] : keys;
  });
}

export function createWitness(world: World): Witness {
  const breaches: Breach[] = [];
  /** Answered messages by the device that answered. */
  const promised = new Map<Device, EventId[]>();
  const texts = new Map<EventId, string>();
  /** Messages that somebody must not be able to read. */
  const closedTo = new Map<
    EventId,
    { readonly outside: readonly Device[]; readonly circle: Circle | null }
  >();
  /** Those who were there as its author knew: where newcomers see what follows, nobody else is to read it. */
  const readersOf = new Map<EventId, ReadonlySet<Device>>();
  const circleOf = new Map<EventId, Circle>();
  const refusals = new Map<string, number>();
  /** The greatest count of devices that anybody was told for a message. */
  const told = new Map<string, number>();
  const recent: EventId[] = [];
  /** When each message was answered to its author, and how long it took to come elsewhere. */
  const answeredMs = new Map<string, number>();
  const tookMs: number[] = [];
  const everOutside = new Set<Device>();
  let answeredCount = 0;

  function fail(invariant: Invariant, detail: string): void {
    if (breaches.length < BREACHES_MAX) breaches.push({ invariant, atMs: world.timeline.nowMs, detail });
  }

  function noteTold(device: Device, id: string, devices: number): void {
    const key = `${device.name} ${id}`;
    const before = told.get(key) ?? 0;
    // Who was removed counts no more.
    if (devices < before && !world.hasOutsiders)
      fail("states never go back", `${device.name} said ${before} devices hold ${id}, and then ${devices}`);
    else told.set(key, devices);
    const holders = world.devices.filter(
      (other) => other !== device && other.disk.kept.events.has(id as EventId),
    ).length;
    if (devices > holders)
      fail("ticks are true", `${device.name} said ${devices} devices hold ${id}, and ${holders} do`);
  }

  /** Its author's own line comes before the answer, and counts for nothing. */
  function noteArrival(id: string): void {
    const fromMs = answeredMs.get(id);
    if (fromMs !== undefined) tookMs.push(world.timeline.nowMs - fromMs);
  }

  function checkKept(device: Device): void {
    for (const id of promised.get(device) ?? []) {
      if (!device.disk.kept.events.has(id))
        fail("answered is kept", `${device.name} answered "${texts.get(id)}" (${id}) and does not hold it`);
    }
  }

  /** By the device it names; that this device signed it is what `verify` checks. */
  function checkForged(): void {
    const authors = new Set(world.devices.map(({ service }) => service?.nodeId));
    for (const device of world.devices) {
      for (const event of device.disk.kept.events.values()) {
        if (!authors.has(event.device))
          fail("none forged", `${device.name} holds ${event.id} of ${event.device}, who is nobody`);
      }
    }
  }

  /** Of these scopes; left out: of those that everybody holds. */
  function rootsOf(device: Device, scopes?: readonly ScopeId[]): string {
    const { kept } = device.disk;
    return (scopes ?? [...kept.scopes.keys()].filter((scope) => !world.circles.of(scope)))
      .toSorted()
      .map((scope) => {
        const ids = kept.scopes.get(scope)?.events.map(({ id }) => id) ?? [];
        return `${scope}:${ids.length}:${ids.sort().join()}`;
      })
      .join(" ");
  }

  /** Written before it came, where those who come later see nothing of that. */
  function isBefore(id: EventId, device: Device): boolean {
    return world.history === "from-joining" && readersOf.get(id)?.has(device) === false;
  }

  /** With every secret on the disk of who was outside. */
  function checkClosed(): void {
    const keysOf = new Map(
      world.devices.map((device) => [device, secretsOn(device.disk.kept.meta)] as const),
    );
    for (const [id, { outside, circle }] of closedTo) {
      const event = world.devices
        .map(({ disk }) => disk.kept.events.get(id))
        .find((found) => found !== undefined);
      if (event === undefined) continue;
      const { tag, bucket } = decodeOuter(event.outer);
      const later = world.devices.filter((device) => isBefore(id, device) && !outside.includes(device));
      for (const device of [...outside, ...later]) {
        // Who was invited again may read the history of an open channel, whoever has not heard of it yet.
        const seesAll = circle !== null || world.history === "all";
        if (seesAll && (circle ?? world).returned.has(device)) continue;
        const opens = keysOf
          .get(device)
          ?.some((keys) => Buffer.from(keys.tagOf(bucket)).equals(Buffer.from(tag)));
        if (opens === true)
          fail(
            "keys are for members",
            `${device.name} holds the key of "${texts.get(id)}", written when it was out`,
          );
      }
    }
  }

  function checkOrder(devices: readonly Device[], isOurs: (channel: string) => boolean): void {
    const [first, ...others] = devices;
    if (first === undefined) return;
    for (const other of others) {
      // What came without its body, deleted before it came, is shown to nobody: a place is held only where it was shown.
      const shown = (device: Device) =>
        device.disk.kept.timeline.filter(
          ({ id, channel, deleted }) =>
            isOurs(channel) && !deleted && !isBefore(id, first) && !isBefore(id, other),
        );
      const orderOf = (device: Device): string =>
        shown(device)
          .map(({ id }) => id)
          .join();
      const wordsOf = (device: Device): string =>
        JSON.stringify(shown(device).map(({ text, editedMs }) => [text, editedMs]));
      if (orderOf(other) !== orderOf(first))
        fail("one order", `${other.name} does not list the messages as ${first.name} does`);
      else if (wordsOf(other) !== wordsOf(first))
        fail("says the same", `${other.name} does not show the messages as ${first.name} does`);
    }
  }

  function checkPins(): void {
    const [first, ...others] = world.members;
    const pinsOf = (device: Device | undefined): string | undefined =>
      device?.service
        ?.pins(world.space, "general")
        .map(({ message }) => message.id)
        .join();
    for (const device of others)
      if (pinsOf(device) !== pinsOf(first))
        fail("says the same", `${device.name} does not hold up the messages that ${first?.name} does`);
  }

  /** What was deleted is on no disk, neither what it said nor what it said before. */
  function checkGone(): void {
    for (const { name, disk } of world.devices) {
      for (const { id, deleted } of disk.kept.messages.values()) {
        if (deleted !== true) continue;
        const edits = [...(disk.kept.acts.get(id)?.values() ?? [])].filter(({ kind }) => kind === "edit");
        for (const each of [id, ...edits.map(({ event }) => event)]) {
          const event = disk.kept.events.get(each);
          if (event !== undefined && decodeOuter(event.outer).sealedBody !== null)
            fail("deleted is gone", `${name} holds the body of ${each}, which was deleted`);
        }
      }
    }
  }

  /** Of conversations that somebody was never let into nothing is on its disk, not even what it cannot open. */
  function checkPrivate(): void {
    for (const { ever, scopes } of world.circles.all)
      for (const device of world.devices) {
        if (ever.has(device) || !scopes.some((scope) => device.disk.kept.scopes.has(scope))) continue;
        fail("private stays private", `${device.name} holds events of a conversation that it never was in`);
      }
  }

  function areAlike(devices: readonly Device[], scopes?: readonly ScopeId[]): boolean {
    const [first, ...others] = devices;
    if (first === undefined) return true;
    const roots = rootsOf(first, scopes);
    return others.every((device) => rootsOf(device, scopes) === roots);
  }

  return {
    breaches,
    refusals,
    get answeredCount() {
      return answeredCount;
    },
    latency() {
      const sorted = tookMs.toSorted((a, b) => a - b);
      const at = (share: number): number =>
        Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
      return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
    },
    fail,
    follow(device) {
      const { service } = device;
      if (service === null) return;
      checkKept(device);
      service.onLog((entries) => {
        for (const { type, data, message } of entries) {
          if (message) noteArrival(message.id);
          if (type !== "delivery") continue;
          const { messages } = data as { messages: { id: string; devices: number }[] };
          for (const { id, devices } of messages) noteTold(device, id, devices);
        }
      });
    },
    crashed: checkKept,
    setBack(device) {
      promised.delete(device);
    },
    answered(device, life, message, closed) {
      // Said by a process that was gone by then: nobody has heard it.
      if (device.lives !== life || device.state === "off") return;
      answeredCount += 1;
      const id = message.id;
      if (closed.outside.length > 0) closedTo.set(id, closed);
      if (world.history === "from-joining") {
        readersOf.set(id, new Set(world.devices.filter((each) => !closed.outside.includes(each))));
        closedTo.set(id, closed);
      }
      answeredMs.set(id, world.timeline.nowMs);
      texts.set(id, message.text);
      if (closed.circle) circleOf.set(id, closed.circle);
      recent.push(id);
      if (recent.length > 32) recent.shift();
      const list = promised.get(device);
      if (list) list.push(id);
      else promised.set(device, [id]);
      noteTold(device, id, message.delivery.devices);
      if (!device.disk.kept.events.has(id))
        fail("answered is kept", `${device.name} answered "${message.text}" before it was on its disk`);
    },
    refused(device, known, error) {
      const code = known?.code ?? String(error);
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
      if (known === null) fail("refuses in words", `${device.name} failed with ${String(error)}`);
    },
    someMessage(device, random) {
      const here = recent.filter((id) => device.disk.kept.messages.has(id));
      return here.length === 0 ? null : random.pick(here);
    },
    look() {
      for (const device of world.outside) everOutside.add(device);
      for (const device of world.devices) {
        if (device.pendingCalls > PENDING_CALLS_MAX)
          fail("memory is bounded", `${device.name} waits for ${device.pendingCalls} timers`);
      }
    },
    haveConverged() {
      const [first, ...others] = world.members;
      if (first === undefined || world.members.some(({ state }) => state !== "running")) return false;
      const { all } = world.circles;
      const size = first.disk.kept.events.size;
      if (all.length === 0 && others.some((device) => device.disk.kept.events.size !== size)) return false;
      return areAlike(world.members) && all.every(({ insiders, scopes }) => areAlike([...insiders], scopes));
    },
    async finish() {
      for (const device of world.devices) checkKept(device);
      checkForged();
      checkClosed();
      checkPrivate();
      checkGone();
      checkPins();
      for (const [device, ids] of promised) {
        // What was written unknown to the remover is kept and shown to nobody: whoever was out once may have some.
        if (everOutside.has(device)) continue;
        for (const id of ids) {
          const circle = circleOf.get(id);
          if (circle?.everOut.has(device) === true) continue;
          const holders = circle ? [...circle.insiders] : world.members;
          const lacking = holders.filter((holder) => {
            const { kept } = holder.disk;
            return !isBefore(id, holder) && !kept.messages.has(id) && kept.shed.get(id)?.why !== "deleted";
          });
          if (lacking.length > 0) {
            const names = lacking.map(({ name }) => name).join(", ");
            fail("answered is kept", `"${texts.get(id)}", answered by ${device.name}, is not on ${names}`);
          }
        }
      }
      const { all } = world.circles;
      checkOrder(world.members, (channel) => all.every((circle) => circle.channel !== channel));
      for (const { channel, insiders } of all) checkOrder([...insiders], (each) => each === channel);
      const device = world.random.fork("verified").pick(world.members);
      const report = await world.finish(
        "verify",
        device.service?.verify() ?? Promise.reject(new Error("off")),
      );
      if (!report.ok) fail("verifies", `${device.name}: ${JSON.stringify(report.problems[0])}`);
    },
  };
}
