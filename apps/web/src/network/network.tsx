/** What this device reaches, how, and how far each is in step. */
import { useDevices, useNetworkLog, useP2PConnection, usePeers } from "@kith/react";
import { countOf } from "../parts/count-words.ts";
import { toFailure } from "../parts/failure.ts";
import type { KnownDevice, Peer } from "@kith/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { AppLink } from "../parts/link.tsx";
import { EmptyState, ErrorNote, StatusWords } from "../parts/status.tsx";
import { useNowMs } from "../parts/use-now.ts";
import { Screen } from "../parts/screen.tsx";
import { describeConnection } from "../shell/connection-words.ts";
import { lastReachable } from "../people/presence.ts";
import { Checks } from "./checks.tsx";
import { Topology } from "./topology.tsx";
import { roundTrip } from "./topology-layout.ts";

const paths: Readonly<Record<Peer["path"], string>> = {
  lan: "Direct, local network",
  direct: "Direct",
  relay: "Relayed",
  tor: "Over Tor",
  hub: "By a hub",
};

const healths = {
  excellent: "Excellent",
  good: "Good",
  poor: "Poor: links are slow or break",
  offline: "No links",
} as const;

export function NetworkScreen(): ReactNode {
  const { phase, me, networkStatus } = useP2PConnection();
  const { members: peers } = usePeers();
  const known = useDevices();
  // A node that does not answer says nothing about anybody: what it said last may be wrong by now.
  const isKnown = phase === "connected";
  const devices = isKnown ? known : known.map((device) => ({ ...device, connected: false }));
  const words = describeConnection({ phase, status: networkStatus, peers });
  return (
    <Screen title="Network" lead={`${words.title}. ${words.detail}.`}>
      <div className="grid grid-cols-1 gap-5">
        {devices.length === 0 && !isKnown ? (
          <section className="border-line rounded-xl border">
            <EmptyState title="Not known now">
              Who can be reached is shown as soon as this node answers.
            </EmptyState>
          </section>
        ) : devices.length === 0 ? (
          <section className="border-line rounded-xl border">
            <EmptyState
              title="No other device yet"
              action={
                <AppLink to={{ at: "people", space: null }} className="text-accent underline">
                  See who is nearby
                </AppLink>
              }
            >
              Devices of people you share a space with appear here as soon as they can be reached. Invite
              somebody, or look whether a firewall or the Wi-Fi keeps devices apart (checks below).
            </EmptyState>
          </section>
        ) : (
          <>
            <section aria-labelledby="who" className="border-line rounded-xl border p-4">
              <h2 id="who" className="text-[14px] font-semibold">
                Who you reach, and how
              </h2>
              <Topology devices={devices} name={me?.name ?? "This device"} isKnown={isKnown} />
            </section>
            <Devices devices={devices} isKnown={isKnown} />
          </>
        )}
        <ThisNode />
        <Checks />
        <EventLog />
      </div>
    </Screen>
  );
}

