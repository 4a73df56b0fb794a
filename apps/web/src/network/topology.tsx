/** The network as a picture: solid lines go straight, dashed ones by a relay, thick ones are quick. */
import { useP2PConnection } from "@kith/react";
import type { KnownDevice } from "@kith/react";
import { useLayoutEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { HUB_PX, LINE_PX, SPOT_PX, layOut, roundTrip } from "./topology-layout.ts";

/** Small, at the foot of the list: as many lines as there are devices in reach. */
export function TopologyGlyph(): ReactNode {
  const { peers, isConnected } = useP2PConnection();
  // What a node said that does not answer any more is no picture of now.
  const linked = isConnected ? peers.filter(({ connected, shared }) => connected && shared).slice(0, 5) : [];
  const spots = linked.map(({ path }, index) => {
    const angle = (index - (linked.length - 1) / 2) * 0.7;
    return { path, x: 8 + 20 * Math.cos(angle), y: 14 + 13 * Math.sin(angle) };
  });
  return (
    <svg
      viewBox="0 0 34 28"
      className={`h-7 w-8 shrink-0 ${linked.length > 0 ? "text-ok" : "text-muted"}`}
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

/** What is said beside a device and, in one line each, to those who do not see the picture. */
function describeLink({ connected, link }: KnownDevice, isKnown: boolean): string {
  if (!isKnown) return "not known";
  return connected && link !== null ? roundTrip(link.rttMs) : "not reachable";
}

export function Topology({
  devices,
  name,
  isKnown,
}: {
  devices: readonly KnownDevice[];
  name: string;
  isKnown: boolean;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => setRoom(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const { width, height, hub, spots } = layOut(
    devices.map(({ link, ...device }) => ({
      ...device,
      path: link?.path ?? null,
      rttMs: link?.rttMs ?? null,
      words: describeLink({ ...device, link }, isKnown),
    })),
    room,
  );
  const words = devices
    .map((device) => {
      const path = isKnown && device.connected ? `${device.link?.path ?? ""}, ` : "";
      return `${device.name}: ${path}${describeLink(device, isKnown)}`;
    })
    .join("; ");
  return (
    <div ref={box} className="min-w-0 overflow-hidden">
      {room > 0 && (
        // Pixel for pixel: what is scaled down cannot be read on a phone.
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          className="mx-auto block"
          role="img"
          aria-label={`This device and: ${words}`}
        >
          {spots.map(({ device, x, y, isDirect, width: stroke }) =>
            device.connected ? (
              <line
                key={device.id}
                x1={hub.x}
                y1={hub.y}
                x2={x}
                y2={y}
                className={isDirect ? "stroke-ok" : "stroke-warn"}
                strokeWidth={stroke}
                strokeDasharray={isDirect ? undefined : "6 5"}
              />
            ) : null,
          )}
          {spots.map(({ device, x, y, isDirect, textX, textY, anchor, label }) => (
            <g key={device.id}>
              {device.connected ? (
                <circle cx={x} cy={y} r={SPOT_PX} className={isDirect ? "fill-ok" : "fill-warn"} />
              ) : (
                <circle
                  cx={x}
                  cy={y}
                  r={SPOT_PX - 1}
                  className="stroke-muted fill-bg"
                  strokeWidth="2"
                  strokeDasharray="3 3"
                />
              )}
              <text x={textX} y={textY} textAnchor={anchor} className="fill-text text-[12px] font-medium">
                {label}
              </text>
              <text
                x={textX}
                y={textY + LINE_PX}
                textAnchor={anchor}
                className="fill-muted tabular text-[12px]"
              >
                {device.words}
              </text>
            </g>
          ))}
          <circle cx={hub.x} cy={hub.y} r={HUB_PX} className={isKnown ? "fill-accent" : "fill-muted"} />
        </svg>
      )}
      <p className="text-muted flex flex-wrap items-center justify-center gap-x-4 gap-y-1 pt-3 text-[12px]">
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className={`size-3 rounded-full ${isKnown ? "bg-accent" : "bg-muted"}`} />
          <span>
            <bdi>{name}</bdi>, this device
          </span>
        </span>
        <span>Solid: direct. Dashed: relayed. Thicker: quicker.</span>
      </p>
    </div>
  );
}
