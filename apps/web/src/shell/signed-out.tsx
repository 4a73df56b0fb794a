/** The node does not know this browser. */
import type { ReactNode } from "react";

export function SignedOut(): ReactNode {
  return (
    <main className="grid h-full place-content-center p-6">
      <div className="grid max-w-[46ch] gap-3">
        <h1 className="text-xl font-semibold">Sign in to this node</h1>
        <p className="text-muted">
          This page belongs to the Kith node on this device, and the node does not know this browser yet. On
          the device run
        </p>
        <p>
          <code className="border-line bg-rail rounded-md border px-2 py-1 font-mono text-[13px]">
            ./kith open
          </code>
        </p>
        <p className="text-muted">and open the link that it prints. It works once, for ten minutes.</p>
      </div>
    </main>
  );
}
