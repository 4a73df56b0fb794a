/** The way in: one store for the page, the app over it, and the worker that opens the page when the node is stopped. */
import { KithProvider, createKithStore } from "@kith/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { client } from "./client.ts";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { registerWorker } from "./worker.ts";
import "./styles/app.css";

const store = createKithStore({ client });

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