function Devices({ devices, isKnown }: { devices: readonly KnownDevice[]; isKnown: boolean }): ReactNode {
  const nowMs = useNowMs();
  return (
    <section aria-label="Devices" className="border-line overflow-x-auto rounded-xl border" tabIndex={0}>
      <table className="w-full text-start text-[13px]">
        <thead>
          <tr className="text-muted border-line border-b text-[12px]">
            {["Device", "Path", "Round trip", "Sync"].map((title) => (
              <th key={title} scope="col" className="px-4 py-2 text-start max-md:px-2.5 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <DeviceRow key={device.id} device={device} isKnown={isKnown} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function DeviceRow({
  device: { name, connected, link },
  isKnown,
  nowMs,
}: {
  device: KnownDevice;
  isKnown: boolean;
  nowMs: number;
}): ReactNode {
  return (
    <tr className="border-line not-last:border-b">
      <th scope="row" className="px-4 py-2.5 text-start font-medium max-md:px-2.5">
        <bdi>{name}</bdi>
      </th>
      <td className="text-muted px-4 py-2.5 max-md:px-2.5">
        {connected && link !== null
          ? paths[link.path]
          : !isKnown
            ? "not known"
            : link === null
              ? "none"
              : `Last reachable ${lastReachable(link.lastSeen, nowMs)}`}
      </td>
      <td className="tabular px-4 py-2.5 max-md:px-2.5 md:whitespace-nowrap">
        {connected && link !== null ? roundTrip(link.rttMs) : isKnown ? "none" : "not known"}
      </td>
      <td className="px-4 py-2.5 max-md:px-2.5 md:whitespace-nowrap">
        {!isKnown ? (
          <StatusWords level="idle">Not known now</StatusWords>
        ) : !connected ? (
          <StatusWords level="idle">Not reachable now</StatusWords>
        ) : link?.inSync === true ? (
          <StatusWords level="ok">Up to date</StatusWords>
        ) : (
          <StatusWords level="warn">Catching up</StatusWords>
        )}
      </td>
    </tr>
  );
}

function ThisNode(): ReactNode {
  const announce = useAnnounce();
  const { phase, networkStatus: status, connect, disconnect } = useP2PConnection();
  const [error, setError] = useState<ReturnType<typeof toFailure> | null>(null);
  const [isAsking, setAsking] = useState(false);
  if (status === null) return null;
  const isKnown = phase === "connected";

  async function setOnline(online: boolean): Promise<void> {
    setAsking(false);
    setError(null);
    try {
      await (online ? connect() : disconnect());
      announce(online ? "On the network again" : "Off the network");
    } catch (cause) {
      setError(toFailure(cause));
    }
  }

  return (
    <section aria-labelledby="this-node" className="border-line grid gap-3 rounded-xl border p-4">
      <h2 id="this-node" className="text-[14px] font-semibold">
        This device
      </h2>
      <dl className="grid grid-cols-[auto_1fr] gap-x-5 gap-y-1 text-[13px]">
        <dt className="text-muted">Network</dt>
        <dd>{isKnown ? healths[status.networkHealth] : "Not known now: this node does not answer"}</dd>
        {(isKnown ? status.transports : []).map(({ kind, port, up }) => (
          <div key={kind} className="contents">
            <dt className="text-muted">
              {kind === "tls" ? "Links" : kind === "beacon" ? "Discovery" : kind}
            </dt>
            <dd className="tabular">{up ? (port === null ? "on" : `on, port ${port}`) : "off"}</dd>
          </div>
        ))}
        {isKnown && status.receiving !== null && (
          <>
            <dt className="text-muted">Receiving</dt>
            <dd className="tabular">
              {status.receiving.have.toLocaleString("en")} of {countOf(status.receiving.of, "event")}
            </dd>
          </>
        )}
        {isKnown && status.waitingForKeys > 0 && (
          <>
            <dt className="text-muted">Waiting</dt>
            <dd>
              {countOf(status.waitingForKeys, "event waits", "events wait")} for a key from the device that
              has it
            </dd>
          </>
        )}
      </dl>
      <ErrorNote failure={error} />
      {!status.online ? (
        <div>
          <Button look="primary" disabled={!isKnown} onClick={() => void setOnline(true)}>
            Back on the network
          </Button>
        </div>
      ) : isAsking ? (
        <div className="grid gap-2">
          <p className="text-[13px]">
            Links end and nobody finds this device until you take it back. What you write is saved here.
          </p>
          <div className="flex gap-2">
            <Button look="danger" autoFocus onClick={() => void setOnline(false)}>
              Take it off
            </Button>
            <Button onClick={() => setAsking(false)}>Stay</Button>
          </div>
        </div>
      ) : (
        <div>
          <Button disabled={!isKnown} onClick={() => setAsking(true)}>
            Take this device off the network
          </Button>
        </div>
      )}
    </section>
  );
}

function EventLog(): ReactNode {
  const lines = useNetworkLog();
  return (
    <section aria-labelledby="events" className="grid gap-2">
      <h2 id="events" className="text-[14px] font-semibold">
        Events since this page was opened
      </h2>
      {lines.length === 0 ? (
        <p className="text-muted text-[13px]">
          Nothing yet. Links, joins and changes of the network appear here.
        </p>
      ) : (
        <ol className="grid gap-1 text-[12.5px]">
          {lines.map(({ at, type, text }, index) => (
            <li key={index} className="grid grid-cols-[64px_72px_1fr] gap-2">
              <time className="text-muted font-mono">
                {new Date(at).toLocaleTimeString(undefined, { hour12: false })}
              </time>
              <span className="text-accent font-mono">{type}</span>
              <bdi>{text}</bdi>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
