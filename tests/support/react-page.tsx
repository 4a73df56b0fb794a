/// <reference lib="dom" />
/**
 * A page of somebody else's over the hooks: a thread whose rows count how often they are drawn, the connection and
 * what of it was ever another object, and a search. Built and opened by tests (react-page.ts).
 */
import { createKithClient } from "@kith/client";
import {
  ConversationProvider,
  createKithStore,
  KithProvider,
  P2PNetworkStatus,
  useDelivery,
  useMessages,
  useP2PConnection,
  useSearch,
} from "@kith/react";
import type { BoardConnection, Row } from "@kith/react";
import { memo, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

declare global {
  interface Window {
    drawn: Record<string, number>;
    mounts: number;
    say(content: string): Promise<unknown>;
    /** As the hook gave it last, and each of its values that was ever another one. */
    connection: BoardConnection;
    given: Map<string, Set<unknown>>;
  }
}

window.drawn = {};
window.mounts = 0;
window.given = new Map();

const Line = memo(function Line({ row }: { row: Row }) {
  const { words } = useDelivery(row);
  useEffect(() => {
    window.drawn[row.key] = (window.drawn[row.key] ?? 0) + 1;
  });
  return (
    <li>
      <span data-key={row.key}>{row.text}</span> <small>{words}</small>
    </li>
  );
});

function Thread({ space, channel }: { space: string; channel: string }) {
  const { rows } = useMessages({ space, channel });
  return (
    <ConversationProvider conversation={{ space, channel }}>
      <ul aria-label="Thread">
        {rows.map((row) => (
          <Line key={row.key} row={row} />
        ))}
      </ul>
    </ConversationProvider>
  );
}

function Connection() {
  const connection = useP2PConnection({ autoConnect: true, board: "general" });
  const { broadcastMessage } = connection;
  useEffect(() => {
    window.connection = connection;
    for (const [name, value] of Object.entries(connection)) {
      const values = window.given.get(name) ?? new Set();
      window.given.set(name, values.add(value));
    }
  }, [connection]);
  useEffect(() => {
    window.say = broadcastMessage;
    window.mounts += 1;
  }, [broadcastMessage]);
  return <output aria-label="Connection">{connection.isConnected ? "connected" : "not connected"}</output>;
}

function Finder() {
  const [query, setQuery] = useState("");
  const { results, isLoading, error, hasMore, showMore, retry } = useSearch(query);
  return (
    <section aria-label="Search">
      <label>
        Find <input value={query} onChange={(event) => setQuery(event.target.value)} />
      </label>
      <ol aria-label="Found" aria-busy={isLoading}>
        {results.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ol>
      {query !== "" && !isLoading && error === null && results.length === 0 && <p>Nothing found</p>}
      {hasMore && <button onClick={showMore}>Show more</button>}
      {error !== null && (
        <p role="alert">
          {error.message} <button onClick={retry}>Try again</button>
        </p>
      )}
    </section>
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
        <Connection />
        <Finder />
        <Thread space={space} channel={channel} />
      </KithProvider>
    </StrictMode>,
  );
