/** This node itself: who it is, how it stands on the network, whom it reaches, its settings. */
import type { KithClient } from "@kith/client";
import type { Me, Peer, Status, Theme, Visibility } from "@kith/contract";
import type { Cells, Readable } from "./cell.ts";
import type { Cancel, Host } from "./host.ts";
import { createRefresher } from "./refresher.ts";
import type { Refresher } from "./refresher.ts";
import type {
  Failure,
  P2PConnection,
  PeersView,
  Phase,
  ProfileChange,
  SettingsView,
  VisibilityView,
} from "./types.ts";

/** Round trips and storage are in no log entry. A look every three seconds costs the node two short answers. */
const LOOK_MS = 3_000;
/** While a long history comes somebody may be watching the figure. */
const LOOK_RECEIVING_MS = 500;
/** Of a device in reach `lastSeen` moves with every word: one that is half a minute old says as much. */
const LAST_SEEN_STEP_MS = 30_000;
const THEME_KEY = "kith-theme";

export interface NodeFactsOptions {
  readonly client: KithClient;
  readonly host: Host;
  readonly cells: Cells;
  isOpen(): boolean;
  onSignedOut(error: unknown): void;
  onNamed(person: string, name: string): void;
  /** Opens this page's stream; while it is open nothing. */
  start(): void;
  isStarted(): boolean;
}

export interface NodeFacts {
  readonly connection: Readable<P2PConnection>;
  readonly peers: Readable<PeersView>;
  readonly visibility: Readable<VisibilityView>;
  readonly settings: Readable<SettingsView>;
  me(): Me | null;
  turn(phase: Phase, error: Failure | null): void;
  renamed(person: string, name: string): void;
  /** Asks for who this is; resolves when it is known, or cannot be. */
  learnMe(): Promise<void>;
  refresh(): void;
  /** The page's stream is being opened from now on. */
  started(): void;
  soon(): void;
  close(): void;
}

interface Facts {
  phase: Phase;
  sinceMs: number;
  error: Failure | null;
  me: Me | null;
  status: Status | null;
  peers: readonly Peer[] | null;
}

const isTheme = (text: string | null): text is Theme =>
  text === "system" || text === "light" || text === "dark";

/** A fraction of a millisecond is no change. */
const roundMs = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

const isSamePeer = (known: Peer, told: Peer): boolean =>
  known.id === told.id &&
  (Object.keys(told) as (keyof Peer)[]).every((fact) => {
    if (fact === "rttMs") return roundMs(known.rttMs) === roundMs(told.rttMs);
    if (fact === "lastSeen" && told.connected)
      return Math.abs(Date.parse(told.lastSeen) - Date.parse(known.lastSeen)) < LAST_SEEN_STEP_MS;
    return known[fact] === told[fact];
  });

/** The objects that are known where nothing in them is new, and the list itself where all are. */
function keepKnown(known: readonly Peer[] | null, told: readonly Peer[]): readonly Peer[] {
  if (known === null) return told;
  const byId = new Map(known.map((peer) => [peer.id, peer]));
  const peers = told.map((peer) => {
    const before = byId.get(peer.id);
    return before !== undefined && isSamePeer(before, peer) ? before : peer;
  });
  return peers.length === known.length && peers.every((peer, at) => peer === known[at]) ? known : peers;
}

