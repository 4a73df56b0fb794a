/** At the foot of the list: how things stand, and the way to the Network screen. */
import { useP2PConnection } from "@kith/react";
import type { ReactNode } from "react";
import { TopologyGlyph } from "../network/topology.tsx";
import { AppLink } from "../parts/link.tsx";
import { Shape } from "../parts/status.tsx";
import { describeConnection } from "./connection-words.ts";

export function NetworkChip(): ReactNode {
  const { phase, networkStatus, peers } = useP2PConnection();
  const { level, title, detail } = describeConnection({ phase, status: networkStatus, peers });
  return (
    <AppLink
      to={{ at: "network" }}
      className="border-line bg-raised hover:bg-rail m-2 flex items-center gap-3 rounded-lg border p-3"
    >
      <TopologyGlyph />
      <span className="grid min-w-0">
        <span className="flex items-center gap-1.5 text-[13px] font-semibold">
          <Shape level={level} /> <span className="sr-only">Network: </span>
          {title}
          <span className="sr-only">.</span>
        </span>
        <span className="text-muted text-[12px] leading-snug">{detail}</span>
      </span>
    </AppLink>
  );
}
