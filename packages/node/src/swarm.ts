/**
 * The devices this node is linked to: accepts and dials, keeps one session for each device, weighs what they
 * do. Joins beacon, dialler and sessions; what sessions exchange is exchange's. spec/discovery, spec/handshake.
 */
import type {
  DeviceId,
  Discovery,
  HandshakeResult,
  InviteId,
  Link,
  PeerAddress,
  ProofKey,
  ScopeId,
  Transport,
} from "@kith/core";
import { Addresses } from "./addresses.ts";
import { Beacon } from "./beacon.ts";
import type { Heard } from "./beacon.ts";
import type { Repair } from "./repair.ts";
import { Seldom, trimOldest } from "./bounded.ts";
import { sumOutlooks } from "./claims.ts";
import type { Outlook } from "./claims.ts";
import { describePeer } from "./describe-peer.ts";
import { Dialer } from "./dialer.ts";
import type { DialTarget } from "./dialer.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import { HealthWatch, Standings } from "./health.ts";
import { seenRow } from "./last-seen.ts";
import { Nearby } from "./nearby.ts";
import { DIAL_COURTESY_MS, HEARD_DEVICES_MAX, MEET_AGAIN_MS, REPUTATION_MIN, STALE_MS } from "./limits.ts";
import { Partings } from "./partings.ts";
import { PeerSession } from "./peer-session.ts";
import type { SwarmOptions } from "./swarm-options.ts";
import type { NetworkHealth, PeerInfo, Visibility } from "./service.ts";

export class Swarm {
  readonly #options: SwarmOptions;
  readonly #host: ExchangeHost;
  readonly #dialer: Dialer;
  readonly #beacon: Beacon;
  readonly #repair: Repair;
  readonly #exchanges = new Map<DeviceId, Exchange>();
  readonly #handshaking = new Set<PeerSession>();
  readonly #targets = new Map<PeerSession, DialTarget>();
  readonly #meetings: Seldom<DeviceId>;
  readonly #addresses: Addresses;
  readonly #standings = new Standings();
  readonly #nearby: Nearby;
  readonly #partings: Partings;
  readonly #lastHeard = new Map<DeviceId, number>();
  #transport: Transport | null = null;
  #port: number | null = null;
  #steps: Promise<void> = Promise.resolve();
  #visibility: Visibility = "members";
  readonly #health: HealthWatch;
  #discoveryFailed = false;

