/// <reference lib="dom" />
/** A page of one's own over a node: its address and a token, then the conversations and one of them. */
import { createKithClient } from "@kith/client";
import {
  createKithStore,
  KithProvider,
  P2PNetworkStatus,
  useConversations,
  useDelivery,
  useMessages,
  useP2PConnection,
} from "@kith/react";
import type { Conversation, KithStore, Row } from "@kith/react";
import { memo, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

function read(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

function SignIn({ onStore }: { onStore: (store: KithStore) => void }) {
  function open(form: FormData): void {
    const client = createKithClient({ url: read(form, "url"), token: read(form, "token") });
    onStore(createKithStore({ client }));
  }
  return (
    <form action={open}>
      <label>
        Address <input name="url" defaultValue="http://127.0.0.1:8888" />
      </label>
      <label>
        Token <input name="token" type="password" autoComplete="off" />
      </label>
      <button>Open</button>
    </form>
  );
}

/** Drawn again only when its own row is another. */
const Line = memo(function Line({ row }: { row: Row }) {
  const { words } = useDelivery(row);
  return (
    <li>
      <bdi>{row.authorName}</bdi>: <span dir="auto">{row.text}</span> <small>{words}</small>
    </li>
  );
});

function Thread({ conversation }: { conversation: Conversation }) {
  const { rows, send } = useMessages(conversation);
  return (
    <>
      <h2>
        {conversation.spaceName} / {conversation.name}
      </h2>
      <ul>
        {rows.map((row) => (
          <Line key={row.key} row={row} />
        ))}
      </ul>
      <form action={(form) => void send(read(form, "text"))}>
        <label>
          Message <input name="text" autoComplete="off" />
        </label>
        <button>Send</button>
      </form>
    </>
  );
}

function Page() {
  const { connectionError } = useP2PConnection();
  const { conversations } = useConversations();
  const [channel, setChannel] = useState<string | null>(null);
  const shown = conversations.find((each) => each.channel === channel) ?? conversations[0];
  return (
    <>
      <P2PNetworkStatus />
      {connectionError !== null && <p role="alert">{connectionError.message}</p>}
      <nav aria-label="Conversations">
        {conversations.map((each) => (
          <button key={each.channel} onClick={() => setChannel(each.channel)}>
            {each.spaceName} / {each.name}
            {each.unread > 0 && `, ${each.unread} unread`}
          </button>
        ))}
      </nav>
      {shown === undefined ? (
        <p>No conversation yet.</p>
      ) : (
        <Thread key={shown.channel} conversation={shown} />
      )}
    </>
  );
}

function App() {
  const [store, setStore] = useState<KithStore | null>(null);
  if (store === null) return <SignIn onStore={setStore} />;
  return (
    <KithProvider store={store}>
      <Page />
    </KithProvider>
  );
}

const place = document.querySelector("#app");
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
