/** The network as a picture: solid lines go straight, dashed ones by a relay, thick ones are quick. */
import { useP2PConnection } from "@kith/react";
import type { Peer } from "@kith/react";
import type { ReactNode } from "react";
import { HEIGHT, WIDTH, layOut, roundTrip } from "./topology-layout.ts";

/** Small, at the foot of the list: as many lines as there are devices in reach. */
export function TopologyGlyph(): ReactNode {
  const { peers, isConnected } = useP2PConnection();
  const linked = peers.filter(({ connected, shared }) => connected && shared).slice(0, 5);
  const spots = linked.map(({ path }, index) => {
    const angle = (index - (linked.length - 1) / 2) * 0.7;
    return { path, x: 8 + 20 * Math.cos(angle), y: 14 + 13 * Math.sin(angle) };
  });
  return (
    <svg
      viewBox="0 0 34 28"
      className={`h-7 w-8 shrink-0 ${isConnected ? "text-ok" : "text-muted"}`}
      aria-hidden="true"
    >
      {spots.map(({ path, x, y }, index) => (
        <g key={index}>
          <line
            x1="8"
            y1="14"
            x2={x}
            y2={y}
            stroke="currentColor"
            strokeWidth="1.8"
            strokeDasharray={path === "relay" || path === "tor" ? "2.5 2" : undefined}
          />
          <circle cx={x} cy={y} r="2.8" fill="currentColor" />
        </g>
      ))}
      {spots.length === 0 && (
        <circle
          cx="24"
          cy="14"
          r="3"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.3"
          strokeDasharray="2 1.5"
        />
      )}
      <circle cx="8" cy="14" r="4" fill="currentColor" />
    </svg>
  );
}

export function Topology({ peers, name }: { peers: readonly Peer[]; name: string }): ReactNode {
  const spots = layOut(peers);
  const words = peers
    .map(
      (peer) =>
        `${peer.name}: ${peer.connected ? `${peer.path}, ${roundTrip(peer.rttMs)}` : "not reachable"}`,
    )
    .join("; ");
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="mx-auto h-auto w-full max-w-[600px]"
      role="img"
      aria-label={`This device and: ${words}`}
    >
      {spots.map((spot) =>
        spot.connected ? (
          <line
            key={spot.id}
            x1={WIDTH / 2}
            y1={HEIGHT / 2}
            x2={spot.x}
            y2={spot.y}
            className={spot.isDirect ? "stroke-ok" : "stroke-warn"}
            strokeWidth={spot.width}
            strokeDasharray={spot.isDirect ? undefined : "6 5"}
          />
        ) : null,
      )}
      {spots.map((spot) => (
        <g key={spot.id}>
          {spot.connected && (
            <>
              <rect
                x={spot.labelX - 32}
                y={spot.labelY - 10}
                width="64"
                height="20"
                rx="4"
                className="fill-bg"
              />
              <text
                x={spot.labelX}
                y={spot.labelY + 4}
                textAnchor="middle"
                className="fill-muted tabular text-[12px]"
              >
                {roundTrip(spot.rttMs)}
              </text>
            </>
          )}
          {spot.connected ? (
            <circle cx={spot.x} cy={spot.y} r="9" className={spot.isDirect ? "fill-ok" : "fill-warn"} />
          ) : (
            <circle
              cx={spot.x}
              cy={spot.y}
              r="9"
              className="stroke-muted fill-bg"
              strokeWidth="2"
              strokeDasharray="3 3"
            />
          )}
          <text
            x={spot.x}
            y={spot.y < HEIGHT / 2 ? spot.y - 16 : spot.y + 27}
            textAnchor="middle"
            className="fill-text text-[13px] font-medium"
          >
            {spot.name.length > 24 ? `${spot.name.slice(0, 23)}…` : spot.name}
          </text>
        </g>
      ))}
      <circle cx={WIDTH / 2} cy={HEIGHT / 2} r="14" className="fill-accent" />
      <rect x={WIDTH / 2 - 62} y={HEIGHT / 2 + 18} width="124" height="20" rx="4" className="fill-bg" />
      <text
        x={WIDTH / 2}
        y={HEIGHT / 2 + 33}
        textAnchor="middle"
        className="fill-text text-[13px] font-semibold"
      >
        {name.length > 16 ? `${name.slice(0, 15)}…` : name} (this)
      </text>
    </svg>
  );
}
