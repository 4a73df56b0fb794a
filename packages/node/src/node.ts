/**
 * One device, assembled: identity, ledger, ingest, swarm, queries. Owns lifecycle and the service that
 * surfaces stand on; imports no adapter, so the daemon and the simulator run the same node. docs/ARCHITECTURE.
 */
import { CoreError, cellDay, normalizeName } from "@kith/core";
import type {
  BeaconDigest,
  DigestIndex,
  HandshakeResult,
  Identity,
  LogDraft,
  ScopeId,
  SpaceId,
} from "@kith/core";
import { Author } from "./author.ts";
import { ChangeLog, loadLogId } from "./change-log.ts";
import { createCpuBudgets } from "./cpu-budget.ts";
import { Deliveries } from "./delivery.ts";
import { ALL_WAYS } from "./deps.ts";
import type { NodeOptions } from "./deps.ts";
import { Expiries } from "./expiry.ts";
import { loadIdentity } from "./identity-store.ts";
import { createEarly } from "./early/early.ts";
import { localHints } from "./hints.ts";
import { Ingest } from "./ingest.ts";
import { Joins } from "./joins.ts";
import { Ledger } from "./ledger.ts";
import { createLinkingParts } from "./linking-parts.ts";
import type { LinkingParts } from "./linking-parts.ts";
import type { Committed } from "./ledger.ts";
import { OwnChains } from "./own-chains.ts";
import { RestoredSpaces } from "./restored.ts";
import { Prekeys } from "./prekeys.ts";
import { Profiles } from "./profiles.ts";
import { PrivateChannels } from "./private-channels.ts";
import { Suspensions } from "./suspensions.ts";
import { Queries } from "./queries.ts";
import { Repair } from "./repair.ts";
import { hasEnteredBy, isDeviceOf } from "./replica.ts";
import { SealedKeeper } from "./sealed-keeper.ts";
import { readSecrets } from "./secrets.ts";
import { warmRoots } from "./settled-roots.ts";
import { createService } from "./node-service.ts";
import type { KithService } from "./service.ts";
import { Swarm } from "./swarm.ts";
import type { SwarmOptions } from "./swarm-options.ts";
import { createSyncStructures } from "./sync-structures.ts";
import { Talks } from "./talks.ts";
import { Traffic } from "./traffic.ts";
import { Typing } from "./typing.ts";
import { Waiting } from "./waiting.ts";
import { Wants } from "./wants.ts";
import { quietVoices, scopeVoices, spaceProofs } from "./voices.ts";

export interface KithNode {
  readonly service: KithService;
  /** Goes onto the network. */
  start(): Promise<void>;
  /** Leaves the network and waits for what was accepted to be stored. The store is the caller's to close. */
  stop(): Promise<void>;
  readonly peerPort: number | null;
  readonly beaconAtMs: number | null;
}

/** The parts that the service stands on. */
export interface NodeParts {
  readonly ownChains: OwnChains;
  readonly restored: RestoredSpaces;
  readonly options: NodeOptions;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly ingest: Ingest;
  readonly deliveries: Deliveries;
  readonly queries: Queries;
  readonly changeLog: ChangeLog;
  readonly joins: Joins;
  readonly swarm: Swarm;
  readonly privates: PrivateChannels;
  readonly talks: Talks;
  readonly linking: LinkingParts;
  readonly profiles: Profiles;
  readonly prekeys: Prekeys;
  readonly traffic: Traffic;
  readonly typing: Typing;
  readonly startedMs: number;
  /** Makes anew what is kept for sync of these scopes. */
  rebuild(scopes: readonly ScopeId[]): Promise<void>;
  identity(): Identity;
  setIdentity(identity: Identity): void;
  /** Log entries that no event stands behind. */
  record(drafts: readonly LogDraft[]): void;
}

