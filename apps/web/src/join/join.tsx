/** Joining by an invitation: the link, then the real steps until one is in. */
import { useJoin, useSpaces } from "@kith/react";
import { toFailure } from "../parts/failure.ts";
import type { JoinProgress } from "@kith/react";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { TextField } from "../parts/fields.tsx";
import { AppLink } from "../parts/link.tsx";
import { StatusWords } from "../parts/status.tsx";
import { STEPS, describeWait, stepWords, stepsDone } from "./steps.ts";

export function JoinScreen({
  link,
  onDone,
}: {
  link: string | null;
  onDone: (channel: string | null) => void;
}): ReactNode {
  return (
    <main className="grid h-full content-center justify-items-center overflow-y-auto p-5">
      <div className="grid w-full max-w-[460px] gap-5">
        <h1 className="text-xl font-semibold">Join a space</h1>
        <JoinFlow link={link} onDone={onDone} />
        <AppLink to={{ at: "home" }} className="text-muted hover:text-text text-[13px] underline">
          Back to conversations
        </AppLink>
      </div>
    </main>
  );
}

/** Also a part of the first steps with Kith. */
export function JoinFlow({
  link,
  onDone,
}: {
  link: string | null;
  onDone: (channel: string | null) => void;
}): ReactNode {
  const { joins, join } = useJoin();
  const { spaces } = useSpaces();
  const [text, setText] = useState(link ?? "");
  const [error, setError] = useState<string | null>(null);
  const [own, setOwn] = useState<{ space: string; invite: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const underWay = joins.find(({ step }) => step !== "done" && step !== "failed") ?? null;
  const progress = (own ? joins.find(({ invite }) => invite === own.invite) : null) ?? underWay;
  const space = own?.space ?? progress?.space ?? null;
  const channel = spaces.find(({ id, state }) => id === space && state === "ready")?.channels[0]?.id ?? null;
  const left = useRef(false);

  useEffect(() => {
    if (channel === null || left.current) return;
    if (own === null && progress?.step !== "done") return;
    left.current = true;
    onDone(channel);
  }, [channel, own, progress, onDone]);

  async function begin(): Promise<void> {
    const found = /kith:\/\/join#\S+/.exec(text)?.[0] ?? text.trim();
    if (!found.startsWith("kith://join#")) {
      setError("This is no invitation: it begins with kith://join#. Copy the whole link.");
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const answer = await join(found);
      setOwn(answer.done ? { space: answer.space.id, invite: "" } : answer.progress);
    } catch (cause) {
      const { message, next } = toFailure(cause);
      setError(`${message}. ${next}`);
    }
    setBusy(false);
  }

  if (progress !== null && progress.step !== "failed") return <Steps progress={progress} />;
  if (own !== null && progress === null) return <p className="text-muted">Opening the space…</p>;
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      {progress?.step === "failed" && (
        <StatusWords level="bad">
          {stepWords.failed}: {progress.detail}
        </StatusWords>
      )}
      <TextField
        label="Invitation link"
        hint="Somebody in the space made it for you. You may paste the message it came in."
        placeholder="kith://join#…"
        value={text}
        error={error}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" look="primary" disabled={text.trim() === "" || isBusy}>
        {isBusy ? "Joining…" : "Join"}
      </Button>
    </form>
  );
}

function Steps({ progress }: { progress: JoinProgress }): ReactNode {
  const { step, detail } = progress;
  const [since] = useState(() => Date.now());
  const [waitedMs, setWaited] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setWaited(Date.now() - since), 1_000);
    return () => clearInterval(timer);
  }, [since]);
  const done = stepsDone(step);
  const advice = describeWait(step, waitedMs);
  return (
    <div className="grid gap-3">
      <div
        role="progressbar"
        aria-label="Joining"
        aria-valuemin={0}
        aria-valuemax={STEPS}
        aria-valuenow={done}
        aria-valuetext={stepWords[step]}
        className="bg-line h-2 overflow-hidden rounded-full"
      >
        <div
          className="bg-accent h-full transition-[width]"
          style={{ width: `${((done + 0.5) / (STEPS + 0.5)) * 100}%` }}
        />
      </div>
      <p className="font-medium">{stepWords[step]}</p>
      <p className="text-muted text-[13px]">{detail}</p>
      <p role="status" className="text-[13px]">
        {advice}
      </p>
    </div>
  );
}
