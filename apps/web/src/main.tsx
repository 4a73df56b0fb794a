/** The way in: one store for the page, the app over it, and the worker that opens the page when the node is stopped. */
import { KithProvider, createKithStore } from "@kith/react";
import type { KithStore } from "@kith/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { client } from "./client.ts";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { mayPost } from "./talk/let-be.ts";
import { registerWorker } from "./worker.ts";
import "./styles/app.css";

const store: KithStore = createKithStore({
  client,
  mayPost(to, signal) {
    const { conversations } = store.conversations.get();
    return mayPost(to, conversations.find(({ channel }) => channel === to.channel) ?? null, signal);
  },
});

const root = document.querySelector("#app");
if (root === null) throw new Error("PAGE_ROOT: the page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <KithProvider store={store}>
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </KithProvider>
  </StrictMode>,
);
registerWorker();
