/** Joining by an invitation: the link, then the real steps until one is in; never without a way to another link. */
import { useJoin, useSpaces } from "@kith/react";
import { describeFailure } from "../parts/failure.ts";
import type { JoinProgress } from "@kith/react";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../parts/buttons.tsx";
import { TextField } from "../parts/fields.tsx";
import { AppLink } from "../parts/link.tsx";
import { ScanButton } from "../parts/scan-button.tsx";
import { StatusWords } from "../parts/status.tsx";
import { useWaitedMs, WaitingBar } from "../parts/waiting-bar.tsx";
import { STEPS, describeWait, isUnderWay, mayGiveUp, readInvitation, stepWords, stepsDone } from "./steps.ts";

interface JoinFlowProps {
  readonly link: string | null;
  readonly onDone: (channel: string | null) => void;
}

export function JoinScreen({ link, onDone }: JoinFlowProps): ReactNode {
  return (
    <main className="grid h-full content-center justify-items-center overflow-y-auto p-5">
      <div className="grid w-full max-w-[460px] gap-5">
        <h1 className="text-xl font-semibold">Join a space</h1>
        <JoinFlow key={link} link={link} onDone={onDone} />
        <AppLink to={{ at: "home" }} className="text-muted hover:text-text text-[13px] underline">
          Back to conversations
        </AppLink>
      </div>
    </main>
  );
}

/** Also a part of the first steps with Kith. */
export function JoinFlow({ link, onDone }: JoinFlowProps): ReactNode {
  const { joins, join, giveUp } = useJoin();
  const { spaces } = useSpaces();
  const [text, setText] = useState(link ?? "");
  const [error, setError] = useState<string | null>(null);
  // A link that one came with, or asks for, goes before whatever is under way. It still waits for a press:
  // any page may lead here with a link of its own.
  const [wantsForm, setWantsForm] = useState(link !== null);
  const [own, setOwn] = useState<{ space: string; progress: JoinProgress | null } | null>(null);
  /** Those that were under way while this was looked at: when one has ended its person is led in. */
  const [seen, setSeen] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const underWay = joins.filter(isUnderWay);
  const fresh = underWay.filter(({ invite }) => !seen.includes(invite));
  if (fresh.length > 0) setSeen([...seen, ...fresh.map(({ invite }) => invite)]);
  const ownProgress = own?.progress
    ? (joins.find(({ invite }) => invite === own.progress?.invite) ?? own.progress)
    : null;
  // What has failed is told until it is dismissed: it may have ended while nobody looked.
  const failed = joins.findLast(({ step }) => step === "failed") ?? null;
  const shown = wantsForm ? null : own === null ? (underWay.at(-1) ?? failed) : ownProgress;
  const others = underWay.filter(({ invite }) => invite !== shown?.invite);
  const ended = joins.findLast(({ invite, step }) => step === "done" && seen.includes(invite));
  const space = wantsForm && text.trim() !== "" ? null : (own?.space ?? ended?.space ?? null);
  const channel = spaces.find(({ id, state }) => id === space && state === "ready")?.channels[0]?.id ?? null;
  const left = useRef(false);

  useEffect(() => {
    if (channel === null || left.current) return;
    left.current = true;
    onDone(channel);
  }, [channel, onDone]);

  async function begin(given: string): Promise<void> {
    const read = readInvitation(given);
    if ("fault" in read) return setError(read.fault);
    setBusy(true);
    setError(null);
    try {
      const answer = await join(read.link);
      setOwn(
        answer.done
          ? { space: answer.space.id, progress: null }
          : { space: answer.progress.space, progress: answer.progress },
      );
      setWantsForm(false);
    } catch (cause) {
      setError(describeFailure(cause));
    }
    setBusy(false);
  }

  async function stop(invite: string): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await giveUp(invite);
      if (own?.progress?.invite === invite) setOwn(null);
      setWantsForm(true);
    } catch (cause) {
      setError(describeFailure(cause));
    }
    setBusy(false);
  }

  if (shown !== null && shown.step !== "failed")
    return (
      <div className="grid gap-4">
        <Steps key={shown.invite} progress={shown} />
        <div className="flex flex-wrap gap-2">
          <Button
            onClick={() => {
              setText("");
              setWantsForm(true);
            }}
          >
            Use another link
          </Button>
          {mayGiveUp(shown) && (
            <Button look="quiet" disabled={isBusy} onClick={() => void stop(shown.invite)}>
              Give up this one
            </Button>
          )}
        </div>
        {error !== null && (
          <p role="alert" className="text-bad text-[12.5px]">
            <span aria-hidden="true">■ </span>
            {error}
          </p>
        )}
        <Others joins={others} isBusy={isBusy} onGiveUp={stop} />
      </div>
    );
  if (!wantsForm && own !== null && own.progress === null)
    return <p className="text-muted">Opening the space…</p>;
  return (
    <div className="grid gap-5">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void begin(text);
        }}
      >
        {shown?.step === "failed" && (
          <div role="status" className="flex items-center justify-between gap-3">
            <StatusWords level="bad">
              {stepWords.failed}: {shown.detail}
            </StatusWords>
            <Button size="small" look="quiet" disabled={isBusy} onClick={() => void stop(shown.invite)}>
              Dismiss
            </Button>
          </div>
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
        <ScanButton
          title="Scan an invitation"
          hint="Hold the code of the invitation before the camera."
          read={(found) => {
            const read = readInvitation(found);
            return "fault" in read ? read.fault : null;
          }}
          onFound={(found) => {
            setText(found);
            void begin(found);
          }}
        />
        <Button type="submit" look="primary" disabled={text.trim() === "" || isBusy}>
          {isBusy ? "Joining…" : "Join"}
        </Button>
      </form>
      <Others joins={others} isBusy={isBusy} onGiveUp={stop} />
    </div>
  );
}

/** What else is looked for meanwhile, each with a way to stop it. */
function Others({
  joins,
  isBusy,
  onGiveUp,
}: {
  joins: readonly JoinProgress[];
  isBusy: boolean;
  onGiveUp: (invite: string) => Promise<void>;
}): ReactNode {
  if (joins.length === 0) return null;
  return (
    <section aria-labelledby="also-joining" className="border-line grid gap-2 border-t pt-4">
      <h2 id="also-joining" className="text-[13px] font-semibold">
        Still joining by another link
      </h2>
      <ul className="grid gap-2">
        {joins.map((one) => (
          <li key={one.invite} className="flex items-center justify-between gap-3 text-[13px]">
            <span className="grid min-w-0">
              <span>{stepWords[one.step]}</span>
              <span className="text-muted text-[12.5px]">{one.detail}</span>
            </span>
            {mayGiveUp(one) && (
              <Button size="small" disabled={isBusy} onClick={() => void onGiveUp(one.invite)}>
                Give up
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Steps({ progress }: { progress: JoinProgress }): ReactNode {
  const { step, detail } = progress;
  const waitedMs = useWaitedMs();
  const done = stepsDone(step);
  const advice = describeWait(step, waitedMs);
  return (
    <div className="grid gap-3">
      <WaitingBar label="Joining" words={stepWords[step]} done={done} of={STEPS} />
      <p className="font-medium">{stepWords[step]}</p>
      <p className="text-muted text-[13px]">{detail}</p>
      <p role="status" className="text-[13px]">
        {advice}
      </p>
    </div>
  );
}
