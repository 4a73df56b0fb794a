/**
 * One device, assembled: identity, ledger, ingest, swarm, queries. Owns lifecycle and the service that
 * surfaces stand on; imports no adapter, so the daemon and the simulator run the same node. docs/ARCHITECTURE.
 */
import {
  CoreError,
  cellDay,
  createDigestIndex,
  createRootIndex,
  createSetIndex,
  encodeEquivocation,
  normalizeName,
  readUtf8,
  utf8,
  verifyEquivocation,
} from "@kith/core";
import type {
  BeaconDigest,
  DigestIndex,
  EquivocationProof,
  HandshakeResult,
  Identity,
  LogDraft,
  RootIndex,
  ScopeId,
} from "@kith/core";
import { Author } from "./author.ts";
import { ChangeLog } from "./change-log.ts";
import { createCpuBudgets } from "./cpu-budget.ts";
import { Deliveries } from "./delivery.ts";
import { ALL_WAYS } from "./deps.ts";
import type { NodeOptions } from "./deps.ts";
import { loadIdentity } from "./identity-store.ts";
import { Ingest } from "./ingest.ts";
import { Joins } from "./joins.ts";
import { Ledger } from "./ledger.ts";
import type { Committed } from "./ledger.ts";
import { Queries } from "./queries.ts";
import { Repair } from "./repair.ts";
import { readSecrets } from "./secrets.ts";
import { createSettledRoots } from "./settled-roots.ts";
import { createService } from "./node-service.ts";
import type { KithService } from "./service.ts";
import { Swarm } from "./swarm.ts";
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
  readonly options: NodeOptions;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly ingest: Ingest;
  readonly deliveries: Deliveries;
  readonly queries: Queries;
  readonly changeLog: ChangeLog;
  readonly joins: Joins;
  readonly swarm: Swarm;
  readonly startedMs: number;
  identity(): Identity;
  setIdentity(identity: Identity): void;
  /** Log entries that no event stands behind. */
  record(drafts: readonly LogDraft[]): void;
}

const LOG_ID_META = "log/id";

