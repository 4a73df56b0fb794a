/** Reading a QR code by the camera: what it waits for, what it sees, and what to do where it cannot. */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./buttons.tsx";
import { Dialog } from "./dialog.tsx";
import { scan } from "./scan.ts";
import type { CameraFault } from "./scan.ts";
import { StatusWords } from "./status.tsx";

/** Long enough to see that it was read; a dialog that vanishes at once looks like one that broke. */
const FOUND_SHOWN_MS = 400;

export interface ScanWords {
  readonly title: string;
  readonly hint: string;
  /** Null: this is the code that is wanted. Else why it is not. */
  read(text: string): string | null;
  onFound(text: string): void;
}

type State = "asking" | "searching" | "found" | CameraFault;

const faultWords: Readonly<Record<CameraFault, { readonly title: string; readonly next: string }>> = {
  refused: {
    title: "The browser does not let this page use the camera",
    next: "Allow it by the sign beside the page’s address, or in the browser’s settings for this page, and try again. Pasting the text does the same.",
  },
  none: {
    title: "No camera was found",
    next: "Connect one and try again, or paste the text instead.",
  },
  busy: {
    title: "The camera does not start",
    next: "Another program may be using it: close that one and try again, or paste the text instead.",
  },
  lost: {
    title: "The camera was switched off or taken away",
    next: "Try again, or paste the text instead.",
  },
};

export function ScanDialog({ title, onClose, ...words }: ScanWords & { onClose(): void }): ReactNode {
  const [attempts, setAttempts] = useState(0);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title}>
      <Scanner key={attempts} {...words} onClose={onClose} onAgain={() => setAttempts(attempts + 1)} />
    </Dialog>
  );
}

function Scanner({
  hint,
  read,
  onFound,
  onClose,
  onAgain,
}: Omit<ScanWords, "title"> & { onClose(): void; onAgain(): void }): ReactNode {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<State>("asking");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [found, setFound] = useState<string | null>(null);

  const look = useEffectEvent((text: string, stop: () => void) => {
    const words = read(text);
    setRefusal(words);
    if (words !== null) return;
    stop();
    setState("found");
    setFound(text);
  });
  useEffect(() => {
    const screen = video.current;
    if (screen === null) return;
    const ended = new AbortController();
    const { signal } = ended;
    void scan({
      video: screen,
      signal,
      onSearching: () => setState("searching"),
      onFault: setState,
      onText: (text) => look(text, () => ended.abort()),
    }).catch(() => {
      if (!signal.aborted) setState("busy");
    });
    return () => ended.abort();
  }, []);

  const finish = useEffectEvent((text: string) => {
    onClose();
    onFound(text);
  });
  useEffect(() => {
    if (found === null) return;
    const timer = setTimeout(() => finish(found), FOUND_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [found]);

  const fault = state === "asking" || state === "searching" || state === "found" ? null : faultWords[state];
  return (
    <div className="grid gap-3">
      <video
        ref={video}
        muted
        playsInline
        aria-label="What the camera sees"
        className={`bg-rail aspect-[4/3] w-full rounded-lg object-cover ${fault === null ? "" : "hidden"}`}
      />
      <div role="status" className="grid gap-1.5 text-[13.5px]">
        {state === "asking" && <p>The browser asks whether this page may use the camera.</p>}
        {state === "searching" && <p>{hint}</p>}
        {state === "found" && <StatusWords level="ok">Read</StatusWords>}
        {state === "searching" && refusal !== null && <StatusWords level="warn">{refusal}</StatusWords>}
        {fault !== null && (
          <>
            <StatusWords level="warn">{fault.title}</StatusWords>
            <p className="text-muted text-[13px]">{fault.next}</p>
          </>
        )}
      </div>
      {fault === null && (
        <p className="text-muted text-[12.5px]">
          What it sees is looked at on this page alone, and not kept. Closing this switches it off.
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{fault === null ? "Stop" : "Close"}</Button>
        {fault !== null && (
          <Button look="primary" onClick={onAgain}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
