/** What is shown when the page itself fails: it says so, and what is stored is safe in the node. */
import { Component } from "react";
import type { ReactNode } from "react";
import { Button } from "./buttons.tsx";

export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className="grid h-full place-content-center p-6">
        <div className="grid max-w-[46ch] justify-items-start gap-3" role="alert">
          <h1 className="text-xl font-semibold">This page has failed</h1>
          <p className="text-muted">
            Your messages and drafts are in the node and safe. Loading the page anew mostly helps.
          </p>
          <p className="text-muted font-mono text-[12px] break-all">{error.message}</p>
          <Button look="primary" onClick={() => location.reload()}>
            Load it anew
          </Button>
        </div>
      </main>
    );
  }
}