/** Loads the device from its store. Rejects with IDENTITY_DAMAGED or SECRETS_DAMAGED. Not on the network before start(). */
export async function createNode(options: NodeOptions): Promise<KithNode> {
  const { clock, random, log, store, box, verifier } = options;
  let identity = await loadIdentity({ store, random, clock, box }, options.name);
  const ledger = new Ledger({ clock, log, store });
  const author = new Author({ ledger, random, box, device: identity.device });
  for (const keys of readSecrets(store)) ledger.addSecrets(keys);
  for (const keys of readSecrets(store)) ledger.openSpace(keys.space);
  const self = identity.device.device;
  const roots = createRootIndex(store);
  const settledRoots = createSettledRoots(roots, clock);
  const sets = createSetIndex(store);
  const allDigests = createDigestIndex(store);
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
  const record = (drafts: readonly LogDraft[]): void => {
    if (drafts.length > 0) ledger.commit(ledger.gather(null), { log: drafts }).catch(onError);
  };
  const deliveries = new Deliveries({ store, ledger, device: self, clock, onError });
  const queries = new Queries({ store, ledger, deliveries, self: () => identity.person });
  for (const space of ledger.replicas.keys()) queries.refreshNames(space);
  const changeLog = new ChangeLog({
    store,
    logId: await loadLogId(options),
    render: (row, how) => queries.render(row, how),
  });
  const ingest = new Ingest({
    ledger,
    verifier,
    log,
    onFork: (proof) => keepForkProof(parts, proof),
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
    isHere: (id, scope) => ledger.knows(id, scope) || ingest.holds(id),
    floorOf: (scope) => ledger.scopeState(scope)?.floor ?? 0,
    waiting: () => ingest.counts.waiting,
    isPaused: () => ingest.isFull || ledger.health.restMs > 0,
  });
  const joins = new Joins({
    clock,
    log,
    store,
    ledger,
    box,
    identity: () => identity,
    historyDays: options.historyDays ?? null,
    spaceInfo: (space) => (ledger.replicas.has(space) ? queries.space(space) : null),
    want: (addresses) => swarm.call(addresses),
    doneWith: (addresses) => swarm.doneWith(addresses),
    onKeysChanged: () => swarm.keysChanged(),
    onAdmitted: (session, space) => {
      for (const exchange of swarm.exchanges()) if (exchange.session === session) exchange.grant(space);
    },
  });
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
        isMember: (space, device) => ledger.isMemberDevice(space, device),
        isResting: () => ledger.health.restMs > 0,
        ...network,
      }),
    onBeat: () => digests.refill(),
    listens: () => quietVoices(ledger, clock.nowMs()),
    proofKeys: () => [...spaceProofs(ledger, clock.nowMs()), ...joins.proofKeys()],
    nameOf: (peer) => queries.nameOf(peer.person),
    learnName: (peer, name) => learnName(queries, ledger, peer, name),
    record,
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
      deliveries,
      roots,
      settledRoots,
      sets,
      budgets,
      ways,
      box,
      self,
      ownName: () => identity.name,
      onSpaceInSync: (_exchange, space) => joins.onSpaceInSync(space),
    }),
  });

  ledger.onCommitted((committed: Committed) => {
    for (const event of committed.events) {
      roots.note(event.scope, event.bucket, event.id);
      settledRoots.note(event.scope);
      digests.note(event.scope);
    }
    if (committed.from === null) deliveries.noteOwn(committed.events);
    if (committed.events.length > 0)
      for (const exchange of swarm.exchanges()) exchange.onCommitted(committed);
    for (const space of committed.spacesChanged) {
      queries.refreshNames(space);
      joins.onMembersChanged(space);
    }
    changeLog.publish(committed.log, committed.messages);
    if (committed.spacesChanged.size > 0) {
      swarm.keysChanged();
      swarm.membersChanged();
    }
  });

  const parts: NodeParts = {
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
    startedMs: clock.monotonicMs(),
    identity: () => identity,
    setIdentity: (next) => {
      identity = next;
    },
  };
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
      warmRoots(options, ledger, roots, cold);
      await swarm.start();
      swarm.want(joins.hints());
    },
    async stop() {
      stopping = true;
      await swarm.stop();
      deliveries.close();
      await ingest.stored();
      await verifier.close();
    },
  };
}

/**
 * Two events of one device with one number: the proof is kept and people are told, once for each chain. It
 * takes effect through a suspend event; until then the branch that came first stands.
 */
function keepForkProof({ options, ledger }: NodeParts, proof: EquivocationProof): void {
  const { store, clock, log } = options;
  const { device, scope, seq } = verifyEquivocation(proof);
  // One is proof enough: more would let a device that forks at every number fill the disk.
  const key = `fork/${scope}/${device}`;
  if (store.meta(key)) return;
  log.warn("device:forked", { device, scope, seq });
  const data = JSON.stringify({
    space: ledger.scopeState(scope)?.space ?? null,
    change: "device-forked",
    device,
  });
  ledger
    .commit(ledger.gather(null), {
      meta: [{ key, value: encodeEquivocation(proof) }],
      log: [{ type: "space", atMs: clock.nowMs(), ref: null, data }],
    })
    .catch((error: unknown) => log.error("device:fork-not-kept", { device, error: String(error) }));
}

async function loadLogId({ store, random }: NodeOptions): Promise<string> {
  const known = store.meta(LOG_ID_META);
  if (known) return readUtf8(known);
  const logId = Buffer.from(random.bytes(4)).toString("hex");
  await store.commit({ meta: [{ key: LOG_ID_META, value: utf8(logId) }] });
  return logId;
}

/** Roots of a long history take a moment: they are read one scope at a time once the node is up. */
function warmRoots(options: NodeOptions, ledger: Ledger, roots: RootIndex, cold: Set<ScopeId>): void {
  const scopes = [...ledger.replicas.values()].flatMap(({ control, content }) => [control, content]);
  for (const scope of scopes) cold.add(scope);
  const next = (): void => {
    const scope = scopes.shift();
    if (!scope) return;
    roots.root(scope);
    cold.delete(scope);
    options.clock.after(1, next);
  };
  options.clock.after(1, next);
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