export function createNodeFacts(options: NodeFactsOptions): NodeFacts {
  const { client, host, cells, onSignedOut } = options;
  let facts: Facts = {
    phase: "starting",
    sinceMs: host.nowMs(),
    error: null,
    me: null,
    status: null,
    peers: null,
  };
  let cancelLook: Cancel | null = null;

  const actions = {
    connect() {
      options.start();
      return setOnline(true);
    },
    disconnect: () => setOnline(false),
    refreshNetworkInfo: () => network.refresh(),
    async rename(name: string) {
      change({ me: await client.changeMe({ name }) });
    },
    async changeProfile(profile: ProfileChange) {
      change({ me: await client.changeMe(profile) });
    },
  };
  const connection = cells.derive<P2PConnection>(() => {
    const { phase, sinceMs, error, me, status, peers } = facts;
    return {
      phase,
      sinceMs,
      connectionError: error,
      isConnected: phase === "connected" && status?.online !== false,
      isConnecting: (phase === "starting" && options.isStarted()) || phase === "connecting",
      me,
      networkStatus: status,
      peers: peers ?? [],
      peerCount: peers?.length ?? 0,
      ...actions,
    };
  });
  const peersView = cells.derive<PeersView>(() => {
    const peers = facts.peers ?? [];
    return {
      members: peers.filter(({ shared }) => shared),
      nearby: peers.filter(({ shared }) => !shared),
      isLoading: facts.peers === null,
    };
  });
  const visibility = cells.derive<VisibilityView>(() => ({
    visibility: facts.status?.visibility ?? facts.me?.visibility ?? null,
    set: setVisibility,
  }));
  const recalled = host.recall(THEME_KEY);
  const settings = cells.create<SettingsView>({ theme: isTheme(recalled) ? recalled : "system", setTheme });

  const common = { host, onSignedOut, onError: () => undefined };
  // Tried again by the next look: there is nothing for the reader in one that failed.
  const network = createRefresher({
    ...common,
    async load() {
      const [status, peers] = await Promise.all([client.status(), client.peers()]);
      change({ status, peers: keepKnown(facts.peers, peers.items) });
      for (const { person, name } of peers.items) options.onNamed(person, name);
    },
  });
  const identity = createRefresher({
    ...common,
    async load() {
      change({ me: await client.me() });
    },
  });
  const theme = createRefresher({
    ...common,
    async load() {
      showTheme((await client.settings()).theme);
    },
  });
  const refreshers: readonly Refresher[] = [network, identity, theme];

  function change(part: Partial<Facts>): void {
    const before = facts;
    facts = { ...facts, ...part };
    connection.touch();
    if (facts.peers !== before.peers) peersView.touch();
    if (part.status !== undefined || part.me !== undefined) visibility.touch();
  }

  function look(): void {
    const isReceiving = (facts.status?.receiving ?? null) !== null;
    cancelLook = host.after(isReceiving ? LOOK_RECEIVING_MS : LOOK_MS, () => {
      if (options.isOpen() && !host.isHidden()) void network.refresh();
      look();
    });
  }

  async function setOnline(online: boolean): Promise<void> {
    const { status } = facts;
    const answer = await client.setOnline(online);
    // Said by the node already; the look that follows may fail, and is no part of it.
    if (status !== null) change({ status: { ...status, online: answer.online } });
    await network.refresh();
  }

  async function setVisibility(next: Visibility): Promise<void> {
    const { status } = facts;
    if (status !== null) change({ status: { ...status, visibility: next } });
    try {
      change({ me: await client.changeMe({ visibility: next }) });
    } finally {
      await network.refresh();
    }
  }

  function showTheme(next: Theme): void {
    // For the first paint of the next visit, which is before the node has answered.
    host.remember(THEME_KEY, next);
    if (settings.get().theme !== next) settings.set({ theme: next, setTheme });
  }

  async function setTheme(next: Theme): Promise<void> {
    const before = settings.get().theme;
    showTheme(next);
    settings.tellNow();
    try {
      await client.changeSettings({ theme: next });
    } catch (error) {
      showTheme(before);
      throw error;
    }
  }

  look();
  return {
    connection,
    peers: peersView,
    visibility,
    settings,
    me: () => facts.me,
    turn(phase, error) {
      change({ phase, error, sinceMs: host.nowMs() });
    },
    renamed(person, name) {
      if (facts.me?.person === person && facts.me.name !== name) change({ me: { ...facts.me, name } });
    },
    learnMe: identity.refresh,
    refresh() {
      void network.refresh();
      void theme.refresh();
    },
    started: () => connection.touch(),
    soon: () => network.soon(),
    close() {
      cancelLook?.();
      for (const refresher of refreshers) refresher.close();
    },
  };
}
