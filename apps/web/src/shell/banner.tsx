/** Above the list, or the screen where there is none, never over it: what is wrong between this page, the node and the others, and what to do. */
import { useP2PConnection } from "@kith/react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { Shape } from "../parts/status.tsx";

export function ConnectionBanner(): ReactNode {
  const { phase, networkStatus, refreshNetworkInfo } = useP2PConnection();
  return (
    <div aria-live="polite" className="shrink-0 not-empty:pt-1">
      {phase === "connecting" && (
        <p className="border-line mx-2 mb-2 flex items-center gap-2 rounded-lg border p-2.5 text-[12.5px]">
          <Shape level="warn" /> Connecting to the node on this device…
        </p>
      )}
      {phase === "stopped" && (
        <div className="border-bad bg-bad-soft mx-2 mb-2 grid gap-1.5 rounded-lg border p-3 text-[12.5px]">
          <p className="flex items-center gap-2 font-semibold">
            <Shape level="bad" /> This node has stopped
          </p>
          <p>
            The program on this device does not answer. Start it again with{" "}
            <code className="font-mono">npm start</code> or <code className="font-mono">./kith up</code>; this
            page goes on by itself. What you write meanwhile waits here.
          </p>
          <div>
            <Button size="small" onClick={() => void refreshNetworkInfo()}>
              Look again
            </Button>
          </div>
        </div>
      )}
      {phase === "connected" && networkStatus !== null && networkStatus.storageState !== "ok" && (
        <div className="border-bad bg-bad-soft mx-2 mb-2 grid gap-1.5 rounded-lg border p-3 text-[12.5px]">
          <p className="flex items-center gap-2 font-semibold">
            <Shape level="bad" />{" "}
            {networkStatus.storageState === "full"
              ? "This device’s disk is full"
              : "This device’s disk does not take what is written"}
          </p>
          <p>
            New messages cannot be saved, and what others send waits with them; nothing is lost.{" "}
            {networkStatus.storageState === "full"
              ? "Free some space: this goes on by itself."
              : "The Network page has checks that say more."}
          </p>
        </div>
      )}
      {phase === "connected" && networkStatus?.online === false && (
        <p className="border-line mx-2 mb-2 flex items-center gap-2 rounded-lg border p-2.5 text-[12.5px]">
          <Shape level="idle" /> This device is off the network. Messages are saved here and go out later.
        </p>
      )}
    </div>
  );
}
