/** Why a device is not seen: the node's own checks, with what to try. */
import { useP2PConnection } from "@kith/react";
import { client } from "../client.ts";
import { toFailure } from "../parts/failure.ts";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";

interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "bad";
  readonly detail: string;
  readonly next: string | null;
}

export function Checks(): ReactNode {
  const [checks, setChecks] = useState<readonly Check[] | null>(null);
  const [error, setError] = useState<ReturnType<typeof toFailure> | null>(null);
  const { phase } = useP2PConnection();
  const [isBusy, setBusy] = useState(false);

  async function run(): Promise<void> {
    setBusy(true);
    try {
      setChecks((await client.doctor()).items);
      setError(null);
    } catch (cause) {
      setError(toFailure(cause));
    }
    setBusy(false);
  }

  return (
    <section aria-labelledby="checks" className="border-line grid gap-3 rounded-xl border p-4">
      <h2 id="checks" className="text-[14px] font-semibold">
        Is somebody not seen?
      </h2>
      <div>
        <Button disabled={isBusy || phase !== "connected"} onClick={() => void run()}>
          {isBusy ? "Checking…" : checks === null ? "Check this device" : "Check again"}
        </Button>
      </div>
      <ErrorNote failure={error} />
      {checks !== null && (
        <ul className="grid gap-2 text-[13px]">
          {checks.map(({ name, status, detail, next }) => (
            <li key={name}>
              <StatusWords level={status}>
                {name}: {status === "ok" ? "in order" : status === "warn" ? "look at it" : "wrong"}
              </StatusWords>
              <span className="text-muted block ps-4">
                {detail}
                {next !== null && ` ${next}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
