/** The node waits for its passphrase: nothing else is here, and nothing of what was. */
import { KithApiError } from "@kith/client";
import { Lock } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { client } from "../client.ts";
import { Button } from "../parts/buttons.tsx";
import { describeFailure } from "../parts/failure.ts";
import { SecretField } from "../parts/secret-field.tsx";

export function Locked(): ReactNode {
  const [passphrase, setPassphrase] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function unlock(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await client.unlock(passphrase);
    } catch (cause) {
      // Another tab or a command was first.
      if (!(cause instanceof KithApiError && cause.code === "NOT_LOCKED")) {
        setError(describeFailure(cause));
        setBusy(false);
        return;
      }
    }
    location.reload();
  }

  return (
    <main className="grid min-h-dvh place-content-center p-6">
      <form
        className="grid w-[min(42ch,calc(100vw-48px))] gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void unlock();
        }}
      >
        <h1 className="flex items-center gap-2.5 text-xl font-semibold">
          <Lock size={20} aria-hidden="true" /> Kith is locked
        </h1>
        <p className="text-muted">
          The store on this device is closed, and nothing is sent or received. What others write waits with
          them.
        </p>
        <SecretField
          label="Passphrase"
          autoComplete="current-password"
          autoFocus
          value={passphrase}
          error={error}
          onChange={setPassphrase}
        />
        <Button type="submit" look="primary" disabled={isBusy || passphrase === ""}>
          {isBusy ? "Unlocking…" : "Unlock"}
        </Button>
        <details className="text-muted text-[12.5px]">
          <summary className="cursor-pointer">The passphrase is lost</summary>
          <p className="pt-2">
            Then what is on this device cannot be read again, by anybody. Stop Kith, run{" "}
            <code className="font-mono">./kith reset</code> to begin anew, and let yourself be invited again;
            your other devices keep what they have.
          </p>
        </details>
      </form>
    </main>
  );
}
