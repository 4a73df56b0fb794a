/** This device and how its page looks. */
import { useP2PConnection, useSettings } from "@kith/react";
import { describeFailure, toFailure } from "../parts/failure.ts";
import { useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import { Screen } from "../parts/screen.tsx";
import { describeBytes } from "./bytes.ts";

export function SettingsScreen(): ReactNode {
  const { me, networkStatus: status } = useP2PConnection();
  return (
    <Screen title="Settings">
      {me && <NameForm key={me.name} name={me.name} />}
      <Theme />
      {status && (
        <section aria-labelledby="device" className="border-line grid gap-2 rounded-xl border p-4">
          <h2 id="device" className="text-[14px] font-semibold">
            This device
          </h2>
          <dl className="tabular grid grid-cols-[auto_1fr] gap-x-5 gap-y-1 text-[13px]">
            <dt className="text-muted">Messages kept</dt>
            <dd>{status.messagesSynced.toLocaleString()}</dd>
            <dt className="text-muted">Storage used</dt>
            <dd>{describeBytes(status.storageUsed)}, encrypted</dd>
            <dt className="text-muted">Version</dt>
            <dd>{status.version}</dd>
            <dt className="text-muted">Device id</dt>
            <dd className="font-mono text-[12px] break-all">{status.nodeId}</dd>
          </dl>
          <p className="text-muted text-[12.5px]">
            The key to this device's store lies beside it, readable by your account on this computer alone.
            Whoever can use that account can read what is here.
          </p>
        </section>
      )}
    </Screen>
  );
}

function NameForm({ name }: { name: string }): ReactNode {
  const { rename } = useP2PConnection();
  const announce = useAnnounce();
  const [value, setValue] = useState(name);
  const [error, setError] = useState<string | null>(null);
  async function save(): Promise<void> {
    try {
      await rename(value.trim());
      setError(null);
      announce("Name saved");
    } catch (cause) {
      setError(describeFailure(cause));
    }
  }
  return (
    <form
      className="border-line grid gap-3 rounded-xl border p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label="Your name"
        hint="Everybody you share a space with sees it."
        value={value}
        error={error}
        maxLength={80}
        onChange={(event) => setValue(event.target.value)}
      />
      <div>
        <Button type="submit" look="primary" disabled={value.trim() === "" || value.trim() === name}>
          Save
        </Button>
      </div>
    </form>
  );
}

function Theme(): ReactNode {
  const { theme, setTheme } = useSettings();
  const [error, setError] = useState<string | null>(null);
  return (
    <section className="border-line rounded-xl border p-4">
      <Choice
        legend="Appearance"
        value={theme}
        options={[
          { value: "system", words: "As the system", means: "Light or dark, as this computer is set." },
          { value: "light", words: "Light", means: "Dark text on a light page." },
          { value: "dark", words: "Dark", means: "Light text on a dark page." },
        ]}
        onChange={(next) => {
          setError(null);
          setTheme(next).catch((cause: unknown) => setError(toFailure(cause).message));
        }}
      />
      {error !== null && (
        <p role="alert" className="text-bad pt-2 text-[12.5px]">
          ■ Not saved: {error}
        </p>
      )}
    </section>
  );
}
