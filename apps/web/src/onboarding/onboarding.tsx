/** The first minute: a name, then a space of one's own, an invitation, or the link of a device that is there. One field a screen. */
import { useJoin, useLinking, useP2PConnection, useSpaces } from "@kith/react";
import { describeFailure } from "../parts/failure.ts";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { isLinkingOver } from "../devices/linking-words.ts";
import { TakeLink } from "../devices/take-link.tsx";
import { JoinFlow } from "../join/join.tsx";
import { Button } from "../parts/buttons.tsx";
import { TextField } from "../parts/fields.tsx";
import { useAnnounce } from "../parts/announcer.tsx";
import { RestoreForm } from "../recovery/restore.tsx";

type Step = "name" | "choice" | "create" | "join" | "link" | "restore";

export function OnboardingScreen({ onDone }: { onDone: (channel: string | null) => void }): ReactNode {
  const { joins } = useJoin();
  const announce = useAnnounce();
  const isJoining = joins.some(({ step: reached }) => reached !== "done" && reached !== "failed");
  /** null: nothing was chosen yet. */
  const [chosen, setStep] = useState<Step | null>(null);
  const step = chosen ?? "name";
  // Somebody who comes back while a join waits finds it where it was, and how it ends; the node may say so a moment later.
  if (chosen === null && isJoining) setStep("join");
  /** By the words alone: whose device it is is known, and it is in no space yet. */
  const [isBack, setBack] = useState(false);
  const { progress } = useLinking();
  const ways = isBack ? WAYS_BACK : WAYS;
  if (step === "name" && progress !== null && !isLinkingOver(progress)) setStep("link");
  return (
    <main className="grid h-full content-center justify-items-center overflow-y-auto p-5">
      <div className="grid w-full max-w-[420px] gap-5">
        {step !== "name" && (
          <div>
            <Button look="quiet" size="small" onClick={() => setStep(step === "choice" ? "name" : "choice")}>
              <ArrowLeft size={15} aria-hidden="true" /> Back
            </Button>
          </div>
        )}
        {step === "name" && <NameStep onNext={() => setStep("choice")} onLink={() => setStep("link")} />}
        {step === "choice" && (
          <>
            {isBack ? (
              <Heading
                title="You are yourself again"
                lead="Link a device that you still have, and your spaces come with their history. Or join one of them by any invitation."
              />
            ) : (
              <Heading title="Where do you begin?" lead="You can do the other at any time." />
            )}
            <div className="grid gap-3">
              {ways.map(({ to, label }, at) => (
                <Button
                  key={to}
                  look={at === 0 ? "primary" : "plain"}
                  className="min-h-11"
                  autoFocus={at === 0}
                  onClick={() => setStep(to)}
                >
                  {label}
                </Button>
              ))}
            </div>
          </>
        )}
        {step === "create" && <CreateStep onDone={onDone} />}
        {step === "link" && (
          <>
            <Heading
              title="Link this device to yours"
              lead="It gets your spaces with their history, and writes as you."
            />
            <TakeLink
              onDone={(channel) => {
                announce("This device is linked.");
                if (channel === null) setStep("choice");
                else onDone(channel);
              }}
            />
          </>
        )}
        {step === "restore" && (
          <>
            <Heading
              title="Be yourself again"
              lead="By a backup, by your 24 words, or by both. This becomes a new device of yours."
            />
            <RestoreForm
              onWords={() => {
                announce(
                  "You are yourself again. Now link another device of yours, or join by an invitation.",
                );
                setBack(true);
                setStep("choice");
              }}
            />
          </>
        )}
        {step === "join" && (
          <>
            <Heading title="Paste your invitation" />
            <JoinFlow link={null} onDone={onDone} />
          </>
        )}
      </div>
    </main>
  );
}

const ANOTHER = "This is another device of mine";

interface Way {
  readonly to: Step;
  readonly label: string;
}

const CREATE: Way = { to: "create", label: "Create a space" };
const JOIN: Way = { to: "join", label: "I have an invitation" };
const WAYS: readonly Way[] = [
  CREATE,
  JOIN,
  { to: "link", label: ANOTHER },
  { to: "restore", label: "I was here before" },
];
const WAYS_BACK: readonly Way[] = [{ to: "link", label: "Link it from another device" }, JOIN, CREATE];

function Heading({ title, lead }: { title: string; lead?: string }): ReactNode {
  return (
    <header className="grid gap-1">
      <h1 className="text-[22px] font-semibold">{title}</h1>
      {lead !== undefined && <p className="text-muted">{lead}</p>}
    </header>
  );
}

interface OneField {
  readonly label: string;
  readonly hint: string;
  readonly first: string;
  readonly button: string;
  run(value: string): Promise<void>;
}

function OneFieldForm({ label, hint, first, button, run }: OneField): ReactNode {
  const [value, setValue] = useState(first);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  async function submit(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await run(value.trim());
    } catch (cause) {
      setError(describeFailure(cause));
      setBusy(false);
    }
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        label={label}
        hint={hint}
        value={value}
        error={error}
        autoFocus
        autoComplete="off"
        maxLength={80}
        onChange={(event) => setValue(event.target.value)}
        onFocus={(event) => event.target.select()}
      />
      <Button type="submit" look="primary" className="min-h-11" disabled={value.trim() === "" || isBusy}>
        {button}
      </Button>
    </form>
  );
}

function NameStep({ onNext, onLink }: { onNext: () => void; onLink: () => void }): ReactNode {
  const { me, rename } = useP2PConnection();
  return (
    <>
      <Heading
        title="Welcome to Kith"
        lead="Private messages between your devices. No account, and nobody's server."
      />
      <OneFieldForm
        label="Your name"
        hint="As others see it in the spaces you share. You can change it later."
        first={me?.name ?? ""}
        button="Continue"
        run={async (name) => {
          if (name !== me?.name) await rename(name);
          onNext();
        }}
      />
      <Button look="quiet" className="min-h-11" onClick={onLink}>
        {ANOTHER}
      </Button>
    </>
  );
}

function CreateStep({ onDone }: { onDone: (channel: string | null) => void }): ReactNode {
  const { createSpace } = useSpaces();
  return (
    <>
      <Heading title="Name your space" lead="A crew, a house, a project. You invite the others next." />
      <OneFieldForm
        label="Name of the space"
        hint="It begins with a channel called general."
        first=""
        button="Create"
        run={async (name) => {
          const space = await createSpace({ name });
          onDone(space.channels[0]?.id ?? null);
        }}
      />
    </>
  );
}
