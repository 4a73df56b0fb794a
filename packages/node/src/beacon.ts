/**
 * Being found and finding others on the local network: one datagram a beat, the scopes taking turns, and a
 * single answer to who is new. Decides what is said and to whom; the sockets are the Discovery port's.
 * spec/discovery.
 */
import {
  BEACON_KEYS_MAX,
  coverBeacon,
  createBeaconTable,
  createFreshness,
  createReplayWindow,
  sealBeacon,
} from "@kith/core";
import type {
  BeaconDigest,
  BeaconPayload,
  BeaconTable,
  Clock,
  DeviceId,
  Discovery,
  Freshness,
  InviteId,
  Log,
  PeerAddress,
  Random,
  RepairPayload,
  ReplayWindow,
  ScopeId,
  SpaceId,
} from "@kith/core";
import {
  ANSWER_INTERVAL_MS,
  ANSWER_SOURCES_MAX,
  BEAT_JITTER,
  BEAT_MS,
  FIRST_BEAT_DATAGRAMS,
} from "./limits.ts";

/** What a beacon speaks for. */
export type BeaconTopic =
  | { readonly kind: "scope"; readonly space: SpaceId; readonly scope: ScopeId }
  | { readonly kind: "invite"; readonly invite: InviteId; readonly space: SpaceId }
  | { readonly kind: "nearby" };

export interface BeaconVoice {
  readonly topic: BeaconTopic;
  readonly key: Uint8Array;
  /** 16 bytes of the scope's root; null while it is not known, and for topics without one. */
  readonly root: () => Uint8Array | null;
  /** How its scope is held, null while that is not known. No function at all: not spoken under, and nothing is given out. */
  readonly digest: (() => BeaconDigest | null) | null;
}

/** What the sender of a want, an event or a filter says of itself and it, less what is the beacon's. */
export type RepairBody<Payload = RepairPayload> = Payload extends RepairPayload
  ? Omit<Payload, "count" | "device" | "boot">
  : never;

export type Heard =
  | {
      readonly kind: "member";
      readonly device: DeviceId;
      readonly address: PeerAddress;
      readonly voice: BeaconVoice;
      /** Where the datagram came from, which its answers go to. */
      readonly from: PeerAddress;
      /** null: its sender does not know it yet. */
      readonly root: Uint8Array | null;
      readonly digest: BeaconDigest | null;
    }
  | {
      readonly kind: "nearby";
      readonly name: string;
      readonly key: Uint8Array;
      readonly address: PeerAddress;
    };

export interface BeaconOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly device: DeviceId;
  readonly peerPort: () => number;
  /** Spoken in turn. */
  readonly voices: () => readonly BeaconVoice[];
  /** In order of weight; heard and answered, never spoken of our own accord: invites that we made or may admit by. */
  readonly listens: () => readonly BeaconVoice[];
  readonly nearby: () => { readonly name: string; readonly key: Uint8Array } | null;
  /** A device that is linked already needs no answer. */
  readonly isConnected: (device: DeviceId) => boolean;
  /** Hidden: hears, says nothing. */
  readonly silent: () => boolean;
  readonly onHeard: (heard: Heard) => void;
  /** A fresh want, event or filter. */
  readonly onRepair: (voice: BeaconVoice, payload: RepairPayload, from: PeerAddress) => void;
  /** A beat begins. */
  readonly onBeat: () => void;
}

const NO_ROOT = new Uint8Array(16);

export class Beacon {
  readonly #options: BeaconOptions;
  readonly #boot: Uint8Array;
  readonly #answered = new Map<string, number>();
  readonly #table: BeaconTable<BeaconVoice> = createBeaconTable();
  readonly #freshness: Freshness = createFreshness();
  readonly #replays: ReplayWindow = createReplayWindow();
  #discovery: Discovery | null = null;
  #cancel: (() => void) | null = null;
  #count = 0;
  #nearbyKey: Uint8Array | null = null;
  #nearbyCount = 0;
  #turn = 0;
  /** Keys of the voices that the table was made for. */
  #spoken: readonly Uint8Array[] = [];
  #firstAtMs: number | null = null;

  constructor(options: BeaconOptions) {
    this.#options = options;
    this.#boot = options.random.bytes(8);
  }

  /** Wall time of the first datagram since start; null before. */
  get firstAtMs(): number | null {
    return this.#firstAtMs;
  }

