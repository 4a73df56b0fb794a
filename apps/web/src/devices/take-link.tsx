/** On the new device: the link of another one, the digits to enter there, and each step until the conversations are here. */
import { useLinking, useSpaces } from "@kith/react";
import type { LinkingProgress } from "@kith/react";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useAnnounce } from "../parts/announcer.tsx";
import { Button } from "../parts/buttons.tsx";
import { countOf } from "../parts/count-words.ts";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { ScanButton } from "../parts/scan-button.tsx";
import { ErrorNote, StatusWords } from "../parts/status.tsx";
import { useWaitedMs, WaitingBar } from "../parts/waiting-bar.tsx";
import { useAttempt } from "../parts/use-attempt.ts";
import {
  LINKING_STEPS,
  describeLinkingWait,
  guessDeviceName,
  isLinkingOver,
  linkingStepsDone,
  linkingWords,
  readDeviceLink,
} from "./linking-words.ts";

/** onDone: the channel to open; null where the person is in no space yet. */
export function TakeLink({ onDone }: { onDone(channel: string | null): void }): ReactNode {
  const { progress } = useLinking();
  const { spaces } = useSpaces();
  const [wantsForm, setWantsForm] = useState(false);
  /** What was over before anybody looked leads nowhere. */
  const [wasUnderWay, setUnderWay] = useState(false);
  const isUnderWay = progress !== null && !isLinkingOver(progress);
  if (isUnderWay && !wasUnderWay) setUnderWay(true);
  const isLetIn = wasUnderWay && (progress?.step === "receiving" || progress?.step === "done");
  // Not only when all is here: a long history is read while it comes.
  const channel = spaces.find(({ state, channels }) => state === "ready" && channels.length > 0)?.channels[0]
    ?.id;
  const isOver = isLetIn && (channel !== undefined || (progress.step === "done" && progress.spaces === 0));
  const left = useRef(false);
  useEffect(() => {
    if (!isOver || left.current) return;
    left.current = true;
    onDone(channel ?? null);
  }, [isOver, channel, onDone]);

  if ((isUnderWay && !wantsForm) || isLetIn)
    return (
      <div className="grid gap-4">
        <Steps key={progress.step} progress={progress} />
        {!isLetIn && (
          <div>
            <Button onClick={() => setWantsForm(true)}>Use another link</Button>
          </div>
        )}
      </div>
    );
  return (
    <LinkForm failed={progress?.step === "failed" ? progress : null} onTaken={() => setWantsForm(false)} />
  );
}

function LinkForm({
  failed,
  onTaken,
}: {
  readonly failed: LinkingProgress | null;
  onTaken(): void;
}): ReactNode {
  const { take } = useLinking();
  const [text, setText] = useState("");
  const [name, setName] = useState(() => guessDeviceName(navigator.userAgent));
  const [fault, setFault] = useState<string | null>(null);
  const { isBusy, error, attempt } = useAttempt();

  async function begin(given: string): Promise<void> {
    const read = readDeviceLink(given);
    setFault("fault" in read ? read.fault : null);
    if ("fault" in read) return;
    await attempt(async () => {
      await take(read.link, name.trim() === "" ? undefined : name.trim());
      onTaken();
    });
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void begin(text);
      }}
    >
      {failed !== null && error === null && (
        <p role="alert" className="text-[13px]">
          <StatusWords level="bad">
            {linkingWords.failed}: {failed.detail}
          </StatusWords>
        </p>
      )}
      <ol className="text-muted grid list-decimal gap-1 pl-5 text-[13px]">
        <li>On your other device open Settings, Your devices, Link a device.</li>
        <li>Scan the code that it shows, or bring its link here.</li>
      </ol>
      <TextField
        label="Link of your other device"
        placeholder="kith://link#…"
        value={text}
        error={fault}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          setFault(null);
        }}
      />
      <ScanButton
        title="Scan the link of your other device"
        hint="Hold the code that your other device shows before the camera."
        read={(found) => {
          const read = readDeviceLink(found);
          return "fault" in read ? read.fault : null;
        }}
        onFound={(found) => {
          setText(found);
          void begin(found);
        }}
      />
      <TextField
        label="What to call this device"
        hint="Your other devices and the members of your spaces see it."
        value={name}
        autoComplete="off"
        maxLength={80}
        onChange={(event) => setName(event.target.value)}
      />
      <ErrorNote failure={error} />
      <Button type="submit" look="primary" className="min-h-11" disabled={text.trim() === "" || isBusy}>
        Link this device
      </Button>
    </form>
  );
}

function Steps({ progress }: { readonly progress: LinkingProgress }): ReactNode {
  const { step, detail, code, spaces, arrived } = progress;
  const waitedMs = useWaitedMs();
  const done = linkingStepsDone(step);
  return (
    <div className="grid gap-3">
      <WaitingBar label="Linking this device" words={linkingWords[step]} done={done} of={LINKING_STEPS} />
      <p role="status" className="font-medium">
        {linkingWords[step]}
      </p>
      {code !== null ? (
        <p
          role="img"
          aria-label={`Digits: ${[...code].join(" ")}`}
          className="border-line bg-raised tabular rounded-xl border py-4 text-center text-[44px] leading-none font-semibold max-[360px]:text-[36px]"
        >
          {code.slice(0, 3)} {code.slice(3)}
        </p>
      ) : (
        <p className="text-muted text-[13px]">
          {step === "receiving" && spaces !== null && spaces > 0
            ? `${arrived} of ${countOf(spaces, "space is", "spaces are")} here.`
            : detail}
        </p>
      )}
      <p className="text-[13px]">{describeLinkingWait(step, waitedMs)}</p>
    </div>
  );
}

/** In the settings: for a device that is in no space, or is this person's already. Others are told why not. */
export function TakeLinkDialog({ onClose }: { onClose(): void }): ReactNode {
  const announce = useAnnounce();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Make this a device of mine">
      <TakeLink
        onDone={() => {
          announce("This device is linked.");
          onClose();
        }}
      />
    </Dialog>
  );
}