  constructor(options: SwarmOptions) {
    this.#options = options;
    const { clock, random, log, store, ledger } = options;
    this.#addresses = new Addresses({ store, ledger, log, self: () => options.identity().device.device });
    this.#nearby = new Nearby({ clock, random });
    this.#partings = new Partings({
      clock,
      log,
      isMember: (device) => this.#addresses.isMember(device),
      nameOf: (peer) => options.nameOf(peer),
    });
    this.#dialer = new Dialer({
      clock,
      random,
      log,
      onLink: (link, target) => this.#onLink(link, target),
      isConnected: (address) => this.#addresses.isLinked(address),
    });
    this.#beacon = new Beacon({
      clock,
      random,
      log,
      device: options.identity().device.device,
      peerPort: () => this.#port ?? 0,
      voices: () => [...this.#nearby.voices(), ...options.voices()],
      listens: options.listens,
      nearby: () => (this.#nearby.key ? { name: options.identity().name, key: this.#nearby.key } : null),
      isConnected: (device) => this.#exchanges.has(device),
      silent: () => this.#visibility === "hidden",
      onHeard: (heard) => this.#onHeard(heard),
      onRepair: (voice, payload, from) => this.#repair.hear(voice, payload, from),
      onBeat: options.onBeat,
    });
    this.#repair = options.createRepair({
      send: (voice, body, to) => this.#beacon.repair(voice, body, to),
      linkTo: (device) => this.#exchanges.get(device) ?? null,
      near: () => this.#near().length,
    });
    this.#host = {
      ...options.exchangeHost(this),
      peerPort: () => this.#port,
      onFault: (exchange, code, count) => this.#fault(exchange.session, code, count),
      onHello: (exchange, name, port) => this.#onHello(exchange, name, port),
      onStateChanged: () => this.#health.judge(),
      partings: this.#partings,
    };
    this.#meetings = new Seldom({ clock: options.clock, everyMs: MEET_AGAIN_MS, keptMax: HEARD_DEVICES_MAX });
    this.#health = new HealthWatch({
      clock: options.clock,
      sight: () => ({
        online: this.online,
        links: [...this.#exchanges.values()].map(({ session }) => session),
      }),
      onChanged: (health) => {
        const data = JSON.stringify({ health, connectedPeers: this.#exchanges.size });
        options.record([{ type: "network", atMs: options.clock.nowMs(), ref: null, data }]);
      },
    });
    for (const address of options.peers) this.#dialer.want(address, { keep: true, pinned: true });
    for (const address of this.#addresses.recall()) this.#dialer.want(address, { keep: true, pinned: true });
  }

  get port(): number | null {
    return this.#port;
  }

  get visibility(): Visibility {
    return this.#visibility;
  }

  get online(): boolean {
    return this.#transport !== null;
  }

  get health(): NetworkHealth {
    return this.#health.health;
  }

  /** Wall time of the first beacon; null without one. */
  get beaconAtMs(): number | null {
    return this.#beacon.firstAtMs;
  }

  exchanges(): Iterable<Exchange> {
    return this.#exchanges.values();
  }

  /** Goes onto the network. Rejects when the port cannot be listened on. */
  start(): Promise<void> {
    return this.#inOrder(() => this.#start());
  }

  /** Leaves the network: no socket, timer or session of this node is left. */
  stop(): Promise<void> {
    return this.#inOrder(() => this.#stop());
  }

  /** One after another: stopped in the middle of a start, a node would be on the network with nobody to take it off. */
  #inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.#steps.then(step);
    this.#steps = done.catch(() => undefined);
    return done;
  }

  async #start(): Promise<void> {
    if (this.#transport) return;
    const transport = this.#options.openTransport(this.#port);
    const { port } = await transport.listen((link) => this.#onLink(link, null));
    this.#transport = transport;
    this.#port = port;
    const discovery = this.#options.openDiscovery?.() ?? null;
    if (discovery) await this.#startBeacon(discovery);
    this.#dialer.start(transport);
    this.#health.start();
  }

  async #stop(): Promise<void> {
    const transport = this.#transport;
    this.#transport = null;
    this.#health.stop();
    this.#dialer.stop();
    await this.#beacon.stop();
    this.#repair.close();
    for (const session of this.#handshaking) session.close("stopped");
    for (const exchange of this.#exchanges.values()) exchange.session.close("stopped");
    await transport?.close();
    this.#health.judge();
  }

  setVisibility(visibility: Visibility): void {
    this.#visibility = visibility;
    this.#nearby.set(visibility === "nearby");
    if (visibility !== "nearby") this.#leaveStrangers();
    this.keysChanged();
    this.#beacon.speakNow();
  }

  /** Whoever was met only by being visible is left with it, and is no longer shown either. */
  #leaveStrangers(): void {
    for (const { session, isShared } of this.#exchanges.values()) {
      if (!isShared && session.shared.every(({ kind }) => kind === "nearby")) this.disconnect(session.device);
    }
  }

  /** Spaces, invites or joins came or went. */
  keysChanged(): void {
    this.#beacon.refresh();
  }

  speakNow(): void {
    this.#beacon.speakNow();
  }

  membersChanged(): void {
    this.#addresses.keepMembers();
    for (const exchange of this.#exchanges.values()) exchange.reconsider();
  }

  /**
   * For an invitation: it is shown in a handshake, so a link that shares nothing makes room, and a link to one of these
   * addresses is made anew.
   */
  call(addresses: readonly PeerAddress[]): void {
    for (const { session, isShared } of this.#exchanges.values()) {
      const has = (sought: ProofKey["kind"]): boolean => session.shared.some(({ kind }) => kind === sought);
      const isThere = addresses.some((address) => this.#addresses.isOf(session.device, address));
      if (isThere || (!isShared && has("space") && !has("nearby"))) this.disconnect(session.device);
    }
    this.want(addresses);
  }

  want(addresses: readonly PeerAddress[]): void {
    for (const address of addresses) this.#dialer.want(address, { keep: true, pinned: true });
  }

  doneWith(addresses: readonly PeerAddress[]): void {
    for (const address of addresses) {
      if (!this.#isKnownAddress(address)) this.#dialer.forget(address);
    }
  }

  isConnectedTo(address: PeerAddress): boolean {
    return this.#addresses.isLinked(address);
  }

  disconnect(device: DeviceId): boolean {
    const exchange = this.#exchanges.get(device);
    const address = this.#addresses.of(device);
    if (address) this.#dialer.forget(address);
    exchange?.session.close("disconnected");
    return exchange !== undefined;
  }

  /** Devices heard by beacon a moment ago that no link was made to. */
  heardUnlinked(): number {
    return this.#near().filter(
      (device) => !this.#exchanges.has(device) && this.#partings.restMs(device) === 0,
    ).length;
  }

  /** Names of those who say that this device shares no space with them; isIn: of these devices alone. */
  partedBy(isIn?: (device: DeviceId) => boolean): string[] {
    return this.#partings.tellers(isIn);
  }

  agreed(device: DeviceId): void {
    this.#partings.agreed(device);
  }

  /** Why no link to a member's device lasts; null: nothing stands against one. */
  refusal(device: DeviceId): "refused" | "parted" | null {
    if (this.#standings.at(device, this.#options.clock.monotonicMs()) < REPUTATION_MIN) return "refused";
    return this.#partings.restMs(device) > 0 ? "parted" : null;
  }

  #near(): DeviceId[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#lastHeard].flatMap(([device, heardMs]) => (nowMs - heardMs < STALE_MS ? [device] : []));
  }

  get discovery(): "on" | "off" | "failed" {
    if (!this.#options.openDiscovery) return "off";
    return this.#discoveryFailed ? "failed" : "on";
  }

  /** How far what is being received has come, of these scopes or over all spaces: events here, and those that are to be. */
  receiving(scopes?: readonly ScopeId[]): Outlook | null {
    const all = [...this.#exchanges.values()].flatMap((exchange) => exchange.outlook());
    return sumOutlooks(scopes === undefined ? all : all.filter(([scope]) => scopes.includes(scope)));
  }

  peers(): PeerInfo[] {
    const monotonicMs = this.#options.clock.monotonicMs();
    return [...this.#exchanges.values()].map((exchange) => {
      const { session } = exchange;
      return describePeer(exchange, {
        address: this.#addresses.of(session.device) ?? session.link.remote,
        name: this.#options.nameOf(session.peer),
        lastSeenMs: this.#heardAtMs(session),
        reputation: this.#standings.at(session.device, monotonicMs),
      });
    });
  }

  #heardAtMs({ heardMs }: PeerSession): number {
    const { clock } = this.#options;
    return clock.nowMs() - Math.round(clock.monotonicMs() - heardMs);
  }

  async #startBeacon(discovery: Discovery): Promise<void> {
    try {
      await this.#beacon.start(discovery);
      this.#discoveryFailed = false;
    } catch (error) {
      // Known addresses and --peer still work; doctor tells the person.
      this.#discoveryFailed = true;
      this.#options.log.warn("beacon:unavailable", { error: String(error) });
    }
  }

  #onLink(link: Link, target: DialTarget | null): void {
    const session = new PeerSession({
      link,
      clock: this.#options.clock,
      path: this.#transport?.path ?? "lan",
      traffic: this.#options.traffic,
      handshake: {
        keys: [...this.#options.proofKeys(), ...this.#nearby.proofKeys()],
        identity: this.#options.identity(),
        random: this.#options.random,
        accept: (peer) => this.#accept(peer),
      },
      handlers: {
        onOpen: (opened) => this.#onOpen(opened),
        onFrame: (from, frame) => {
          const exchange = this.#exchanges.get(from.device);
          if (exchange?.session === from) this.#options.onFrame(exchange, frame);
        },
        onFault: (from, code) => this.#fault(from, code, 1),
        onDrain: (from) => this.#exchanges.get(from.device)?.onDrain(),
        onClosed: (closed, reason) => this.#onClosed(closed, reason),
      },
    });
    if (target) this.#targets.set(session, target);
    if (!session.isOpen && !session.isClosed) this.#handshaking.add(session);
    else if (session.isClosed) this.#endTarget(session, false);
  }

  #accept(peer: HandshakeResult): boolean {
    const self = this.#options.identity().device.device;
    if (
      peer.device === self ||
      this.#standings.at(peer.device, this.#options.clock.monotonicMs()) < REPUTATION_MIN
    )
      return false;
    return peer.shared.some((key) => {
      if (key.kind !== "space") return true;
      const entry = key.space
        ? this.#options.ledger.replicas.get(key.space)?.membership.state().devices.get(peer.device)
        : undefined;
      // A device whose admission has not reached us yet proved the key that only members were given.
      return entry === undefined || entry.person === peer.person;
    });
  }

  #onOpen(session: PeerSession): void {
    this.#handshaking.delete(session);
    const target = this.#targets.get(session);
    if (target) this.#addresses.reached(target.address, session.device);
    const before = this.#exchanges.get(session.device);
    if (before && !this.#replaces(session, before.session)) {
      session.close("duplicate");
      return;
    }
    const exchange = new Exchange(session, this.#host);
    this.#exchanges.set(session.device, exchange);
    if (before) {
      before.close();
      before.session.close("duplicate");
    } else {
      this.#tell(session, "connected");
    }
    exchange.start();
    this.#health.judge();
  }

  /** Both sides come to the same verdict: the link dialled by the lower id stays; of two such the newer. */
  #replaces(session: PeerSession, before: PeerSession): boolean {
    const self = this.#options.identity().device.device;
    const dialler = (of: PeerSession): DeviceId => (of.link.role === "dialer" ? self : session.device);
    return dialler(session) === dialler(before) || dialler(session) < dialler(before);
  }

  #onClosed(session: PeerSession, reason: string): void {
    this.#handshaking.delete(session);
    const peer = session.lastPeer;
    const exchange = peer ? this.#exchanges.get(peer.device) : undefined;
    const current = exchange?.session === session ? exchange : null;
    if (current && peer) {
      current.close();
      this.#exchanges.delete(peer.device);
      if (reason === "silent") this.#health.lost();
      this.#tell(session, "lost");
      this.#health.judge();
    }
    this.#options.log.debug("session:closed", { reason, device: peer?.device ?? null });
    this.#endTarget(session, peer !== null);
    if (current && peer) {
      const [address, isMember] = [this.#addresses.of(peer.device), this.#addresses.isMember(peer.device)];
      // With whom nothing but an old key is shared there is nothing to talk about.
      const isOfUse = isMember || session.shared.some(({ kind }) => kind !== "space");
      const restMs = this.#partings.restMs(peer.device);
      if (address && restMs > 0) this.#dialer.rest(address, restMs);
      else if (address && isOfUse && reason !== "disconnected") {
        this.#dialer.want(address, { keep: isMember, pinned: isMember });
      }
      this.#addresses.unlink(peer.device);
    }
  }

  #endTarget(session: PeerSession, good: boolean): void {
    const target = this.#targets.get(session);
    this.#targets.delete(session);
    const device = session.lastPeer?.device;
    if (target) this.#dialer.ended(target, { good, restMs: device ? this.#partings.restMs(device) : 0 });
  }

  #onHeard(heard: Heard): void {
    if (heard.kind === "nearby") {
      this.#onStranger(heard);
      return;
    }
    this.#lastHeard.delete(heard.device);
    this.#lastHeard.set(heard.device, this.#options.clock.monotonicMs());
    trimOldest(this.#lastHeard, HEARD_DEVICES_MAX);
    const { topic } = heard.voice;
    if (heard.digest) this.#repair.hearDigest({ ...heard, digest: heard.digest });
    const exchange = this.#exchanges.get(heard.device);
    if (exchange) {
      if (topic.kind === "scope" && heard.root) exchange.noteRoot(topic.scope, heard.root);
      if (topic.kind === "invite") this.#showInvite(exchange.session, topic.invite);
      return;
    }
    if (heard.address.port === 0) return;
    if (topic.kind === "scope" && this.#partings.restMs(heard.device) > 0) return;
    const self = this.#options.identity().device.device;
    const afterMs = self < heard.device ? 0 : DIAL_COURTESY_MS;
    this.#dialer.want(heard.address, { keep: topic.kind === "scope", afterMs });
  }

  /**
   * A device that is linked already asks for whom an invitation leads to: only a handshake proves it, so they meet anew.
   * Seldom, for whoever holds the link can write any device into such a beacon.
   */
  #showInvite(session: PeerSession, invite: InviteId): void {
    if (session.shared.some((key) => key.invite === invite) || this.#options.isAskedFor(session, invite))
      return;
    if (this.#meetings.take(session.device)) session.close("invite");
  }

  #onStranger({ key, address }: Extract<Heard, { kind: "nearby" }>): void {
    const verdict = this.#nearby.hear(key);
    if (verdict === "ignore" || this.#addresses.isLinked(address)) return;
    this.#dialer.want(address, { keep: false, afterMs: verdict === "dial" ? 0 : DIAL_COURTESY_MS });
  }

  #onHello(exchange: Exchange, name: string, peerPort: number | null): void {
    const { session } = exchange;
    this.#options.learnName(session.peer, name);
    if (peerPort === null) return;
    this.#addresses.link(session.device, { host: session.link.remote.host, port: peerPort });
  }

  #isKnownAddress(address: PeerAddress): boolean {
    return (
      this.#addresses.isLinked(address) ||
      this.#options.peers.some(({ host, port }) => host === address.host && port === address.port)
    );
  }

  #fault(session: PeerSession, code: string, count: number): void {
    const peer = session.lastPeer;
    if (!peer) return;
    // Not by the wall clock: set back, it would keep somebody out for as long.
    const nowMs = this.#options.clock.monotonicMs();
    this.#standings.fault(peer.device, nowMs, count);
    const reputation = this.#standings.at(peer.device, nowMs);
    this.#options.log.warn("peer:fault", { device: peer.device, code, reputation });
    if (reputation < REPUTATION_MIN) session.close("misbehaving");
  }

  #tell(session: PeerSession, state: "connected" | "lost"): void {
    const peer = session.lastPeer;
    if (!peer) return;
    const { path } = session;
    const { device: id, person } = peer;
    const data = JSON.stringify({ id, person, name: this.#options.nameOf(peer), state, path });
    // Also when it comes: a crash writes nothing of how long it stayed. Of strangers there may be any number.
    const seen = this.#addresses.isMember(id) ? [seenRow(id, this.#heardAtMs(session))] : [];
    this.#options.record([{ type: "peer", atMs: this.#options.clock.nowMs(), ref: null, data }], seen);
  }
}