  async start(discovery: Discovery): Promise<void> {
    this.refresh();
    await discovery.start((datagram, from) => this.#onDatagram(datagram, from));
    this.#discovery = discovery;
    this.#firstAtMs = this.#options.clock.nowMs();
    this.#firstBeat();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const discovery = this.#discovery;
    this.#discovery = null;
    await discovery?.stop();
  }

  /** The keys have changed: spaces came or went, an invite was made, visibility was switched. */
  refresh(): void {
    const seen = new Set<string>();
    const spoken = this.#options.voices();
    this.#spoken = spoken.map(({ key }) => key);
    const voices = [...spoken, ...this.#options.listens()].filter((voice) => {
      const key = Buffer.from(voice.key).toString("hex");
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    // More than can be listened for: what stands first matters most.
    this.#table.set(voices.slice(0, BEACON_KEYS_MAX).map((voice) => ({ key: voice.key, ref: voice })));
  }

  /** Speaks at once of what has just begun (a join, being visible), without waiting for its turn. */
  speakNow(): void {
    if (this.#discovery && !this.#options.silent()) this.#firstBeat();
  }

  #schedule(): void {
    const share = ((this.#options.random.bytes(1)[0] ?? 0) / 255) * 2 - 1;
    this.#cancel = this.#options.clock.after(BEAT_MS * (1 + share * BEAT_JITTER), () => {
      this.#beat();
      this.#schedule();
    });
  }

  #firstBeat(): void {
    if (this.#options.silent()) return;
    const voices = this.#options.voices();
    for (let index = 0; index < FIRST_BEAT_DATAGRAMS; index += 1) this.#say(voices[index] ?? null);
  }

  /** One datagram under the voice's key to one address. What it says is counted with our beacons. */
  repair(voice: BeaconVoice, body: RepairBody, to: PeerAddress): void {
    if (this.#discovery === null || this.#options.silent()) return;
    this.#count += 1;
    const sender = { device: this.#options.device, boot: this.#boot, count: this.#count };
    const { random } = this.#options;
    this.#discovery.answer(sealBeacon({ ...body, ...sender }, { key: voice.key, random }), to);
  }

  #beat(): void {
    this.#options.onBeat();
    if (this.#options.silent()) return;
    const voices = this.#options.voices();
    // A new epoch is spoken under at once: whoever answers must be heard under it.
    if (voices.length !== this.#spoken.length || voices.some(({ key }, at) => key !== this.#spoken[at]))
      this.refresh();
    this.#turn = (this.#turn + 1) % Math.max(1, voices.length);
    this.#say(voices[this.#turn] ?? null);
  }

  #say(voice: BeaconVoice | null): void {
    const datagram = voice ? this.#seal(voice, false) : null;
    this.#discovery?.announce(datagram ?? coverBeacon(this.#options.random));
  }

  #seal(voice: BeaconVoice, answer: boolean): Uint8Array | null {
    const payload =
      voice.topic.kind === "nearby" ? this.#nearbyPayload(answer) : this.#memberPayload(voice, answer);
    return payload && sealBeacon(payload, { key: voice.key, random: this.#options.random });
  }

  #memberPayload(voice: BeaconVoice, answer: boolean): BeaconPayload {
    this.#count += 1;
    return {
      kind: "member",
      device: this.#options.device,
      boot: this.#boot,
      count: this.#count,
      peerPort: this.#options.peerPort(),
      answer,
      root: voice.root() ?? NO_ROOT,
      digest: voice.digest?.() ?? null,
    };
  }

  #nearbyPayload(answer: boolean): BeaconPayload | null {
    const nearby = this.#options.nearby();
    if (!nearby) return null;
    // Counted for each key, so that nothing links the one key to the next.
    if (nearby.key !== this.#nearbyKey) {
      this.#nearbyKey = nearby.key;
      this.#nearbyCount = 0;
    }
    this.#nearbyCount += 1;
    return {
      kind: "nearby",
      count: this.#nearbyCount,
      peerPort: this.#options.peerPort(),
      answer,
      name: nearby.name,
      key: nearby.key,
    };
  }

  #onDatagram(datagram: Uint8Array, from: PeerAddress): void {
    const opened = this.#table.open(datagram);
    if (!opened) return;
    const { ref: voice, payload } = opened;
    if (payload.kind === "member" || payload.kind === "nearby") this.#onBeacon(voice, payload, from);
    else this.#onRepair(voice, payload, from);
  }

  #onRepair(voice: BeaconVoice, payload: RepairPayload, from: PeerAddress): void {
    if (payload.device === this.#options.device) return;
    if (!this.#replays.isFresh(payload)) return;
    this.#discovery?.favour?.(from.host);
    this.#options.onRepair(voice, payload, from);
  }

  #onBeacon(voice: BeaconVoice, payload: BeaconPayload, from: PeerAddress): void {
    if (this.#isOwn(payload) || !this.#freshness.isFresh(payload)) return;
    this.#discovery?.favour?.(from.host);
    const address = { host: from.host, port: payload.peerPort };
    const linked = payload.kind === "member" && this.#options.isConnected(payload.device);
    if (!payload.answer && !linked) this.#answer(voice, from);
    if (payload.kind === "nearby") {
      this.#options.onHeard({ kind: "nearby", name: payload.name, key: payload.key, address });
      return;
    }
    const { device, digest } = payload;
    const root = payload.root.some((byte) => byte !== 0) ? payload.root : null;
    this.#options.onHeard({ kind: "member", device, address, voice, from, root, digest });
  }

  #isOwn(payload: BeaconPayload): boolean {
    if (payload.kind === "member") return payload.device === this.#options.device;
    const own = this.#options.nearby();
    return own !== null && Buffer.from(own.key).equals(Buffer.from(payload.key));
  }

  /** One datagram of the same size to an address, at most once a second: no amplifier, no storm. */
  #answer(voice: BeaconVoice, from: PeerAddress): void {
    if (this.#options.silent()) return;
    const nowMs = this.#options.clock.monotonicMs();
    const key = `${from.host} ${from.port}`;
    const lastMs = this.#answered.get(key);
    if (lastMs !== undefined && nowMs - lastMs < ANSWER_INTERVAL_MS) return;
    this.#answered.delete(key);
    if (this.#answered.size >= ANSWER_SOURCES_MAX) {
      const oldest = this.#answered.keys().next().value;
      if (oldest !== undefined) this.#answered.delete(oldest);
    }
    this.#answered.set(key, nowMs);
    const datagram = this.#seal(voice, true);
    if (datagram) this.#discovery?.answer(datagram, from);
  }
}
