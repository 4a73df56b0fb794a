/// <reference lib="dom" />
/** A page of somebody else's over the hooks: a thread whose rows count how often they are drawn. Built and opened by a test. */
import { createKithClient } from "@kith/client";
import { createKithStore, KithProvider, P2PNetworkStatus, useMessages, useP2PConnection } from "@kith/react";
import type { Row } from "@kith/react";
import { memo, StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";

declare global {
  interface Window {
    drawn: Record<string, number>;
    mounts: number;
    say(content: string): Promise<unknown>;
  }
}

window.drawn = {};
window.mounts = 0;

const Line = memo(function Line({ row }: { row: Row }) {
  useEffect(() => {
    window.drawn[row.key] = (window.drawn[row.key] ?? 0) + 1;
  });
  return <li data-key={row.key}>{row.text}</li>;
});

function Thread({ space, channel }: { space: string; channel: string }) {
  const { rows } = useMessages({ space, channel });
  const { broadcastMessage } = useP2PConnection({ autoConnect: true, board: "general" });
  useEffect(() => {
    window.say = broadcastMessage;
    window.mounts += 1;
  }, [broadcastMessage]);
  return (
    <ul aria-label="Thread">
      {rows.map((row) => (
        <Line key={row.key} row={row} />
      ))}
    </ul>
  );
}

const [space = "", channel = ""] = location.hash.slice(1).split("/");
const store = createKithStore({ client: createKithClient({ url: location.origin }), autoConnect: false });
const place = document.querySelector("main");
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <KithProvider store={store}>
        <h1>A page</h1>
        <P2PNetworkStatus />
        <P2PNetworkStatus variant="detailed" />
        <Thread space={space} channel={channel} />
      </KithProvider>
    </StrictMode>,
  );
