/** Looks at what commonly keeps people apart and says it in plain words. */
import type { EventStore } from "@kith/core";
import type { HostFacts } from "./deps.ts";
import type { ChainState } from "./own-chains.ts";
import type { DoctorCheck, PeerInfo, Visibility } from "./service.ts";

export interface DoctorSight {
  readonly store: EventStore;
  readonly host: HostFacts;
  readonly chains: ChainState;
  readonly online: boolean;
  readonly listeningPort: number | null;
  readonly discovery: "on" | "off" | "failed";
  readonly visibility: Visibility;
  readonly peers: readonly PeerInfo[];
  /** Other people's devices in our spaces. */
  readonly membersElsewhere: number;
  /** Devices heard by beacon that no link could be made to. */
  readonly heardUnlinked: number;
  /** Names of people who say that this device shares no space with them, while it takes itself for a member. */
  readonly partedBy: readonly string[];
}

/** Of those who say the same thing. */
const NAMES_SHOWN_MAX = 5;
const DISK_LOW_BYTES = 200 * 1_048_576;

export function examine(sight: DoctorSight): DoctorCheck[] {
  return [
    checkDisk(sight),
    checkStore(sight),
    ...checkChains(sight),
    checkInterfaces(sight),
    checkListening(sight),
    checkDiscovery(sight),
    checkReach(sight),
    ...checkMembership(sight),
  ];
}

function checkDisk({ host }: DoctorSight): DoctorCheck {
  if (host.freeDiskBytes === null)
    return result(
      "disk",
      "warn",
      "Free space could not be read.",
      "Check the disk that holds the data directory.",
    );
  const megabytes = Math.floor(host.freeDiskBytes / 1_048_576);
  return host.freeDiskBytes < DISK_LOW_BYTES
    ? result(
        "disk",
        "bad",
        `Only ${megabytes} MB are free; messages cannot be saved without space.`,
        "Free some space.",
      )
    : result("disk", "ok", `${megabytes} MB free.`);
}

/** Nothing where all is well: hardly anybody has heard of it. */
function checkChains({ chains }: DoctorSight): DoctorCheck[] {
  switch (chains) {
    case "sound":
      return [];
    case "held":
      return [
        result(
          "restored",
          "warn",
          "The data directory is a copy: this device writes nothing until it has met a device of each of its spaces.",
          "Start a device of the space nearby. If nothing was written elsewhere, start with `kith up --moved`.",
        ),
      ];
    case "forked":
      return [
        result(
          "restored",
          "bad",
          "This device was set back to an older copy of its data and wrote over what it had written since.",
          "Run `kith reset`, and link it anew from another of your devices, or ask for a new invitation.",
        ),
      ];
  }
}

function checkStore({ store }: DoctorSight): DoctorCheck {
  const damage = store.checkIntegrity();
  return damage.length === 0
    ? result("store", "ok", `${countOf(store.stats().events, "event")}, sound.`)
    : result(
        "store",
        "bad",
        `The database is damaged: ${damage[0]}`,
        "Run `kith verify` to see what is affected, and restore a backup.",
      );
}

function checkInterfaces({ host }: DoctorSight): DoctorCheck {
  const networks = host.interfaces.filter((each) => !each.loopback);
  return networks.length === 0
    ? result(
        "network",
        "warn",
        "This device is on no network; only nodes on this very machine can be reached.",
        "Join a Wi-Fi or plug in a cable.",
      )
    : result(
        "network",
        "ok",
        `On ${networks.map(({ name, address }) => `${name} (${address})`).join(", ")}.`,
      );
}

function checkListening({ online, listeningPort }: DoctorSight): DoctorCheck {
  if (!online)
    return result(
      "listening",
      "bad",
      "This node was taken off the network.",
      'Put it back with POST /api/device-status {"online": true}.',
    );
  return result("listening", "ok", `Accepts links on TCP port ${listeningPort}; a firewall must let it in.`);
}

function checkDiscovery({ discovery, visibility }: DoctorSight): DoctorCheck {
  if (discovery === "off")
    return result(
      "discovery",
      "warn",
      "Local discovery is off (--lan off).",
      "Start without --lan off, or name peers with --peer HOST:PORT.",
    );
  if (discovery === "failed")
    return result(
      "discovery",
      "bad",
      "The beacon's UDP port could not be opened.",
      "Stop what else uses UDP port 5484, or name peers with --peer HOST:PORT.",
    );
  if (visibility === "hidden")
    return result(
      "discovery",
      "warn",
      "Hidden: this node hears others but does not make itself heard.",
      "Make it visible to members in the settings.",
    );
  return result(
    "discovery",
    "ok",
    visibility === "nearby" ? "Visible to everyone nearby." : "Visible to members of your spaces only.",
  );
}

function checkReach({ peers, membersElsewhere, heardUnlinked }: DoctorSight): DoctorCheck {
  if (peers.length > 0) return result("reach", "ok", `Linked to ${countOf(peers.length, "device")}.`);
  if (heardUnlinked > 0) {
    return result(
      "reach",
      "bad",
      `${countOf(heardUnlinked, "device is", "devices are")} heard here but cannot be linked to.`,
      "A firewall blocks TCP on one side: allow the port above on both.",
    );
  }
  if (membersElsewhere === 0)
    return result(
      "reach",
      "ok",
      "No other device belongs to your spaces yet.",
      "Invite somebody: `kith invite SPACE`.",
    );
  return result(
    "reach",
    "warn",
    "No other member's device is heard on this network.",
    "Check that both are on the same network, that it lets devices talk to each other (no guest or access-point isolation), that no VPN captures traffic, and that UDP port 5484 is allowed.",
  );
}

/** Nothing where all is well. */
function checkMembership({ partedBy }: DoctorSight): DoctorCheck[] {
  if (partedBy.length === 0) return [];
  const names = partedBy.slice(0, NAMES_SHOWN_MAX).join(", ");
  return [
    result(
      "membership",
      "bad",
      `No space is shared with this device any more, say devices of: ${names}. It was removed, and cannot read by what.`,
      "Ask a member of the space; a new invitation lets you in again. What is here stays readable.",
    ),
  ];
}

function result(
  name: string,
  status: DoctorCheck["status"],
  detail: string,
  next: string | null = null,
): DoctorCheck {
  return { name, status, detail, next };
}

const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
