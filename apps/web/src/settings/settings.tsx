/** This device and how its page looks. */
import { useP2PConnection, useSettings } from "@kith/react";
import { toFailure } from "../parts/failure.ts";
import { useState } from "react";
import type { ReactNode } from "react";
import { DevicesSection } from "../devices/devices-section.tsx";
import { Choice } from "../parts/fields.tsx";
import { Screen } from "../parts/screen.tsx";
import { RecoverySection } from "../recovery/recovery-section.tsx";
import { describeBytes } from "./bytes.ts";
import { BeginAnew } from "./begin-anew.tsx";
import { ProfileForm } from "./profile-form.tsx";
import { Security } from "./security.tsx";

export function SettingsScreen(): ReactNode {
  const { me, networkStatus: status } = useP2PConnection();
  return (
    <Screen title="Settings">
      {me && <ProfileForm key={me.person} me={me} />}
      <Theme />
      <DevicesSection />
      <RecoverySection />
      <Security />
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
        </section>
      )}
      <section aria-labelledby="developers" className="border-line grid gap-2 rounded-xl border p-4">
        <h2 id="developers" className="text-[14px] font-semibold">
          For developers
        </h2>
        <p className="text-[13px]">
          Everything on this page goes over an interface that programs of yours may use as well:{" "}
          {/* A page of the node's own, not of the app: it opens beside it. */}
          <a href="/docs" target="_blank" rel="noreferrer" className="text-accent underline">
            its calls, with examples to copy
          </a>
          .
        </p>
        <p className="text-muted text-[12.5px]">
          A program needs a token that says what it may do: <code>kith token create</code>.
        </p>
      </section>
      <BeginAnew />
    </Screen>
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