/** Loads the device from its store. Rejects with IDENTITY_DAMAGED or SECRETS_DAMAGED. Not on the network before start(). */
export async function createNode(options: NodeOptions): Promise<KithNode> {
  const { clock, random, log, store, box, verifier } = options;
  let identity = await loadIdentity({ store, random, clock, box }, options.name);
  const ledger = new Ledger({ clock, log, store });
  const author = new Author({
    ledger,
    random,
    box,
    device: identity.device,
    checkChain: (scope) => ownChains.check(scope),
  });
  for (const keys of readSecrets(store)) ledger.addSecrets(keys);
  for (const keys of readSecrets(store)) ledger.openSpace(keys.space);
  const self = identity.device.device;
  const { storePlace = null, isMoved = false } = options;
  const ownChains = new OwnChains({ store, ledger, log, device: self, place: storePlace, isMoved });
  const structures = createSyncStructures({ store, clock, log });
  const { roots, settledRoots, sets, digests: allDigests } = structures;
  // Of a part of a set nobody can tell what is missing: neither spoken of nor compared.
  const isPart = (scope: ScopeId): boolean => (ledger.scopeState(scope)?.floor ?? 0) > 0;
  const digests: DigestIndex = {
    ...allDigests,
    own: (scope, day) => (isPart(scope) ? null : allDigests.own(scope, day)),
    under: (scope, day) => (isPart(scope) ? null : allDigests.under(scope, day)),
  };
  const budgets = createCpuBudgets(clock);
  const ways = options.ways ?? ALL_WAYS;
  const onError = (error: unknown): void => log.error("node:not-stored", { error: String(error) });
  const record: SwarmOptions["record"] = (drafts, meta = []) => {
    if (drafts.length > 0) ledger.commit(ledger.gather(null), { log: drafts, meta }).catch(onError);
  };
  const restored = new RestoredSpaces({ store, ledger, device: self, record, nowMs: () => clock.nowMs() });
  const early = createEarly({
    clock,
    store,
    ledger,
    verifier,
    record,
    isPaused: () => ingest.isFull || ledger.health.restMs > 0,
  });
  const deliveries: Deliveries = new Deliveries({
    store,
    ledger,
    device: self,
    clock,
    onError,
    onHeights: (scope) => sealedKeeper.touch(scope),
  });
  const sealedKeeper = new SealedKeeper({
    ...options,
    ledger,
    self,
    heightOf: (...of) => deliveries.height(...of),
  });
  const changeLog = new ChangeLog({
    store,
    logId: await loadLogId(options),
    render: (row, how) => queries.render(row, how),
  });
  const traffic = new Traffic();
  const ingest = new Ingest({
    ledger,
    verifier,
    log,
    nowMs: () => clock.nowMs(),
    onWaiting: (opened, from) => early.window.offer(opened, from),
    onRefused: (id) => early.window.refused(id),
    onDecoded: (scope, ids, from) => wants.arrived(scope, ids, from),
    onPressure: (full) => {
      for (const { session } of swarm.exchanges())
        if (full) session.pause("disk");
        else session.resume("disk");
    },
  });
  const wants = new Wants({
    clock,
    log,
    // What is here without its body for no known reason is worth taking (SP145).
    isHere: (id, scope) => (ledger.knows(id, scope) && !ledger.lacksBody(id)) || ingest.holds(id),
    floorOf: (scope) => ledger.scopeState(scope)?.floor ?? 0,
    waiting: () => ingest.counts.waiting,
    isPaused: () => ingest.isFull || ledger.health.restMs > 0,
  });
  const talks: Talks = new Talks({
    clock,
    random,
    log,
    store,
    box,
    ledger,
    author,
    joins: () => joins,
    queries: () => queries,
    identity: () => identity,
    sessions: () => [...swarm.exchanges()].map(({ session }) => session),
    hints: () => localHints(options, swarm),
    onKeysChanged: () => swarm.keysChanged(),
    record,
  });
  const queries = new Queries({
    store,
    ledger,
    deliveries,
    early: early.window,
    talks,
    waiting: (space) => waiting.of(space),
    isRefused: (space) => joins.isRefused(space),
    self: () => identity.person,
    device: self,
  });
  const waiting = new Waiting({
    ledger,
    ingest: () => ingest,
    nameOf: (person) => queries.nameOf(person),
    nowMs: () => clock.nowMs(),
    record,
  });
  for (const space of ledger.replicas.keys()) queries.refreshNames(space);
  const setIdentity = (next: Identity): void => {
    identity = next;
    queries.learnName(next.person, next.name);
  };
  const prekeys = new Prekeys({
    clock,
    random,
    log,
    store,
    box,
    ledger,
    author,
    identity: () => identity,
    setIdentity,
  });
  const joins: Joins = new Joins({
    clock,
    log,
    store,
    ledger,
    box,
    identity: () => identity,
    secretOf: (prekey) => prekeys.secretOf(prekey),
    historyDays: options.historyDays ?? null,
    spaceInfo: (space) => (ledger.replicas.has(space) ? queries.space(space) : null),
    want: (addresses) => swarm.call(addresses),
    dial: (addresses) => swarm.want(addresses),
    isOf: (invite, person) => talks.requests.isAccepted(invite, person),
    isParted: (space) =>
      swarm.partedBy((device) => isDeviceOf(ledger.replicas.get(space), device)).length > 0,
    doneWith: (addresses) => swarm.doneWith(addresses),
    onKeysChanged: () => swarm.keysChanged(),
    onAdmitted: (session, space) => {
      for (const exchange of swarm.exchanges()) if (exchange.session === session) exchange.grant(space);
    },
  });
  const linkingParts = createLinkingParts(options, {
    ledger,
    author,
    joins,
    setIdentity,
    identity: () => identity,
    prekeys,
    swarm: () => swarm,
  });
  const { linking, own } = linkingParts;
  const profiles = new Profiles({ store, log, ledger, author, identity: () => identity, setIdentity });
  const cold = new Set<ScopeId>();
  const digestOf = (scope: ScopeId): BeaconDigest | null => {
    const day = cellDay(clock.nowMs());
    const digest = digests.own(scope, day);
    return digest && { events: digest.events, day, cells: digest.cells };
  };
  const swarm: Swarm = new Swarm({
    clock,
    random,
    log,
    store,
    ledger,
    identity: () => identity,
    openTransport: options.openTransport,
    openDiscovery: options.openDiscovery,
    peers: options.peers,
    // Somebody waits for a join: it is spoken of before what others may hear of a little later.
    voices: () => [
      ...joins.voices(),
      ...scopeVoices(
        author,
        ledger,
        (scope) => (cold.has(scope) ? null : settledRoots.root(scope)),
        digestOf,
        () => deliveries.tellings,
      ),
    ],
    createRepair: (network) =>
      new Repair({
        clock,
        random,
        log,
        store,
        ingest,
        digests,
        ways,
        self,
        isEntitled: (scope, device) => ledger.isEntitled(scope, device),
        isResting: () => ledger.health.restMs > 0,
        ...network,
      }),
    onBeat: () => digests.refill(),
    listens: () => quietVoices(ledger, clock.nowMs()),
    proofKeys: () => [...linking.proofKeys(), ...spaceProofs(ledger, clock.nowMs()), ...joins.proofKeys()],
    nameOf: (peer) =>
      (peer.person === identity.person ? own.nameOf(peer.device) : null) ?? queries.nameOf(peer.person),
    learnName: (peer, name) => learnName(queries, ledger, peer, name),
    isAskedFor: ({ person, device }, invite) =>
      talks.requests.addresseeOf(invite) === person || hasEnteredBy(ledger.replicas, invite, device),
    record,
    traffic,
    onFrame: (exchange, frame) => {
      if (frame.type === "typing") typing.hear(exchange, frame);
      else exchange.onFrame(frame);
    },
    exchangeHost: () => ({
      clock,
      random,
      log,
      store,
      ledger,
      author,
      ingest,
      wants,
      joins,
      linking,
      talks,
      deliveries,
      early,
      roots,
      settledRoots,
      sets,
      budgets,
      ways,
      box,
      self,
      ownName: () => identity.name,
      ownPrekey: () => identity.prekey.bundle.id,
      onSession(session) {
        joins.onSession(session);
        linking.onSession(session);
        talks.onSession(session);
      },
      onWaiting: (space) => waiting.look(space),
      onSessionClosed(session) {
        joins.onSessionClosed(session);
        linking.onClosed(session);
      },
      onSpaceInSync: (exchange, space) => {
        swarm.agreed(exchange.session.device);
        ownChains.noteInSync(space, exchange.session.device);
        restored.noteInSync(space, exchange.session.device);
        joins.onSpaceInSync(space);
        talks.onMembersChanged(space);
        linkingParts.join.onSpaceInSync(space);
        if (own.isOwn(exchange.session)) own.spread(exchange.session);
      },
    }),
  });

  ledger.onCommitted((committed: Committed) => {
    for (const event of committed.events) structures.note(event);
    for (const scope of new Set(committed.events.map((event) => event.scope))) sealedKeeper.touch(scope);
    deliveries[committed.from === null ? "noteOwn" : "noteArrived"](committed.events);
    if (committed.events.length > 0)
      for (const exchange of swarm.exchanges()) exchange.onCommitted(committed);
    for (const space of committed.spacesChanged) {
      queries.refreshNames(space);
      joins.onMembersChanged(space);
      talks.onMembersChanged(space);
    }
    changeLog.publish(committed.log, committed.messages);
    if (committed.spacesChanged.size > 0) {
      swarm.keysChanged();
      swarm.membersChanged();
      for (const { session } of swarm.exchanges()) if (own.isOwn(session)) own.spread(session);
      if (committed.from !== null) void own.introduce();
    }
    for (const space of committed.spacesChanged) {
      fenceInTurn(space);
      profiles.look(space);
    }
  });

  const privates = new PrivateChannels({
    clock,
    random,
    log,
    box,
    ledger,
    author,
    person: () => identity.person,
    device: self,
    onKeysChanged: () => swarm.keysChanged(),
    onFounded: (scope) => ownChains.noteFounded(scope),
  });
  const typing = new Typing({
    clock,
    ledger,
    queries,
    changeLog,
    self: () => identity.person,
    exchanges: () => swarm.exchanges(),
  });
  const suspensions = new Suspensions({
    clock,
    log,
    ledger,
    author,
    device: self,
    proofAt: (key) => store.meta(key),
    onKeysChanged: () => swarm.keysChanged(),
  });
  const parts: NodeParts = {
    privates,
    ownChains,
    restored,
    talks,
    options,
    ledger,
    author,
    ingest,
    deliveries,
    queries,
    changeLog,
    joins,
    swarm,
    record,
    traffic,
    typing,
    startedMs: clock.monotonicMs(),
    identity: () => identity,
    setIdentity,
    linking: linkingParts,
    profiles,
    prekeys,
    rebuild: (scopes) => structures.rebuild(scopes),
  };
  const fenceInTurn = (space: SpaceId): void => {
    const replica = ledger.replicas.get(space);
    if (!replica) return;
    privates.fenceInTurn(replica);
    suspensions.suspendInTurn(replica);
  };
  talks.start();
  const expiries = new Expiries({ clock, log, store, ledger });
  // Before anything is shown, or asked of anybody.
  await expiries.sweep();
  let stopping = false;
  return {
    service: createService(parts, () => stopping),
    get peerPort() {
      return swarm.port;
    },
    get beaconAtMs() {
      return swarm.beaconAtMs;
    },
    async start() {
      swarm.setVisibility(options.visibility);
      warmRoots(clock, ledger, roots, cold);
      for (const space of ledger.replicas.keys()) fenceInTurn(space);
      await own.introduce();
      await swarm.start();
      swarm.want(joins.hints());
      prekeys.start();
      sealedKeeper.start();
    },
    async stop() {
      stopping = true;
      privates.close();
      suspensions.close();
      linkingParts.offer.cancel();
      await prekeys.close();
      await sealedKeeper.close();
      await profiles.close();
      await swarm.stop();
      early.close();
      await expiries.close();
      deliveries.close();
      await ingest.stored();
      await verifier.close();
    },
  };
}

/**
 * A member's name is what the log says; only a stranger's is what they call themselves. One that no log would
 * take (control characters, turned directions) is not shown: they keep the name that follows from their id.
 */
function learnName(queries: Queries, ledger: Ledger, peer: HandshakeResult, name: string): void {
  for (const { membership } of ledger.replicas.values())
    if (membership.state().members.has(peer.person)) return;
  try {
    queries.learnStranger(peer.person, normalizeName(name));
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
  }
}
